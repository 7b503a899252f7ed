"""A list written as CSV and brought in by the importer, in a mapping of its own."""

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, text

from app.domain.layout import layout_from
from app.services.import_runs import bring_in
from app.services.loader import Setting
from tests.factories import NOON

WALL = datetime(2030, 1, 1, tzinfo=UTC)


class Loaded(NamedTuple):
    """What came of a list: the counts, the notes, and number → reason of each refused row."""

    counts: dict[str, int]
    notes: list[str]
    refused: dict[int, str]


Load = Callable[..., Loaded]


def loader(engine: Engine, folder: Path) -> Load:
    """The function that loads the rows of a list of some kind; the first row names the fields."""

    def load(
        kind: str,
        *rows: Sequence[str] | str,
        source: str = "",
        at: datetime = NOON,
        country: str = "US",
        check: bool = False,
        **options: Any,
    ) -> Loaded:
        cells = [row.split(",") if isinstance(row, str) else list(row) for row in rows]
        path = folder / f"{kind}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(cells)
        columns = {field: field for field in cells[0]}
        layout = layout_from({"kind": kind, "columns": columns}, kind)
        setting = Setting(source, country, at, WALL, None, options)
        rejects = folder / "rejected.csv"
        summary = bring_in(
            engine,
            path,
            layout,
            setting,
            lambda: WALL,
            worker="test",
            check=check,
            rejects_to=rejects,
        )
        refused = {}
        if summary.rejects:
            with rejects.open(newline="", encoding="utf-8") as file:
                refused = {int(row["row"]): row["reason"] for row in csv.DictReader(file)}
        return Loaded(summary.counts, summary.notes, refused)

    return load


def rows(engine: Engine, query: str, **binds: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), binds)]


def came_to(loaded: Loaded) -> tuple[int, int, int, int]:
    """New, changed, unchanged, rejected; together they are all rows that were read."""
    counts = loaded.counts
    told = tuple(counts[name] for name in ("new", "changed", "unchanged", "rejected"))
    assert sum(told) == counts["read"], counts
    return told[0], told[1], told[2], told[3]
