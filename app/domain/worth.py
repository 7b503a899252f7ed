"""What attempts win, by pass and slot: the value model laid over the plan's grid."""

import numpy as np

from app.domain.channel import Channel
from app.domain.grid import Grid
from app.domain.linear import Numbers
from app.domain.situation import Cell, Situation
from app.domain.value import passes, votes, votes_table


class Worth:
    """Votes for each pass and slot of a cell's channel. The value is a product, so that the
    chance to vote is asked once a cell and the hour once a group."""

    def __init__(self, situation: Situation, grid: Grid) -> None:
        self.situation, self.grid = situation, grid
        self.left = [grid.day_left(day) for day in range(len(grid.days))]
        self._tables: dict[tuple[int, Channel], Numbers] = {}

    def __call__(self, cell: Cell, channel: Channel) -> Numbers:
        """Passes × slots."""
        key = (self.grid.group_of[cell.place], channel)
        if key not in self._tables:
            self._tables[key] = self._table(*key)
        return self._tables[key] * self._of_cell(cell, channel)

    def _of_cell(self, cell: Cell, channel: Channel) -> float:
        mine, usual = (
            votes(self.situation.model, channel, 1, propensity=chance, hour=18, days_left=0)
            for chance in (cell.propensity, 0.5)
        )
        return mine / usual if usual else 0.0

    def _table(self, group: int, channel: Channel) -> Numbers:
        shares = self.grid.groups[group].open[channel]
        local = self.grid.groups[group].local_hour
        found = np.zeros((passes(channel), len(self.grid.slots)))
        open_ = [float(shares[list(slot.hours)].sum()) for slot in self.grid.slots]
        inside = np.flatnonzero(open_)
        slots = [self.grid.slots[number] for number in inside]
        hours = [np.average(local[at], weights=shares[at]) for at in (list(s.hours) for s in slots)]
        found[:, inside] = votes_table(
            self.situation.model,
            channel,
            np.arange(1, passes(channel) + 1)[:, np.newaxis],
            propensity=0.5,
            hour=np.array(hours),
            days_left=np.array([self.left[slot.day] for slot in slots]),
        )
        return found
