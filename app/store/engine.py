"""Connections: one engine a process, sessions that neither expire nor commit by themselves."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from time import monotonic
from typing import Any, ParamSpec, TypeVar, cast

import psycopg
from psycopg import Connection
from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.store.plain import PlainSession
from app.store.steady import Steady

Given = ParamSpec("Given")
Result = TypeVar("Result")
PATIENCE = 5
_AWAY = ("08", "53300", "57P")
"""Connection exceptions, too many connections, and a server that ends or begins
(postgresql.org/docs/current/errcodes-appendix.html)."""

PREPARED = 200
"""Statements that a connection of the program keeps: what its busiest pages and jobs ask."""
RESTED_SECONDS = 1.0
FROZEN_SECONDS = 10
"""A process that does nothing in an open transaction for so long is frozen: the server takes its
locks back, so that the others go on."""


def make_engine(
    url: str,
    pool_size: int = 10,
    *,
    ping: bool = True,
    rested: float = RESTED_SECONDS,
    prepared: int = 0,
) -> Engine:
    """An engine for a postgresql URL; any driver in the URL is replaced by psycopg 3.

    `ping` asks a connection that has rested so many seconds in the pool whether it still lives
    before it is used. So many `prepared` statements are kept on each connection, whatever is rolled
    back; 0 leaves that to psycopg. It is for a database whose tables nobody makes or drops.
    """
    scheme, _, rest = url.partition("://")
    if not scheme.startswith(("postgres", "postgresql")):
        raise ValueError(
            f"DATABASE_URL starts with {scheme}://; Lastmile runs on PostgreSQL only, "
            "as postgresql://user@host/name"
        )
    engine = create_engine(
        f"postgresql+psycopg://{rest}",
        pool_size=pool_size,
        pool_use_lifo=True,  # the one used last knows its statements, and needs no ping
        max_overflow=10,
        connect_args={"options": f"-c idle_in_transaction_session_timeout={FROZEN_SECONDS}s"},
    )
    if prepared:
        event.listen(engine, "do_connect", partial(_steady, prepared))
    if ping:
        event.listen(engine, "checkin", _rests)
        event.listen(engine, "checkout", partial(_still_lives, rested))
    return engine


def _steady(
    prepared: int, _: object, __: object, args: Sequence[Any], named: dict[str, Any]
) -> Steady:
    """Connects as SQLAlchemy would; a statement is prepared when it comes for the third time."""
    connection = Steady.connect(*args, **named)
    connection.prepared_max, connection.prepare_threshold = prepared, 2
    return connection


def _rests(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests since"] = monotonic()


def _still_lives(
    rested: float, connection: DBAPIConnection, record: ConnectionPoolEntry, _: object
) -> None:
    """Asks a connection that rested; the pool makes a new one in the place of one that is dead.

    One that worked a moment ago is not asked: a page takes two connections, and to ask both costs
    as much as a query. Whoever meets a server that went away in this moment is told so, and comes
    again.
    """
    asked = cast("Connection[Any]", connection)
    if asked.closed:
        raise DisconnectionError
    if monotonic() - record.info.get("rests since", 0) < rested:
        return
    try:
        asked.autocommit = True
        asked.execute("SELECT 1")
        asked.autocommit = False
    except psycopg.Error as error:
        raise DisconnectionError from error


def lone(engine: Engine) -> "Connection[Any]":
    """A connection that no pool holds, on which each statement is a transaction; the server keeps
    its plans, which the driver forgets after a rollback, as readers leave a pooled one."""
    lent = engine.raw_connection()
    lent.detach()
    own = cast("Connection[Any]", lent.dbapi_connection)
    own.autocommit = True
    return own


Sessions = sessionmaker[Session]


def make_sessions(engine: Engine) -> Sessions:
    """The factory for sessions on `engine`."""
    return sessionmaker(engine, class_=PlainSession, expire_on_commit=False)


def is_away(error: OperationalError) -> bool:
    """Whether the server could not be reached, has no connection left, or ended this one."""
    state = getattr(error.orig, "sqlstate", None)  # None: nothing was heard from it
    return state is None or state.startswith(_AWAY)


def patiently(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """Runs `work`, one transaction as a whole, again when the server chose it to end a deadlock.

    Nothing of it was kept then, so that the second run is as the first.
    """

    @wraps(work)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        for tries_left in reversed(range(PATIENCE)):
            try:
                return work(*args, **kwargs)
            except OperationalError as error:
                ended = isinstance(error.orig, DeadlockDetected | SerializationFailure)
                if not ended or not tries_left:
                    raise
        raise AssertionError("unreachable")

    return run
