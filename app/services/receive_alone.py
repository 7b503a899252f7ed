"""One callback whose effects reach beyond its own message: a failure, or an oddity."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.carrier_error import NEVER_SENT, effect_of
from app.domain.touch import (
    MOVES,
    PENDING,
    TOUCH_OF_ATTEMPT,
    AttemptState,
    TouchState,
    outranks,
)
from app.services.carrier_effects import apply_error, free_hold, gone_out_after_all
from app.store.engine import Sessions, patiently
from app.store.outcomes import lock_attempts, put_back_among
from app.store.receipts import StatusNews
from app.store.sql import sql
from app.store.try_again import take_sid

FAILURES = (AttemptState.UNDELIVERED, AttemptState.FAILED)


@patiently
def receive_alone(sessions: Sessions, news: StatusNews, now: datetime) -> str:
    """As `receive_status` says, in several statements and one transaction."""
    said = news.said
    with sessions.begin() as session:
        known = _lock(session, news.attempt_id, said)
        verdict = "unknown attempt"
        if known is not None:
            # What is absent already is none the worse for it, and may wait to be sent again.
            absent = known.attempt is AttemptState.ABSENT and news.error_code == NEVER_SENT
            applies = said is not None and outranks(said, known.attempt) and not absent
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
    """Locks the target (when the news may change it), the touch and the attempt, in that order."""
    if said in FAILURES or put_back_among(session, [attempt_id]):
        lock_attempts(session, [attempt_id])
    row = session.execute(
        sql(
            "SELECT q.id, q.state, a.state FROM touches q JOIN attempts a ON a.touch_id = q.id "
            "WHERE a.id = :id FOR UPDATE OF q"
        ),
        {"id": attempt_id},
    ).first()
    return _Known(row[0], TouchState(row[1]), AttemptState(row[2])) if row else None


def _store(session: Session, news: StatusNews, verdict: str, now: datetime) -> bool:
    """Stores the callback with its verdict; False when this state of the message was known."""
    stored = session.execute(
        sql(
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
        sql("SELECT FROM attempts WHERE id = :id AND sid IS DISTINCT FROM :sid"), binds
    ).first()
    if unknown is None:
        return
    take_sid(session, news.attempt_id, news.sid)


def _apply(
    session: Session, news: StatusNews, said: AttemptState, known: _Known, now: datetime
) -> None:
    touch = known.touch
    if known.attempt in (AttemptState.ABSENT, AttemptState.UNSURE):
        gone_out_after_all(session, news.attempt_id, now)
        touch = TouchState.CANCELED if touch in PENDING else touch
    onward = TOUCH_OF_ATTEMPT[said]
    session.execute(
        sql(_MOVE),
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
