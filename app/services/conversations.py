"""Conversations: replies that wait for a person, taken up one by one, held, handed over."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.store import replies as stored
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry
from app.store.replies import Known

HOLD = timedelta(minutes=5)
"""Machine time; the page renews it while she is on it."""


class Refusal(StrEnum):
    """Why an answer does not go out; what was typed stays on the page."""

    OTHERS = "others"  # somebody else has the conversation in hand
    GONE = "gone"  # there is no such conversation, or no such voter any more
    EMPTY = "empty"
    LONG = "long"  # more than a carrier takes
    OPTED_OUT = "opted_out"
    DEAD = "dead"
    CLOSED = "closed"  # the polls have closed
    BUSY = "busy"  # a text to this voter is on its way at this moment: try again in seconds
    WAITS = "waits"  # the answer before this one waits for the hours to open
    MONEY = "money"  # the budget does not last


class Refused(Exception):
    """What cannot be done, as a code; `until` where waiting helps."""

    def __init__(self, why: Refusal, until: datetime | None = None) -> None:
        self.why, self.until = why, until
        super().__init__(why.value)


@patiently
def take(
    sessions: Sessions, campaign_id: int, user_id: int, *, now: datetime, wall: datetime
) -> int | None:
    """Takes up the conversation in hand, else the next that waits, for HOLD; None when none is
    free. Two people never hold the same; each opening is in the audit log."""
    with sessions.begin() as session:
        had = stored.held(session, user_id, wall)
        found = stored.take(session, campaign_id, user_id, now=now, wall=wall, until=wall + HOLD)
        if found is not None and found != had:
            session.add(entry(now, user_id, "conversation opened", found))
        return found


@patiently
def take_up(
    sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime, wall: datetime
) -> bool:
    """Takes up one that was handed over; False when somebody else has it in hand."""
    with sessions.begin() as session:
        of = stored.known(session, conversation_id, lock=True)
        if of is None or _is_anothers(of, user_id, wall):
            return False
        if of.held_by != user_id:
            session.add(entry(now, user_id, "conversation opened", conversation_id))
        stored.let_go(session, user_id, but=conversation_id)
        stored.hold(session, conversation_id, user_id, wall + HOLD)
        return True


@patiently
def renew(sessions: Sessions, conversation_id: int, user_id: int, *, wall: datetime) -> bool:
    """Whoever is on the page keeps the conversation; False when it is another's by now."""
    with sessions.begin() as session:
        of = stored.known(session, conversation_id, lock=True)
        if of is None or of.held_by != user_id:
            return False
        stored.hold(session, conversation_id, user_id, wall + HOLD)
        return True


@patiently
def put_back(sessions: Sessions, user_id: int) -> None:
    """Lets go of what a person has in hand, for others to answer."""
    with sessions.begin() as session:
        stored.let_go(session, user_id)


def in_hand(session: Session, conversation_id: int, user_id: int) -> Known:
    """The conversation, locked, which this person holds, or held last. Raises Refused."""
    return held_by(stored.known(session, conversation_id, lock=True), user_id)


def held_by(of: Known | None, user_id: int) -> Known:
    """The same of one that was read. Raises Refused."""
    if of is None:
        raise Refused(Refusal.GONE)
    if of.held_by != user_id:
        raise Refused(Refusal.OTHERS)
    return of


def _is_anothers(of: Known, user_id: int, wall: datetime) -> bool:
    held = of.held_until is not None and of.held_until > wall
    return held and of.held_by not in (None, user_id)


def lock_target(session: Session, of: Known) -> None:
    """The target before its touches, as everybody does."""
    if of.voter_id is not None:
        stored.lock_target(session, of.campaign_id, of.voter_id)


def entry(at: datetime, by: int, action: str, conversation_id: int) -> AuditEntry:
    """An entry of the audit log on a conversation."""
    return AuditEntry(at=at, user_id=by, action=action, subject=f"conversation:{conversation_id}")
