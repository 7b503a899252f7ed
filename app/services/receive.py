"""Receive: what carriers and people send us, stored once and acted upon."""

import json
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
from app.services.settle import apply_error, free_hold, gone_out_after_all
from app.services.strike import strike_voters
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.messages import Inbound
from app.store.queue import lock_attempts
from app.store.touches import Attempt
from app.store.wishes import bury, confirm_once, opt_in, opt_out

FAILURES = (AttemptState.UNDELIVERED, AttemptState.FAILED)


@dataclass(frozen=True)
class StatusNews:
    """A status callback: what the carrier says of one message."""

    attempt_id: UUID
    sid: str
    status: str
    error_code: int | None
    payload: Mapping[str, str]


@patiently
def receive_status(sessions: Sessions, news: StatusNews, *, now: datetime) -> str:
    """Stores the callback once and applies it in order of meaning, never backward.

    Returns applied, stale (a replay, or less than we know), or unknown attempt.
    """
    said = CARRIER_STATES.get(news.status)
    with sessions.begin() as session:
        known = _lock(session, news.attempt_id, said)
        verdict = "unknown attempt"
        if known is not None:
            applies = said is not None and outranks(said, known.attempt)
            verdict = "applied" if applies else "stale"
        if not _store(session, news, verdict, now):
            return "stale"
        if known is not None:
            _keep_sid(session, news)
        if known is not None and said is not None and verdict == "applied":
            _apply(session, news, said, known, now)
        return verdict


@dataclass(frozen=True)
class _Known:
    """What we know of the message before the callback."""

    touch_id: int
    touch: TouchState
    attempt: AttemptState


def _lock(session: Session, attempt_id: UUID, said: AttemptState | None) -> _Known | None:
    """Locks the target (when a failure may change it), the touch and the attempt, in that order."""
    if said in FAILURES:
        lock_attempts(session, [attempt_id])
    row = session.execute(
        text(
            "SELECT q.id, q.state, a.state FROM touches q JOIN attempts a ON a.touch_id = q.id "
            "WHERE a.id = :id FOR UPDATE OF q"
        ),
        {"id": attempt_id},
    ).first()
    return _Known(row[0], TouchState(row[1]), AttemptState(row[2])) if row else None


def _store(session: Session, news: StatusNews, verdict: str, now: datetime) -> bool:
    """Stores the callback with its verdict; False when this state of the message was known."""
    stored = session.execute(
        text(
            "INSERT INTO callbacks (attempt_id, sid, status, error_code, payload, received_at, "
            "verdict) VALUES (:attempt, :sid, :status, :code, CAST(:payload AS jsonb), :now, "
            ":verdict) ON CONFLICT DO NOTHING RETURNING id"
        ),
        {
            "attempt": news.attempt_id,
            "sid": news.sid,
            "status": news.status,
            "code": news.error_code,
            "payload": json.dumps(dict(news.payload)),
            "now": now,
            "verdict": verdict,
        },
    )
    return stored.first() is not None


def _keep_sid(session: Session, news: StatusNews) -> None:
    """Keeps the carrier's id of the message, which may come before our own write of it.

    An id that a look-up gave to another attempt goes to this one: the callback knows better.
    """
    binds = {"id": news.attempt_id, "sid": news.sid}
    unknown = session.execute(
        text("SELECT FROM attempts WHERE id = :id AND sid IS DISTINCT FROM :sid"), binds
    ).first()
    if unknown is None:
        return
    session.execute(text("UPDATE attempts SET sid = NULL WHERE sid = :sid AND id <> :id"), binds)
    session.execute(text("UPDATE attempts SET sid = :sid WHERE id = :id"), binds)


def _apply(
    session: Session, news: StatusNews, said: AttemptState, known: _Known, now: datetime
) -> None:
    touch = known.touch
    if known.attempt is AttemptState.ABSENT and touch in PENDING:
        gone_out_after_all(session, news.attempt_id, now)
        touch = TouchState.CANCELED
    onward = TOUCH_OF_ATTEMPT[said]
    session.execute(
        text(_MOVE),
        {
            "id": news.attempt_id,
            "touch": known.touch_id,
            "said": said.value,
            "code": news.error_code,
            "settled": now if not MOVES[onward] else None,
            "onward": onward.value if onward in MOVES[touch] else None,
        },
    )
    if said in FAILURES:
        code = news.error_code
        apply_error(session, news.attempt_id, effect_of(code), f"carrier error {code}", now)
    if said is AttemptState.FAILED:
        free_hold(session, news.attempt_id)


_MOVE = """
WITH moved AS (
    UPDATE touches SET state = :onward, lease_until = NULL,
           settled_at = coalesce(:settled, settled_at)
    WHERE id = :touch AND CAST(:onward AS text) IS NOT NULL
)
UPDATE attempts SET state = :said, error_code = coalesce(:code, error_code),
       settled_at = coalesce(:settled, settled_at)
WHERE id = :id
"""


@dataclass(frozen=True)
class TextIn:
    """A text that somebody sent to one of our numbers."""

    sid: str
    sender: str  # E.164
    to: str
    body: str


@patiently
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
