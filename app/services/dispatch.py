"""Dispatch: claims what is due, asks the bar again and commits the attempts that may go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from app.domain.bar import Bar, Reachable, bar
from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import UnknownField
from app.domain.purpose import REMINDERS, waits_for_no_rest
from app.domain.segment import segments
from app.domain.touch import TouchState
from app.services.compose import NoScript, Template, scripts_of, votes_at, words_for
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame
from app.store.pool import end_pending
from app.store.queue import Claimed, Try, begin_attempts, claim_due, is_wanted, postpone
from app.store.rates import Room, is_due, settle_room, take_room
from app.store.voting_plans import times_of

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
    with sessions() as session:
        senders = session.execute(
            select(Sender.id, Sender.campaign_id)
            .join(Campaign, Campaign.id == Sender.campaign_id)
            .where(Sender.channel == channel, Sender.stopped == "", _running(now))
            .order_by(Sender.id)
        ).all()
        due = [row for row in senders if is_due(session, row.campaign_id, channel, now)]
    for sender_id, campaign_id in due:
        with sessions.begin() as session:
            room = take_room(session, sender_id, claimer.batch, wall)
        if room is None:
            continue
        batch = _claim_for(sessions, room, campaign_id, channel, claimer, now, wall)
        if batch is not None:
            return batch
    return None


def still_wanted(sessions: Sessions, attempt_id: UUID, now: datetime) -> bool:
    """Whether an attempt that has not been sent yet may still go: not voted, no opt-out since."""
    with sessions() as session:
        return is_wanted(session, attempt_id, now)


def _running(now: datetime) -> ColumnElement[bool]:
    # A pause ends by itself.
    return or_(
        Campaign.state == "running",
        and_(Campaign.state == "paused", Campaign.paused_until <= now),
    )


@patiently
def _claim_for(
    sessions: Sessions,
    room: Room,
    campaign_id: int,
    channel: Channel,
    claimer: Claimer,
    now: datetime,
    wall: datetime,
) -> Batch | None:
    lease_until = wall + claimer.lease
    with sessions.begin() as session:
        claimed = claim_due(
            session,
            campaign_id,
            channel,
            by=claimer.name,
            now=now,
            lease_until=lease_until,
            limit=room.messages,
        )
        tries: list[Try] = []
        if claimed:
            frame = load_frame(session, campaign_id)
            allowed = _ask_the_bar(session, frame, channel, claimed, now)
            tries = _written(session, frame, channel, room.sender_id, allowed, now, claimer.new_id)
            begin_attempts(
                session,
                campaign_id,
                channel,
                tries,
                sender_id=room.sender_id,
                now=now,
                wall=wall,
                rest_until=now + frame.rest(channel, now),
            )
        # Last, so that the sender's row is held for a moment only.
        settle_room(session, room, sum(item.segments for item in tries))
    if not claimed:
        return None
    return Batch(campaign_id, room.address, tries, lease_until, wall + FRESH)


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
    sender_id: int,
    allowed: Sequence[Claimed],
    now: datetime,
    new_id: Callable[[], UUID],
) -> list[Try]:
    """The attempts with their words; a script that cannot be filled stops the sender."""
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
        # Nothing is lost: they wait until somebody has mended the script and started the sender.
        postpone(session, faulty, now)
        session.execute(
            update(Sender)
            .where(Sender.id == sender_id)
            .values(stopped="the script has a field that cannot be filled")
        )
    return tries


def _scripts(
    session: Session, frame: Frame, channel: Channel, purpose: str
) -> Mapping[str, Template]:
    try:
        return scripts_of(session, frame.id, channel, purpose)
    except NoScript:
        return {}
