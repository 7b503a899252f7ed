"""Dispatch: claims what is due, asks the bar again and commits the attempts that may go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bar import Bar, bar
from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.message import UnknownField
from app.domain.segment import segments
from app.domain.touch import TouchState
from app.services.compose import NoScript, scripts_of, words_for
from app.store.campaigns import Campaign, Sender
from app.store.engine import Sessions
from app.store.facts import facts_of
from app.store.frames import Frame, load_frame
from app.store.pool import end_pending
from app.store.queue import Claimed, Try, begin_attempts, claim_due, postpone

REST = {Channel.TEXT: timedelta(hours=44), Channel.EMAIL: timedelta(hours=44)}
"""Between two texts or mails to one voter: not before the second day after (custom)."""


@dataclass(frozen=True)
class Batch:
    """Attempts that are committed and now go out, all by one sender."""

    campaign_id: int
    sender: str
    tries: Sequence[Try]
    lease_until: datetime


@dataclass(frozen=True)
class Claimer:
    """Who claims, how much at once and for how long."""

    name: str  # worker:…
    lease: timedelta
    batch: int


def claim_batch(
    sessions: Sessions, channel: Channel, claimer: Claimer, *, now: datetime, wall: datetime
) -> Batch | None:
    """The next batch of one channel that some sender may send now; None when nothing is due.

    One transaction: claim, bar, attempt. If the process dies before its commit, nothing was
    claimed; after it, the attempts stand as `attempting` and are settled by look-up.
    """
    with sessions() as session:
        senders = session.execute(
            select(Sender.id, Sender.campaign_id)
            .join(Campaign, Campaign.id == Sender.campaign_id)
            .where(Sender.channel == channel, Sender.stopped == "", Campaign.state == "running")
            .order_by(Sender.id)
        ).all()
    for sender_id, campaign_id in senders:
        with sessions.begin() as session:
            batch = _claim_for(session, sender_id, campaign_id, channel, claimer, now, wall)
        if batch is not None:
            return batch
    return None


def _claim_for(
    session: Session,
    sender_id: int,
    campaign_id: int,
    channel: Channel,
    claimer: Claimer,
    now: datetime,
    wall: datetime,
) -> Batch | None:
    sender = session.scalars(select(Sender).where(Sender.id == sender_id).with_for_update()).one()
    room = _room(sender, wall)
    if room < 1:
        return None
    lease_until = wall + claimer.lease
    claimed = claim_due(
        session,
        campaign_id,
        channel,
        by=claimer.name,
        now=now,
        lease_until=lease_until,
        limit=min(room, claimer.batch),
    )
    if not claimed:
        return None
    frame = load_frame(session, campaign_id)
    allowed = _ask_the_bar(session, frame, channel, claimed, now)
    tries = _written(session, frame, channel, allowed, now)
    begin_attempts(
        session,
        campaign_id,
        channel,
        tries,
        sender_id=sender_id,
        now=now,
        wall=wall,
        rest_until=now + REST[channel],
    )
    used = sum(item.segments for item in tries)
    sender.next_free_at = max(sender.next_free_at or wall, wall) + timedelta(
        seconds=used / sender.per_second
    )
    return Batch(campaign_id, sender.address, tries, lease_until)


def _room(sender: Sender, wall: datetime) -> int:
    """How many messages the sender's rate lets through within the next second."""
    ahead = max(((sender.next_free_at or wall) - wall).total_seconds(), 0.0)
    if ahead >= 1:
        return 0
    return max(int(sender.per_second * (1 - ahead)), 1)


def _ask_the_bar(
    session: Session, frame: Frame, channel: Channel, claimed: Sequence[Claimed], now: datetime
) -> list[Claimed]:
    """Those that may go now; the others end as skipped or wait for their hour."""
    facts = facts_of(session, frame.id, channel, [item.voter_id for item in claimed], now)
    verdicts = [
        (item, bar(facts[item.voter_id], channel, now, frame.rules))
        if facts[item.voter_id].address == item.address
        else (item, Bar("the address has changed"))
        for item in claimed
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
    return [item for item, verdict in verdicts if verdict is None]


def _written(
    session: Session, frame: Frame, channel: Channel, allowed: Sequence[Claimed], now: datetime
) -> list[Try]:
    """The attempts with their words; a template that cannot be filled ends the touch."""
    tries, faulty = [], []
    try:
        scripts = scripts_of(session, frame.id, channel)
    except NoScript:
        scripts = {}
    for item in allowed:
        try:
            words = words_for(
                scripts, frame, item.first_name, item.precinct, item.language, Place.of(item.place)
            )
        except (UnknownField, StopIteration):
            faulty.append(item.id)
            continue
        count = segments(words.body) if channel is Channel.TEXT else 1
        tries.append(Try(uuid4(), item, words.subject, words.body, count))
    if faulty:
        end_pending(
            session,
            "ids",
            ids=faulty,
            state=TouchState.SKIPPED,
            reason="the script has a field that cannot be filled",
            now=now,
        )
    return tries
