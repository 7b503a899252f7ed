"""The one Clock. Doors ask it for the time and tell everybody below."""

import time
from datetime import UTC, datetime

from app.domain.timeline import Anchor


class Clock:
    """Campaign time (scaled, or held by hand) and machine time, both aware and in UTC.

    Leases, heartbeats and rates live in machine time; hours, plans and attempts in campaign time.
    Without an anchor the two are the same.
    """

    def __init__(self, anchor: Anchor | None = None) -> None:
        self.anchor = anchor

    def wall(self) -> datetime:
        """Machine time."""
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
