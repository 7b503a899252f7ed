"""The world of a rehearsal: its time, what is to happen in it, and the trace of what did."""

import heapq
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from app.clock import Clock
from app.rehearsal.chance import Chance

REMEMBERED = 400
"""Lines of the trace that are kept for the story of a broken promise."""


class World:
    """Time that stands still until it is moved, and events that happen when it passes them."""

    def __init__(self, starts_at: datetime, chance: Chance) -> None:
        self.now = starts_at.astimezone(UTC)
        self.chance = chance
        self.noted = 0  # lines of the trace
        self.lines: deque[tuple[datetime, str]] = deque(maxlen=REMEMBERED)
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = count()
        self._digest = sha256()

    def at(self, when: datetime, what: Callable[[], None]) -> None:
        """Has `what` happen at `when`; two of one instant in the order in which they were told."""
        heapq.heappush(self._events, (when, next(self._numbers), what))

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Has `what` happen in so many seconds."""
        self.at(self.now + timedelta(seconds=seconds), what)

    @property
    def next_at(self) -> datetime | None:
        """When the next event is due."""
        return self._events[0][0] if self._events else None

    def move_to(self, when: datetime) -> None:
        """Lets time pass up to `when`, and all happen that is due until then."""
        while self._events and self._events[0][0] <= when:
            at, _, what = heapq.heappop(self._events)
            self.now = max(self.now, at)
            what()
        self.now = max(self.now, when)

    def note(self, line: str) -> None:
        """Writes a line of the trace: plain words, ids of rows, no personal data."""
        self.noted += 1
        self._digest.update(f"{self.now.isoformat()} {line}\n".encode())
        self.lines.append((self.now, line))

    @property
    def trace(self) -> str:
        """A digest of all that happened, in its order."""
        return self._digest.hexdigest()

    def story(self, last: int = 15) -> list[str]:
        """The last lines of the trace."""
        return [f"{at:%a %H:%M:%S} {line}" for at, line in list(self.lines)[-last:]]


class WorldClock(Clock):
    """A process's view of the world's time; its own clock may be off until the database tells."""

    def __init__(self, world: World, off: timedelta = timedelta(0)) -> None:
        super().__init__()
        self._world = world
        self._off = off

    def tell(self, database: datetime) -> None:
        """From now on the process's time is the database's."""
        self._off = database - self._world.now

    def wall(self) -> datetime:
        """Machine time as this process sees it."""
        return self._world.now + self._off

    def now(self) -> datetime:
        """Campaign time as this process sees it."""
        return self._world.now + self._off
