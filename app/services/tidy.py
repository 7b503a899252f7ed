"""Tidy: drops what has served, above all what is personal, in small transactions."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.store import outworn, own_messages
from app.store.engine import Sessions, patiently

WAY_BACK_KEPT = timedelta(minutes=10)
"""Of a call's record, what undoing it needs: names, wishes and plans as they were. It can be undone
for seconds; the rest is for a phone whose undo is under way."""
CODE_KEPT = timedelta(days=1)
"""A sign-in code after its end: whoever asks why it does not work can still be answered."""
NOTICE_KEPT = timedelta(days=30)
"""What a volunteer was told, after it has helped nobody any more; as long the places of shifts that
were canceled, of which it may have been."""
PRICE_KEPT = timedelta(days=2)
"""A message to our own people that is paid for, after it was handed over: until then the carrier's
list may show it when another is looked for."""
BATCH = 500
BATCHES = 20
"""At most so many transactions of a kind in a run; what is left waits for the next."""

Drop = Callable[[Session, datetime, int], int]


def tidy(sessions: Sessions, *, now: datetime, wall: datetime, most: int = BATCH) -> int:
    """Drops what is older than it is kept; how many rows. Twice or by many at once is the same."""
    return sum(
        _drop_all(sessions, drop, until, most)
        for drop, until in (
            (outworn.forget_ways_back, wall - WAY_BACK_KEPT),
            (outworn.drop_codes, wall - CODE_KEPT),
            (outworn.drop_notices, now - NOTICE_KEPT),
            (outworn.drop_freed_shifts, now - NOTICE_KEPT),
            (own_messages.drop_settled, wall - PRICE_KEPT),
        )
    )


def _drop_all(sessions: Sessions, drop: Drop, until: datetime, most: int) -> int:
    total = 0
    for _ in range(BATCHES):
        dropped = _drop_some(sessions, drop, until, most)
        total += dropped
        if dropped < most:
            break
    return total


@patiently
def _drop_some(sessions: Sessions, drop: Drop, until: datetime, most: int) -> int:
    with sessions.begin() as session:
        return drop(session, until, most)
