"""A thread beside a piece of work that does something once a second until the work is over."""

from abc import ABC, abstractmethod
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

SECONDS = 1.0


class EachSecond(ABC):
    """Entered by whoever works; beats meanwhile, whatever the worker's own thread does."""

    def __init__(self, name: str) -> None:
        self.over = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self.over.wait(SECONDS):
            with suppress(SQLAlchemyError):  # the next beat tries again, the lease is longer
                self.beat()

    @abstractmethod
    def beat(self) -> None:
        """What is done each second; it may set `over`."""
