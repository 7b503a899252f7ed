"""Layouts of voter files: which column is which of our fields, read from `data/layouts/`."""

import csv
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from app.domain.day import clean_day

LAYOUTS = ("nc", "oh", "co", "nj", "mi", "ut")

FIELDS = (
    "source_id",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "gender",
    "birth_year",
    "born_on",
    "age",
    "party",
    "status",
    "registered_on",
    "address",
    "city",
    "state",
    "postcode",
    "county",
    "precinct",
    "phone",
    "email",
    "confidential",
)
"""What a layout may name; `born_on` and `age` stand in for a year of birth."""

REQUIRED = ("source_id", "last_name")

CONFIDENTIAL = "confidential"
"""The status of a voter on file whom a newer file marks as confidential."""


@dataclass(frozen=True)
class Layout:
    """How one state writes its voter file."""

    name: str
    title: str
    delimiter: str
    encoding: str  # what bytes that are not UTF-8 mean
    header: bool
    width: int  # cells a row where there is no header, else 0
    state: str  # of a row that does not say
    days: tuple[str, ...]  # strptime formats
    columns: Mapping[str, tuple[str, ...]]  # field → the file's names, tried in turn
    joined: Mapping[str, tuple[str, ...]]  # field → the file's columns joined with a blank
    positions: Mapping[str, tuple[int, ...]]  # the same without a header
    vote_column: re.Pattern[str] | None  # a column of this name is an election; group 1 its day
    vote_day: str
    party: Mapping[str, str]  # the file's word in capitals → ours
    status: Mapping[str, str]
    refused: Mapping[str, str]  # our word for a status → why such a row stays out


@dataclass(frozen=True)
class Columns:
    """A layout found in a file: where each field stands."""

    layout: Layout
    width: int  # cells a row must have
    places: Mapping[str, tuple[int, ...]]  # field → the columns that make it up
    votes: tuple[tuple[int, str], ...]  # column → ISO day of its election


class WrongLayout(ValueError):
    """The file is not in the layout it was said to be in; the message says what to do."""


@cache
def load_layout(name: str) -> Layout:
    """The layout of this name; raises WrongLayout if there is none."""
    if name not in LAYOUTS:
        raise WrongLayout(f"there is no layout {name!r}; there are {', '.join(LAYOUTS)}")
    path = files("app.domain").joinpath("data", "layouts", f"{name}.toml")
    facts: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    votes = facts.get("votes", {})
    return Layout(
        name=name,
        title=facts["title"],
        delimiter=facts["delimiter"],
        encoding=facts["encoding"],
        header=facts["header"],
        width=facts.get("width", 0),
        state=facts["state"],
        days=tuple(facts["days"]),
        columns=_tuples(facts.get("columns", {})),
        joined=_tuples(facts.get("joined", {})),
        positions={field: (place,) for field, place in facts.get("positions", {}).items()}
        | _tuples(facts.get("joined_positions", {})),
        vote_column=re.compile(votes["pattern"], re.IGNORECASE) if votes else None,
        vote_day=votes.get("day", ""),
        party=facts.get("party", {}),
        status=facts.get("status", {}),
        refused=facts.get("refused", {}),
    )


@cache
def withdrawn_statuses() -> frozenset[str]:
    """The statuses of voters on file of whom a newer file says that they are to be left alone."""
    return frozenset({CONFIDENTIAL}).union(*(load_layout(name).refused for name in LAYOUTS))


def _tuples(table: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
    return {field: tuple(values) for field, values in table.items()}


def find_columns(layout: Layout, first_line: str) -> Columns:
    """Where the fields stand in a file that begins with `first_line`.

    Raises WrongLayout, naming the columns that are missing and the layout that would fit better.
    """
    columns, missing = _look(layout, first_line)
    if columns is not None:
        return columns
    message = f"this is not a file in the {layout.title} layout: {missing}"
    better = _better(layout, first_line)
    if better is not None:
        message += f"; it looks like the {better.title} layout: try --layout {better.name}"
    raise WrongLayout(message)


def _look(layout: Layout, first_line: str) -> tuple[Columns | None, str]:
    cells = next(csv.reader([first_line.lstrip("\ufeff")], delimiter=layout.delimiter), [])
    if not layout.header:
        if len(cells) == layout.width:
            return Columns(layout, layout.width, layout.positions, ()), ""
        mark = layout.delimiter
        return None, f"a row has {layout.width} cells between {mark!r}, its first has {len(cells)}"
    names = [" ".join(cell.split()).lower() for cell in cells]
    found = {name: place for place, name in reversed(list(enumerate(names)))}
    places: dict[str, tuple[int, ...]] = {}
    for field, tried in layout.columns.items():
        for name in tried:
            if name in found:
                places[field] = (found[name],)
                break
    for field, parts in layout.joined.items():
        if any(part in found for part in parts):
            places[field] = tuple(found[part] for part in parts if part in found)
    missing = [layout.columns[field][0] for field in REQUIRED if field not in places]
    if missing:
        word = "column" if len(missing) == 1 else "columns"
        return (
            None,
            f"the {word} {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
        )
    return Columns(layout, len(cells), places, tuple(_elections(layout, names))), ""


def _elections(layout: Layout, names: Sequence[str]) -> list[tuple[int, str]]:
    if layout.vote_column is None:
        return []
    found = []
    for place, name in enumerate(names):
        election = layout.vote_column.fullmatch(name)
        day = clean_day(election[1], (layout.vote_day,)) if election else None
        if day is not None:
            found.append((place, day.isoformat()))
    return sorted(found, key=lambda vote: vote[1])


def _better(layout: Layout, first_line: str) -> Layout | None:
    fits = [
        (len(columns.places), other)
        for other in map(load_layout, LAYOUTS)
        if other is not layout and (columns := _look(other, first_line)[0]) is not None
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None
