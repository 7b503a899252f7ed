"""Work for many requests at once: who comes first takes along whoever came meanwhile."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Place(Generic[Item, Result]):
    """One request's place in the queue, with what came of it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.results: list[Result] = []  # one, once it is there
        self.leads = False
        self.called = Lock()  # held until it is this one's turn, or done
        self.called.acquire()


class Together(Generic[Item, Result]):
    """Threads of a process that share one transaction and its commit instead of making their own.

    Nobody waits for company: a thread that finds the door free goes at once, alone. Whoever comes
    while it is away queues; when it is back, the first in the queue takes all of them along. Each
    returns only when what it brought is done.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work
        self._lock = Lock()
        self.waiting: list[_Place[Item, Result]] = []
        self._away = False

    def do(self, item: Item) -> Result | None:
        """The result of `item`; None if the work failed, maybe by another's part of it."""
        place = _Place[Item, Result](item)
        with self._lock:
            self.waiting.append(place)
            place.leads, self._away = not self._away, True
        if not place.leads:
            place.called.acquire()
        if place.leads:
            self._lead()
        return place.results[0] if place.results else None

    def _lead(self) -> None:
        with self._lock:
            places, self.waiting = self.waiting, []
        try:
            results = self._work([place.item for place in places])
            for place, result in zip(places, results, strict=True):
                place.results.append(result)
        except Exception as error:
            log.warning("common work failed", error=type(error).__name__)
        finally:
            self._call_next()
            for place in places:
                if not place.leads:
                    place.called.release()

    def _call_next(self) -> None:
        with self._lock:
            if self.waiting:
                self.waiting[0].leads = True
                self.waiting[0].called.release()
            else:
                self._away = False
