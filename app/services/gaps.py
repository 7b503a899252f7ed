"""Gaps: whoever is first takes the place of somebody who did not come to a shift, or canceled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.services.shift_watch import LEAST_LEFT
from app.services.shifts import Held, ShiftRefused, in_the_way, person_to_book, shift_entry
from app.store import shift_watch
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry, User
from app.store.shift_watch import Gap
from app.store.shifts import Shift

STEPS_IN_WITHIN = timedelta(minutes=5)
"""A place taken now begins then."""


@dataclass(frozen=True)
class Offered:
    """A gap as somebody who could fill it sees it."""

    gap: Gap
    campaign: str
    zone: str
    mine: bool  # they have taken it
    ahead: bool  # it is still to begin
    left: bool  # enough of it to come


def offered_to(session: Session, user: User, shift_id: int, now: datetime) -> Offered | None:
    """The gap, for a volunteer of its campaign; None for everybody else, and for none."""
    gap = shift_watch.gap_of(session, shift_id)
    if gap is None or user.campaign_id not in (None, gap.campaign_id):
        return None
    campaign = session.get_one(Campaign, gap.campaign_id)
    mine = bool(gap.filled_by) and shift_watch.filled_by(session, shift_id) == user.id
    ahead, left = gap.starts_at > now, gap.ends_at > now + LEAST_LEFT
    return Offered(gap, campaign.name, campaign.zone, mine, ahead, left)


@patiently
def take_gap(
    sessions: Sessions, shift_id: int, user_id: int, *, by: int, now: datetime, wall: datetime
) -> Held:
    """Books a person for what is left of a shift that nobody has; twice is once.

    Raises ShiftRefused with the code "filled" when another was first, "came" when the one who was
    missed has come, "past" when too little is left, or as services/shifts.py does.
    """
    with sessions.begin() as session:
        # Held until the end: of two who take it, the second sees the first's shift.
        if not shift_watch.lock_shift(session, shift_id):
            raise ShiftRefused("day", "This shift is gone.", "past")
        gap = shift_watch.gap_of(session, shift_id)
        if gap is None:
            raise ShiftRefused("day", "Nobody is missed in this shift.", "came")
        person = person_to_book(session, gap.campaign_id, user_id)
        standing = in_the_way(session, person, gap.begins_at(now), gap.ends_at)
        if standing is not None and shift_watch.filled_by(session, shift_id) == user_id:
            return Held(standing.id, person.name, new=False)
        _check(gap, standing is not None, person, now)
        return Held(_book(session, gap, person, by, now, wall), person.name, new=True)


def _check(gap: Gap, busy: bool, person: User, now: datetime) -> None:
    if gap.ends_at <= now + LEAST_LEFT:
        raise ShiftRefused("day", "This shift is over, or nearly so.", "past")
    if gap.came_at is not None:
        raise ShiftRefused("day", "Whoever was missed has come after all.", "came")
    if gap.filled_by:
        raise ShiftRefused("day", "Somebody was faster.", "filled")
    if busy:
        words = f"{person.name} is booked at that time already."
        raise ShiftRefused("person", words, "overlap", person.name)


def _book(session: Session, gap: Gap, person: User, by: int, now: datetime, wall: datetime) -> int:
    soon = (now + STEPS_IN_WITHIN).replace(second=0, microsecond=0)
    shift = Shift(
        campaign_id=gap.campaign_id,
        user_id=person.id,
        channel=gap.channel,
        starts_at=gap.begins_at(soon),
        ends_at=gap.ends_at,
        languages=list(gap.own_languages),
        created_at=now,
    )
    session.add(shift)
    session.flush()
    session.add(shift_entry(wall, by, "shift added", shift))
    details = {"campaign": gap.campaign_id, "person": person.id, "shift": shift.id}
    subject = f"shift:{gap.shift_id}"
    entry = AuditEntry(at=wall, user_id=by, action="gap filled", subject=subject, details=details)
    session.add(entry)
    return shift.id
