"""Settle: what the network answered to a batch, and claims that nobody answers for any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.channels.port import Accepted, NoAnswer, NotProcessed, Outcome, Refused
from app.domain.backoff import again_seconds
from app.domain.carrier_error import OTHER_SENDER_CODES, ErrorEffect, effect_of
from app.domain.channel import Channel
from app.domain.touch import AttemptState
from app.services.carrier_effects import apply_error, free_hold, gone_out_after_all, slow_down
from app.store.engine import Sessions, patiently
from app.store.outcomes import (
    Settled,
    lock_attempts,
    lock_sent,
    mark_unknown,
    put_back,
    put_back_among,
    settle,
)
from app.store.pool import settle_money
from app.store.queue import end_leases
from app.store.rates import another_sender, end_slow_downs, give_day_back, stop
from app.store.sql import sql

Answer = tuple[UUID, Outcome]


@dataclass(frozen=True)
class SentBy:
    """The sender of a batch; both instants are machine time."""

    sender_id: int
    claimed_at: datetime
    wall: datetime  # now
    slowed: bool = True  # False: when it claimed it had no slow-downs that could end


@patiently
def record_outcomes(
    sessions: Sessions,
    channel: Channel,
    answers: Sequence[Answer],
    *,
    now: datetime,
    speed: float,
    by: SentBy | None = None,
) -> None:
    """Writes what came of a batch's attempts, in one transaction; its sender rests, stops or goes
    on by what was answered.

    If the process dies before its commit, the attempts are settled by callback or look-up.
    """
    all_accepted = all(isinstance(said, Accepted) for _, said in answers)
    if all_accepted and _all_went_out(sessions, channel, answers, now, by):
        return
    accepted = [key for key, said in answers if isinstance(said, Accepted)]
    with sessions.begin() as session:
        lock_attempts(session, [key for key, _ in answers])
        for key in put_back_among(session, accepted):
            gone_out_after_all(session, key, now)
        settle(session, _accepted(channel, answers), now)
        tries = _tries(session, channel, answers)
        backs: dict[tuple[datetime, str, int | None], list[UUID]] = {}
        for key, said in answers:
            if isinstance(said, NotProcessed):
                due = now + timedelta(seconds=_wait(channel, said, key, tries.get(key, 1)) * speed)
                backs.setdefault((due, said.message, said.code), []).append(key)
            elif isinstance(said, Refused) and _comes_back(session, channel, key, said):
                backs.setdefault((now, said.message, said.code), []).append(key)
            elif isinstance(said, Refused):
                _failed(session, channel, key, said, now)
        for (due, words, code), keys in backs.items():
            put_back(session, keys, due_at=due, now=now, note=words, code=code)
        unanswered: dict[str, list[UUID]] = {}
        for key, said in answers:
            if isinstance(said, NoAnswer):
                unanswered.setdefault(said.message, []).append(key)
        for words, keys in unanswered.items():
            mark_unknown(session, keys, words)
        if channel is Channel.EMAIL:
            _book_mails(session, accepted)
        if by is not None:  # last, so that the sender's row is held for a moment only
            put = [key for keys in backs.values() for key in keys]
            if put:
                give_day_back(session, by.sender_id, by.claimed_at, put)
            _tell_the_sender(session, channel, by, answers)


def _all_went_out(
    sessions: Sessions,
    channel: Channel,
    answers: Sequence[Answer],
    now: datetime,
    by: SentBy | None,
) -> bool:
    """Writes down that all of a batch was accepted, as is usual, without a lock on targets.

    False, and nothing is written, if one of them had been declared absent.
    """
    keys = [key for key, _ in answers]
    with sessions.begin() as session:
        if not lock_sent(session, keys):
            return False
        settle(session, _accepted(channel, answers), now)
        if channel is Channel.EMAIL:
            _book_mails(session, keys)
        if by is not None:
            _tell_the_sender(session, channel, by, answers)
    return True


def _accepted(channel: Channel, answers: Sequence[Answer]) -> list[Settled]:
    done = AttemptState.DELIVERED if channel is Channel.EMAIL else AttemptState.ACCEPTED
    return [
        Settled(key, done, sid=said.sid, segments=said.segments)
        for key, said in answers
        if isinstance(said, Accepted)
    ]


def _tries(session: Session, channel: Channel, answers: Sequence[Answer]) -> dict[UUID, int]:
    """How often the touches of mails that were put off have been tried."""
    put_off = [key for key, said in answers if isinstance(said, NotProcessed)]
    if channel is not Channel.EMAIL or not put_off:
        return {}
    rows = session.execute(
        sql(
            "SELECT a.id, q.tries FROM attempts a JOIN touches q ON q.id = a.touch_id "
            "WHERE a.id = ANY(:ids)"
        ),
        {"ids": put_off},
    )
    return {row.id: row.tries for row in rows}


def _wait(channel: Channel, said: NotProcessed, key: UUID, tries: int) -> float:
    """Machine seconds until a touch that was not processed is due again.

    A text that came too fast waits for its sender, who rests, or goes out by another at once. A
    mailbox that puts a mail off is asked more and more seldom.
    """
    if said.code is not None and effect_of(said.code, channel) is ErrorEffect.SLOW_DOWN:
        return 0.0
    if channel is Channel.EMAIL and said.code is not None:
        return again_seconds(said.wait_seconds, tries, key)
    return said.wait_seconds


def _comes_back(session: Session, channel: Channel, key: UUID, said: Refused) -> bool:
    """Whether the touch of a refused attempt is to go out all the same, later or by another."""
    effect = effect_of(said.code, channel)
    if effect is ErrorEffect.OTHER_SENDER:
        return another_sender(session, key, OTHER_SENDER_CODES)
    return effect in (ErrorEffect.SLOW_DOWN, ErrorEffect.STOP_SENDER)


def _failed(session: Session, channel: Channel, key: UUID, said: Refused, now: datetime) -> None:
    settle(
        session, [Settled(key, AttemptState.FAILED, error_code=said.code, note=said.message)], now
    )
    free_hold(session, key)
    words = f"{said.code} {said.message}"
    apply_error(session, key, effect_of(said.code, channel), words, now)


def _tell_the_sender(
    session: Session, channel: Channel, by: SentBy, answers: Sequence[Answer]
) -> None:
    """What the answers of a batch mean for its sender: to stop, to rest, or that all is well."""
    for _, said in answers:
        if isinstance(said, Refused) and effect_of(said.code, channel) is ErrorEffect.STOP_SENDER:
            stop(session, by.sender_id, f"{said.code} {said.message}")
            break
    accepted = any(isinstance(said, Accepted) for _, said in answers)
    slowed = next((key for key, said in answers if _slows(channel, said)), None)
    if slowed is not None:
        times = {"claimed_at": by.claimed_at, "wall": by.wall}
        slow_down(session, by.sender_id, slowed, accepted=accepted, **times)
    elif accepted and by.slowed:
        end_slow_downs(session, by.sender_id, by.claimed_at)


def _slows(channel: Channel, said: Outcome) -> bool:
    """Whether an answer tells the sender to rest: "slow down", or nobody there to answer."""
    if isinstance(said, Refused) or (isinstance(said, NotProcessed) and said.code is not None):
        return effect_of(said.code, channel) is ErrorEffect.SLOW_DOWN
    # What we ourselves held back waits for nothing.
    return isinstance(said, NotProcessed) and said.wait_seconds > 0


def _book_mails(session: Session, accepted: Sequence[UUID]) -> None:
    """A mail costs what was reserved for it: relays report no price."""
    rows = session.execute(
        sql(
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
