"""What the ramps want on each day still to come, with what was missed until now made up for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from app.domain.channel import Channel
from app.domain.days import campaign_days, usable
from app.domain.grid import Grid, Shares, tilt
from app.domain.hours import Place
from app.domain.ramp import apportion, total_of, under_cap, volumes
from app.domain.situation import Situation


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
    if not grid.days:
        return (), 0
    ramp, total = _ramp(situation, channel)
    released, open_ = situation.released.get(channel, 0), _open_days(grid, channel)
    here = [ramp.get(day, 0) for day in grid.days]
    wanted = list(here)
    wanted[0] = max(wanted[0] - situation.released_today.get(channel, 0), 0)
    behind = sum(ramp.values()) - released - sum(wanted)
    if behind > 0:
        shares = [
            float(volume if is_open else 0) for volume, is_open in zip(here, open_, strict=True)
        ]
        if sum(shares):
            extra = apportion(behind, shares)
            wanted = [volume + more for volume, more in zip(wanted, extra, strict=True)]
    cap = situation.ramps[channel].daily_cap
    if cap is not None:
        wanted = under_cap(wanted, cap, open_)
        wanted[0] = min(wanted[0], max(cap - situation.released_today.get(channel, 0), 0))
    return tuple(wanted), max(total - released - sum(wanted), 0)


def _ramp(situation: Situation, channel: Channel) -> tuple[dict[date, int], int]:
    """The ramp over all days of the campaign, those gone by too, and what it wants in all."""
    rule, schedule = situation.ramps[channel], situation.schedule
    days = campaign_days(schedule, situation.places)
    if not days:
        return {}, rule.total
    parts = usable(schedule, _people(situation, channel), channel, days)
    found = dict(zip(days, volumes(rule, days, parts), strict=True))
    return found, total_of(rule, days, parts)


def _open_days(grid: Grid, channel: Channel) -> list[bool]:
    hours = sum((group.open[channel] for group in grid.groups), np.zeros(len(grid.hours)))
    return [bool(hours[grid.day_of == day].any()) for day in range(len(grid.days))]


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
        found += many * group.open[channel] * tilt(channel, group.local_hour, situation.model)
    return found


def hours_of(grid: Grid, by_day: Sequence[int], shares: Shares) -> tuple[int, ...]:
    """Each day's volume over its hours, in proportion to the shares; a closed day loses it."""
    found = np.zeros(len(grid.hours), dtype=np.int64)
    for day, volume in enumerate(by_day):
        inside = grid.day_of == day
        if volume and shares[inside].sum():
            found[inside] = apportion(volume, shares[inside].tolist())
    return tuple(int(volume) for volume in found)
