"""The linear program behind the plan: who is tried on which channel, in which part of which day.

Hard: hours, what each channel can carry, attempts a voter a day and in all, the order of passes,
money and its reserve. Soft, in this order of weight: something in every open hour of the final
week, the ramp, its shape within the day, the votes. See docs/planning.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.capacity import (
    blast_shares,
    blasts_in,
    by_slot,
    channel_open,
    had_today,
    hour_supply,
    part_shares,
    stocks,
)
from app.domain.channel import Channel
from app.domain.grid import Grid
from app.domain.linear import Linear, Numbers, Solved
from app.domain.rest import FINAL_DAYS
from app.domain.situation import Situation
from app.domain.value import passes
from app.domain.want import Wishes
from app.domain.worth import Worth

EMPTY = 50.0
"""Cost of an attempt that is missing from an open hour of the final week."""
SHORT = 2.0
"""Cost of an attempt of the ramp that is made on no day."""
ASIDE = (0.5, 0.55, 0.6)
"""Cost of an attempt more or less than the ramp wants on a day, for the first third of the day's
volume, the second, and all beyond: a cut, or what is moved, is spread over several days instead of
emptying one. Moving an attempt costs it twice, which is less than SHORT."""
FALL = 0.1
"""Cost of an attempt by which a day of the final week falls below the day before."""
UNEVEN = 0.05
"""Cost of an attempt in another part of the day than open hours and answers suggest."""
CHEAP = 1e-5
"""Cost of a unit of money, so that of two equal plans the cheaper is made. A vote weighs 1: an
attempt brings a hundredth of one, far less than any of the weights above."""


@dataclass(frozen=True)
class Prices:
    """What one more of each would bring, in the program's own weights: its dual values."""

    supply: Mapping[Channel, Numbers]  # for each slot
    money: float
    reserve: float  # a unit of money more before the final week
    total_cap: float  # one attempt more for every voter
    daily_cap: float


@dataclass(frozen=True)
class Solution:
    """Attempts as the program has them: fractions, for each channel and slot."""

    attempts: Mapping[Channel, Numbers]
    votes: Mapping[Channel, Numbers]  # extra votes expected, for each slot
    worth: float  # the program's objective: higher is better
    prices: Prices | None = None  # None: found without the program
    seconds: float = 0.0  # that the solver took


@dataclass(frozen=True)
class Block:
    """The columns of one cell on one channel: pass by pass, over its open slots."""

    cell: int
    channel: Channel
    first: int
    slots: NDArray[np.int64]
    passes: int

    def columns(self, pass_: int) -> NDArray[np.int64]:
        """The columns of a pass (from 1), in the order of `slots`."""
        begin = self.first + (pass_ - 1) * len(self.slots)
        return np.arange(begin, begin + len(self.slots))

    def at(self, pass_: int, offsets: Sequence[int]) -> list[int]:
        """The columns of a pass at these places of `slots`."""
        begin = self.first + (pass_ - 1) * len(self.slots)
        return [begin + offset for offset in offsets]

    def every(self) -> NDArray[np.int64]:
        """All of its columns."""
        return np.arange(self.first, self.first + self.passes * len(self.slots))


class Program:
    """The program of one situation, ready to be solved."""

    def __init__(self, situation: Situation, grid: Grid, wishes: Wishes) -> None:
        self.situation, self.grid, self.wishes = situation, grid, wishes
        self.linear = Linear()
        self.channels = situation.channels()
        self.day = np.array([slot.day for slot in grid.slots], dtype=np.int64)
        self.final = np.array([grid.final[list(slot.hours)].any() for slot in grid.slots])
        self.final_days = sorted({int(day) for day in self.day[self.final]})
        self.worth_of = Worth(situation, grid)
        self.open = {
            channel: by_slot(grid, channel_open(situation, grid, channel))
            for channel in self.channels
        }
        self.blocks = self._blocks()
        self.sums = {channel: self._sums(channel) for channel in self.channels}
        for block in self.blocks:
            self._stock(block)
        self.caps = self._caps()
        self.money = self._money()
        for channel in self.channels:
            self._follow(channel)
            self._shape(channel)
        self._never_empty()

    def _blocks(self) -> list[Block]:
        """Columns for each cell and channel: attempts in a pass and a slot, and what they win."""
        blocks = []
        for number, cell in enumerate(self.situation.cells):
            group = self.grid.group_of[cell.place]
            for channel in self.channels:
                people = sum(cell.tried.get(channel, ()))
                slots = np.flatnonzero(self.grid.slot_open(group, channel) > 0)
                if channel not in cell.reach or not people or not len(slots):
                    continue
                worth = self.worth_of(cell, channel)[:, slots]
                price = CHEAP * float(self.situation.price.get(channel, 0))
                first = self.linear.columns((price - worth).ravel(), 0, people)
                blocks.append(Block(number, channel, first, slots, passes(channel)))
        return blocks

    def supply(self, channel: Channel) -> Numbers:
        """The most attempts in each slot: what the channel carries in its open hours."""
        return by_slot(self.grid, hour_supply(self.situation, self.grid, channel))

    def _sums(self, channel: Channel) -> NDArray[np.int64]:
        """A column for the attempts of each slot, whoever gets them, within the supply."""
        first = self.linear.columns(np.zeros(len(self.grid.slots)), 0, self.supply(channel))
        columns = np.arange(first, first + len(self.grid.slots))
        members: list[list[int]] = [[] for _ in columns]
        for block in self.blocks:
            if block.channel is channel:
                for pass_ in range(1, block.passes + 1):
                    for slot, column in zip(block.slots, block.columns(pass_), strict=True):
                        members[slot].append(column)
        for column, inside in zip(columns, members, strict=True):
            self.linear.row([*inside, int(column)], [*np.ones(len(inside)), -1.0], lower=0, upper=0)
        return columns

    def _stock(self, block: Block) -> None:
        """A pass reaches those whom the one before tried and did not settle, some days later."""
        cell = self.situation.cells[block.cell]
        model, channel = self.situation.model, block.channel
        stock = stocks(cell.tried[channel], block.passes)
        self.linear.row(block.columns(1), 1.0, upper=stock[0])
        offsets: list[list[int]] = [[] for _ in self.grid.days]  # of each day's slots in the block
        for offset, slot in enumerate(block.slots):
            offsets[int(self.day[slot])].append(offset)
        for pass_ in range(2, block.passes + 1):
            first = self.linear.columns(np.zeros(len(offsets)), 0, np.inf)
            sources = [pass_ - 1] if pass_ < block.passes else [pass_ - 1, pass_]
            back = {source: -model.returning[channel][source - 1] for source in sources}
            for day, today in enumerate(offsets):
                columns, factors = [first + day], [1.0]
                if day:
                    columns.append(first + day - 1)
                    factors.append(-1.0)
                columns += block.at(pass_, today)
                factors += [1.0] * len(today)
                for source in sources:
                    for begun in self._landing(channel, day):
                        columns += block.at(source, offsets[begun])
                        factors += [back[source]] * len(offsets[begun])
                start = float(stock[pass_ - 1]) if day == 0 else 0.0
                self.linear.row(columns, factors, lower=start, upper=start)

    def _landing(self, channel: Channel, day: int) -> list[int]:
        """The days whose tries may be repeated from this day on: nearer in the final week."""
        usual = max(self.situation.model.spacing_days[channel], 1)
        near = min(usual, FINAL_DAYS) if day in self.final_days else usual
        if near == usual:
            return [day - usual] if day >= usual else []
        first = not self.final_days or day == self.final_days[0]
        # As the final week begins, all who wait come back at once.
        begun = range(day - usual, day) if first else [day - 1]
        return [one for one in begun if one >= 0]

    def _caps(self) -> tuple[list[int], list[int]]:
        """Attempts a voter a day, and in all; what booked blasts send them counts."""
        daily, total = [], []
        blasted = blast_shares(self.situation, self.grid)
        by_day = blasted + had_today(self.situation, self.grid)
        for number, cell in enumerate(self.situation.cells):
            mine = [block for block in self.blocks if block.cell == number]
            if not mine:
                continue
            left = cell.voters * self.situation.total_cap - cell.attempts - blasted[number].sum()
            every = np.concatenate([block.every() for block in mine])
            total.append(self.linear.row(every, 1.0, upper=max(left, 0)))
            for day, sent in enumerate(by_day[number]):
                if len(mine) <= self.situation.daily_cap and not sent:
                    continue  # no channel tries a voter twice a day
                columns = [
                    block.columns(pass_)[self.day[block.slots] == day]
                    for block in mine
                    for pass_ in range(1, block.passes + 1)
                ]
                inside = np.concatenate(columns)
                if len(inside):
                    most = cell.voters * self.situation.daily_cap - sent
                    daily.append(self.linear.row(inside, 1.0, upper=max(most, 0)))
        return daily, total

    def _money(self) -> tuple[int, int] | None:
        """The budget, and the part of it that may go before the final week."""
        prices = {c: float(self.situation.price.get(c, 0)) for c in self.channels}
        paid = [channel for channel in self.channels if prices[channel]]
        if not paid:
            return None
        every = np.concatenate([self.sums[channel] for channel in paid])
        factors = np.concatenate(
            [np.full(len(self.sums[channel]), prices[channel]) for channel in paid]
        )
        locked = np.array([not slot.reserve for slot in self.grid.slots])
        before = np.concatenate([locked for _ in paid])
        whole = self.linear.row(every, factors, upper=max(float(self.situation.money), 0.0))
        most = max(float(min(self.situation.money_before, self.situation.money)), 0.0)
        return whole, self.linear.row(every[before], factors[before], upper=most)

    def _follow(self, channel: Channel) -> None:
        """The ramp: day by day, in all, and not falling in the final week."""
        wish, columns = self.wishes.by_day[channel], self.sums[channel]
        for day, wanted in enumerate(wish):
            today = columns[self.day == day].tolist()
            limit = self.situation.limit_on(channel, self.grid.days[day])
            if limit is not None:
                self.linear.row(today, 1.0, upper=limit)
            third = [wanted / 3, wanted / 3, np.inf]
            less = self.linear.columns(np.array(ASIDE), 0, third)
            more = self.linear.columns(np.array(ASIDE), 0, third)
            aside = [*range(less, less + 3), *range(more, more + 3)]
            factors = [1.0] * (len(today) + 3) + [-1.0] * 3
            self.linear.row([*today, *aside], factors, lower=wanted, upper=wanted)
        short = self.linear.column(SHORT, 0, np.inf)
        self.linear.row([*columns.tolist(), short], 1.0, lower=sum(wish))
        self._rise(channel)

    def _rise(self, channel: Channel) -> None:
        wish, columns = self.wishes.by_day[channel], self.sums[channel]
        for before, after in zip(self.final_days, self.final_days[1:], strict=False):
            first, then = columns[self.day == before].tolist(), columns[self.day == after].tolist()
            fall = self.linear.column(FALL, 0, np.inf)
            factors = [1.0] * len(then) + [-1.0] * len(first) + [1.0]
            wanted = min(wish[after] - wish[before], 0)
            self.linear.row([*then, *first, fall], factors, lower=wanted)

    def _shape(self, channel: Channel) -> None:
        """Within a day as open hours and answers suggest."""
        share = part_shares(self.situation, self.grid, channel)
        for day in range(len(self.grid.days)):
            slots = np.flatnonzero(self.day == day)
            whole = share[slots].sum()
            if len(slots) < 2 or not whole:
                continue
            today = self.sums[channel][slots]
            for slot, column in zip(slots, today, strict=True):
                less = self.linear.column(UNEVEN, 0, np.inf)
                more = self.linear.column(UNEVEN, 0, np.inf)
                mine = np.where(today == column, 1.0, 0.0) - share[slot] / whole
                self.linear.row([*today.tolist(), less, more], [*mine, 1.0, -1.0], lower=0, upper=0)

    def _never_empty(self) -> None:
        """Something in every open hour of the final week: one on each channel, enough in all."""
        floor = self.situation.model.floor_per_hour
        for slot in np.flatnonzero(self.final):
            columns = [int(self.sums[channel][slot]) for channel in self.channels]
            for channel, column in zip(self.channels, columns, strict=True):
                least = np.ceil(self.open[channel][slot] - 1e-9)
                if least:
                    empty = self.linear.column(EMPTY, 0, np.inf)
                    self.linear.row([column, empty], 1.0, lower=least)
            least = floor * max(self.open[channel][slot] for channel in self.channels)
            least -= blasts_in(self.situation, self.grid, int(slot))
            if least > 0:
                empty = self.linear.column(EMPTY, 0, np.inf)
                self.linear.row([*columns, empty], 1.0, lower=least)

    def solution(self, solved: Solved) -> Solution:
        """What the optimum means."""
        values, duals, reduced = solved.values, solved.duals, solved.reduced
        slots = len(self.grid.slots)
        won = {channel: np.zeros(slots) for channel in self.channels}
        for block in self.blocks:
            worth = self.worth_of(self.situation.cells[block.cell], block.channel)[:, block.slots]
            tries = values[block.every()].reshape(block.passes, -1)
            won[block.channel][block.slots] += (worth * tries).sum(axis=0)
        daily, total = self.caps
        voters = [cell.voters for cell in self.situation.cells]
        mean = sum(voters) / max(len(voters), 1)
        prices = Prices(
            {channel: np.maximum(-reduced[self.sums[channel]], 0) for channel in self.channels},
            money=max(-duals[self.money[0]], 0.0) if self.money else 0.0,
            reserve=max(-duals[self.money[1]], 0.0) if self.money else 0.0,
            total_cap=float(np.maximum(-duals[total], 0).sum() * mean) if total else 0.0,
            daily_cap=float(np.maximum(-duals[daily], 0).sum() * mean) if daily else 0.0,
        )
        made = {channel: np.maximum(values[self.sums[channel]], 0) for channel in self.channels}
        return Solution(made, won, -self.linear.cost(values), prices, solved.seconds)
