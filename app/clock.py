"""The one Clock. Doors ask it for the time and tell everybody below."""

import time
from datetime import UTC, datetime, timedelta

from app.domain.timeline import Anchor

_STEADY = getattr(time, "CLOCK_BOOTTIME", None)  # CLOCK_MONOTONIC stands still in a sleep on Linux


def seconds_passed() -> float:
    """A count of seconds that never goes back, and goes on while a process or its machine sleeps;
    only differences mean anything."""
    return time.monotonic() if _STEADY is None else time.clock_gettime(_STEADY)


class Clock:
    """Campaign time (scaled, or held by hand) and machine time, both aware and in UTC.

    Leases, heartbeats and rates live in machine time; hours, plans and attempts in campaign time.
    Without an anchor the two are the same.

    Machine time is the database's, once it was told: a worker whose own clock is minutes off would
    take what others hold for stuck, and send it twice.
    """

    def __init__(self, anchor: Anchor | None = None) -> None:
        self.anchor = anchor
        self._told: tuple[datetime, float] | None = None

    def tell(self, database: datetime) -> None:
        """Takes the database's time for the time of this moment."""
        self._told = (database.astimezone(UTC), seconds_passed())

    def wall(self) -> datetime:
        """Machine time."""
        if self._told is not None:
            at, then = self._told
            return at + timedelta(seconds=seconds_passed() - then)
        return datetime.fromtimestamp(time.time(), UTC)

    def now(self) -> datetime:
        """Campaign time."""
        wall = self.wall()
        return self.anchor.at(wall) if self.anchor else wall

    @property
    def speed(self) -> float:
        """Campaign seconds that pass in a machine second."""
        return self.anchor.speed if self.anchor else 1.0


class ManualClock(Clock):
    """A clock that stands still until it is set; for tests and rehearsals."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def wall(self) -> datetime:
        """The instant it was set to."""
        return self.at

    def now(self) -> datetime:
        """The instant it was set to."""
        return self.at
