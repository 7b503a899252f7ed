"""Bring a voter file in by one call, for tests and benchmarks."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.domain.layout import load_layout
from app.domain.layout_facts import WrongLayout
from app.services.import_runs import bring_in
from app.services.loader import Setting
from app.services.rejects import ImportRefused
from app.store.import_runs import Progress


@dataclass(frozen=True)
class ImportSummary:
    """What came of an import. read = new + changed + unchanged + rejected."""

    run_id: int
    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    withdrawn: int  # voters on file whom the file takes out
    missing: int  # voters on file whom the file does not have
    kept_with_loss: int
    seconds: float
    rejects: Path | None  # the CSV of rejected rows, if there are any
    notes: tuple[str, ...]  # the first rows that were kept with a loss


def import_voters(
    engine: Engine,
    path: Path,
    layout: str,
    at: datetime,
    country: str = "US",
    progress: Callable[[Progress], None] | None = None,
    rejects_to: Path | None = None,
    check: bool = False,
    missing: str = "keep",
) -> ImportSummary:
    """Bring the voter file at `path`, written in the layout of that name, into voters.

    One transaction: a failure or a kill leaves the voters as they were. Rows that cannot go in are
    listed, with number and reason, in the table and in `rejects_to` (PATH.rejected.csv unless
    told). A second import waits for the first. Raises ImportRefused if the file cannot be read.
    """

    def wall() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    try:
        chosen = load_layout(layout)
    except WrongLayout as error:
        raise ImportRefused(f"{path}: {error}") from error
    setting = Setting(chosen.source, country, at, wall(), options={"missing": missing})
    summary = bring_in(
        engine,
        path,
        chosen,
        setting,
        wall,
        worker=f"call:{os.getpid()}:{time.monotonic_ns()}",
        check=check,
        rejects_to=rejects_to or path.with_name(path.name + ".rejected.csv"),
        tell=progress,
    )
    counts = summary.counts
    return ImportSummary(
        run_id=summary.run_id,
        read=counts["read"],
        new=counts["new"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        rejected=counts["rejected"],
        withdrawn=counts["withdrawn"],
        missing=counts["missing"],
        kept_with_loss=counts.get("kept_with_loss", 0),
        seconds=summary.seconds,
        rejects=summary.rejects,
        notes=tuple(summary.notes[:5]),
    )
