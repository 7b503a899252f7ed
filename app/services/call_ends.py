"""How a call through the carrier ends without its volunteer's word: unrung, or never recorded."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import AttemptState
from app.domain.voice import likely_cost
from app.services.record import HOUSEHOLD_REST, end_touch, rest_household
from app.store.calls import card_of
from app.store.engine import Sessions, patiently
from app.store.frames import load_frame
from app.store.pool import settle_money
from app.store.voice_calls import Known, lock_call, put_call_back, rate_of, rest_calls


def end_unrung(session: Session, known: Known, note: str, *, now: datetime, wall: datetime) -> None:
    """Ends an open attempt that has not rung the voter: it counts for nothing, and its volunteer
    still has the call. What the volunteer's own leg cost is booked later, if there was one."""
    session.flush()
    put_call_back(session, known.attempt.id, note, now=now, wall=wall)
    session.refresh(known.attempt)
    known.call.ended_at = known.call.ended_at or now
    if known.call.sid is None:
        book(session, known, Decimal(0))
    else:
        hold_less(session, known)


def hold_less(session: Session, known: Known) -> None:
    """After a call only what it is likely to cost stays held, until its price is known."""
    rate = rate_of(session, known.attempt.campaign_id)
    if rate is None or known.call.price is not None:
        return
    freed = known.attempt.held - likely_cost(rate.price, known.call.seconds)
    if freed > 0:
        known.attempt.held -= freed
        session.flush()
        settle_money(session, known.attempt.campaign_id, freed=freed)


def book(session: Session, known: Known, price: Decimal) -> None:
    """Books what a call cost, once, and frees what was held for it."""
    if known.call.price is not None:
        return
    held, known.attempt.held = known.attempt.held, Decimal(0)
    known.call.price = known.attempt.price = price
    session.flush()
    settle_money(session, known.attempt.campaign_id, freed=held, spent=price)


@patiently
def end_unsaid(sessions: Sessions, attempt_id: UUID, note: str, *, now: datetime) -> bool:
    """Ends a call that rang the voter and of which nobody can say what came of it: done, with an
    honest note, and the voter rests as after any attempt. False if it had been settled."""
    with sessions.begin() as session:
        known = lock_call(session, attempt_id)
        card = card_of(session, known.attempt.touch_id) if known is not None else None
        if known is None or card is None or not known.is_open:
            return False
        known.attempt.state, known.attempt.settled_at = AttemptState.DONE, now
        known.attempt.note, known.call.ended_at = note, known.call.ended_at or now
        session.flush()
        if card.fence == known.call.fence:
            end_touch(session, card.touch_id, now)
        frame = load_frame(session, card.campaign_id)
        again = now + frame.rest(Channel.CALL, now)
        rest_calls(session, card.campaign_id, card.voter_id, again)
        rest_household(session, card, max(again, now + HOUSEHOLD_REST))
    return True
