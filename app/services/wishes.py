"""Wishes that come in while a batch goes out: who is slow asks again, for all of it at once."""

from collections.abc import Collection
from datetime import datetime
from threading import Lock
from uuid import UUID

from app.clock import Clock
from app.services.dispatch import FRESH, Batch
from app.store.engine import Sessions
from app.store.queue import wanted_of


def still_wanted(sessions: Sessions, attempts: Collection[UUID], now: datetime) -> set[UUID]:
    """Which attempts that have not been sent yet may still go: no ballot, opt-out or stop of their
    blast since."""
    with sessions() as session:
        return wanted_of(session, attempts, now)


class Wishes:
    """What of a batch is still wanted. The verdicts of the claim stand for `FRESH`, and so do those
    of each later look. Safe to ask from many threads: one looks, the others wait for it."""

    def __init__(self, sessions: Sessions, batch: Batch, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._seen = (batch.fresh_until, {item.id for item in batch.tries})
        self._lock = Lock()

    def known(self, attempt_id: UUID) -> bool | None:
        """Whether an attempt may go now; None when that has to be looked up."""
        until, wanted = self._seen
        return attempt_id in wanted if self._clock.wall() < until else None

    def look(self, attempt_id: UUID) -> bool:
        """Whether an attempt may go now; the database is asked, unless another just did."""
        with self._lock:
            known = self.known(attempt_id)
            if known is not None:
                return known
            until = self._clock.wall() + FRESH  # from before the look
            wanted = still_wanted(self._sessions, self._seen[1], self._clock.now())
            self._seen = (until, wanted)
            return attempt_id in wanted
