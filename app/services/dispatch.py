"""Dispatch: claims what is due, asks the bar again and commits the attempts that may go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.domain.bar import Bar, Reachable, bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import UnknownField
from app.domain.purpose import REMINDERS, waits_for_no_rest
from app.domain.segment import segments
from app.domain.touch import TouchState
from app.services.compose import NoScript, Template, scripts_of, votes_at, words_for
from app.store.dearest import dearest
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame
from app.store.pool import end_pending, hold_money
from app.store.queue import Claimed, Try, begin_attempts, claim_due, is_wanted, let_go, postpone
from app.store.rates import Ready, Room, next_due, ready_senders, settle_room, stop, take_room
from app.store.voting_plans import times_of

BEGINNING = datetime.fromtimestamp(0, UTC)
MOST_SEGMENTS = 24
"""Of the longest text that the carrier takes."""
TOO_DEAR_FOR = timedelta(minutes=10)
"""What cannot be paid is looked at again after so much campaign time."""
FRESH = timedelta(seconds=3)
"""For so long after a claim its verdicts stand; whoever is slower asks for wishes once more."""


@dataclass(frozen=True)
class Batch:
    """Attempts that are committed and now go out, all by one sender."""

    campaign_id: int
    sender: str
    tries: Sequence[Try]
    lease_until: datetime
    fresh_until: datetime  # machine time after which a wish may have come in since the claim
    sender_id: int = 0
    claimed_at: datetime = BEGINNING  # machine time


@dataclass(frozen=True)
class Claimer:
    """Who claims, how much at once and for how long."""

    name: str  # worker:…
    lease: timedelta
    batch: int
    told_to_end: Callable[[], bool] = lambda: False
    new_id: Callable[[], UUID] = uuid4  # of an attempt


def claim_batch(
    sessions: Sessions, channel: Channel, claimer: Claimer, *, now: datetime, wall: datetime
) -> Batch | None:
    """The next batch of one channel that some sender may send now; None when nothing is due.

    None too for a claimer who is told to end: it finishes what it holds and takes up nothing more.
    Two transactions: the sender's rate gives room; then claim, bar and attempt in one. If the
    process dies before the second commits, nothing was claimed and a second's room is lost; after
    it, the attempts stand as `attempting` and are settled by look-up.
    """
    if claimer.told_to_end():
        return None
    for sender in _senders(sessions, channel, now, wall):
        with sessions.begin() as session:
            most = claimer.batch * sender.parts
            room = take_room(session, sender.ready.sender_id, most, wall, sender.ready.share)
        if room is None:
            continue
        limit = max(room.segments // sender.parts, 1)
        batch = _claim_for(sessions, room, sender.ready, channel, claimer, limit, now, wall)
        if batch is not None:
            return batch
    return None


@dataclass(frozen=True)
class _Sender:
    """A sender with something to send."""

    ready: Ready
    parts: int  # segments of what is due next, as it was priced


def _senders(
    sessions: Sessions, channel: Channel, now: datetime, wall: datetime
) -> Iterator[_Sender]:
    """The senders that may send and have something due, in their turn."""
    with sessions() as session:
        ready = ready_senders(session, channel, now=now, wall=wall)
        held = {
            campaign: next_due(session, campaign, channel, now)
            for campaign in sorted({one.campaign_id for one in ready})
        }
    for one in ready:
        due = held[one.campaign_id]
        if due is not None:
            yield _Sender(one, _parts(due, one.dearest) if channel is Channel.TEXT else 1)


def _parts(held: Decimal, price: Decimal) -> int:
    """How many segments a touch was priced at when it was released; 1 where texts cost nothing."""
    return min(max(round(held / price), 1), MOST_SEGMENTS) if price else 1


def still_wanted(sessions: Sessions, attempt_id: UUID, now: datetime) -> bool:
    """Whether an attempt that has not been sent yet may still go: not voted, no opt-out since."""
    with sessions() as session:
        return is_wanted(session, attempt_id, now)


@patiently
def _claim_for(
    sessions: Sessions,
    room: Room,
    ready: Ready,
    channel: Channel,
    claimer: Claimer,
    limit: int,
    now: datetime,
    wall: datetime,
) -> Batch | None:
    lease_until = wall + claimer.lease
    faulty = idle = False
    with sessions.begin() as session:
        claimed = claim_due(
            session,
            ready.campaign_id,
            channel,
            by=claimer.name,
            sender_id=room.sender_id,
            now=now,
            lease_until=lease_until,
            limit=limit,
        )
        tries: list[Try] = []
        if claimed:
            frame = load_frame(session, ready.campaign_id)
            allowed = _ask_the_bar(session, frame, channel, claimed, now)
            written, faulty = _written(session, frame, channel, allowed, now, claimer.new_id)
            fitting = _fitting(session, room, written)
            # All of them are where they were: asking again at once would be asking for ever.
            idle = not fitting and len(written) == len(claimed)
            price = (
                max(room.price, dearest(session, frame.id))
                if channel is Channel.TEXT
                else room.price
            )
            tries = _afforded(session, frame, price, fitting, now)
            begin_attempts(
                session,
                ready.campaign_id,
                channel,
                tries,
                sender_id=room.sender_id,
                now=now,
                wall=wall,
                rest_until=now + frame.rest(channel, now),
            )
        # Last, so that the sender's row is held for a moment only.
        settle_room(session, room, sum(item.segments for item in tries))
        if faulty:
            stop(session, room.sender_id, "the script has a field that cannot be filled")
    if not claimed or idle:
        return None
    return Batch(
        ready.campaign_id,
        room.address,
        tries,
        lease_until,
        wall + FRESH,
        sender_id=room.sender_id,
        claimed_at=wall,
    )


def _fitting(session: Session, room: Room, tries: Sequence[Try]) -> list[Try]:
    """The first of them that fit into the room, but one at least as long as the day has room for
    it: a long text is not split. The others wait as they were."""
    kept: list[Try] = []
    left = room.segments
    for item in tries:
        fits = item.segments <= left or (not kept and item.segments <= room.left_of_day)
        if not fits:
            break
        kept.append(item)
        left -= item.segments
    let_go(session, [item.touch.id for item in tries[len(kept) :]])
    return kept


def _afforded(
    session: Session, frame: Frame, price: Decimal, tries: Sequence[Try], now: datetime
) -> list[Try]:
    """The tries, each holding what it costs by this sender.

    At its release a touch holds the price of the dearest sender. Where the words have grown since,
    a dearer sender was added or the carrier charges more than was known, more is held, or those
    that need more wait.
    """
    missing = [max(price * item.segments - item.touch.held, Decimal(0)) for item in tries]
    more = sum(missing, Decimal(0))
    if not more:
        return list(tries)
    if hold_money(session, frame.id, more, frame.spendable(now)):
        return [
            replace(item, touch=replace(item.touch, held=item.touch.held + lacks))
            for item, lacks in zip(tries, missing, strict=True)
        ]
    dear = [item.touch.id for item, lacks in zip(tries, missing, strict=True) if lacks]
    postpone(session, dear, now + TOO_DEAR_FOR)
    return [item for item, lacks in zip(tries, missing, strict=True) if not lacks]


def _ask_the_bar(
    session: Session, frame: Frame, channel: Channel, claimed: Sequence[Claimed], now: datetime
) -> list[Claimed]:
    """Those that may go now; the others end as skipped or wait for their hour."""
    facts = facts_of(session, frame.id, channel, [item.voter_id for item in claimed], now)
    verdicts = [
        (item, _verdict(item, facts[item.voter_id], frame, channel, now)) for item in claimed
    ]
    for item, verdict in verdicts:
        if verdict is not None and verdict.until is not None:
            postpone(session, [item.id], verdict.until)
        elif verdict is not None:
            end_pending(
                session,
                "ids",
                ids=[item.id],
                state=TouchState.SKIPPED,
                reason=verdict.reason,
                now=now,
            )
    return [
        _in_time(item, frame, facts[item.voter_id].place, channel, now)
        for item, verdict in verdicts
        if verdict is None
    ]


def _verdict(
    item: Claimed, facts: Reachable, frame: Frame, channel: Channel, now: datetime
) -> Bar | None:
    if facts.address != item.address:
        return Bar("the address has changed")
    # What is promised for a time cannot wait for a rest to end; caps hold all the same.
    known = replace(facts, next_at=None) if waits_for_no_rest(item.purpose) else facts
    return bar(known, channel, now, frame.rules)


def _in_time(item: Claimed, frame: Frame, place: Place, channel: Channel, now: datetime) -> Claimed:
    """The item with no more time than its hours leave: they may have been narrowed since its
    release."""
    until = open_until(frame.schedule, place, channel, now) or now
    return replace(item, expires_at=min(item.expires_at, until))


def _written(
    session: Session,
    frame: Frame,
    channel: Channel,
    allowed: Sequence[Claimed],
    now: datetime,
    new_id: Callable[[], UUID],
) -> tuple[list[Try], bool]:
    """The attempts with their words, and whether some script cannot be filled; what would have
    gone out with it waits until somebody has mended it and started the sender."""
    tries, faulty = [], []
    scripts = {
        purpose: _scripts(session, frame, channel, purpose)
        for purpose in {item.purpose for item in allowed}
    }
    reminded = [item.voter_id for item in allowed if item.purpose in REMINDERS]
    times = times_of(session, frame.id, reminded) if reminded else {}
    for item in allowed:
        where = votes_at(item.polling_place, item.precinct)
        try:
            words = words_for(
                scripts[item.purpose],
                frame,
                item.first_name,
                where,
                item.language,
                Place.of(item.place),
                plan_at=times.get(item.voter_id) if item.purpose in REMINDERS else None,
            )
        except (UnknownField, StopIteration):
            faulty.append(item.id)
            continue
        count = segments(words.body) if channel is Channel.TEXT else 1
        tries.append(Try(new_id(), item, words.subject, words.body, count))
    if faulty:
        postpone(session, faulty, now)
    return tries, bool(faulty)


def _scripts(
    session: Session, frame: Frame, channel: Channel, purpose: str
) -> Mapping[str, Template]:
    try:
        return scripts_of(session, frame.id, channel, purpose)
    except NoScript:
        return {}
