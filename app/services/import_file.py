"""Bring a file of any kind in: open, read, clean, stage, settle; all of it or nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from psycopg.errors import DiskFull, QueryCanceled
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.domain.cleaned import Clean
from app.domain.find_columns import find_columns
from app.domain.layout import Columns, Layout
from app.domain.layout_facts import WrongLayout
from app.domain.row import decode
from app.services import open_file
from app.services.clean_rows import NOTES, Task, clean_file
from app.services.import_watch import Canceled, Lost, Watch
from app.services.lists import LOADERS
from app.services.load_history import HISTORY_LOADER
from app.services.loader import Loader, Setting
from app.services.rejects import ImportRefused, Rejects
from app.services.voters_loader import voters_loader
from app.store import arrivals, import_runs, withdrawn
from app.store.engine import patiently
from app.store.import_runs import Progress
from app.store.reach_marks import look_again

TURN_SECONDS = 0.5
"""How often an import that waits for another asks again."""

Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class Job:
    """One file to bring in, by whom, and how far: `check` stores nothing but the counts."""

    run_id: int
    worker: str
    path: Path
    name: str  # as its owner calls it
    layout: Layout
    setting: Setting
    check: bool = False
    rejects_to: Path | None = None


@dataclass
class Summary:
    """What came of an import. read = new + changed + unchanged + rejected, and for some kinds
    others that `counts` names."""

    run_id: int
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # the first rows that were kept with a loss
    rejects: Path | None = None  # the CSV of rejected rows, if one was asked for and there are any


def columns_in(file: open_file.OpenFile, layout: Layout) -> Columns:
    """Where the layout's fields stand in a file; raises WrongLayout or ImportRefused."""
    start = decode(file.head, file.fallback)
    columns = find_columns(layout, start)
    if layout.header and not "".join(start.split("\n", columns.skip)[columns.skip :]).strip():
        raise ImportRefused("the file has a header and no rows")
    return columns


def loader_for(kind: str, columns: Columns) -> Loader:
    """How a kind of list is loaded from a file with these columns."""
    if kind == "voters":
        return voters_loader(columns)
    return HISTORY_LOADER if kind == "history" else LOADERS[kind]


def make_clean(kind: str, columns: Columns, setting: Setting) -> Clean:
    """The cleaner of a kind of list."""
    return loader_for(kind, columns).clean(columns, setting)


def lock_of(kind: str) -> int:
    """The advisory lock of a kind: voters and their history share one."""
    return arrivals.VOTERS_LOCK if kind in ("voters", "history") else crc32(kind.encode())


def carry_out(
    engine: Engine, job: Job, wall: Callable[[], datetime], tell: Tell | None = None
) -> Summary:
    """Do what the job says, in one transaction: a failure or a kill leaves all as it was.

    The run has to belong to `job.worker` already; what came of it is written into its row.
    Raises ImportRefused if the file cannot be read, Canceled or Lost if it was stopped.
    """
    started = time.monotonic()

    def now() -> datetime:
        return job.setting.at + timedelta(seconds=time.monotonic() - started)

    try:
        summary = _run(engine, job, wall, tell, now)
    except BaseException as error:
        problem = _explained(error)
        _mark(engine, job, now(), problem)
        if problem is error:
            raise
        raise problem from error
    summary.seconds = time.monotonic() - started
    _analyze(engine, job, summary)
    return summary


@patiently
def _run(
    engine: Engine,
    job: Job,
    wall: Callable[[], datetime],
    tell: Tell | None,
    now: Callable[[], datetime],
) -> Summary:
    """The whole transaction; from the start again if the server ended it to break a deadlock."""
    with open_file.open_file(job.path, job.name) as file:
        columns = columns_in(file, job.layout)
        return _Import(engine, job, file, columns, wall, tell).run(now)


class _Import:
    """One run from its open file to its commit."""

    def __init__(
        self,
        engine: Engine,
        job: Job,
        file: open_file.OpenFile,
        columns: Columns,
        wall: Callable[[], datetime],
        tell: Tell | None,
    ) -> None:
        self.engine, self.job, self.file, self.columns = engine, job, file, columns
        self.wall, self.tell = wall, tell
        self.kind = job.layout.kind
        self.loader = loader_for(self.kind, columns)
        self.read = self.lost = 0
        self.notes: list[str] = []

    def run(self, now: Callable[[], datetime]) -> Summary:
        """All of it, in one transaction."""
        with (
            Rejects(self.job.rejects_to) as rejects,
            self.engine.connect() as connection,
            Watch(self.engine, self.job.run_id, self.job.worker, self.wall, connection) as watch,
        ):
            self._wait(connection, watch)
            self._stage(connection, watch, rejects)
            counts = self._settle(connection, watch, rejects)
            watch.check()
            counts |= {"read": self.read, "rejected": rejects.count}
            if self.lost:
                counts["kept_with_loss"] = self.lost
            self._finish(connection, rejects, counts, now())
        written = rejects.path if rejects.count else None
        return Summary(self.job.run_id, 0.0, counts, self.notes, written)

    def _report(self, watch: Watch, stage: str) -> None:
        watch.progress = Progress(stage, self.file.position(), self.file.size, self.read)
        if self.tell:
            self.tell(watch.progress)
        watch.check()

    def _wait(self, connection: Connection, watch: Watch) -> None:
        """Take the kind's lock; a transaction of its own for each try, so that none stands idle."""
        while not arrivals.try_lock(connection, lock_of(self.kind)):
            connection.rollback()
            self._report(watch, "waiting")
            time.sleep(TURN_SECONDS)

    def _stage(self, connection: Connection, watch: Watch, rejects: Rejects) -> None:
        voters = self.kind == "voters"
        arrivals.make_staging(connection, self.loader.columns, self.loader.types, ids=voters)
        task = Task(self.columns, self.job.setting, self.file.fallback, self.loader.clean)
        self._report(watch, "reading")
        with arrivals.copy_staged(connection, self.loader.columns) as copy:
            for part in clean_file(task, self.file.blocks(), self.file.size):
                copy.write(part.lines)
                self.read += part.read
                self.lost += part.lost
                self.notes += part.notes[: NOTES - len(self.notes)]
                for row in part.rejected:
                    rejects.add(*row)
                for voter in part.leaving:
                    rejects.withdraw(*voter)
                self._report(watch, "reading")

    def _settle(self, connection: Connection, watch: Watch, rejects: Rejects) -> dict[str, int]:
        self._report(watch, "comparing" if self.job.check else "storing")
        if self.kind == "voters":
            withdrawn.stage_leaving(connection, rejects.leaving())
        setting = replace(self.job.setting, staged=self.read - rejects.count)
        if self.job.check and self.loader.compare:
            return self.loader.compare(connection, setting, rejects.add)
        return self.loader.settle(connection, setting, rejects.add)

    def _finish(
        self, connection: Connection, rejects: Rejects, counts: dict[str, int], at: datetime
    ) -> None:
        """Commit, if the run is still ours; of a dry run only what it found out."""
        if self.job.check:
            connection.rollback()
        connection.execute(
            text("DELETE FROM rejected_rows WHERE import_run_id = :run"), {"run": self.job.run_id}
        )
        arrivals.copy_rejected(connection, self.job.run_id, rejects.rows())
        ended = import_runs.end(
            connection,
            self.job.run_id,
            self.job.worker,
            state="checked" if self.job.check else "done",
            ended_at=None if self.job.check else at,
            counts=counts,
            notes=self.notes,
            message="",
            rows_read=self.read,
            bytes_read=self.file.size,
        )
        if not ended:
            raise Lost
        rejects.keep()
        if not self.job.check:
            look_again(connection)
        connection.commit()


def _explained(error: BaseException) -> BaseException:
    """The error in words for the person who waits, where there are any."""
    if isinstance(error, WrongLayout):
        return ImportRefused(str(error))
    if isinstance(error, DBAPIError):
        if isinstance(error.orig, QueryCanceled):
            return Canceled()
        if isinstance(error.orig, DiskFull):
            return ImportRefused(
                "the database’s disk is full; nothing was stored. Make room, then try again"
            )
    if isinstance(error, QueryCanceled):
        return Canceled()
    if isinstance(error, OSError) and error.errno == 28:  # ENOSPC
        return ImportRefused("the disk is full; nothing was stored. Make room, then try again")
    return error


def _mark(engine: Engine, job: Job, at: datetime, error: BaseException) -> None:
    """Write into the run why it ended; nothing if it is another's by now."""
    cut_off = isinstance(error, DBAPIError) and error.connection_invalidated
    if isinstance(error, Lost) or cut_off:
        return  # whoever finds the lease over takes it up from the start
    stopped = isinstance(error, Canceled | KeyboardInterrupt)
    state = "canceled" if stopped else "failed"
    message = str(error) if isinstance(error, ImportRefused) else ""
    if state == "failed" and not message:
        message = (
            f"something went wrong in the program ({type(error).__name__}); nothing was stored"
        )
    try:
        with engine.begin() as connection:
            if isinstance(error, SystemExit) and import_runs.put_back(
                connection, job.run_id, job.worker
            ):
                return
            import_runs.end(
                connection, job.run_id, job.worker, state=state, ended_at=at, message=message[:500]
            )
    except SQLAlchemyError:
        return  # the database is gone; whoever looks next finds the lease over


def _analyze(engine: Engine, job: Job, summary: Summary) -> None:
    """Let the planner know a table that has changed much."""
    counts = summary.counts
    much = counts.get("new", 0) + counts.get("changed", 0) > counts.get("unchanged", 0) // 10
    if much and not job.check and job.layout.kind in ("voters", "history"):
        with engine.begin() as connection:
            connection.execute(text("ANALYZE voters"))
