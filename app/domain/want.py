"""What the ramps want on each day still to come, with what was missed until now made up for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.channel import Channel
from app.domain.grid import Grid, Shares, tilt
from app.domain.hours import Place, open_intervals
from app.domain.ramp import apportion, total_of, volumes
from app.domain.situation import Situation

DAY = timedelta(days=1)
WHOLE = 0.5
"""A day that is open for at least this part of the usual time counts as a whole day: the ramp does
not fall because a Sunday begins late or the polls close before the evening ends."""


@dataclass(frozen=True)
class Wishes:
    """Attempts that the ramps want, for each channel: by day of the grid, and by hour."""

    by_day: Mapping[Channel, tuple[int, ...]]
    by_hour: Mapping[Channel, tuple[int, ...]]
    unplaced: Mapping[Channel, int] = field(default_factory=dict)  # no day can take these

    def total(self, channel: Channel) -> int:
        """Over all days."""
        return sum(self.by_day[channel])


def wishes(situation: Situation, grid: Grid) -> Wishes:
    """What each ramp wants from now on.

    Today's volume less what went out today; what was missed on earlier days is spread over all
    that are left, in proportion to the ramp. Raises ValueError for a ramp that cannot be.
    """
    by_day, unplaced = {}, {}
    for channel in situation.channels():
        by_day[channel], unplaced[channel] = _days(situation, grid, channel)
    by_hour = {
        channel: hours_of(grid, wanted, hour_shares(situation, grid, channel))
        for channel, wanted in by_day.items()
    }
    return Wishes(by_day, by_hour, unplaced)


def _days(situation: Situation, grid: Grid, channel: Channel) -> tuple[tuple[int, ...], int]:
    """What each day of the grid should have, and what finds no day at all."""
    rule = situation.ramps[channel]
    if not grid.days:
        return (), 0
    first = min(rule.starts_on, grid.days[0])
    days = [first + DAY * n for n in range((grid.days[-1] - first).days + 1)]
    open_part = usable(situation, channel, days)
    ramp = dict(zip(days, volumes(rule, days, open_part), strict=True))
    unplaced = max(total_of(rule, days, open_part) - sum(ramp.values()), 0)
    here = [ramp[day] for day in grid.days]
    wanted = list(here)
    wanted[0] = max(wanted[0] - situation.released_today.get(channel, 0), 0)
    behind = sum(ramp.values()) - situation.released.get(channel, 0) - sum(wanted)
    if behind > 0:
        open_ = _open_days(grid, channel)
        shares = [
            float(volume if is_open else 0) for volume, is_open in zip(here, open_, strict=True)
        ]
        if sum(shares):
            extra = apportion(behind, shares)
            wanted = [volume + more for volume, more in zip(wanted, extra, strict=True)]
    if rule.daily_cap is not None:
        wanted = [min(volume, rule.daily_cap) for volume in wanted]
    return tuple(wanted), unplaced


def _open_days(grid: Grid, channel: Channel) -> list[bool]:
    hours = sum((group.open[channel] for group in grid.groups), np.zeros(len(grid.hours)))
    return [bool(hours[grid.day_of == day].any()) for day in range(len(grid.days))]


def usable(situation: Situation, channel: Channel, days: Sequence[date]) -> list[float]:
    """How much of a whole day each day is open, for the voters that the channel reaches."""
    zone = ZoneInfo(situation.schedule.zone)
    begin, end = (
        datetime.combine(day, time.min, zone).astimezone(UTC) for day in (days[0], days[-1] + DAY)
    )
    hours = dict.fromkeys(days, 0.0)
    for place, voters in _people(situation, channel).items():
        for opens, closes in open_intervals(situation.schedule, place, channel, begin, end):
            day = opens.astimezone(zone).date()
            hours[day] = hours.get(day, 0.0) + voters * ((closes - opens) / timedelta(hours=1))
    usual = median([length for length in hours.values() if length] or [1.0])
    started = situation.schedule.starts_at.astimezone(zone).date()
    shares = [min(hours[day] / usual, 1.0) for day in days]
    return [
        1.0 if share >= WHOLE and day != started else share
        for day, share in zip(days, shares, strict=True)
    ]


def _people(situation: Situation, channel: Channel) -> dict[Place, int]:
    found: dict[Place, int] = {}
    reached = [cell for cell in situation.cells if channel in cell.reach] or situation.cells
    for cell in reached:
        found[cell.place] = found.get(cell.place, 0) + cell.voters
    return found


def hour_shares(situation: Situation, grid: Grid, channel: Channel) -> Shares:
    """How much of a day's volume each hour attracts: open voters, and for calls the answers."""
    voters = np.zeros(len(grid.groups))
    for place, people in _people(situation, channel).items():
        voters[grid.group_of[place]] += people
    found = np.zeros(len(grid.hours))
    for group, many in zip(grid.groups, voters, strict=True):
        found += many * group.open[channel] * tilt(channel, group.local_hour)
    return found


def hours_of(grid: Grid, by_day: Sequence[int], shares: Shares) -> tuple[int, ...]:
    """Each day's volume over its hours, in proportion to the shares; a closed day loses it."""
    found = np.zeros(len(grid.hours), dtype=np.int64)
    for day, volume in enumerate(by_day):
        inside = grid.day_of == day
        if volume and shares[inside].sum():
            found[inside] = apportion(volume, shares[inside].tolist())
    return tuple(int(volume) for volume in found)
