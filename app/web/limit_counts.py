"""Counts of tries in this process's memory, for the limits.

The library's own store starts a thread at nearly every try to forget old counts; to wait for it
was a tenth of what saving a call takes. Here whoever comes once a minute forgets them.
"""

from collections.abc import Callable
from threading import Lock
from time import time

from limits.storage import Storage

SCHEME = "counts"
EVERY_SECONDS = 60


class Counts(Storage):
    """What `limits` asks of a store for fixed windows."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012, as the library declares it

    def __init__(self, uri: str | None = None, clock: Callable[[], float] = time) -> None:
        super().__init__(uri)
        self._clock = clock
        self._lock = Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # how many, and until when they count
        self._swept = clock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: nothing, in memory."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts `amount` more, from the first on for `expiry` seconds; how many there are."""
        now = self._clock()
        with self._lock:
            self._sweep(now)
            count, until = self._counts.get(key, (0, 0.0))
            if until <= now:
                count, until = 0, now + expiry
            self._counts[key] = (count + amount, until)
            return count + amount

    def get(self, key: str) -> int:
        """How many there are."""
        count, until = self._counts.get(key, (0, 0.0))
        return count if until > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """Until when they count, in seconds of the machine's clock."""
        _, until = self._counts.get(key, (0, self._clock()))
        return until

    def check(self) -> bool:
        """It is always there."""
        return True

    def reset(self) -> int:
        """Forgets all; how many keys there were."""
        with self._lock:
            forgotten = len(self._counts)
            self._counts.clear()
            return forgotten

    def clear(self, key: str) -> None:
        """Forgets one."""
        with self._lock:
            self._counts.pop(key, None)

    def _sweep(self, now: float) -> None:
        if not 0 <= now - self._swept < EVERY_SECONDS:
            self._swept = now
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
