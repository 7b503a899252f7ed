"""A real PostgreSQL and real processes for every test that asks.

One server for the whole run, shared by its workers, started by the first that needs it; in it
one database a worker, copied from one migrated template and emptied before each test.
"""

import fcntl
import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from app.store.embedded import EmbeddedPostgres
from app.store.engine import PREPARED, Sessions, make_engine, make_sessions
from app.store.migrate import upgrade
from tests.launch import TEMPLATES, share_templates
from tests.processes import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    Carrier,
    Running,
    environment,
    free_port,
    web_settings,
)

pytest.register_assert_rewrite("tests.drafts")

SERVER_DIR = "LASTMILE_TEST_SERVER_DIR"
TEMPLATE = "migrated"

BROOMS: dict[str, psycopg.Connection] = {}
"""A connection to each database that was emptied; it goes on past keys and triggers."""
SWEEP = "SELECT pg_temp.sweep()"
MAKE_SWEEP = """
DO $$
DECLARE body text;
BEGIN
    SELECT string_agg(format('IF EXISTS (SELECT FROM %1$I) THEN DELETE FROM %1$I; '
            'IF pg_relation_size(%1$L) > 8192 THEN long := long || %1$L::text; END IF; END IF;',
            tablename), ' ') INTO body
        FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version';
    SELECT body || string_agg(format('IF (SELECT is_called FROM %1$I) '
            'THEN PERFORM setval(%1$L, 1, false); END IF;', sequencename), ' ') INTO body
        FROM pg_sequences WHERE schemaname = 'public';
    EXECUTE 'CREATE FUNCTION pg_temp.sweep() RETURNS text[] LANGUAGE plpgsql AS '
        || quote_literal('DECLARE long text[] := ''{}''; BEGIN ' || body || ' RETURN long; END');
END $$
"""
"""Forty times as fast as TRUNCATE of all tables, most of which a test leaves empty: a function of
a connection keeps its plans. It returns the tables that have more than a page."""

LONG = (
    "tests/browser/test_whole_week.py",
    "tests/faults/",
    "tests/rehearsal/",
)
"""Where tests take half a minute: begun last, one would be waited for alone."""

StartCarrier = Callable[..., Carrier]
StartWeb = Callable[..., tuple[Running, str]]
StartWorker = Callable[..., Running]


def pytest_configure(config: pytest.Config) -> None:
    """Choose where the server of this run lives; workers inherit the choice."""
    gc.disable()  # what is imported and collected from here on stays to the end
    if not hasattr(config, "workerinput"):
        os.environ[SERVER_DIR] = tempfile.mkdtemp(prefix="lastmile-test-")
        os.environ[TEMPLATES] = tempfile.mkdtemp(dir=os.environ[SERVER_DIR])
    share_templates()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that the run may have left, and remove it."""
    for broom in BROOMS.values():
        broom.close()
    if not hasattr(config, "workerinput"):
        directory = Path(os.environ.pop(SERVER_DIR))
        EmbeddedPostgres(directory, durable=False).shut_down()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> EmbeddedPostgres:
    """The server; it forgets everything with the machine, which makes it fast."""
    server = EmbeddedPostgres(Path(os.environ[SERVER_DIR]), durable=False)
    server.start()
    return server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a database with all tables and nothing in them; copy it, do not use it."""
    with (postgres.var_dir / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = postgres.var_dir / "template.done"
        if not done.exists():
            engine = make_engine(postgres.create_database(TEMPLATE))
            upgrade(engine)
            engine.dispose()
            done.touch()
    return TEMPLATE


@pytest.fixture(scope="session")
def database_url(postgres: EmbeddedPostgres, template: str) -> str:
    """This test worker's own database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with (postgres.var_dir / "template.lock").open("w") as lock:  # one copy at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        return postgres.create_database(f"test_{worker}", template)


@pytest.fixture(scope="session")
def connections(database_url: str) -> Iterator[Engine]:
    """The pool of connections that the tests of this worker share."""
    engine = make_engine(database_url, prepared=PREPARED)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(connections: Engine) -> Engine:
    """A database with all tables and nothing in them."""
    assert not connections.dispatch.before_cursor_execute, "a test before this one still listens"
    try:
        empty(connections)
    except psycopg.OperationalError:  # a killed process of the last test may still hold locks
        end_others(connections)
        empty(connections)
    return connections


@pytest.fixture
def sessions(engine: Engine) -> Sessions:
    """Sessions on the empty database."""
    return make_sessions(engine)


def end_others(engine: Engine) -> None:
    """End every connection to this database as a server that goes away does."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()  # the pool asks only those that rested for long whether they still live


def empty(engine: Engine) -> None:
    """Delete all rows; numbers start at 1 again."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        _sweep(_broom(url))
    except psycopg.OperationalError:
        if not BROOMS[url].closed:  # somebody holds a lock
            raise
        _sweep(_broom(url))  # a test has ended it, or restarted the server


def _sweep(broom: psycopg.Connection) -> None:
    (long,) = broom.execute(SWEEP).fetchone() or ([],)
    if long:
        # Each connection begins on another of the pages that are left, and what was written first
        # would come second.
        broom.execute(f"VACUUM {', '.join(long)}".encode())


def _broom(url: str) -> psycopg.Connection:
    """The connection that empties this database; a new one if it has ended."""
    if url not in BROOMS or BROOMS[url].closed:
        told = "-c session_replication_role=replica -c lock_timeout=5s"
        BROOMS[url] = psycopg.connect(url, autocommit=True, options=told)
        BROOMS[url].execute(MAKE_SWEEP)
    return BROOMS[url]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `lastmile …`: `start("worker", database_url=…, SETTING=…)`; ended after the test."""
    running: list[Running] = []
    numbers = itertools.count(1)

    def start(
        *arguments: object, database_url: str = "", fresh: bool = False, **settings: object
    ) -> Running:
        words = [str(argument) for argument in arguments]
        log = tmp_path / f"{words[0]}-{next(numbers)}.log"
        running.append(Running(words, environment(database_url, **settings), log, fresh))
        return running[-1]

    yield start
    for each in running:
        each.hurry()
    for each in running:
        each.wait()


@pytest.fixture
def start_carrier(start: Callable[..., Running]) -> StartCarrier:
    """Start a carrier: `start_carrier("--voters", "off", …)`."""

    def start_carrier(*options: object) -> Carrier:
        running = start(
            *("carrier", "--port", 0, "--smtp-port", 0),
            *("--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN, *options),
        )
        ports = running.wait_for(r"carrier ready http=(\d+) smtp=(\d+)")
        return Carrier(running, f"http://127.0.0.1:{ports[1]}", int(ports[2]))

    return start_carrier


@pytest.fixture
def carrier_process(start_carrier: StartCarrier) -> Carrier:
    """A carrier whose voters keep silent and whose deliveries are quick."""
    return start_carrier("--voters", "off", "--delivery-seconds", 0.1)


@pytest.fixture
def start_web(start: Callable[..., Running], engine: Engine, database_url: str) -> StartWeb:
    """Start the pages on this test's database: `process, url = start_web(SETTING=…)`."""

    def start_web(port: int | None = None, **settings: object) -> tuple[Running, str]:
        chosen = web_settings(port or free_port())
        running = start("web", database_url=database_url, **{**chosen, **settings})
        url = str(chosen["LASTMILE_PUBLIC_URL"])
        running.wait_until_up(f"{url}/health")
        return running, url

    return start_web


@pytest.fixture
def start_worker(start: Callable[..., Running], engine: Engine, database_url: str) -> StartWorker:
    """Start a worker on this test's database: `process = start_worker(SETTING=…)`."""

    def start_worker(**settings: object) -> Running:
        return start("worker", database_url=database_url, **settings)

    return start_worker


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what was collected out of the garbage collector's way."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()
