"""Migrations from the program: what `alembic upgrade head` does, on an engine at hand."""

import importlib
import pkgutil
from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, text

import app.store
from app.config import ROOT
from app.store.base import Base

LOCK = 0x1A57_311E  # any number that no other advisory lock of the program uses


def metadata() -> MetaData:
    """Every table of the program, whichever of its modules declares it."""
    for module in pkgutil.iter_modules(app.store.__path__):
        importlib.import_module(f"app.store.{module.name}")
    return Base.metadata


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
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        step(config, revision)
