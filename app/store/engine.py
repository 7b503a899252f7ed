"""Connections: one engine a process, sessions that neither expire nor commit by themselves."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

Given = ParamSpec("Given")
Result = TypeVar("Result")
PATIENCE = 5

FROZEN_SECONDS = 10
"""A process that does nothing in an open transaction for so long is frozen: the server takes its
locks back, so that the others go on."""


def make_engine(url: str, pool_size: int = 10, *, ping: bool = True) -> Engine:
    """An engine for a postgresql URL; any driver in the URL is replaced by psycopg 3.

    `ping` asks each connection of the pool whether it still lives before it is used.
    """
    scheme, _, rest = url.partition("://")
    if not scheme.startswith(("postgres", "postgresql")):
        raise ValueError(
            f"DATABASE_URL starts with {scheme}://; Lastmile runs on PostgreSQL only, "
            "as postgresql://user@host/name"
        )
    return create_engine(
        f"postgresql+psycopg://{rest}",
        pool_size=pool_size,
        max_overflow=10,
        pool_pre_ping=ping,
        connect_args={"options": f"-c idle_in_transaction_session_timeout={FROZEN_SECONDS}s"},
    )


Sessions = sessionmaker[Session]


def make_sessions(engine: Engine) -> Sessions:
    """The factory for sessions on `engine`."""
    return sessionmaker(engine, expire_on_commit=False)


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
