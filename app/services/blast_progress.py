"""Progress of a blast: what went out, what came of it, and how many are still to get it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.blast import BlastState
from app.domain.condition import BadUniverse
from app.store.bank import AtIt, at_it
from app.store.blast_people import Given, count_given, count_left, given
from app.store.blasts import Blast
from app.store.frames import load_frame, place_names
from app.store.universe_sql import Asking


@dataclass(frozen=True)
class Progress:
    """How far a blast has come, in voters."""

    given: Given
    have: int  # who have a touch of it, whatever became of it
    left: int  # who are still to get it; none once it is canceled or done
    at_it: AtIt | None = None  # of a blast by hand, how it stands with the volunteers

    @property
    def total(self) -> int:
        """All who have it or are to get it."""
        return self.have + self.left


def progress_of(
    session: Session, blast: Blast, now: datetime, wall: datetime | None = None
) -> Progress:
    """How far it has come; set-based, up to a second for a million targets. At machine time `wall`
    also who is at it, if it is sent by hand."""
    frame = load_frame(session, blast.campaign_id)
    keys = [place.key for place in place_names(session, frame.id)]
    have, left = count_given(session, blast, keys), 0
    if blast.state in (BlastState.SCHEDULED, BlastState.PAUSED):
        asking = Asking(frame.schedule.polling_day, now, frame.schedule.country)
        try:
            left = count_left(session, blast, asking, keys, total_cap=frame.rules.total_cap)
        except BadUniverse:  # the release job says so; here the others still count
            left = 0
    hands = None
    if blast.by_hand and wall is not None:
        hands = at_it(session, blast.campaign_id, blast.purpose, wall)
    return Progress(given(session, blast), have, left, hands)
