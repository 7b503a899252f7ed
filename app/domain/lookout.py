"""The lookout's judgment: does outreach flow, and if not, why, since when and what helps.

Everybody reached is not silence: it is silent only while somebody may be reached and nobody is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.channel import Channel

LIMIT = timedelta(minutes=5)
"""The longest silence of the final week, in campaign time: the first promise."""
SLOWEST = 20.0
"""Machine seconds within which nobody can act: a look and a release. Only a fast clock knows it."""
FEW = 3
"""So many tries without an answer, and not one that passed, are a carrier that is down (custom)."""
SICK = 0.3
"""A sender of less health is sick (custom)."""


class Kind(StrEnum):
    """What an incident is about; stored by value."""

    SILENCE = "silence"  # nothing goes out though somebody may be reached
    SENDER = "sender"  # a sender is stopped, or sick
    FILTERED = "filtered"  # carriers filter more of the texts
    FAILED = "failed"  # more of the texts fail
    OPT_OUTS = "opt_outs"  # more people opt out
    WORKER = "worker"  # a worker is gone, or hangs
    PAUSE = "pause"  # a pause in the final week is about to end
    QUEUE = "queue"  # touches wait though their open hours are over
    UNSURE = "unsure"  # texts ended of which nobody knows whether they arrived


class Cause(StrEnum):
    """Why nothing goes out; stored by value."""

    NO_WORKER = "no_worker"
    PAUSE = "pause"  # a pause that is over still holds
    CARRIER_DOWN = "carrier_down"
    SENDER_STOPPED = "sender_stopped"
    SENDER_SICK = "sender_sick"
    RATE = "rate"
    MONEY = "money"
    UNKNOWN = "unknown"  # it is in the queue, and nothing takes it
    POOL_DRY = "pool_dry"  # nothing is in the queue
    NO_VOLUNTEERS = "no_volunteers"


class Remedy(StrEnum):
    """What the lookout can do by itself."""

    RESUME = "resume"  # end a pause that is over
    END_LEASES = "end_leases"  # free what a worker claimed and never sent
    WAKE_SENDERS = "wake_senders"  # those that have rested long enough
    OTHER_SENDER = "other_sender"  # lower the share of one that lets nothing through
    RELEASE = "release"  # now, on whatever channel lets it pass


REMEDIES: Mapping[Cause, tuple[Remedy, ...]] = {
    Cause.NO_WORKER: (Remedy.END_LEASES, Remedy.RELEASE),
    Cause.PAUSE: (Remedy.RESUME, Remedy.RELEASE),
    Cause.CARRIER_DOWN: (Remedy.OTHER_SENDER, Remedy.RELEASE),
    Cause.SENDER_STOPPED: (Remedy.RELEASE,),
    Cause.SENDER_SICK: (Remedy.WAKE_SENDERS, Remedy.OTHER_SENDER, Remedy.RELEASE),
    Cause.RATE: (Remedy.WAKE_SENDERS, Remedy.RELEASE),
    Cause.MONEY: (Remedy.RELEASE,),
    Cause.POOL_DRY: (Remedy.RELEASE,),
    Cause.UNKNOWN: (Remedy.END_LEASES, Remedy.WAKE_SENDERS, Remedy.RELEASE),
    Cause.NO_VOLUNTEERS: (Remedy.RELEASE,),
}
"""Cause to remedies, in the order in which they are taken."""


class Course(StrEnum):
    """How outreach stands."""

    CLOSED = "closed"  # no channel is open for anybody
    PAUSED = "paused"
    FLOWS = "flows"
    REACHED = "reached"  # everyone who may be reached has been
    QUIET = "quiet"  # half the limit is over: the remedies are taken, nobody is told yet
    SILENT = "silent"  # the limit is over


@dataclass(frozen=True)
class SenderSeen:
    """A sender as it stands now."""

    id: int
    name: str
    channel: Channel
    stopped: str = ""
    resting: bool = False  # after a "slow down"
    health: float = 1.0
    full: bool = False  # its rate or its day lets nothing through
    paused_until: datetime | None = None  # by an organizer, in campaign time; it may be over
    tried: int = 0  # in the last minutes
    passed: int = 0  # of these, what the carrier answered

    @property
    def sick(self) -> bool:
        """Whether it lets little or nothing through for now."""
        return self.resting or self.health < SICK

    def paused(self, now: datetime) -> bool:
        """Whether an organizer's pause of it holds."""
        return self.paused_until is not None and now < self.paused_until

    @property
    def deaf(self) -> bool:
        """Whether nobody answers it."""
        return self.tried >= FEW and not self.passed


@dataclass(frozen=True)
class Held:
    """A pause by an organizer that holds now."""

    subject: str  # "" the campaign | a channel's value | sender:<id>
    name: str  # in words: texts, or the sender's name
    until: datetime


@dataclass(frozen=True)
class ChannelSeen:
    """A channel on which somebody may be reached now."""

    channel: Channel
    due: int = 0  # touches that are ready and due
    senders: tuple[SenderSeen, ...] = ()
    affordable: bool = True


@dataclass(frozen=True)
class Seen:
    """One campaign as the lookout finds it."""

    now: datetime
    limit: timedelta = LIMIT
    final: bool = True  # in its final week
    open_since: datetime | None = None  # some channel, for somebody; None: all are closed
    last_at: datetime | None = None  # the last attempt that may have reached anybody
    paused_until: datetime | None = None  # a pause that holds
    stuck_pause: bool = False  # a pause that holds though it has no end, or its end is over
    ended: bool = False  # a pause of a channel or a sender is over, and still written down
    held: tuple[tuple[Channel, datetime], ...] = ()  # channels that are open, and paused
    workers: int = 1  # that are alive
    manned_for: timedelta = timedelta(days=1)  # since the oldest of these began
    unmanned: timedelta = timedelta()  # before that, with none
    callers: int = 0  # on the line
    channels: tuple[ChannelSeen, ...] = ()  # on which somebody may be reached
    lasting: bool = True  # and could have been for the whole limit

    @property
    def since(self) -> datetime | None:
        """From when on nothing went out though hours were open."""
        if self.open_since is None:
            return None
        return self.open_since if self.last_at is None else max(self.open_since, self.last_at)

    @property
    def silent_for(self) -> timedelta:
        """How long nothing has gone out in open hours."""
        return self.now - self.since if self.since is not None else timedelta()


@dataclass(frozen=True)
class Verdict:
    """How outreach stands, and what is to be done about it."""

    course: Course
    since: datetime | None = None
    cause: Cause | None = None
    causes: tuple[tuple[Channel, Cause], ...] = ()  # of each channel that could reach somebody
    held: tuple[tuple[Channel, datetime], ...] = ()  # what an organizer paused, until when
    remedies: tuple[Remedy, ...] = ()

    @property
    def clear(self) -> tuple[Channel, ...]:
        """Channels on which a release would go out at once."""
        return tuple(channel for channel, cause in self.causes if cause is Cause.POOL_DRY)


def limit_at(speed: float) -> timedelta:
    """The limit on a clock of this speed: on a fast one, what a worker needs to act at all."""
    return max(LIMIT, timedelta(seconds=SLOWEST * speed))


def must_ask(seen: Seen) -> bool:
    """Whether the silence is long enough to ask if anybody may be reached, which costs more."""
    return seen.final and seen.paused_until is None and seen.silent_for > seen.limit / 2


def judge(seen: Seen) -> Verdict:
    """How outreach stands; the causes and remedies of a silence."""
    if seen.open_since is None:
        return Verdict(Course.CLOSED)
    if seen.paused_until is not None:
        return Verdict(Course.PAUSED)
    if not must_ask(seen):
        return Verdict(Course.FLOWS)
    if not seen.channels:
        # Those whom a paused channel would reach are not asked for: nobody is to be reached so.
        return Verdict(Course.PAUSED if seen.held else Course.REACHED)
    causes = tuple((one.channel, cause_of(one, seen)) for one in seen.channels)
    cause = _foremost(seen, [cause for _, cause in causes])
    named = [cause, *(one for _, one in causes)]
    if any(sender.deaf for one in seen.channels for sender in one.senders):
        named.append(Cause.CARRIER_DOWN)  # another sender may carry the channel, and should
    silent = seen.silent_for > seen.limit and seen.lasting
    course = Course.SILENT if silent else Course.QUIET
    return Verdict(course, seen.since, cause, causes, seen.held, remedies_of(named))


def remedies_of(causes: Iterable[Cause]) -> tuple[Remedy, ...]:
    """The remedies of several causes, each once, releases last."""
    wanted = {remedy for cause in causes for remedy in REMEDIES[cause]}
    return tuple(remedy for remedy in Remedy if remedy in wanted)


def cause_of(seen: ChannelSeen, campaign: Seen) -> Cause:
    """Why nothing goes out on a channel on which somebody may be reached."""
    if seen.channel is Channel.CALL:
        return Cause.POOL_DRY if campaign.callers and not seen.due else Cause.NO_VOLUNTEERS
    going = [one for one in seen.senders if not (one.stopped or one.paused(campaign.now))]
    if not going:
        return Cause.SENDER_STOPPED
    if all(sender.deaf for sender in going):
        return Cause.CARRIER_DOWN
    if all(sender.sick or sender.deaf for sender in going):
        return Cause.SENDER_SICK
    if all(sender.full or sender.sick or sender.deaf for sender in going):
        return Cause.RATE
    if seen.due:
        return Cause.UNKNOWN
    return Cause.POOL_DRY if seen.affordable else Cause.MONEY


def _foremost(seen: Seen, causes: Iterable[Cause]) -> Cause:
    """The cause to name first: whatever holds everything, else the gravest, as Cause has them."""
    just_back = seen.manned_for < seen.limit and seen.unmanned > seen.limit / 2
    if not seen.workers or just_back:
        return Cause.NO_WORKER
    if seen.stuck_pause:
        return Cause.PAUSE
    found = set(causes)
    return next(cause for cause in Cause if cause in found)
