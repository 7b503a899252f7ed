"""A file that somebody hands in: checked, imported by a worker, canceled, taken up by another."""

import io
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from app.cli import import_run, main
from app.clock import Clock, ManualClock
from app.config import Settings
from app.services import import_runs as services
from app.services.rejects import ImportRefused
from app.store import import_runs
from app.store.arrivals import VOTERS_LOCK
from app.store.engine import Sessions, make_sessions
from app.store.imports import ImportRun
from app.wiring import Parts
from tests.imports.conftest import HEADER, line
from tests.processes import Running, until

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)

StartWorker = Callable[..., Running]


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


def voter_file(rows: int = 3, first: int = 1) -> bytes:
    lines = [line(f"A{number}") for number in range(first, first + rows)]
    return "\n".join([HEADER, *lines, ""]).encode()


def hand_in(sessions: Sessions, uploads: Path, content: bytes, **options: Any) -> int:
    """Uploads a North Carolina file and says so."""
    run_id = services.receive(sessions, uploads, io.BytesIO(content), "nc.txt", by=1, at=AT)
    assert services.choose(sessions, run_id, kind="voters", layout="nc", options=options)
    return run_id


def run_of(sessions: Sessions, run_id: int) -> ImportRun:
    with sessions() as session:
        return session.get_one(ImportRun, run_id)


def work(engine: Engine, uploads: Path, worker: str = "w1", at: datetime = AT) -> int | None:
    """What a worker does at a tick: claim, carry out; the id of the run, if there was one."""
    claimed = services.take(engine, uploads, worker, at=at, wall=at)
    if claimed is None:
        return None
    sessions = make_sessions(engine)
    services.work(sessions, engine, uploads, claimed.id, worker, ManualClock(at), "US")
    return claimed.id


def count(engine: Engine, table: str = "voters") -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@contextmanager
def turn_held(engine: Engine) -> Iterator[None]:
    """Imports wait for their turn meanwhile, for however long a busy machine takes.

    The lock is of the session: the server ends a transaction in which nothing is done.
    """
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with connection as holder:
        holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": VOTERS_LOCK})
        try:
            yield
        finally:
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": VOTERS_LOCK})


def wait_for(sessions: Sessions, run_id: int, *states: str) -> ImportRun:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = run_of(sessions, run_id)
        if run.state in states:
            return run
        time.sleep(0.02)
    raise AssertionError(f"the run is {run.state}, not {states}: {run.message}")


def child_of(worker: Running) -> psutil.Process:
    """The process in which the worker has an import carried out."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if children := psutil.Process(worker.process.pid).children():
            return children[0]
        time.sleep(0.02)
    raise AssertionError("the worker has started no import")


def test_a_dry_run_counts_and_stores_nothing(
    engine: Engine, sessions: Sessions, uploads: Path
) -> None:
    first = hand_in(sessions, uploads, voter_file(4))
    services.start(sessions, first, check=False, by=1, at=AT)
    assert work(engine, uploads) == first
    changed = voter_file(3, first=2).replace(b"A3\tDOE", b"A3\tROE") + b"A9\tshort\n"
    changed += line("A10").encode() + b"\n"
    run_id = hand_in(sessions, uploads, changed)
    services.start(sessions, run_id, check=True, by=1, at=AT)
    assert work(engine, uploads) == run_id
    checked = run_of(sessions, run_id)
    assert checked.state == "checked"
    expected = {"read": 5, "new": 1, "changed": 1, "unchanged": 2, "rejected": 1, "missing": 1}
    assert checked.counts.items() >= expected.items()
    assert count(engine) == 4
    assert count(engine, "rejected_rows") == 1
    services.start(sessions, run_id, check=False, by=1, at=AT)
    assert work(engine, uploads) == run_id
    done = run_of(sessions, run_id)
    assert done.state == "done"
    assert done.counts.items() >= expected.items()
    assert count(engine) == 5
    assert count(engine, "rejected_rows") == 1
    assert list(uploads.iterdir()) == []


def test_voters_who_are_no_longer_in_the_file_go_only_if_that_was_asked(
    engine: Engine, sessions: Sessions, uploads: Path
) -> None:
    for options, gone in (({}, []), ({"missing": "withdraw"}, ["A1", "A2"])):
        for content in (voter_file(3), voter_file(1, first=3)):
            run_id = hand_in(sessions, uploads, content, **options)
            services.start(sessions, run_id, check=False, by=1, at=AT)
            work(engine, uploads)
        with engine.connect() as connection:
            found = connection.scalars(
                text("SELECT source_id FROM voters WHERE status = 'missing' ORDER BY 1")
            )
            assert list(found) == gone
    run_id = hand_in(sessions, uploads, voter_file(3))
    services.start(sessions, run_id, check=False, by=1, at=AT)
    work(engine, uploads)
    assert run_of(sessions, run_id).counts["changed"] == 2
    with engine.connect() as connection:
        assert not connection.scalar(text("SELECT count(*) FROM voters WHERE status = 'missing'"))


@pytest.mark.parametrize("state", ["draft", "check_queued", "queued", "checked"])
def test_a_run_that_nobody_works_on_is_canceled_at_once(
    engine: Engine, sessions: Sessions, uploads: Path, state: str
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    if state != "draft":
        services.start(sessions, run_id, check=state != "queued", by=1, at=AT)
    if state == "checked":
        work(engine, uploads)
    assert services.cancel(sessions, uploads, run_id, at=AT) == "canceled"
    assert services.cancel(sessions, uploads, run_id, at=AT) is None
    assert work(engine, uploads) is None
    assert not services.start(sessions, run_id, check=False, by=1, at=AT)
    assert count(engine) == 0
    assert list(uploads.iterdir()) == []


def test_two_clicks_start_one_import(engine: Engine, sessions: Sessions, uploads: Path) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    assert services.start(sessions, run_id, check=False, by=1, at=AT)
    assert not services.start(sessions, run_id, check=False, by=1, at=AT)
    assert not services.choose(sessions, run_id, kind="voters", layout="oh")
    work(engine, uploads)
    assert not services.start(sessions, run_id, check=False, by=1, at=AT)
    assert count(engine, "audit") == 1


def test_a_worker_takes_only_files_that_it_sees(
    engine: Engine, sessions: Sessions, uploads: Path, tmp_path: Path
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    services.start(sessions, run_id, check=False, by=1, at=AT)
    assert work(engine, tmp_path / "another machine") is None
    assert work(engine, uploads) == run_id


def test_a_run_belongs_to_one_worker_until_its_lease_ends(
    engine: Engine, sessions: Sessions, uploads: Path
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    services.start(sessions, run_id, check=False, by=1, at=AT)
    assert services.take(engine, uploads, "w1", at=AT, wall=AT) is not None
    assert services.take(engine, uploads, "w2", at=AT, wall=AT) is None
    later = AT + import_runs.LEASE + timedelta(seconds=1)
    assert services.take(engine, uploads, "w2", at=later, wall=later) is not None
    # The first wakes up: it must store nothing, since the second is at it.
    services.work(sessions, engine, uploads, run_id, "w1", ManualClock(later), "US")
    assert count(engine) == 0
    services.work(sessions, engine, uploads, run_id, "w2", ManualClock(later), "US")
    assert count(engine) == 3


def test_whoever_lost_the_run_in_the_middle_stores_nothing(
    engine: Engine, sessions: Sessions, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    services.start(sessions, run_id, check=False, by=1, at=AT)
    claimed = services.take(engine, uploads, "w1", at=AT, wall=AT)
    assert claimed is not None
    clock = ManualClock(AT)

    class Stolen:
        """A clock that another worker takes the run under, once the first looks at it."""

        def now(self) -> datetime:
            return clock.now()

        def wall(self) -> datetime:
            with engine.begin() as connection:
                connection.execute(text("UPDATE import_runs SET worker = 'w2'"))
            return clock.wall()

    services.work(sessions, engine, uploads, run_id, "w1", Stolen(), "US")
    assert count(engine) == 0
    assert run_of(sessions, run_id).state == "running"


def test_a_file_that_ends_its_workers_is_given_up_after_some(
    engine: Engine, sessions: Sessions, uploads: Path
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    services.start(sessions, run_id, check=False, by=1, at=AT)
    at = AT
    for _ in range(import_runs.MOST_TRIES):
        assert services.take(engine, uploads, "w", at=at, wall=at) is not None
        at += import_runs.LEASE * 2
    assert services.take(engine, uploads, "w", at=at, wall=at) is None
    failed = run_of(sessions, run_id)
    assert failed.state == "failed"
    assert "nothing of it was stored" in failed.message
    assert services.start(sessions, run_id, check=False, by=1, at=at)
    assert work(engine, uploads, at=at) == run_id


def test_a_file_that_cannot_be_read_says_why_and_can_be_mapped_anew(
    engine: Engine, sessions: Sessions, uploads: Path
) -> None:
    run_id = services.receive(sessions, uploads, io.BytesIO(voter_file()), "x.txt", by=1, at=AT)
    services.choose(sessions, run_id, kind="voters", layout="oh")
    services.start(sessions, run_id, check=False, by=1, at=AT)
    work(engine, uploads)
    failed = run_of(sessions, run_id)
    assert (failed.state, "try --layout nc" in failed.message) == ("failed", True)
    assert services.choose(sessions, run_id, kind="voters", layout="nc")
    services.start(sessions, run_id, check=False, by=1, at=AT)
    work(engine, uploads)
    assert run_of(sessions, run_id).state == "done"


def test_an_upload_that_breaks_off_leaves_nothing(sessions: Sessions, uploads: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(ImportRefused, match="make room"):
        services.receive(sessions, uploads, Broken(), "nc.txt", by=1, at=AT)
    with pytest.raises(ImportRefused, match="is empty"):
        services.receive(sessions, uploads, io.BytesIO(), "nc.txt", by=1, at=AT)
    assert list(uploads.iterdir()) == []


def test_uploads_that_nobody_wants_are_tidied_away(
    engine: Engine, sessions: Sessions, uploads: Path
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    stray = uploads / "stray"
    stray.write_text("left by a web process that was killed")
    assert services.tidy(sessions, uploads, at=AT, wall=Clock().wall()) == 0
    later = Clock().wall() + timedelta(hours=2)
    assert services.tidy(sessions, uploads, at=AT, wall=later) == 1
    assert [path.name for path in uploads.iterdir()] == [run_of(sessions, run_id).stored_as]


def test_an_import_in_the_middle_is_canceled_within_seconds(
    engine: Engine, sessions: Sessions, uploads: Path, start_worker: StartWorker
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    with turn_held(engine):
        services.start(sessions, run_id, check=False, by=1, at=AT)
        start_worker(LASTMILE_UPLOADS_DIR=uploads)
        wait_for(sessions, run_id, "running")
        until(lambda: run_of(sessions, run_id).stage == "waiting", "it waits for its turn")
        assert services.cancel(sessions, uploads, run_id, at=AT) == "running"
        assert wait_for(sessions, run_id, "canceled", "done", "failed").state == "canceled"
    assert count(engine) == 0


def test_when_the_import_is_killed_another_worker_takes_it_up(
    engine: Engine, sessions: Sessions, uploads: Path, start_worker: StartWorker
) -> None:
    run_id = hand_in(sessions, uploads, voter_file(1000))
    with turn_held(engine):
        services.start(sessions, run_id, check=False, by=1, at=AT)
        worker = start_worker(LASTMILE_UPLOADS_DIR=uploads)
        wait_for(sessions, run_id, "running")
        importing = child_of(worker)
        worker.kill()
        importing.kill()
    with engine.begin() as connection:  # sooner than the lease
        connection.execute(text("UPDATE import_runs SET lease_until = now() - interval '1s'"))
    start_worker(LASTMILE_UPLOADS_DIR=uploads)
    done = wait_for(sessions, run_id, "done", "failed")
    assert (done.state, done.tries, count(engine)) == ("done", 2, 1000)
    deadline = time.monotonic() + 10
    while list(uploads.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert list(uploads.iterdir()) == []


def test_a_worker_that_is_told_to_end_gives_its_import_back(
    engine: Engine,
    database_url: str,
    sessions: Sessions,
    uploads: Path,
    start: Callable[..., Running],
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    services.start(sessions, run_id, check=False, by=1, at=AT)
    wall = Clock().wall()
    assert services.take(engine, uploads, "w1", at=AT, wall=wall) is not None
    settings = {"database_url": database_url, "LASTMILE_UPLOADS_DIR": uploads}
    with turn_held(engine):
        child = start("import-run", run_id, "w1", **settings).process
        until(lambda: run_of(sessions, run_id).stage == "waiting", "it waits for its turn")
        child.send_signal(signal.SIGTERM)
        child.wait(20)
    back = run_of(sessions, run_id)
    assert (back.state, back.tries, back.worker) == ("queued", 0, "")
    assert work(engine, uploads) == run_id
    assert count(engine) == 3


def test_an_import_that_goes_wrong_says_nothing_of_people(
    engine: Engine,
    sessions: Sessions,
    uploads: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_id = hand_in(sessions, uploads, voter_file())
    services.start(sessions, run_id, check=False, by=1, at=AT)
    assert services.take(engine, uploads, "w1", at=AT, wall=Clock().wall()) is not None
    with engine.begin() as connection:  # so that to store fails, with the row in the message
        connection.execute(text("ALTER TABLE voters ADD CHECK (last_name <> 'Doe')"))
    parts = Parts(Settings(uploads_dir=uploads), engine, sessions, Clock())
    monkeypatch.setattr(import_run, "connect", lambda: parts)
    monkeypatch.setattr(import_run, "end_with_supervisor", lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    try:
        ended = CliRunner().invoke(main, ["import-run", str(run_id), "w1"])
    finally:
        signal.signal(signal.SIGTERM, before)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE voters DROP CONSTRAINT voters_last_name_check"))
    assert ended.exit_code == 1
    said = ended.output + capsys.readouterr().out
    assert "IntegrityError" in said
    assert "Doe" not in said
    failed = run_of(sessions, run_id)
    assert failed.state == "failed"
    assert failed.message == (
        "something went wrong in the program (IntegrityError); nothing was stored"
    )
