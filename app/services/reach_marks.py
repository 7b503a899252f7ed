"""Marks which targets can be reached by each channel, a batch at a time; see store/reach_marks."""

from datetime import datetime
from time import monotonic

from app.store import reach_marks as stored
from app.store.engine import Sessions, patiently

LONGEST = 5.0
"""Machine seconds that one run of the job takes at most; the next goes on from there."""


def mark_reach(sessions: Sessions, wall: datetime, batch: int = stored.BATCH) -> int:
    """Marks what is due; how many targets changed. Batch by batch, each a transaction that keeps
    how far it came, so that any worker goes on where another stopped."""
    changed, began = 0, monotonic()
    with sessions() as session:
        due = stored.due(session, wall)
    for campaign_id in due:
        while monotonic() - began < LONGEST:
            found = _batch(sessions, campaign_id, wall, batch)
            if found is None:
                break
            changed += found
    return changed


@patiently
def _batch(sessions: Sessions, campaign_id: int, wall: datetime, batch: int) -> int | None:
    """The next batch of a campaign; None at its end, or while another is at it."""
    with sessions.begin() as session:
        begun = stored.hold(session, campaign_id, wall)
        if begun is None:
            return None
        last = stored.last_of_batch(session, campaign_id, begun.to, batch)
        if last is None:
            stored.note(session, campaign_id, begun, 0, wall)
            return None
        changed = stored.mark(session, campaign_id, begun.to, last, begun.country)
        stored.note(session, campaign_id, begun, last, None)
        return changed
