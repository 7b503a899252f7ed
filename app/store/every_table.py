"""Every table of the program, for those who make or copy them all."""

import importlib
import pkgutil

from sqlalchemy import MetaData

import app.store
from app.store.base import Base


def metadata() -> MetaData:
    """Every table of the program, whichever of its modules declares it."""
    for module in pkgutil.iter_modules(app.store.__path__):
        importlib.import_module(f"app.store.{module.name}")
    return Base.metadata
