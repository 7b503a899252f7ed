"""Ring: a volunteer's phone is rung by the carrier, and once it is picked up, the voter's."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.channels.port import Accepted, NotProcessed, Outcome, Refused
from app.channels.voice import RingOut, VoicePort
from app.domain.bar import Bar, Reachable, bar
from app.domain.channel import Channel
from app.domain.purpose import waits_for_no_rest
from app.domain.touch import AttemptState, TouchState
from app.domain.voice import (
    DIALING,
    LONGEST_CALL,
    WRITE_UP,
    is_machine,
    is_over,
    most_it_costs,
    next_key,
    outranks,
)
from app.domain.voice_words import LOST, VOICEMAIL, barred, not_processed, refused
from app.services.call_ends import end_unrung
from app.services.take_calls import set_aside
from app.store.calls import Card, card_of, lock_household
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame
from app.store.pool import hold_money
from app.store.touches import Attempt
from app.store.voice_calls import (
    Known,
    Ringing,
    begin_call,
    latest_call,
    lock_call,
    prolong,
    rate_of,
    take_turn,
)

RECENT = timedelta(hours=2)  # machine time; longer than any call with all that is around it


@dataclass(frozen=True)
class Wish:
    """A volunteer who wants to be put through. `key` is the page's, and later its record's."""

    key: UUID
    touch_id: int
    fence: int
    user_id: int
    caller: str  # E.164 of the volunteer's phone


class CannotRing(Exception):
    """Nobody's phone rings, and why; `wait_seconds` when trying again by itself may help."""

    def __init__(self, words: str, wait_seconds: float | None = None) -> None:
        super().__init__(words)
        self.wait_seconds = wait_seconds


def ring(
    sessions: Sessions,
    voice: VoicePort,
    wish: Wish,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta,
) -> UUID:
    """Has the volunteer's phone rung; returns the attempt's id, under which its result is saved.

    The attempt is committed first. If the process dies right after, or the carrier does not answer,
    a callback or a look-up settles it; the voter's phone rings only through `bridge`. Raises
    CannotRing; then nothing was committed.
    """
    key, out = _begin(sessions, wish, now=now, wall=wall, lease=lease)
    if out is not None:
        _note(sessions, key, voice.ring(out), now=now, wall=wall)
    return key


@patiently
def _begin(
    sessions: Sessions, wish: Wish, *, now: datetime, wall: datetime, lease: timedelta
) -> tuple[UUID, RingOut | None]:
    """Commits the attempt: its id, and what to ask the carrier; None if that was asked before.

    A refusal takes the transaction back, and with it the turn that was taken from the rate.
    """
    with sessions.begin() as session:
        card = _held(session, wish, wall)
        if card.state is TouchState.ATTEMPTING:
            return _begun(session, wish, wall), None
        # The rate before targets and touches, as everybody takes a sender before them.
        turn = take_turn(session, card.campaign_id, wall)
        if turn is None:
            raise CannotRing("This campaign shows no number of its own; dial by hand.")
        if isinstance(turn, float):
            raise CannotRing("All lines are busy. Yours is next.", turn)
        lock_household(session, wish.touch_id)
        card = _held(session, wish, wall)
        if card.state is TouchState.ATTEMPTING:
            return _begun(session, wish, wall), None
        frame = load_frame(session, card.campaign_id)
        verdict = _verdict(session, frame, card, now)
        if verdict is not None:
            raise CannotRing(barred(verdict.reason))
        call = Ringing(
            _free(session, wish.key), wish.user_id, wish.caller, most_it_costs(turn.price)
        )
        begin_call(session, call, card, now=now, wall=wall, lease_until=wall + lease)
        if call.held and not hold_money(session, frame.id, call.held, frame.spendable(now)):
            raise CannotRing("The money for calls through the carrier is used up; dial by hand.")
        return call.id, RingOut(call.id, wish.caller, turn.caller_id)


def _held(session: Session, wish: Wish, wall: datetime) -> Card:
    card = card_of(session, wish.touch_id)
    if (
        card is None
        or card.state not in (TouchState.CLAIMED, TouchState.ATTEMPTING)
        or (card.claimed_by, card.fence) != (f"user:{wish.user_id}", wish.fence)
        or card.lease_until <= wall
    ):
        raise CannotRing(LOST)
    return card


def _begun(session: Session, wish: Wish, wall: datetime) -> UUID:
    """The call that is on already: a second tap, or the page loaded again."""
    found = latest_call(session, wish.user_id, wish.touch_id, wall - RECENT)
    if found is None or not found.is_open or is_over(found.call.status):
        raise CannotRing("This voter was rung. Say what came of it, then go on.")
    return found.call.id


def _free(session: Session, key: UUID) -> UUID:
    """The key, or the one that follows from it when the try under this key rang nobody."""
    while (before := session.get(Attempt, key)) is not None:
        if before.state is not AttemptState.ABSENT:
            raise CannotRing("This call is saved already. Take the next one.")
        key = next_key(key)
    return key


def _verdict(
    session: Session, frame: Frame, card: Card, now: datetime, *, begun: bool = False
) -> Bar | None:
    """What forbids the call now; `begun`: the attempt itself is among those counted."""
    facts = facts_of(session, frame.id, Channel.CALL, [card.voter_id], now)[card.voter_id]
    if facts.address != card.phone:
        return Bar("the number has changed")
    if begun:
        facts = _without_this(facts)
    if waits_for_no_rest(card.purpose):
        facts = replace(facts, next_at=None)
    return bar(facts, Channel.CALL, now, frame.rules)


def _without_this(facts: Reachable) -> Reachable:
    return replace(
        facts,
        attempts=facts.attempts - 1,
        attempts_24h=facts.attempts_24h - 1,
        channel_24h=facts.channel_24h - 1,
    )


@patiently
def _note(sessions: Sessions, key: UUID, said: Outcome, *, now: datetime, wall: datetime) -> None:
    """Writes what the carrier answered; without an answer the attempt waits for a callback."""
    with sessions.begin() as session:
        known = lock_call(session, key)
        if known is None:
            return
        if isinstance(said, Accepted):
            known.call.sid = known.call.sid or said.sid
            if outranks(said.status, known.call.status):
                known.call.status = said.status
        elif isinstance(said, Refused | NotProcessed) and known.is_open:
            words = refused(said.code) if isinstance(said, Refused) else not_processed(said.code)
            end_unrung(session, known, words, now=now, wall=wall)


@dataclass(frozen=True)
class PutThrough:
    """The voter may be rung now."""

    phone: str  # E.164
    caller_id: str  # E.164 that the voter sees


@patiently
def bridge(
    sessions: Sessions,
    attempt_id: UUID,
    sid: str,
    answered_by: str,
    *,
    now: datetime,
    wall: datetime,
) -> PutThrough | str:
    """The volunteer's phone was picked up: whom to ring now, or why nobody is rung, in words.

    The bar, the voter's wish and the lease are asked once more. A replay gets the same answer as
    long as the carrier has not rung the voter.
    """
    with sessions.begin() as session:
        known = lock_call(session, attempt_id)
        if known is None or not known.is_open or known.call.sid not in (None, sid):
            return LOST
        known.call.sid = sid
        if outranks("in-progress", known.call.status):
            known.call.status = "in-progress"
        card = card_of(session, known.call.touch_id)
        assert card is not None  # its rows are locked
        if is_machine(answered_by):
            end_unrung(session, known, VOICEMAIL, now=now, wall=wall)
            return VOICEMAIL
        return _put_through(session, known, card, now, wall)


def _put_through(
    session: Session, known: Known, card: Card, now: datetime, wall: datetime
) -> PutThrough | str:
    held = card.state is TouchState.ATTEMPTING and card.fence == known.call.fence
    if not held or card.lease_until <= wall or known.call.voter_status not in ("", DIALING):
        return LOST
    frame = load_frame(session, card.campaign_id)
    verdict = _verdict(session, frame, card, now, begun=True)
    rate = rate_of(session, card.campaign_id)
    if verdict is not None or rate is None or not rate.caller_id:
        words = barred(verdict.reason) if verdict is not None else LOST
        end_unrung(session, known, words, now=now, wall=wall)
        if verdict is not None:
            set_aside(session, card.touch_id, verdict, now)
        return words
    known.call.voter_status = DIALING
    prolong(session, known.call, max(card.lease_until, wall + LONGEST_CALL + WRITE_UP))
    return PutThrough(known.attempt.address, rate.caller_id)
