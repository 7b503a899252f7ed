"""How far each hour and slot is open for a channel, what it carries, and whom it may try."""

from collections.abc import Sequence

import numpy as np

from app.domain.channel import Channel
from app.domain.grid import Grid
from app.domain.linear import Numbers
from app.domain.situation import Situation
from app.domain.want import hour_shares


def stocks(tried: Sequence[int], count: int) -> list[int]:
    """Voters for each pass at the start: those with as many tries before; the last takes more."""
    stocks = [*tried[:count], *[0] * (count - len(tried))]
    stocks[-1] += sum(tried[count:])
    return stocks


def part_shares(situation: Situation, grid: Grid, channel: Channel) -> Numbers:
    """How much of a day's volume each slot attracts."""
    return by_slot(grid, hour_shares(situation, grid, channel))


def by_slot(grid: Grid, hours: Numbers) -> Numbers:
    """Sums over the hours of each slot."""
    return np.array([hours[list(slot.hours)].sum() for slot in grid.slots])


def channel_open(situation: Situation, grid: Grid, channel: Channel) -> Numbers:
    """The part of each hour in which the channel is open for somebody whom it reaches; where it
    reaches nobody, for anybody."""
    reached = {grid.group_of[cell.place] for cell in situation.cells if channel in cell.reach}
    open_ = [grid.groups[number].open[channel] for number in reached or range(len(grid.groups))]
    found: Numbers = np.max(open_, axis=0) if open_ else np.zeros(len(grid.hours))
    return found


def hour_supply(situation: Situation, grid: Grid, channel: Channel) -> Numbers:
    """The most whole attempts in each hour: what the channel carries in its open part."""
    supply = situation.supply[channel]
    carried = np.array([supply.at(hour) for hour in grid.hours])
    found: Numbers = np.floor(carried * channel_open(situation, grid, channel) + 1e-9)
    return found
