"""What is slow to count and changes slowly, kept in the process and counted again after a while."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, TypeVar

from flask import Flask, current_app

KEEP = timedelta(minutes=1)
KEEP_SHORTLY = timedelta(seconds=10)
MANY = 500
"""Entries from which on those that are over are thrown away."""
REST = 30
"""What took long to count is kept so many times as long."""

Found = TypeVar("Found")


@dataclass
class Kept:
    """What was counted, each with the machine time at which it is to be counted again."""

    found: dict[Hashable, tuple[datetime, Any]] = field(default_factory=dict)

    def known(self, what: Hashable, wall: datetime) -> Any:
        """What was kept of it, or None."""
        until, found = self.found.get(what, (wall, None))
        return found if wall < until else None

    def keep(self, what: Hashable, wall: datetime, found: Found, keep: timedelta = KEEP) -> Found:
        """Keeps what was found for so long, and returns it."""
        if len(self.found) > MANY:
            self.found = {key: held for key, held in list(self.found.items()) if held[0] > wall}
        self.found[what] = (wall + keep, found)
        return found

    def count(
        self, what: Hashable, wall: datetime, ask: Callable[[], Found], keep: timedelta = KEEP
    ) -> Found:
        """What `ask` found at most `keep` ago, in machine time."""
        until, kept = self.found.get(what, (wall, None))
        if wall < until:
            found: Found = kept
            return found
        began = perf_counter()
        asked = ask()
        took = timedelta(seconds=perf_counter() - began)
        return self.keep(what, wall, asked, max(keep, took * REST))


def init_app(app: Flask) -> None:
    """Gives `app` a place for what it keeps."""
    app.extensions["lastmile-kept"] = Kept()


def kept() -> Kept:
    """What this process keeps."""
    here: Kept = current_app.extensions["lastmile-kept"]
    return here
