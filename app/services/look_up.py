"""Look-ups: what nobody answered is settled by the carrier's own list, or by another try."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.channels.port import CarrierUnreachable, Sent, TextPort
from app.clock import Clock
from app.domain.carrier_error import effect_of
from app.domain.channel import Channel
from app.domain.touch import CARRIER_STATES, AttemptState
from app.services.carrier_effects import apply_error, free_hold
from app.store.engine import Sessions, patiently
from app.store.queue import (
    LOOKED,
    NO_ANSWER,
    Settled,
    Stuck,
    known_sids,
    lock_attempts,
    look_again,
    put_back,
    settle,
    still_stuck,
    stuck_attempts,
)
from app.store.rates import give_day_back

SURE = timedelta(seconds=5)
"""So much machine time lies between the two looks that prove a text absent, by default."""
ASKED_AGAIN = timedelta(seconds=30)
"""When a text is asked about again of which the carrier could not say anything."""
AT_ONCE = 20
"""So many numbers are asked about at once."""
ABSENT = "absent from the carrier's list"
CLOCKS_APART = timedelta(minutes=15)
"""How far the carrier's clock may be from ours; far below the rest between two texts."""


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
    dropped by its receiver. Returns how many.

    No relay can be asked what became of a mail. It may have arrived, so it counts in the voter's
    caps, and the next try waits for them.
    """
    with sessions.begin() as session:
        found = stuck_attempts(session, Channel.EMAIL, before=before, wall=None, limit=500)
        stuck = [item.id for item in found]
        lock_attempts(session, stuck)
        return put_back(session, stuck, due_at=now, now=now, note=NO_ANSWER, counts=True)
