"""What a plan says of itself: its days, the proof of the final week, shortfalls, advice, forecast.

It is stored as JSON with the plan and drawn by the pages and the command line.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from app.domain.channel import Channel


class Cover(StrEnum):
    """What an hour of the final week holds for a channel."""

    PLANNED = "planned"
    PAST = "past"
    CLOSED = "closed"  # by law, or the polls have closed
    OWN_HOURS = "own_hours"  # the campaign's own hours are narrower
    BLACKOUT = "blackout"
    SILENCE = "silence"  # election silence
    PAUSED = "paused"
    NOT_BEGUN = "not_begun"  # before the campaign or this channel's ramp starts
    GAP = "gap"


class Cause(StrEnum):
    """Why something that was wanted is not planned."""

    NOBODY_BOOKED = "nobody_booked"  # no volunteer has a shift
    FEW_BOOKED = "few_booked"  # fewer callers than the ramp needs
    SENDER_SLOW = "sender_slow"
    SENDER_STOPPED = "sender_stopped"
    NO_SENDER = "no_sender"
    NO_WORDS = "no_words"  # no template in any language
    BLAST = "blast"  # booked blasts take the senders' time
    BLAST_MONEY = "blast_money"  # booked blasts take the money
    MONEY = "money"
    RESERVE = "reserve"  # the rest of the money is kept for the final week
    NOBODY_REACHABLE = "nobody_reachable"  # no address, no consent
    NOBODY_LEFT = "nobody_left"  # all who may be reached have been, within their caps
    HOURS = "hours"  # no open hour
    SILENCE = "silence"
    BLACKOUT = "blackout"
    PAUSED = "paused"
    DAILY_LIMIT = "daily_limit"  # the ramp's own limit a day
    SENDER_DAY = "sender_day"  # what the senders may send in a day


@dataclass(frozen=True)
class HourCover:
    """One hour of the final week for one channel."""

    at: datetime  # start of the hour, UTC
    channel: Channel
    cover: Cover
    planned: int = 0
    wanted: int = 0  # by the ramp
    cause: Cause | None = None  # of a gap, or of less than the floor
    open_share: float = 1.0  # of the channel's voters, weighted by open time
    blasts: int = 0  # messages that booked blasts send beside what is planned


@dataclass(frozen=True)
class DayLine:
    """One channel on one day of the campaign's own clock."""

    day: date
    channel: Channel
    wanted: int  # by the ramp
    planned: int
    cost: float
    votes: float  # extra votes expected
    falls: Cause | None = None  # fewer than the day before in the final week, and why


@dataclass(frozen=True)
class Shortfall:
    """What was wanted and is not planned, with its cause and what would make it feasible."""

    channel: Channel
    cause: Cause
    missing: int  # attempts
    words: str  # a sentence: what, why
    remedy: str  # a sentence: what would help
    first: datetime | None = None  # of the hours that it concerns
    last: datetime | None = None


class Remedy(StrEnum):
    """A kind of advice; what "apply" does."""

    CALLERS = "callers"  # find volunteers for a block of hours
    BUDGET = "budget"  # raise it
    RESERVE = "reserve"  # keep less back
    SENDER = "sender"  # a faster sender
    TOTAL_CAP = "total_cap"  # allow more attempts a voter
    DAILY_CAP = "daily_cap"
    RAMP = "ramp"  # plan more, where room is left


@dataclass(frozen=True)
class Advice:
    """One thing to do, checked by making the plan again with it."""

    remedy: Remedy
    words: str  # "Find 3 callers for Tue 5–8 pm"
    votes: float  # gained
    attempts: int  # gained
    hours_covered: int  # gaps of the final week that it closes
    cost: float  # money
    volunteer_hours: float
    channel: Channel | None = None
    amount: float = 0  # callers, money, attempts, per second: what "apply" sets or adds
    begins_at: datetime | None = None  # of the block of hours
    ends_at: datetime | None = None


@dataclass(frozen=True)
class ShiftNeed:
    """Volunteers for one block of hours."""

    begins_at: datetime
    ends_at: datetime
    channel: Channel
    needed: int  # to be booked, so that enough come
    booked: int

    @property
    def short(self) -> int:
        """How many are missing."""
        return max(self.needed - self.booked, 0)


@dataclass(frozen=True)
class Dry:
    """When a channel has nobody left to try, by the rates expected now."""

    channel: Channel
    people: int  # who can be reached at all
    attempts_left: int  # that they allow until the polls close
    planned: int
    passes: tuple[tuple[int, datetime], ...]  # (2, at): the second pass begins about then
    dry_at: datetime | None  # None: it lasts


@dataclass(frozen=True)
class Change:
    """What differs from the plan before, for one channel on one day still to come."""

    day: date
    channel: Channel
    before: int
    after: int


@dataclass(frozen=True)
class BlastHour:
    """What booked blasts send on a channel in one hour, beside the plan."""

    channel: Channel
    at: datetime  # start of the hour, UTC
    messages: float
    parts: float  # segments of texts; the same number of mails


@dataclass(frozen=True)
class Beside:
    """What was released on a channel on the plan's first day, before it and beside it."""

    channel: Channel
    messages: float
    parts: float


@dataclass(frozen=True)
class Report:
    """All that a plan says of itself."""

    made_at: datetime
    solver: str  # highs | greedy
    solver_words: str  # why greedy, what was made coarser; empty if nothing
    solver_seconds: float
    seconds: float
    votes: float  # extra votes expected of all that is planned from now on
    cost: float
    days: tuple[DayLine, ...]
    coverage: tuple[HourCover, ...]
    shortfalls: tuple[Shortfall, ...]
    advice: tuple[Advice, ...]
    shifts: tuple[ShiftNeed, ...]
    forecast: tuple[Dry, ...]
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()  # what else is to be known of it, each a sentence
    blasts: tuple[BlastHour, ...] = ()
    blast_money: float = 0.0  # that they take, and of it what goes before the final week
    blast_money_before: float = 0.0
    beside_today: tuple[Beside, ...] = ()

    @property
    def gaps(self) -> tuple[HourCover, ...]:
        """The hours of the final week that are open and hold nothing, or too little."""
        return tuple(hour for hour in self.coverage if hour.cover is Cover.GAP)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        stored: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return stored

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "Report":
        """As it was stored; raises ValueError for what is no report."""
        return _ADAPTER.validate_python(stored)


_ADAPTER = TypeAdapter(Report)
