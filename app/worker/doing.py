"""What a worker is doing: its jobs under way, since when, and whether one has hung."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock

_JOB: ContextVar["Running | None"] = ContextVar("job", default=None)


@dataclass
class Running:
    """A job under way; instants are the clock's, in seconds."""

    name: str
    patience: float
    began: float
    moved: float  # when it last showed that it goes on


class Doing:
    """The jobs that this process has under way. Every thread may ask and note."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._running: list[Running] = []
        self._lock = Lock()

    @contextmanager
    def job(self, name: str, patience: float) -> Iterator[None]:
        """Notes a job from its start to its end."""
        now = self._clock()
        mine = Running(name, patience, now, now)
        token = _JOB.set(mine)
        with self._lock:
            self._running.append(mine)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(mine)
            _JOB.reset(token)

    def goes_on(self) -> None:
        """The job of whoever asks goes on: a long one is not one that hangs.

        It is found through the context, which coroutines and their threads take along.
        """
        mine = _JOB.get()
        if mine is not None:
            mine.moved = self._clock()

    def longest(self) -> tuple[str, float]:
        """The job that has run longest, and for how many seconds; ("", 0) when there is none."""
        with self._lock:
            found = min(self._running, key=lambda one: one.began, default=None)
        return (found.name, self._clock() - found.began) if found is not None else ("", 0.0)

    def hung(self) -> tuple[str, float] | None:
        """A job that has not gone on for longer than its patience, and for how many seconds."""
        now = self._clock()
        with self._lock:
            for one in self._running:
                if now - one.moved > one.patience:
                    return one.name, now - one.moved
        return None
