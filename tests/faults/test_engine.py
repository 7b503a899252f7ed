"""Three workers, a web, a carrier and a PostgreSQL, all of them real and broken while they work.

After each fault the carrier's own ledger is held against the database.
"""

import os
import resource
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.store.cluster import postmaster
from app.store.embedded import EmbeddedPostgres
from app.store.engine import Sessions, make_engine, make_sessions
from app.store.migrate import upgrade
from tests.conftest import SERVER_DIR, StartCarrier, empty
from tests.faults.fleet import Fleet, Start, fleet
from tests.processes import until
from tests.scene import TOUCHES, column, counts

LATE_MS = 2_300
"""Of a carrier that takes texts in after we gave up and their lease is over, but within the grace:
whoever looked them up at once would send them again."""

SLOW_MS = 700
"""Of a carrier that answers within the time-out, but so slowly that a batch gathers meanwhile."""

PATIENT = {"LASTMILE_TWILIO_TIMEOUT_SECONDS": 20, "LASTMILE_TEXT_LEASE_SECONDS": 30}


@pytest.fixture
def at_work(
    sessions: Sessions, database_url: str, start: Start, start_carrier: StartCarrier
) -> Fleet:
    """Three workers in the middle of a campaign's texts."""
    return fleet(sessions, database_url, start, start_carrier)


def test_a_killed_worker_loses_nothing_and_nothing_goes_out_twice(at_work: Fleet) -> None:
    at_work.wait_for(at_work.texts // 8)
    at_work.carrier.turn(latency_ms=LATE_MS)
    victim = at_work.freeze_the_busiest()
    victim.kill()
    at_work.carrier.turn(latency_ms=150)
    at_work.breaks_nothing()
    at_work.settles()
    at_work.goes_on(victim)


def test_a_worker_frozen_past_its_lease_sends_nothing_that_another_took_over(
    at_work: Fleet,
) -> None:
    at_work.carrier.turn(latency_ms=SLOW_MS)
    sleeper = at_work.freeze_the_busiest()
    at_work.carrier.turn(latency_ms=150)
    at_work.settles()
    sleeper.process.send_signal(signal.SIGCONT)
    time.sleep(1)  # for whatever it still means to do
    at_work.settles()
    at_work.goes_on()


def test_a_worker_killed_while_the_carrier_hangs_loses_nothing(
    sessions: Sessions, database_url: str, start: Start, start_carrier: StartCarrier
) -> None:
    # More texts and slower: after the hang some are to go out by which the carrier is seen to work.
    at_work = fleet(sessions, database_url, start, start_carrier, texts=200, per_second=12)
    at_work.carrier.fault(
        hang_before={"count": 30, "seconds": 3},
        timeout_after_accept={"count": 30, "seconds": 3},
        late_callbacks={"count": 60, "seconds": 2},  # or they would settle what timed out
    )
    victim = at_work.freeze_the_busiest()
    victim.kill()
    at_work.settles()
    at_work.goes_on(victim)


def test_workers_told_to_end_finish_what_they_hold_and_take_up_nothing_more(
    sessions: Sessions, database_url: str, start: Start, start_carrier: StartCarrier
) -> None:
    # Nobody gives up on a carrier that only a busy machine makes slow.
    at_work = fleet(sessions, database_url, start, start_carrier, **PATIENT)
    at_work.wait_for(at_work.texts // 8)
    for worker in at_work.workers:
        worker.process.terminate()
    assert [worker.wait(30) for worker in at_work.workers] == [0, 0, 0]
    at_work.breaks_nothing()
    left = counts(at_work.sessions, TOUCHES)
    assert left.keys() <= {"ready", "accepted", "delivered"}, left
    assert left["ready"] > at_work.texts // 4, "they went on as long as anything was due"
    assert at_work.texts - left["ready"] == len(at_work.ledger())
    assert all(column(at_work.sessions, "SELECT ended_at IS NOT NULL FROM workers"))


@pytest.fixture(scope="module")
def own_server() -> Iterator[EmbeddedPostgres]:
    """A migrated server of these tests alone, to be stopped at will.

    What it has committed survives its own end, though not that of the machine.
    """
    # Not in pytest's own directory, which another run closes to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(dir=os.environ[SERVER_DIR]))
    server = EmbeddedPostgres(folder, durable=False)
    engine = make_engine(server.start())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ALTER SYSTEM SET synchronous_commit = on"))
        connection.execute(text("SELECT pg_reload_conf()"))
    upgrade(engine)
    engine.dispose()
    yield server
    server.shut_down()


@pytest.fixture
def own_engine(own_server: EmbeddedPostgres) -> Iterator[Engine]:
    """The empty database of that server."""
    engine = make_engine(own_server.start(), rested=0)
    empty(engine)
    yield engine
    engine.dispose()


def test_a_server_stopped_at_once_and_started_again_loses_nothing_and_all_go_on_by_themselves(
    own_server: EmbeddedPostgres,
    own_engine: Engine,
    start: Start,
    start_carrier: StartCarrier,
) -> None:
    at_work = fleet(make_sessions(own_engine), own_server.url, start, start_carrier)
    at_work.wait_for(at_work.texts // 4)
    server = postmaster(own_server.data)
    assert server is not None
    server.send_signal(signal.SIGQUIT)  # as pg_ctl stop -m immediate does
    until(lambda: postmaster(own_server.data) is None, "the server is down")
    sent = len(at_work.ledger())
    assert sent < at_work.texts, "all had gone out before the server went down"
    time.sleep(1.5)
    own_server.start()
    at_work.settles()
    at_work.goes_on()
    assert "job failed" in at_work.said()


ROOM = 16 * 1024 * 1024
"""Bytes of the largest file: as long as a segment of the write-ahead log, which so is never cut."""

FILL = {
    "attempts": """
        INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, state,
                              attempted_at, handed_at, body)
        SELECT gen_random_uuid(), (SELECT min(id) FROM touches), 0, 0, 'call', '', 'absent',
               'epoch', 'epoch', repeat('x', 1900) FROM generate_series(1, :rows)""",
    "callbacks": """
        INSERT INTO callbacks (attempt_id, sid, status, payload, received_at)
        SELECT gen_random_uuid(), 'filling ' || gen_random_uuid(), '',
               jsonb_build_object('x', repeat('x', 1900)), 'epoch'
        FROM generate_series(1, :rows)""",
}
MAKE_ROOM = (
    "DELETE FROM attempts WHERE campaign_id = 0",
    "DELETE FROM callbacks WHERE sid LIKE 'filling %'",
    "VACUUM attempts, callbacks",
)


@contextmanager
def little_room() -> Iterator[None]:
    """Whatever is started meanwhile writes no file beyond ROOM.

    The server sees a write fail, as on a full disk; that takes no disk and no rights.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill(engine: Engine) -> None:
    """Writes into attempts and callbacks until they have no room for one row more."""
    for statement in FILL.values():
        for rows in (1000, 30, 1):
            while writes(engine, statement, rows):
                pass


def writes(engine: Engine, statement: str, rows: int) -> bool:
    """Whether there was room for so many rows."""
    try:
        with engine.begin() as connection:
            connection.execute(text(statement), {"rows": rows})
    except DBAPIError as error:
        if "could not extend" not in str(error.orig):
            raise
        return False
    return True


def test_a_full_disk_loses_nothing_and_all_go_on_once_there_is_room(
    own_server: EmbeddedPostgres,
    own_engine: Engine,
    start: Start,
    start_carrier: StartCarrier,
) -> None:
    own_server.shut_down()
    with little_room():
        own_server.start()
    at_work = fleet(make_sessions(own_engine), own_server.url, start, start_carrier)
    at_work.wait_for(at_work.texts // 4)
    at_work.pass_each_second(2)  # to fill a disk takes long on a busy machine
    fill(own_engine)
    until(lambda: "job failed" in at_work.said(), "a worker that cannot write")
    time.sleep(1)
    at_work.breaks_nothing()
    assert len(at_work.ledger()) < at_work.texts, "it went on as if there were room"
    with own_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in MAKE_ROOM:
            connection.execute(text(statement))
    at_work.pass_each_second(30)
    at_work.settles()
    at_work.goes_on()
