"""What a pause will mean, reckoned before it holds: what waits, what expires, what moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.blast import BlastState, stretches
from app.domain.channel import Channel
from app.domain.condition import BadUniverse
from app.domain.purpose import CALLBACK
from app.domain.rush import FARTHEST, IN_LINE_UNTIL, closes_of
from app.services.pause import What
from app.services.situations import text_segments
from app.store import pauses as stored
from app.store.blast_people import about_left
from app.store.blasts import Blast
from app.store.campaigns import Sender
from app.store.frames import Frame, load_frame, place_names
from app.store.means import rests_by_order
from app.store.rates import rates_of
from app.store.rule_changes import planned_between
from app.store.universe_sql import Asking

HOUR = timedelta(hours=1)
MOST_BLASTS = 20
ANSWER = "answer"


@dataclass(frozen=True)
class BlastHit:
    """A blast whose time is over, for some or all of its people, before the pause is."""

    id: int
    name: str
    channel: Channel
    last_at: datetime  # when it could last go out to those
    whole: bool  # to everybody who has not got it
    people: int = 0  # who do not get it
    exact: bool = True  # all were looked at; else it is about so many


@dataclass(frozen=True)
class Moves:
    """What becomes of a paused sender's share."""

    others: int  # senders of the channel that may send meanwhile
    moved: int  # of the planned, those that would have gone out by this sender
    beyond: int  # of the planned, those that the others do not carry in their hours


@dataclass(frozen=True)
class Effect:
    """What a pause until `ends` would mean."""

    ends: datetime
    planned: Mapping[Channel, int] = field(default_factory=dict)  # until then
    waits: Mapping[Channel, int] = field(default_factory=dict)  # of these, what does not go out
    queued: int = 0  # released already, and waits; counted up to MOST
    expires: int = 0  # of the queued: their open hours end first
    answers: int = 0  # of the queued, words that a person wrote to a voter
    callbacks: int = 0  # calls promised for a time that lies in the pause
    reminders: int = 0  # voters whose own time to vote lies in it, so that no reminder comes before
    in_line: tuple[datetime, ...] = ()  # closes before which nobody is told to stay in line
    blasts: tuple[BlastHit, ...] = ()
    moves: Moves | None = None  # of a sender

    @property
    def full(self) -> bool:
        """Whether more is queued than was counted."""
        return self.queued >= stored.MOST


def effect_of(
    session: Session, campaign_id: int, what: What, *, now: datetime, ends: datetime
) -> Effect:
    """What the pause would mean; a dozen indexed queries, whatever the number of targets."""
    frame = load_frame(session, campaign_id)
    if what.sender_id is not None:
        return _of_sender(session, frame, what.sender_id, now, ends)
    channels = [what.channel] if what.channel is not None else list(Channel)
    planned = planned_between(session, campaign_id, now, ends)
    mine = {channel: planned[channel] for channel in channels}
    promised = _promised(session, frame, channels, now, ends)
    return replace(promised, planned=mine, waits=mine)


def _of_sender(
    session: Session, frame: Frame, sender_id: int, now: datetime, ends: datetime
) -> Effect:
    senders = stored.senders(session, frame.id)
    sender = next((one for one in senders if one.id == sender_id), None)
    if sender is None:
        return Effect(ends)
    channel = sender.channel
    others = [
        one
        for one in senders
        if one.channel is channel
        and one.id != sender_id
        and not (one.stopped or rests_by_order(one, now))
    ]
    planned = {channel: planned_between(session, frame.id, now, ends)[channel]}
    if not others:
        promised = _promised(session, frame, [channel], now, ends)
        moves = Moves(0, planned[channel], planned[channel])
        return replace(promised, planned=planned, waits=planned, moves=moves)
    moves = _moves(session, frame, sender, others, planned[channel], now, ends)
    bound = stored.waiting(session, frame.id, [channel], now=now, ends=ends, sender_id=sender_id)
    answers = sum(one.number for one in bound.values())
    return Effect(
        ends,
        planned,
        {channel: moves.beyond},
        queued=answers,
        expires=sum(one.expires for one in bound.values()),
        answers=answers,
        moves=moves,
    )


def _moves(
    session: Session,
    frame: Frame,
    sender: Sender,
    others: Sequence[Sender],
    planned: int,
    now: datetime,
    ends: datetime,
) -> Moves:
    """Hour by hour: what is planned against what the others carry."""
    parts = text_segments(session, frame) if sender.channel is Channel.TEXT else 1
    carried = sum(rates_of(one).pace for one in others) * HOUR.total_seconds() / parts
    own = rates_of(sender).pace * HOUR.total_seconds() / parts
    beyond = 0.0
    for hour, count in stored.planned_by_hour(session, frame.id, sender.channel, now, ends):
        part = (min(hour + HOUR, ends) - max(hour, now)) / HOUR
        if part > 0:
            beyond += max(count - carried, 0) * part
    days = (ends - now) / timedelta(days=1)
    limits = [one.per_day for one in others]
    if all(limit is not None for limit in limits):
        most = sum(limit or 0 for limit in limits) * max(days, 1) / parts
        beyond = max(beyond, planned - most)
    return Moves(len(others), round(planned * own / (own + carried)), round(beyond))


def _promised(
    session: Session, frame: Frame, channels: Sequence[Channel], now: datetime, ends: datetime
) -> Effect:
    """What was promised, or has an end of its own, and what is queued."""
    queue = stored.waiting(session, frame.id, channels, now=now, ends=ends)
    answers = queue.get(ANSWER)
    callbacks = queue.get(CALLBACK)
    texts = Channel.TEXT in channels
    return Effect(
        ends,
        queued=sum(one.number for one in queue.values()),
        expires=sum(one.expires for one in queue.values()),
        answers=answers.number if answers else 0,
        callbacks=callbacks.falls_due if callbacks else 0,
        reminders=stored.promised_times(session, frame.id, now, ends) if texts else 0,
        in_line=_in_line(session, frame, now, ends) if texts else (),
        blasts=tuple(_blasts(session, frame, channels, now, ends)),
    )


def _in_line(session: Session, frame: Frame, now: datetime, ends: datetime) -> tuple[datetime, ...]:
    closes = set(closes_of(frame.schedule, place_names(session, frame.id)).values())
    return tuple(sorted(at for at in closes if now < at - IN_LINE_UNTIL <= ends))


def _blasts(
    session: Session, frame: Frame, channels: Sequence[Channel], now: datetime, ends: datetime
) -> list[BlastHit]:
    """Scheduled blasts that could still go out to somebody, but not after the pause."""
    rows = session.scalars(
        select(Blast)
        .where(
            Blast.campaign_id == frame.id,
            Blast.state == BlastState.SCHEDULED.value,
            Blast.channel.in_(channels),
            Blast.starts_at <= (ends + FARTHEST).replace(tzinfo=None),
        )
        .order_by(Blast.starts_at.desc(), Blast.id)
        .limit(MOST_BLASTS)
    )
    places, found = place_names(session, frame.id), []
    for blast in rows:
        when = stretches(blast.timing, frame.schedule, places, blast.channel)
        ahead = [one for one in when if one.last_at > now]
        hit = [one for one in ahead if one.last_at <= ends]
        if hit:
            last = max(one.last_at for one in hit)
            whole = len(hit) == len(ahead)
            there = [place.key for one in hit for place in when[one]]
            people, exact = _people(session, frame, blast, there, now)
            found.append(BlastHit(blast.id, blast.name, blast.channel, last, whole, people, exact))
    return sorted(found, key=lambda one: (one.last_at, one.id))


def _people(
    session: Session, frame: Frame, blast: Blast, places: Sequence[str], now: datetime
) -> tuple[int, bool]:
    """How many at these places have not got it and could; none of a universe that cannot be read,
    which the release of the blast says."""
    asking = Asking(frame.schedule.polling_day, now, frame.schedule.country)
    try:
        return about_left(session, blast, asking, places, total_cap=frame.rules.total_cap)
    except BadUniverse:
        return 0, True
