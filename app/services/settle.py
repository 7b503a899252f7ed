"""Settle: what the network answered, what nobody answered, and what it cost."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
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
from app.clock import Clock
from app.domain.backoff import again_seconds
from app.domain.carrier_error import OTHER_SENDER_CODES, ErrorEffect, effect_of
from app.domain.channel import Channel
from app.domain.touch import CARRIER_STATES, AttemptState
from app.services.carrier_effects import apply_error as apply_error
from app.services.carrier_effects import free_hold as free_hold
from app.services.carrier_effects import gone_out_after_all as gone_out_after_all
from app.services.carrier_effects import slow_down
from app.store.dearest import learn_dearest
from app.store.engine import Sessions, patiently
from app.store.pool import settle_money
from app.store.queue import (
    LOOKED,
    Settled,
    Stuck,
    absent_among,
    end_leases,
    known_sids,
    lock_attempts,
    lock_sent,
    look_again,
    mark_unknown,
    put_back,
    settle,
    still_stuck,
    stuck_attempts,
)
from app.store.rates import another_sender, end_slow_downs, give_day_back, stop
from app.store.touches import Attempt, Touch

Answer = tuple[UUID, Outcome]

BEGINNING = datetime.fromtimestamp(0, UTC)
SURE = timedelta(seconds=5)
"""So much machine time lies between the two looks that prove a text absent, by default."""
ASKED_AGAIN = timedelta(seconds=30)
"""When a text is asked about again of which the carrier could not say anything."""
AT_ONCE = 20
"""So many numbers are asked about at once."""
ABSENT = "absent from the carrier's list"
CLOCKS_APART = timedelta(minutes=15)
"""How far the carrier's clock may be from ours; far below the rest between two texts."""


@dataclass(frozen=True)
class SentBy:
    """The sender of a batch; both instants are machine time."""

    sender_id: int
    claimed_at: datetime
    wall: datetime  # now


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
        for key in absent_among(session, accepted):
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
        for key, said in answers:
            if isinstance(said, NoAnswer):
                mark_unknown(session, [key], said.message)
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
        select(Attempt.id, Touch.tries)
        .join(Touch, Touch.id == Attempt.touch_id)
        .where(Attempt.id.in_(put_off))
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
    elif accepted:
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
    sure: timedelta = SURE,
    clock: Clock | None = None,
    told_to_end: Callable[[], bool] = lambda: False,
) -> int:
    """Settles texts without an answer by the carrier's own list of messages to that number.

    Waits `grace` after the attempt, longer than a lease and a time-out together, so that nobody
    sends it any more. Even then a carrier that hung may have it before it and not in its list:
    absent is what two looks, `sure` apart, do not find. That time begins with the carrier's answer,
    which a slow carrier gives late: `clock` tells when; without one it is `wall`. Returns how many
    were settled.
    """
    with sessions() as session:
        stuck = stuck_attempts(session, Channel.TEXT, before=wall - grace, wall=wall, limit=200)
    settled = 0
    for first in range(0, len(stuck), AT_ONCE):
        if told_to_end():
            break
        some = stuck[first : first + AT_ONCE]
        found = await asyncio.gather(
            *(texts.sent_to(item.address) for item in some), return_exceptions=True
        )
        lists = [_list(answer) for answer in found]
        if not any(one is not None for one in lists):
            break  # the carrier cannot be reached; all of them are asked about again
        answered = clock.wall() if clock is not None else wall
        for item, sent in zip(some, lists, strict=True):
            if sent is None:
                await asyncio.to_thread(_ask_later, sessions, item, answered)
            else:
                settled += await asyncio.to_thread(
                    _settle_one, sessions, item, sent, now, answered + sure
                )
    return settled


def _list(found: list[Sent] | BaseException) -> list[Sent] | None:
    if isinstance(found, CarrierUnreachable):
        return None
    if isinstance(found, BaseException):
        raise found
    return found


@patiently
def _ask_later(sessions: Sessions, item: Stuck, wall: datetime) -> None:
    """One that cannot be asked about does not keep the others waiting."""
    with sessions.begin() as session:
        if still_stuck(session, item.id):
            note = LOOKED if item.looked else "the carrier cannot say"
            look_again(session, item.id, note, wall + ASKED_AGAIN)


@patiently
def _settle_one(
    sessions: Sessions, item: Stuck, sent: Sequence[Sent], now: datetime, again_at: datetime
) -> bool:
    """Settles an attempt by the carrier's list; False while it is too early to call it absent, and
    then it is looked up once more at `again_at`."""
    with sessions.begin() as session:
        # Locked again: a callback may have settled it while the carrier was asked.
        if not still_stuck(session, item.id):
            return False
        message = _its_own(session, item, sent)
        if message is not None:
            _found(session, item, message, now)
        elif item.looked:
            put_back(session, [item.id], due_at=now, now=now, note=ABSENT)
            if item.sender_id is not None:
                give_day_back(session, item.sender_id, item.handed_at, [item.id])
        else:
            look_again(session, item.id, LOOKED, again_at)
        return message is not None or item.looked


def _its_own(session: Session, item: Stuck, sent: Sequence[Sent]) -> Sent | None:
    """The message with the attempt's words that no other attempt has, not older than it."""
    taken = known_sids(session, [message.sid for message in sent])
    # The carrier's clock and ours may differ; what is older was taken by its own attempt.
    since = item.handed_at - CLOCKS_APART
    for message in sent:
        if message.sid in taken or message.created_at < since:
            continue
        if message.body.strip() == item.body.strip():
            return message
    return None


def _found(session: Session, item: Stuck, message: Sent, now: datetime) -> None:
    state = CARRIER_STATES.get(message.status, AttemptState.ACCEPTED)
    outcome = Settled(
        item.id,
        state,
        sid=message.sid,
        segments=message.segments,
        error_code=message.error_code,
        note="found in the carrier's list",
    )
    settle(session, [outcome], now)
    if state in (AttemptState.FAILED, AttemptState.UNDELIVERED):
        # The callback that says the same will come too late to have any effect.
        if state is AttemptState.FAILED:
            free_hold(session, item.id)
        words = f"carrier error {message.error_code}"
        apply_error(session, item.id, effect_of(message.error_code), words, now)


@patiently
def resend_mails(sessions: Sessions, *, now: datetime, before: datetime) -> int:
    """Puts mails without an answer back: the next try has the same Message-ID, so a double is
    dropped by its receiver. Returns how many."""
    with sessions.begin() as session:
        found = stuck_attempts(session, Channel.EMAIL, before=before, wall=None, limit=500)
        stuck = [item.id for item in found]
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
    _book(sessions, [(row.id, row.held) for row in rows], told=False)
    return len(rows)


@patiently
def _book(sessions: Sessions, prices: Sequence[tuple[UUID, Decimal]], *, told: bool = True) -> None:
    """Books prices, each attempt once; `told` by the carrier, so that there is something to learn
    from them."""
    with sessions.begin() as session:
        rows = session.execute(
            text(
                "WITH was AS (SELECT a.id, a.held, p.price FROM attempts a "
                "JOIN unnest(CAST(:ids AS uuid[]), CAST(:prices AS numeric[])) AS p(id, price) "
                "ON a.id = p.id WHERE a.price IS NULL FOR UPDATE OF a), "
                "booked AS (UPDATE attempts SET price = was.price, held = 0 FROM was "
                "WHERE attempts.id = was.id "
                "RETURNING attempts.campaign_id, was.held, was.price, attempts.handed_at, "
                "attempts.segments) "
                "SELECT campaign_id, sum(held), sum(price), "
                "max(price / greatest(segments, 1)), max(handed_at) FROM booked "
                "GROUP BY campaign_id ORDER BY campaign_id"
            ),
            {"ids": [key for key, _ in prices], "prices": [price for _, price in prices]},
        )
        for campaign_id, held, price, each, at in rows.all():
            settle_money(session, campaign_id, freed=held, spent=price)
            if told:
                learn_dearest(session, campaign_id, each, at)
