"""In turns: a large campaign texts in one stride and mails in the next, which is half the work."""

from collections.abc import Callable, Collection, Sized
from datetime import datetime, timedelta

SENDS = frozenset({"send texts", "send mails"})
ENDS_SOON = 2.5
"""Strides before the end of what is due in which nothing takes turns any more."""


class InTurns:
    """What a turn leaves to the next, so that each stride has something that goes out.

    Where nothing went out though something was left, the next turn comes soon and leaves nothing:
    real workers ask for everything each second. `due` tells the jobs that have something to do,
    `ends_by` whether the hours of something that waits end by then, `last_run` when a job ran last,
    `tries` holds all that went out. Without a stride nothing is left.
    """

    def __init__(
        self,
        due: Callable[[datetime], set[str]],
        ends_by: Callable[[datetime], bool],
        last_run: Callable[[str], datetime],
        tries: Sized,
        stride: timedelta | None,
    ) -> None:
        self._due, self._ends_by, self._last_run = due, ends_by, last_run
        self._tries, self._stride = tries, stride
        self._left = False
        self._tried = 0
        self.in_vain = False

    def begin(self) -> None:
        """A turn begins."""
        self._left, self._tried = False, len(self._tries)

    def end(self) -> None:
        """It is over, and whatever could go out has."""
        self.in_vain = self._left and len(self._tries) == self._tried

    def due(self, now: datetime) -> set[str]:
        """The jobs that have something to do, but of texts and mails only those that were sent
        longer ago, unless the hours of something that waits end soon."""
        due = self._due(now)
        if self._stride is None or self.in_vain or not due >= SENDS:
            return due
        if not self._ends_by(now + ENDS_SOON * self._stride):
            due.discard(max(SENDS, key=lambda name: (self._last_run(name), name)))
            self._left = True
        return due

    def may_pace(self, due: Collection[str]) -> bool:
        """Whether the pacer has its turn: what it let out before goes out first."""
        if self._stride is None or self.in_vain or SENDS.isdisjoint(due):
            return True
        self._left = True
        return False
