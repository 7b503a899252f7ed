"""Receive: what carriers and people send us, stored once and acted upon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.carrier_error import effect_of
from app.domain.channel import Channel
from app.domain.reply import Meaning, meaning_of
from app.domain.touch import (
    CARRIER_STATES,
    MOVES,
    PENDING,
    TOUCH_OF_ATTEMPT,
    AttemptState,
    TouchState,
    outranks,
)
from app.services.settle import apply_error, free_hold
from app.services.strike import strike_voters
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.messages import Callback, Inbound
from app.store.pool import end_pending
from app.store.touches import Attempt, Touch
from app.store.wishes import bury, confirm_once, opt_in, opt_out


@dataclass(frozen=True)
class StatusNews:
    """A status callback: what the carrier says of one message."""

    attempt_id: UUID
    sid: str
    status: str
    error_code: int | None
    payload: Mapping[str, str]


def receive_status(sessions: Sessions, news: StatusNews, *, now: datetime) -> str:
    """Stores the callback once and applies it in order of meaning, never backward.

    Returns applied, stale (a replay, or less than we know), or unknown attempt.
    """
    with sessions.begin() as session:
        stored = session.execute(
            insert(Callback)
            .values(
                attempt_id=news.attempt_id,
                sid=news.sid,
                status=news.status,
                error_code=news.error_code,
                payload=dict(news.payload),
                received_at=now,
            )
            .on_conflict_do_nothing()
            .returning(Callback.id)
        ).scalar()
        if stored is None:
            return "stale"
        verdict = _apply(session, news, now)
        session.execute(
            text("UPDATE callbacks SET verdict = :verdict WHERE id = :id"),
            {"verdict": verdict, "id": stored},
        )
        return verdict


def _apply(session: Session, news: StatusNews, now: datetime) -> str:
    # The touch first: senders lock touch and attempt in this order too.
    touch = session.scalars(
        select(Touch)
        .join(Attempt, Attempt.touch_id == Touch.id)
        .where(Attempt.id == news.attempt_id)
        .with_for_update(of=Touch)
    ).one_or_none()
    if touch is None:
        return "unknown attempt"
    attempt = session.scalars(
        select(Attempt).where(Attempt.id == news.attempt_id).with_for_update()
    ).one()
    said = CARRIER_STATES.get(news.status)
    attempt.sid = attempt.sid or news.sid
    if said is None or not outranks(said, attempt.state):
        return "stale"
    if attempt.state is AttemptState.ABSENT and touch.state in PENDING:
        # It had gone out after all; what was released again in its place must not.
        session.flush()
        end_pending(
            session,
            "ids",
            ids=[touch.id],
            state=TouchState.CANCELED,
            reason="had gone out after all",
            now=now,
        )
        session.refresh(touch)
    attempt.state = said
    attempt.error_code = news.error_code or attempt.error_code
    if said in (AttemptState.DELIVERED, AttemptState.UNDELIVERED, AttemptState.FAILED):
        attempt.settled_at = now
    onward = TOUCH_OF_ATTEMPT[said]
    if onward in MOVES[touch.state]:
        touch.state = onward
        touch.lease_until = None
        touch.settled_at = now if not MOVES[onward] else touch.settled_at
    session.flush()
    if said in (AttemptState.UNDELIVERED, AttemptState.FAILED):
        code = news.error_code
        apply_error(session, attempt.id, effect_of(code), f"carrier error {code}", now)
        if said is AttemptState.FAILED:
            free_hold(session, attempt.id)
    return "applied"


@dataclass(frozen=True)
class TextIn:
    """A text that somebody sent to one of our numbers."""

    sid: str
    sender: str  # E.164
    to: str
    body: str


def receive_text(sessions: Sessions, message: TextIn, *, now: datetime) -> str:
    """Stores an inbound text once, does what it asks, and returns the answer to send ("" = none).

    An opt-out and the cancelling of what is pending are one transaction. A replay of the same
    message changes nothing and is not answered again.
    """
    meaning = meaning_of(message.body)
    with sessions.begin() as session:
        last = _last_attempt(session, message.sender)
        stored = session.execute(
            insert(Inbound)
            .values(
                sid=message.sid,
                from_address=message.sender,
                to_address=message.to,
                body=message.body[:1600],
                meaning=meaning.value,
                campaign_id=last.campaign_id if last else None,
                voter_id=last.voter_id if last else None,
                received_at=now,
                # What the program has dealt with itself waits for nobody.
                handled_at=None if meaning in (Meaning.OTHER, Meaning.WRONG) else now,
            )
            .on_conflict_do_nothing()
            .returning(Inbound.id)
        ).scalar()
        if stored is None:
            return ""
        return _act(session, message, meaning, last, now)


def _last_attempt(session: Session, address: str) -> Attempt | None:
    return session.scalars(
        select(Attempt)
        .where(Attempt.address == address, Attempt.channel == Channel.TEXT)
        .order_by(Attempt.attempted_at.desc())
        .limit(1)
    ).first()


def _act(
    session: Session, message: TextIn, meaning: Meaning, last: Attempt | None, now: datetime
) -> str:
    campaign = session.get(Campaign, last.campaign_id) if last else None
    name = (campaign.organization or campaign.name) if campaign else "this campaign"
    if meaning is Meaning.STOP:
        opt_out(session, message.sender, Channel.TEXT, source="reply", words=message.body, now=now)
        if confirm_once(session, message.sender, Channel.TEXT, now):
            return f"{name}: you are unsubscribed and will get no more texts from us."
    elif meaning is Meaning.START:
        opt_in(session, message.sender, Channel.TEXT)
        return f"{name}: you are subscribed again. Reply STOP to end."
    elif meaning is Meaning.HELP:
        return f"{name}: texts about the election. Reply STOP to end. Msg & data rates may apply."
    elif meaning is Meaning.WRONG:
        bury(session, message.sender, Channel.TEXT, "wrong number", now)
        bury(session, message.sender, Channel.CALL, "wrong number", now)
    elif meaning is Meaning.VOTED and last is not None and campaign is not None:
        strike_voters(
            session, campaign.polling_day, [last.voter_id], by=None, source="text", at=now
        )
    return ""
