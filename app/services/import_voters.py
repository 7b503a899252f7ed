"""Bring a voter file in: stream, clean, stage, one upsert, households; all of it or nothing."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.domain.cleaned import Clean, Rejection
from app.domain.layout import Columns, WrongLayout, find_columns, load_layout
from app.domain.row import Batch, decode, read_rows
from app.domain.voter import (
    KEPT_OUT_BY_LAW,
    cleaner,
    lasting_statuses,
    row_hash,
    stored_fields,
)
from app.services.rejects import ImportRefused, Rejects
from app.store import arrivals, withdrawn

BLOCK = 256 * 1024
FIRST = 1024 * 1024
"""Bytes within which the first line has to end."""

NOTES = 5
"""Examples of rows kept with something missing that a summary shows."""

_ARCHIVES = {
    b"PK\x03\x04": "it is a ZIP archive (or a spreadsheet): unpack it, or save it as CSV",
    b"\x1f\x8b": "it is compressed by gzip: unpack it first",
    b"\xff\xfe": "it is UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "it is UTF-16 text: save it as UTF-8",
    b"%PDF": "it is a PDF document",
}


@dataclass(frozen=True)
class Progress:
    """How far an import has come."""

    stage: str  # waiting | reading | storing
    bytes_read: int
    bytes_total: int
    rows: int


@dataclass(frozen=True)
class ImportSummary:
    """What came of an import. read = new + changed + unchanged + rejected."""

    run_id: int
    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    withdrawn: int  # voters on file whom a rejected row took out
    kept_without_phone: int
    seconds: float
    rejects: Path | None  # the CSV of rejected rows, if there are any
    notes: tuple[str, ...]  # the first rows that were kept without a phone


@dataclass
class _Tally:
    read: int = 0
    bytes_read: int = 0
    kept_without_phone: int = 0

    def __post_init__(self) -> None:
        self.notes: list[str] = []


def import_voters(
    engine: Engine,
    path: Path,
    layout: str,
    at: datetime,
    country: str = "US",
    progress: Callable[[Progress], None] | None = None,
    rejects_to: Path | None = None,
) -> ImportSummary:
    """Bring the voter file at `path`, written in the layout of that name, into voters.

    One transaction: a failure or a kill leaves the voters as they were. Rows that cannot go in are
    listed, with number and reason, in the table and in `rejects_to` (PATH.rejected.csv unless
    told). A second import waits for the first. Raises ImportRefused if the file cannot be read.
    """
    started = time.monotonic()

    def now() -> datetime:
        return at + timedelta(seconds=time.monotonic() - started)

    with open_text(path) as file:
        total = path.stat().st_size
        columns, head = _columns(file, path, layout)
        tell = progress or (lambda _: None)
        rejects = Rejects(rejects_to or path.with_name(path.name + ".rejected.csv"))
        with rejects, engine.connect() as connection:
            if not arrivals.try_lock(connection):
                tell(Progress("waiting", 0, total, 0))
                arrivals.lock(connection)
            with engine.begin() as aside:
                arrivals.fail_dead_runs(aside, at)
                run_id = arrivals.begin_run(aside, path.name, layout, at)
            # From here on a crash leaves the run as running; the next import marks it failed.
            try:
                tally = _Tally()
                arrivals.make_staging(connection)
                clean = cleaner(columns, country, at.year)
                blocks = chain((head,), iter(lambda: file.read(BLOCK), b""))
                _stage(connection, columns, blocks, clean, rejects, tally, total, tell)
                tell(Progress("storing", total, total, tally.read))
                withdrawn.stage_leaving(connection, rejects.leaving())
                for number in withdrawn.drop_confidential(connection):
                    rejects.add(number, KEPT_OUT_BY_LAW, "")
                for repeat in arrivals.drop_repeats(connection):
                    reason = f"same id as row {repeat.first_row}, which was kept"
                    rejects.add(repeat.row_number, reason, repeat.raw)
                left = withdrawn.withdraw(connection, layout, at)
                settled = arrivals.settle(
                    connection, layout, stored_fields(columns), lasting_statuses(columns), at
                )
                arrivals.copy_rejected(connection, run_id, rejects.rows())
                withdrawn.follow(connection, layout, at)
                summary = ImportSummary(
                    run_id=run_id,
                    read=tally.read,
                    new=settled.new,
                    changed=settled.changed,
                    unchanged=tally.read - settled.new - settled.changed - rejects.count,
                    rejected=rejects.count,
                    withdrawn=left,
                    kept_without_phone=tally.kept_without_phone,
                    seconds=time.monotonic() - started,
                    rejects=rejects.path if rejects.count else None,
                    notes=tuple(tally.notes),
                )
                rejects.keep()
                arrivals.end_run(connection, run_id, "done", now(), _counts(summary))
                connection.commit()
            except BaseException as error:
                connection.rollback()
                _mark_failed(engine, run_id, now(), error)
                raise
    if settled.new + settled.changed > settled.unchanged // 10:
        with engine.begin() as aside:
            aside.execute(text("ANALYZE voters"))
    return summary


def open_text(path: Path) -> BinaryIO:
    """The file, open at its beginning; raises ImportRefused if it is none that holds text."""
    if path.is_dir():
        raise ImportRefused(f"{path} is a directory: name the file in it")
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise ImportRefused(f"there is no file {path}") from None
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror or error}") from error
    start = file.read(BLOCK)
    file.seek(0)
    what = next((what for mark, what in _ARCHIVES.items() if start.startswith(mark)), "")
    if not what and b"\0" in start:
        what = "it holds NUL bytes: save it as CSV or text"
    if not start.strip():
        file.close()
        raise ImportRefused(f"{path} is empty")
    if what:
        file.close()
        raise ImportRefused(f"{path} is not a text file; {what}")
    return file


def _columns(file: BinaryIO, path: Path, name: str) -> tuple[Columns, bytes]:
    """The columns of a file, and the bytes that were read to find them."""
    try:
        layout = load_layout(name)
        head = file.read(FIRST)
        start = decode(head, layout.encoding).removeprefix("\ufeff")
        first, *others = start.replace("\r\n", "\n").replace("\r", "\n").split("\n", 1)
        columns = find_columns(layout, first)
    except WrongLayout as error:
        raise ImportRefused(f"{path}: {error}") from error
    if layout.header and not "".join(others).strip() and len(head) < FIRST:
        raise ImportRefused(f"{path} has a header and no rows")
    return columns, head


def _stage(
    connection: Connection,
    columns: Columns,
    blocks: Iterator[bytes],
    clean: Clean,
    rejects: Rejects,
    tally: _Tally,
    total: int,
    tell: Callable[[Progress], None],
) -> None:
    layout = columns.layout
    batches = read_rows(
        blocks, layout.delimiter, layout.encoding, columns.width, skip=1 if layout.header else 0
    )
    with arrivals.copy_staged(connection) as copy:
        for batch in batches:
            copy.write("".join(_copy_lines(batch, clean, rejects, tally)))
            tally.bytes_read += batch.size
            tell(Progress("reading", min(tally.bytes_read, total), total, tally.read))


def _copy_lines(batch: Batch, clean: Clean, rejects: Rejects, tally: _Tally) -> list[str]:
    """The batch's clean rows as lines for COPY; the others go to the rejects."""
    lines = []
    for number, cells, raw in zip(batch.numbers, batch.rows, batch.raws, strict=True):
        found = clean(cells)
        if isinstance(found, Rejection):
            if raw and not raw.isspace():
                tally.read += 1
                rejects.add(number, found.reason, "" if found.secret else raw)
                if found.source_id:
                    rejects.withdraw(found.source_id, found.status)
            continue
        tally.read += 1
        row, lost = found
        if lost:
            tally.kept_without_phone += 1
            if len(tally.notes) < NOTES:
                tally.notes.append(f"Row {number}: {lost}")
        fields = "\t".join(row)
        lines.append(f"{number}\t{fields}\t{row_hash(row)}\n")
    for damage in batch.damaged:
        tally.read += 1
        rejects.add(damage.number, damage.reason, damage.raw)
    return lines


def _counts(summary: ImportSummary) -> dict[str, int]:
    names = ("read", "new", "changed", "unchanged", "rejected", "withdrawn", "kept_without_phone")
    return {name: count for name, count in asdict(summary).items() if name in names}


def _mark_failed(engine: Engine, run_id: int, at: datetime, error: BaseException) -> None:
    message = str(error) or type(error).__name__
    try:
        with engine.begin() as aside:
            arrivals.end_run(aside, run_id, "failed", at, {}, message[:500])
    except SQLAlchemyError:
        return  # the database is gone; the next import finds the run and marks it
