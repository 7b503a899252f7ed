"""What an error means beyond its own attempt: for the address, the sender, the next try."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.backoff import AGAIN_AFTER, SOON, rest_seconds, slow_downs_after
from app.domain.carrier_error import RETRY_ONCE_CODES, ErrorEffect
from app.domain.channel import Channel
from app.domain.purpose import waits_for_no_rest
from app.domain.touch import AttemptState, TouchState
from app.store import try_again
from app.store.campaigns import Sender
from app.store.frames import load_frame
from app.store.pool import end_pending, hold_money, settle_money
from app.store.rates import Pause, pause_for_update, stop, write_pause
from app.store.sql import sql
from app.store.touches import Attempt
from app.store.wishes import bury, opt_out

AGAIN = frozenset(
    {ErrorEffect.RETRY, ErrorEffect.RETRY_ONCE, ErrorEffect.SLOW_DOWN, ErrorEffect.STOP_SENDER}
)
"""Effects after which the voter is tried again: the failure was a passing one, or the sender's."""


def apply_error(
    session: Session, attempt_id: UUID, effect: ErrorEffect, words: str, now: datetime
) -> None:
    """What an error code means beyond its touch: for the address, for the sender, for the voter.

    The sender's row comes last, after targets, touches, attempts and money, as everywhere.
    """
    attempt = session.scalars(select(Attempt).where(Attempt.id == attempt_id)).one()
    if effect is ErrorEffect.DEAD:
        bury(session, attempt.address, attempt.channel, words, now)
        if attempt.channel is Channel.TEXT:
            bury(session, attempt.address, Channel.CALL, words, now)
    elif effect is ErrorEffect.LANDLINE:
        bury(session, attempt.address, Channel.TEXT, words, now)
    elif effect is ErrorEffect.OPT_OUT:
        opt_out(session, attempt.address, Channel.TEXT, source="carrier", words=words, now=now)
    if effect in AGAIN and attempt.state in (AttemptState.FAILED, AttemptState.UNDELIVERED):
        _try_again(session, attempt, effect, now)
    if attempt.sender_id is None:
        return
    if effect is ErrorEffect.STOP_SENDER:
        stop(session, attempt.sender_id, words)
    elif effect is ErrorEffect.SLOW_DOWN:
        slow_down(session, attempt.sender_id, attempt.id, claimed_at=attempt.handed_at)


def slow_down(
    session: Session,
    sender_id: int,
    attempt_id: UUID,
    *,
    claimed_at: datetime,
    wall: datetime | None = None,
    accepted: bool = False,
) -> None:
    """Lets a sender rest, longer with each slow-down in a row.

    Batches that were claimed before a rest began tell of the same slow-down as the one that it was
    for, and do not count again. Without `wall` the rest runs from when the attempt was claimed.
    """
    pause = pause_for_update(session, sender_id)
    if pause is None or (pause.slow_until is not None and claimed_at < pause.slow_until):
        return
    downs = slow_downs_after(pause.slow_downs, slowed=True, accepted=accepted)
    rest = timedelta(seconds=rest_seconds(downs, attempt_id))
    write_pause(session, sender_id, Pause(downs, (wall or claimed_at) + rest))


def _try_again(session: Session, attempt: Attempt, effect: ErrorEffect, now: datetime) -> None:
    """Has the voter tried again: by the ramp after two hours instead of days, or, where the touch
    had a purpose of its own, by another touch of that purpose within its time.

    RETRY_ONCE only if the try before did not fail in the same way. Caps hold all the same: the bar
    is asked before anything goes out.
    """
    once = effect is ErrorEffect.RETRY_ONCE
    if once and try_again.code_before(session, attempt) in RETRY_ONCE_CODES:
        return
    touch = try_again.touch_of(session, attempt)
    if not waits_for_no_rest(touch.purpose):
        try_again.let_rest_until(session, attempt, now + AGAIN_AFTER)
        return
    due = now + SOON
    if due >= touch.expires_at:
        return
    price = session.scalar(select(Sender.price).where(Sender.id == attempt.sender_id))
    held = (price or Decimal(0)) * max(attempt.segments, 1)
    frame = load_frame(session, attempt.campaign_id)
    if held and not hold_money(session, frame.id, held, frame.spendable(now)):
        return
    if not try_again.release_again(session, touch, due_at=due, held=held, now=now):
        settle_money(session, frame.id, freed=held)


def free_hold(session: Session, attempt_id: UUID) -> None:
    """Gives back the money that a failed attempt held, once; it cost nothing."""
    row = session.execute(
        sql(
            "UPDATE attempts SET held = 0, price = 0 FROM ("
            "SELECT id, held, campaign_id FROM attempts "
            "WHERE id = :id AND price IS NULL AND state = 'failed' FOR UPDATE) was "
            "WHERE attempts.id = was.id "
            "RETURNING was.campaign_id, was.held"
        ),
        {"id": attempt_id},
    ).first()
    if row is not None:
        settle_money(session, row.campaign_id, freed=row.held)


def gone_out_after_all(session: Session, attempt_id: UUID, now: datetime) -> None:
    """What was thought absent did reach the carrier: it counts again, the money that the touch held
    in its place is held by the attempt, and the touch, if it waits still, ends."""
    touch_id = try_again.revive(session, attempt_id)
    if touch_id is None:
        return
    end_pending(
        session,
        "ids",
        ids=[touch_id],
        state=TouchState.CANCELED,
        reason="had gone out after all",
        now=now,
    )
