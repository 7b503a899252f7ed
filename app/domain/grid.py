"""The plan's grid in time: hours, days and parts of days, and how far each is open for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.domain.channel import Channel
from app.domain.hours import Interval, Place, open_intervals, subtract
from app.domain.situation import Situation
from app.domain.value import Model, answer_curve

HOUR = timedelta(hours=1)
PARTS = (0, 12, 17)
"""Where a day's parts begin, on the campaign's clock: morning, afternoon, evening (custom)."""
FAR_DAYS = 21
"""Days further ahead than this are planned whole, not in parts: they will be planned again often,
and the program grows with the days no more than it must."""

Shares: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Slot:
    """One part of one day: the indexes of its hours. The final week begins with a slot."""

    day: int
    part: int
    hours: tuple[int, ...]
    reserve: bool = False  # whether the reserve may be spent in it


@dataclass(frozen=True)
class Group:
    """Places that are open at the same hours on every channel."""

    places: tuple[Place, ...]
    open: Mapping[Channel, Shares]  # for each hour of the grid, the part that is open, 0 to 1
    local_hour: Shares  # the hour on the group's own clock, at the middle of each hour


@dataclass(frozen=True)
class Grid:
    """All hours from now until the last polls close, and what is open in them."""

    hours: tuple[datetime, ...]  # starts, UTC
    days: tuple[date, ...]  # the campaign's own clock
    slots: tuple[Slot, ...]
    groups: tuple[Group, ...]
    group_of: Mapping[Place, int]
    final: NDArray[np.bool_]  # which hours lie in the final week, if only in part
    reserve: NDArray[np.bool_]  # in which the reserve may be spent from the first second on
    day_of: NDArray[np.int64]

    def slot_open(self, group: int, channel: Channel) -> Shares:
        """Open hours in each slot, for a group."""
        shares = self.groups[group].open[channel]
        return np.array([shares[list(slot.hours)].sum() for slot in self.slots])

    def hours_of(self, day: int) -> list[int]:
        """The indexes of a day's hours."""
        return [int(index) for index in np.flatnonzero(self.day_of == day)]

    def day_left(self, day: int) -> float:
        """Days from the middle of a day until the last polls close."""
        here = self.hours[int(np.argmax(self.day_of == day))]
        return max((self.hours[-1] - here) / timedelta(days=1), 0.0)


def grid_of(situation: Situation, *, parts: Sequence[int] = PARTS) -> Grid:
    """The grid of a situation; without an hour when the polls have closed."""
    begin = situation.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    count = max(-int((begin - situation.closes_at) // HOUR), 0)
    hours = tuple(begin + HOUR * n for n in range(count))
    zone = ZoneInfo(situation.schedule.zone)
    local = [hour.astimezone(zone) for hour in hours]
    days = tuple(sorted({at.date() for at in local}))
    day_of = np.array([(at.date() - days[0]).days for at in local], dtype=np.int64)
    reserve = np.array([hour >= situation.final_from for hour in hours], dtype=np.bool_)
    clock = [(day, at.hour) for day, at in zip(day_of.tolist(), local, strict=True)]
    return Grid(
        hours,
        days,
        _slots(clock, reserve.tolist(), parts),
        *_groups(situation, hours),
        np.array([hour + HOUR > situation.final_from for hour in hours], dtype=np.bool_),
        reserve,
        day_of,
    )


def _slots(
    clock: Sequence[tuple[int, int]], reserve: Sequence[bool], parts: Sequence[int]
) -> tuple[Slot, ...]:
    found: dict[tuple[int, int, bool], list[int]] = {}
    for index, ((day, hour), open_) in enumerate(zip(clock, reserve, strict=True)):
        far = clock[-1][0] - day >= FAR_DAYS
        part = 0 if far else max(at for at, begins in enumerate(parts) if hour >= begins)
        found.setdefault((day, part, open_), []).append(index)
    return tuple(
        Slot(day, part, tuple(hours), open_) for (day, part, open_), hours in sorted(found.items())
    )


def _groups(
    situation: Situation, hours: Sequence[datetime]
) -> tuple[tuple[Group, ...], dict[Place, int]]:
    """Places with the same open hours, in the order of their first key."""
    alike: dict[tuple[str, tuple[tuple[Interval, ...], ...]], list[Place]] = {}
    for place in sorted(situation.places, key=lambda place: place.key):
        clock = str(place.clock(situation.schedule.zone))
        stretches = tuple(
            tuple(_open(situation, place, channel, hours)) for channel in situation.channels()
        )
        alike.setdefault((clock, stretches), []).append(place)
    groups = [
        Group(
            tuple(places),
            {
                channel: _shares(hours, found)
                for channel, found in zip(situation.channels(), stretches, strict=True)
            },
            _local_hours(hours, ZoneInfo(clock)),
        )
        for (clock, stretches), places in alike.items()
    ]
    group_of = {place: number for number, group in enumerate(groups) for place in group.places}
    return tuple(groups), group_of


def _open(
    situation: Situation, place: Place, channel: Channel, hours: Sequence[datetime]
) -> list[Interval]:
    """Where the channel is open for the place, from its ramp's first day on and never in a
    pause."""
    if not hours:
        return []
    zone = ZoneInfo(situation.schedule.zone)
    ramp = datetime.combine(situation.ramps[channel].starts_on, time.min, zone).astimezone(UTC)
    begin = max(situation.now.astimezone(UTC), ramp)
    found = open_intervals(situation.schedule, place, channel, begin, hours[-1] + HOUR)
    paused = situation.pause(channel)
    if paused is not None and situation.now < paused:
        found = subtract(found, (situation.now, paused))
    return found


def _shares(hours: Sequence[datetime], intervals: Sequence[Interval]) -> Shares:
    """The part of each hour that lies in the intervals."""
    shares = np.zeros(len(hours))
    for begin, end in intervals:
        first = max(int((begin - hours[0]) // HOUR), 0)
        last = min(-int((hours[0] - end) // HOUR), len(hours))
        for index in range(first, last):
            overlap = min(end, hours[index] + HOUR) - max(begin, hours[index])
            shares[index] += max(overlap / HOUR, 0.0)
    return shares


def _local_hours(hours: Sequence[datetime], zone: ZoneInfo) -> Shares:
    middle = [(hour + HOUR / 2).astimezone(zone) for hour in hours]
    return np.array([at.hour + at.minute / 60 for at in middle])


def tilt(channel: Channel, local_hours: Shares, model: Model) -> Shares:
    """How much more an hour is worth trying than the mean hour: calls follow the answers."""
    if channel is not Channel.CALL:
        return np.ones(len(local_hours))
    return np.array([answer_curve(hour, model) for hour in local_hours])
