"""Blasts: their life, when one goes out on each voter's clock, and how much is due by now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Interval, Place, Schedule, open_intervals
from app.domain.local import DAY, SECOND, instant

LONGEST_NAME = 80
LONGEST_SPREAD = timedelta(days=7)
LAST_MINUTE = timedelta(minutes=1)
"""Before its end nothing new is due: what was released must still go out."""
FARTHEST_WEST = timedelta(hours=12)
"""How far west of Greenwich a clock can be, so that a day ends so much later there."""
CHANNELS = (Channel.TEXT, Channel.EMAIL)
"""What goes out by itself, without a volunteer."""


class BlastState(StrEnum):
    """Where a blast stands; stored by value."""

    DRAFT = "draft"  # may still be changed
    SCHEDULED = "scheduled"  # begins by itself, and goes out until it is over
    PAUSED = "paused"  # nothing of it goes out
    CANCELED = "canceled"
    DONE = "done"  # its time is over, or everybody has it


S = BlastState

MOVES: Mapping[BlastState, frozenset[BlastState]] = {
    S.DRAFT: frozenset({S.SCHEDULED, S.CANCELED}),
    S.SCHEDULED: frozenset({S.DRAFT, S.PAUSED, S.CANCELED, S.DONE}),
    S.PAUSED: frozenset({S.SCHEDULED, S.CANCELED, S.DONE}),
    S.CANCELED: frozenset(),
    S.DONE: frozenset(),
}


@dataclass(frozen=True)
class Timing:
    """When a blast goes out: times of the day without a zone, on each voter's own clock."""

    starts_at: datetime
    spread: timedelta = timedelta(0)  # released evenly over so long
    done_by: datetime | None = None


@dataclass(frozen=True)
class BlastDraft:
    """A blast as an organizer asks for it."""

    channel: Channel
    name: str
    words: Mapping[str, Mapping[str, str]]  # language → subject, body
    timing: Timing
    whom: Mapping[str, Any] = field(default_factory=dict)  # a universe; {}: all targets
    by_hand: bool = False  # each text is sent by a volunteer's tap


@dataclass(frozen=True)
class Stretch:
    """When a blast goes out at one place, in instants; equal for all places whose clocks agree."""

    starts_at: datetime
    ends_at: datetime  # by then all of it is due
    runs_until: datetime  # until then whoever joins gets it too
    last_at: datetime  # nothing goes out from then on
    open: tuple[Interval, ...]  # in which it may go out, from starts_at to last_at

    def share_due(self, now: datetime) -> float:
        """How much of it is due by `now`, 0 to 1: even over the open time of its spread."""
        if now < self.starts_at:
            return 0.0
        whole = _length(self.open, self.starts_at, self.ends_at)
        if now >= self.ends_at or not whole:
            return 1.0
        return _length(self.open, self.starts_at, now) / whole

    def open_for(self, begin: datetime, end: datetime) -> timedelta:
        """How long it may go out between two instants."""
        return _length(self.open, begin, end)

    def is_open(self, now: datetime) -> bool:
        """Whether it may go out now."""
        return any(begin <= now < end for begin, end in self.open)


def _length(intervals: Iterable[Interval], begin: datetime, end: datetime) -> timedelta:
    parts = ((max(begin, first), min(end, last)) for first, last in intervals)
    return sum((last - first for first, last in parts if first < last), timedelta(0))


def stretch_of(
    timing: Timing, schedule: Schedule, place: Place, channel: Channel
) -> Stretch | None:
    """When the blast goes out at a place; None if the channel is closed there all that time.

    Where several zones may be the voter's it starts when the last of their clocks shows the time
    and is done when the first does. The spread is counted in hours that pass, whatever the clocks
    do meanwhile. Without `done_by` it ends with the open hours of the day on which it is all due.
    """
    zones = schedule.zones_of(place)
    begin = max(_instant(timing.starts_at, zone) for zone in zones)
    spread_to = begin + timing.spread
    if timing.done_by is not None:
        until = min(_instant(timing.done_by, zone) for zone in zones)
    else:
        until = min(_midnight_after(spread_to, zone, timing) for zone in zones)
    opened = open_intervals(schedule, place, channel, begin, until)
    if not opened:
        return None
    last = opened[-1][1]
    ends = max(min(spread_to, last - LAST_MINUTE), begin) if timing.spread else begin
    runs_until = ends if timing.spread and timing.done_by is None else last
    return Stretch(begin, ends, runs_until, last, tuple(opened))


def _instant(written: datetime, zone: str) -> datetime:
    # Of a time that comes twice the first; one that is left out is as late as it would have been.
    return instant(written.date(), written.time(), zone)


def _midnight_after(at: datetime, zone: str, timing: Timing) -> datetime:
    """The end of the local day of `at`; a spread that ends at midnight is of the day before."""
    inside = at - SECOND if timing.spread else at
    local = inside.astimezone(ZoneInfo(zone)).date()
    return instant(local + DAY, time.min, zone)


def over_everywhere(timing: Timing) -> datetime:
    """The instant at which its time is over on every clock on earth, whatever the hours."""
    last = timing.done_by or timing.starts_at + timing.spread + DAY
    return last.replace(tzinfo=UTC) + FARTHEST_WEST


def stretches(
    timing: Timing, schedule: Schedule, places: Iterable[Place], channel: Channel
) -> dict[Stretch, list[Place]]:
    """The places by when the blast goes out there, the earliest first; those where it never does
    are left out."""
    found: dict[Stretch, list[Place]] = {}
    for place in sorted(places):
        stretch = stretch_of(timing, schedule, place, channel)
        if stretch is not None:
            found.setdefault(stretch, []).append(place)
    return dict(sorted(found.items(), key=lambda item: (item[0].starts_at, item[0].last_at)))


def problems_of(draft: BlastDraft) -> dict[str, str]:
    """What is wrong with a draft by itself, by field, with what to do; empty: it can be kept."""
    problems: dict[str, str] = {}
    if not draft.name.strip() or len(draft.name) > LONGEST_NAME:
        problems["name"] = f"Give the blast a name of 1 to {LONGEST_NAME} characters."
    if draft.channel not in CHANNELS:
        problems["channel"] = "A blast goes out by text or by email."
    elif draft.by_hand and draft.channel is not Channel.TEXT:
        problems["by_hand"] = "Only texts are sent by hand; let the computer send the emails."
    timing = draft.timing
    if not timedelta(0) <= timing.spread <= LONGEST_SPREAD:
        hours = int(LONGEST_SPREAD.total_seconds()) // 3600
        problems["spread"] = f"Spread it over 0 to {hours} hours."
    elif timing.done_by is not None and timing.done_by <= timing.starts_at:
        problems["done_by"] = "It would be done before it starts; choose a later time."
    elif timing.done_by is not None and timing.done_by < timing.starts_at + timing.spread:
        problems["done_by"] = "The spread ends after this; spread it less, or give it more time."
    return problems
