"""Grouped: threads that ask for the same kind of thing in the same moment are answered in one go.

As a database writes the commits of many in one go: whoever asks while nobody else does is answered
at once and alone; whoever asks meanwhile waits, and then all who waited are answered together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")
MOST = 16


@dataclass(eq=False)
class _Waits(Generic[Asked, Given]):
    """One who asks. Called when answered, when it failed for all, or to answer all who wait."""

    asked: Asked
    is_called: Event = field(default_factory=Event)
    is_taken: bool = False  # among those of whom somebody answers all
    given: list[Given] = field(default_factory=list)  # one, once it is there


class Grouped(Generic[Asked, Given]):
    """Answers by `serve`, which is given at most `most` questions and returns their answers in
    the same order, or raises and then has done nothing."""

    def __init__(self, serve: Callable[[Sequence[Asked]], list[Given]], most: int = MOST) -> None:
        self._serve, self._most = serve, most
        self._lock = Lock()
        self._waiting: list[_Waits[Asked, Given]] = []
        self._is_busy = False

    def ask(self, asked: Asked) -> Given:
        """The answer; raises what `serve` raises for this question alone."""
        mine: _Waits[Asked, Given] = _Waits(asked)
        with self._lock:
            self._waiting.append(mine)
            is_first, self._is_busy = not self._is_busy, True
        if not is_first:
            mine.is_called.wait()
        if not mine.is_taken:
            self._answer_all()
        # One question may have failed all: each is then asked alone.
        return mine.given[0] if mine.given else self._serve([asked])[0]

    def _answer_all(self) -> None:
        """Answers those who wait, whose thread this is among them, and hands on."""
        with self._lock:
            some = self._waiting[: self._most]
            del self._waiting[: self._most]
            for one in some:
                one.is_taken = True
        try:
            self._answer(some)
        finally:
            with self._lock:
                self._is_busy = bool(self._waiting)
                called = [*some, *self._waiting[:1]]
            for one in called:
                one.is_called.set()

    def _answer(self, some: Sequence[_Waits[Asked, Given]]) -> None:
        try:
            given = self._serve([one.asked for one in some])
        except Exception:
            if len(some) == 1:
                raise
            return
        for one, answer in zip(some, given, strict=True):
            one.given.append(answer)
