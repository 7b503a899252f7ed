"""What the carrier says of a call's two legs: stored once, applied in order of meaning."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import AttemptState, TouchState
from app.domain.voice import LONGEST_CALL, WRITE_UP, is_over, outranks
from app.domain.voice_words import NOT_PICKED_UP
from app.services.call_ends import end_unrung, hold_less
from app.store.engine import Sessions, patiently
from app.store.pool import end_pending
from app.store.queue import count_attempts
from app.store.sql import sql
from app.store.voice_calls import Known, lock_call, prolong


class Leg(StrEnum):
    """Whose phone it is."""

    CALLER = "caller"  # the volunteer's
    VOTER = "voter"


@dataclass(frozen=True)
class LegNews:
    """A status callback, or what a look-up found, of one leg."""

    attempt_id: UUID
    leg: Leg
    sid: str
    status: str = ""  # of the leg; empty when only who answered is told
    answered_by: str = ""
    seconds: int | None = None
    payload: Mapping[str, str] | None = None  # as it came, without phone numbers

    @property
    def name(self) -> str:
        """What this news is stored under: each state of a leg once."""
        return self.status or self.answered_by


@patiently
def receive_leg(sessions: Sessions, news: LegNews, *, now: datetime, wall: datetime) -> str:
    """Stores a callback once and applies it if it says more than we know.

    Returns applied, stale (a replay, or less than we know), or unknown attempt.
    """
    with sessions.begin() as session:
        known = lock_call(session, news.attempt_id)
        verdict = "unknown attempt"
        if known is not None:
            verdict = "applied" if _says_more(news, known) else "stale"
        if not _store(session, news, verdict, now):
            return "stale"
        if known is not None and verdict == "applied":
            apply_news(session, known, news, now=now, wall=wall)
        return verdict


def _says_more(news: LegNews, known: Known) -> bool:
    call = known.call
    if news.leg is Leg.CALLER:
        return call.sid is None or outranks(news.status, call.status)
    return (
        call.voter_sid is None
        or outranks(news.status, call.voter_status)
        or bool(news.answered_by and not call.answered_by)
        or (call.seconds is None and news.seconds is not None)
    )


def _store(session: Session, news: LegNews, verdict: str, now: datetime) -> bool:
    stored = session.execute(
        sql(
            "INSERT INTO callbacks (attempt_id, sid, status, payload, received_at, verdict) "
            "VALUES (:attempt, :sid, :status, CAST(:payload AS jsonb), :now, :verdict) "
            "ON CONFLICT DO NOTHING RETURNING id"
        ),
        {
            "attempt": news.attempt_id,
            "sid": news.sid,
            "status": news.name,
            "payload": json.dumps(dict(news.payload or {})),
            "now": now,
            "verdict": verdict,
        },
    )
    return stored.first() is not None


def apply_news(
    session: Session, known: Known, news: LegNews, *, now: datetime, wall: datetime
) -> None:
    """Applies news of a leg to its locked call; what says less than is known changes nothing."""
    if news.leg is Leg.CALLER:
        _apply_caller(session, known, news, now, wall)
    else:
        _apply_voter(session, known, news, now, wall)
    session.flush()


def _apply_caller(
    session: Session, known: Known, news: LegNews, now: datetime, wall: datetime
) -> None:
    call = known.call
    call.sid = call.sid or news.sid
    if not outranks(news.status, call.status):
        return
    call.status = news.status
    if not is_over(news.status):
        return
    call.ended_at = call.ended_at or now
    if known.is_open and not call.voter_status:
        # Nobody was told to ring the voter, and now nobody will be.
        end_unrung(session, known, NOT_PICKED_UP, now=now, wall=wall)


def _apply_voter(
    session: Session, known: Known, news: LegNews, now: datetime, wall: datetime
) -> None:
    call = known.call
    if known.attempt.state is AttemptState.ABSENT:
        _rung_after_all(session, known, now)
    call.voter_sid = call.voter_sid or news.sid
    call.answered_by = call.answered_by or news.answered_by
    call.seconds = call.seconds if news.seconds is None else news.seconds
    if not outranks(news.status, call.voter_status):
        return
    call.voter_status = news.status
    if is_over(news.status):
        call.ended_at = call.ended_at or now
        prolong(session, call, wall + WRITE_UP)
        hold_less(session, known)
    else:
        prolong(session, call, wall + LONGEST_CALL + WRITE_UP)


def _rung_after_all(session: Session, known: Known, now: datetime) -> None:
    """The voter was rung though we held it for certain that they were not: what waits in its place
    ends, and the attempt counts again."""
    attempt = known.attempt
    attempt.state = AttemptState.ATTEMPTING
    session.flush()
    count_attempts(
        session, attempt.campaign_id, Channel.CALL, [attempt.voter_id], now=now, rest_until=None
    )
    end_pending(
        session,
        "ids",
        ids=[attempt.touch_id],
        state=TouchState.CANCELED,
        reason="had gone out after all",
        now=now,
    )
