"""How far each hour and slot is open for a channel, what it carries, and whom it may try."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
    """The most whole attempts in each hour: what the channel carries in its open part, less what
    booked blasts take of it."""
    supply = situation.supply[channel]
    carried = np.array([supply.at(hour) for hour in grid.hours])
    taken = np.array([situation.blast_room(channel, hour) for hour in grid.hours])
    room = carried * channel_open(situation, grid, channel) - taken
    found: Numbers = np.floor(np.maximum(room, 0) + 1e-9)
    return found


def blast_shares(situation: Situation, grid: Grid) -> NDArray[np.float64]:
    """How many messages of booked blasts the voters of each cell get on each day (cells × days):
    whom the channel reaches get them alike, wherever they are."""
    found = np.zeros((len(situation.cells), len(grid.days)))
    for channel, hours in situation.blasts.items():
        sent = np.zeros(len(grid.days))
        for hour, day in zip(grid.hours, grid.day_of, strict=True):
            sent[day] += hours[hour].messages if hour in hours else 0.0
        found += np.outer(_reached(situation, channel), sent)
    return found


def had_today(situation: Situation, grid: Grid) -> NDArray[np.float64]:
    """How many messages the voters of each cell were given beside the plan so far, on the first of
    the days if it is today (cells × days)."""
    found = np.zeros((len(situation.cells), len(grid.days)))
    if grid.days and situation.is_today(grid.days[0]):
        for channel, load in situation.beside_today.items():
            found[:, 0] += _reached(situation, channel) * load.messages
    return found


def _reached(situation: Situation, channel: Channel) -> NDArray[np.float64]:
    """Each cell's part of the voters whom the channel reaches."""
    reached = np.array([cell.voters * (channel in cell.reach) for cell in situation.cells], float)
    whole = float(reached.sum())
    return reached / whole if whole else reached


def blasts_in(situation: Situation, grid: Grid, slot: int) -> float:
    """Messages that booked blasts send in a slot, on the plan's channels."""
    hours = [grid.hours[index] for index in grid.slots[slot].hours]
    return sum(situation.blast_messages(c, at) for c in situation.channels() for at in hours)
