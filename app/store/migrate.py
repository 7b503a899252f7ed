"""Migrations from the program: what `alembic upgrade head` does, on an engine at hand."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from app.config import ROOT

LOCK = 0x1A57_311E  # any number that no other advisory lock of the program uses


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`; of two who try at once, the second finds it done."""
    _run(engine, command.upgrade, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database back to `revision`; "base" is before the first."""
    _run(engine, command.downgrade, revision)


def configuration() -> Config:
    """Alembic's configuration, as in pyproject.toml, wherever the program is called from."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    return config


def _run(engine: Engine, step: Callable[[Config, str], None], revision: str) -> None:
    config = configuration()
    with engine.connect() as connection, _alone(connection):
        config.attributes["connection"] = connection
        step(config, revision)


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Hold the lock of whoever migrates.

    Asked for again and again rather than waited for: an index that is built concurrently waits
    for every statement that runs, and so would wait for one that waits for us.
    """
    lock = {"lock": LOCK}
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), lock):
        connection.commit()
        time.sleep(0.1)
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), lock)
        connection.commit()
