"""Settle: what the network answered, what nobody answered, and what it cost."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.channels.port import (
    Accepted,
    CarrierUnreachable,
    NoAnswer,
    NotProcessed,
    Outcome,
    Refused,
    Sent,
    TextPort,
)
from app.domain.carrier_error import ErrorEffect, effect_of
from app.domain.channel import Channel
from app.domain.touch import CARRIER_STATES, AttemptState, TouchState
from app.store.campaigns import Sender
from app.store.engine import Sessions, patiently
from app.store.pool import end_pending, settle_money
from app.store.queue import (
    Settled,
    Stuck,
    absent_among,
    end_leases,
    known_sids,
    lock_attempts,
    mark_unknown,
    put_back,
    settle,
    still_stuck,
    stuck_attempts,
)
from app.store.touches import Attempt
from app.store.wishes import bury, opt_out

Answer = tuple[UUID, Outcome]

BEGINNING = datetime.fromtimestamp(0, UTC)
CLOCKS_APART = timedelta(minutes=15)
"""How far the carrier's clock may be from ours; far below the rest between two texts."""


@patiently
def record_outcomes(
    sessions: Sessions,
    channel: Channel,
    answers: Sequence[Answer],
    *,
    now: datetime,
    speed: float,
) -> None:
    """Writes what came of attempts, in one transaction.

    If the process dies before its commit, the attempts are settled by callback or look-up.
    """
    done = AttemptState.DELIVERED if channel is Channel.EMAIL else AttemptState.ACCEPTED
    accepted = [key for key, said in answers if isinstance(said, Accepted)]
    with sessions.begin() as session:
        lock_attempts(session, [key for key, _ in answers])
        for key in absent_among(session, accepted):
            gone_out_after_all(session, key, now)
        settle(
            session,
            [
                Settled(key, done, sid=said.sid, segments=said.segments)
                for key, said in answers
                if isinstance(said, Accepted)
            ],
            now,
        )
        for key, said in answers:
            if isinstance(said, Refused):
                _refused(session, channel, key, said, now, speed)
            elif isinstance(said, NotProcessed):
                wait = timedelta(seconds=said.wait_seconds * speed)
                put_back(session, [key], due_at=now + wait, now=now, note=said.message)
            elif isinstance(said, NoAnswer):
                mark_unknown(session, [key], said.message)
        if channel is Channel.EMAIL:
            _book_mails(session, accepted)


def gone_out_after_all(session: Session, attempt_id: UUID, now: datetime) -> None:
    """What was thought absent did reach the carrier: what was released again in its place ends."""
    session.execute(
        text("UPDATE attempts SET state = 'unknown' WHERE id = :id AND state = 'absent'"),
        {"id": attempt_id},
    )
    touches = session.execute(
        text("SELECT touch_id FROM attempts WHERE id = :id"), {"id": attempt_id}
    )
    end_pending(
        session,
        "ids",
        ids=list(touches.scalars()),
        state=TouchState.CANCELED,
        reason="had gone out after all",
        now=now,
    )


def _refused(
    session: Session, channel: Channel, key: UUID, said: Refused, now: datetime, speed: float
) -> None:
    effect = effect_of(said.code) if channel is Channel.TEXT else _mail_effect(said.code)
    if effect in (ErrorEffect.SLOW_DOWN, ErrorEffect.STOP_SENDER):
        put_back(
            session, [key], due_at=now + timedelta(seconds=30 * speed), now=now, note=said.message
        )
    else:
        settle(
            session,
            [Settled(key, AttemptState.FAILED, error_code=said.code, note=said.message)],
            now,
        )
        free_hold(session, key)
    apply_error(session, key, effect, f"{said.code} {said.message}", now)


def _mail_effect(code: int) -> ErrorEffect:
    # 535: the relay does not know us. 550, 551, 553: no such mailbox (RFC 5321 4.2.3).
    if code in (530, 534, 535):
        return ErrorEffect.STOP_SENDER
    return ErrorEffect.DEAD if code in (550, 551, 553) else ErrorEffect.FAIL


def free_hold(session: Session, attempt_id: UUID) -> None:
    """Gives back the money that a failed attempt held, once; it cost nothing."""
    row = session.execute(
        text(
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


def apply_error(
    session: Session, attempt_id: UUID, effect: ErrorEffect, words: str, now: datetime
) -> None:
    """What an error code means beyond its touch: for the address and for the sender."""
    attempt = session.scalars(select(Attempt).where(Attempt.id == attempt_id)).one()
    if effect is ErrorEffect.DEAD:
        bury(session, attempt.address, attempt.channel, words, now)
        if attempt.channel is Channel.TEXT:
            bury(session, attempt.address, Channel.CALL, words, now)
    elif effect is ErrorEffect.LANDLINE:
        bury(session, attempt.address, Channel.TEXT, words, now)
    elif effect is ErrorEffect.OPT_OUT:
        opt_out(session, attempt.address, Channel.TEXT, source="carrier", words=words, now=now)
    elif effect is ErrorEffect.STOP_SENDER:
        session.execute(
            update(Sender).where(Sender.id == attempt.sender_id).values(stopped=words[:200])
        )
    elif effect in (ErrorEffect.RETRY, ErrorEffect.RETRY_ONCE):
        # The ramp picks the voter up again in two hours instead of two days.
        session.execute(
            text(
                "UPDATE targets SET next_text_at = :again "
                "WHERE campaign_id = :campaign AND voter_id = :voter AND texts < 2"
            ),
            {
                "again": now + timedelta(hours=2),
                "campaign": attempt.campaign_id,
                "voter": attempt.voter_id,
            },
        )


def _book_mails(session: Session, accepted: Sequence[UUID]) -> None:
    """A mail costs what was reserved for it: relays report no price."""
    rows = session.execute(
        text(
            "WITH booked AS (UPDATE attempts SET price = was.held, held = 0 "
            "FROM (SELECT id, held FROM attempts WHERE id = ANY(:ids) AND price IS NULL "
            "FOR UPDATE) was WHERE attempts.id = was.id "
            "RETURNING attempts.campaign_id, was.held) "
            "SELECT campaign_id, sum(held) FROM booked GROUP BY campaign_id"
        ),
        {"ids": list(accepted)},
    )
    for campaign_id, held in rows:
        settle_money(session, campaign_id, freed=held, spent=held)


@patiently
def sweep(sessions: Sessions, wall: datetime) -> int:
    """Puts claims whose lease ran out back into the queue."""
    with sessions.begin() as session:
        return end_leases(session, wall)


async def look_up(
    sessions: Sessions,
    texts: TextPort,
    *,
    now: datetime,
    wall: datetime,
    grace: timedelta,
    told_to_end: Callable[[], bool] = lambda: False,
) -> int:
    """Settles texts without an answer by the carrier's own list of messages to that number.

    Waits `grace` after the attempt, longer than a lease and a time-out together, so that what is
    absent then stays absent. Returns how many were settled.
    """
    with sessions() as session:
        stuck = stuck_attempts(session, Channel.TEXT, wall - grace, 200)
    settled = 0
    for item in stuck:
        if told_to_end():
            break
        try:
            sent = await texts.sent_to(item.address)
        except CarrierUnreachable:
            return settled
        await asyncio.to_thread(_settle_one, sessions, item, sent, now)
        settled += 1
    return settled


@patiently
def _settle_one(sessions: Sessions, item: Stuck, sent: Sequence[Sent], now: datetime) -> None:
    with sessions.begin() as session:
        # Locked again: a callback may have settled it while the carrier was asked.
        if not still_stuck(session, item.id):
            return
        taken = known_sids(session, [message.sid for message in sent])
        # The carrier's clock and ours may differ; what is older was taken by its own attempt.
        since = item.handed_at - CLOCKS_APART
        for message in sent:
            if (
                message.sid not in taken
                and message.body == item.body
                and message.created_at >= since
            ):
                state = CARRIER_STATES.get(message.status, AttemptState.ACCEPTED)
                settle(
                    session,
                    [
                        Settled(
                            item.id,
                            state,
                            sid=message.sid,
                            segments=message.segments,
                            error_code=message.error_code,
                            note="found in the carrier's list",
                        )
                    ],
                    now,
                )
                return
        put_back(session, [item.id], due_at=now, now=now, note="absent from the carrier's list")


@patiently
def resend_mails(sessions: Sessions, *, now: datetime, before: datetime) -> int:
    """Puts mails without an answer back: the next try has the same Message-ID, so a double is
    dropped by its receiver. Returns how many."""
    with sessions.begin() as session:
        stuck = [item.id for item in stuck_attempts(session, Channel.EMAIL, before, 500)]
        lock_attempts(session, stuck)
        return put_back(session, stuck, due_at=now, now=now, note="no answer from the relay")


async def book_prices(
    sessions: Sessions, texts: TextPort, *, after: datetime, limit: int = 200
) -> datetime:
    """Asks the carrier for the prices of texts that have ended, and books them.

    Goes round: `after` is the machine time up to which the last run has asked; returns where the
    next run is to go on, so that a text that never gets a price does not hold up the others.
    """
    with sessions() as session:
        waiting = session.execute(
            select(Attempt.id, Attempt.sid, Attempt.handed_at)
            .where(
                Attempt.channel == Channel.TEXT,
                Attempt.price.is_(None),
                Attempt.sid.is_not(None),
                Attempt.settled_at.is_not(None),
                Attempt.handed_at > after,
            )
            .order_by(Attempt.handed_at)
            .limit(limit)
        ).all()
    if not waiting:
        return BEGINNING
    found = await asyncio.gather(
        *(texts.fetch(row.sid or "") for row in waiting), return_exceptions=True
    )
    known = [
        (row.id, message.price)
        for row, message in zip(waiting, found, strict=True)
        if isinstance(message, Sent) and message.price is not None
    ]
    await asyncio.to_thread(_book, sessions, known)
    asked_until: datetime = waiting[-1].handed_at
    return asked_until


@patiently
def book_estimates(sessions: Sessions, *, before: datetime) -> int:
    """Books what was held for texts whose price nobody has told for long; returns how many."""
    with sessions() as session:
        rows = session.execute(
            select(Attempt.id, Attempt.held)
            .where(
                Attempt.channel == Channel.TEXT,
                Attempt.price.is_(None),
                Attempt.sid.is_not(None),
                Attempt.handed_at < before,
            )
            .limit(5_000)
        ).all()
    _book(sessions, [(row.id, row.held) for row in rows])
    return len(rows)


@patiently
def _book(sessions: Sessions, prices: Sequence[tuple[UUID, Decimal]]) -> None:
    with sessions.begin() as session:
        rows = session.execute(
            text(
                "WITH was AS (SELECT a.id, a.held, p.price FROM attempts a "
                "JOIN unnest(CAST(:ids AS uuid[]), CAST(:prices AS numeric[])) AS p(id, price) "
                "ON a.id = p.id WHERE a.price IS NULL FOR UPDATE OF a), "
                "booked AS (UPDATE attempts SET price = was.price, held = 0 FROM was "
                "WHERE attempts.id = was.id "
                "RETURNING attempts.campaign_id, was.held, was.price) "
                "SELECT campaign_id, sum(held), sum(price) FROM booked GROUP BY campaign_id"
            ),
            {"ids": [key for key, _ in prices], "prices": [price for _, price in prices]},
        )
        for campaign_id, held, price in rows:
            settle_money(session, campaign_id, freed=held, spent=price)
