"""The plan without the solver: day by day, the best attempts first, under the same hard limits.

It stands in when the program finds no optimum in time. What it plans is not the best, but it keeps
hours, caps, supply, money and its reserve, the floors of the final week, and the ramp day by day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.domain.capacity import (
    blast_shares,
    blasts_in,
    by_slot,
    channel_open,
    had_today,
    hour_supply,
    part_shares,
)
from app.domain.capacity import stocks as stocks_of
from app.domain.channel import Channel
from app.domain.grid import Grid
from app.domain.linear import Numbers
from app.domain.program import Solution
from app.domain.rest import FINAL_DAYS
from app.domain.situation import Situation
from app.domain.value import passes
from app.domain.want import Wishes
from app.domain.worth import Worth


@dataclass
class _People:
    """One cell on one channel: how many may be tried in each pass, and who comes back when."""

    cell: int
    channel: Channel
    stock: list[float]
    worth: Numbers  # passes × slots
    open: Numbers  # for each slot
    back: dict[int, list[float]] = field(default_factory=dict)  # day → for each pass


class _Day:
    """What is left of each limit as the days go by."""

    def __init__(self, situation: Situation, grid: Grid, wishes: Wishes) -> None:
        self.situation, self.grid, self.wishes = situation, grid, wishes
        self.channels = situation.channels()
        slots = len(grid.slots)
        self.made = {channel: np.zeros(slots) for channel in self.channels}
        self.won = {channel: np.zeros(slots) for channel in self.channels}
        self.supply = {c: by_slot(grid, hour_supply(situation, grid, c)) for c in self.channels}
        self.open = {c: by_slot(grid, channel_open(situation, grid, c)) for c in self.channels}
        self.shares = {c: part_shares(situation, grid, c) for c in self.channels}
        self.price = {c: float(situation.price.get(c, 0)) for c in self.channels}
        self.money = max(float(situation.money), 0.0)
        self.today = float("inf")  # of the money, beyond the least
        self.before = max(min(float(situation.money_before), self.money), 0.0)
        self.blasted = blast_shares(situation, grid)
        self.total = [
            max(cell.voters * situation.total_cap - cell.attempts - float(sent.sum()), 0.0)
            for cell, sent in zip(situation.cells, self.blasted, strict=True)
        ]
        self.by_day = self.blasted + had_today(situation, grid)
        self.daily: list[float] = []
        self.carried = dict.fromkeys(self.channels, 0.0)
        self.people = self._people()

    def _people(self) -> list[_People]:
        worth = Worth(self.situation, self.grid)
        return [
            _People(
                number,
                channel,
                [float(one) for one in stocks_of(cell.tried[channel], passes(channel))],
                worth(cell, channel),
                self.grid.slot_open(self.grid.group_of[cell.place], channel),
            )
            for number, cell in enumerate(self.situation.cells)
            for channel in self.channels
            if channel in cell.reach and any(cell.tried.get(channel, ()))
        ]

    def live(self, day: int) -> None:
        """One day: something in every open hour of the final week, the ramp, then enough in all."""
        self.daily = [
            max(cell.voters * self.situation.daily_cap - float(sent[day]), 0.0)
            for cell, sent in zip(self.situation.cells, self.by_day, strict=True)
        ]
        for people in self.people:
            came = people.back.pop(day, [0.0] * len(people.stock))
            people.stock = [one + more for one, more in zip(people.stock, came, strict=True)]
        slots = [number for number, slot in enumerate(self.grid.slots) if slot.day == day]
        final = [slot for slot in slots if self._final(slot)]
        self.today = float("inf")
        for slot in final:
            for channel in self.channels:
                self._try(channel, slot, day, self._least(channel, slot))
        self.today = self._for_today(day)
        for channel in self.channels:
            self._follow(channel, slots, day)
        for slot in final:
            self._enough(slot, day)
        for channel in self.channels:
            made = sum(float(self.made[channel][slot]) for slot in slots)
            self.carried[channel] += self.wishes.by_day[channel][day] - made

    def _final(self, slot: int) -> bool:
        return bool(self.grid.final[list(self.grid.slots[slot].hours)].any())

    def _least(self, channel: Channel, slot: int) -> float:
        """One attempt in each hour that is open."""
        return float(np.ceil(self.open[channel][slot] - 1e-9))

    def _enough(self, slot: int, day: int) -> None:
        """As many attempts an hour as the floor asks, on whichever channel can."""
        open_ = max(self.open[channel][slot] for channel in self.channels)
        least = self.situation.model.floor_per_hour * open_
        least -= blasts_in(self.situation, self.grid, slot)
        for channel in self.channels:
            missing = least - sum(self.made[one][slot] for one in self.channels)
            if missing > 0:
                self._try(channel, slot, day, missing)

    def _follow(self, channel: Channel, slots: list[int], day: int) -> None:
        wish = self.wishes.by_day[channel]
        left = sum(wish[day:])  # what earlier days could not hold is spread over all that are left
        wanted = wish[day] * (1 + self.carried[channel] / left) if left else 0.0
        whole = sum(self.shares[channel][slot] for slot in slots)
        for slot in slots:
            if whole:
                mine = wanted * self.shares[channel][slot] / whole
                self._try(channel, slot, day, mine - self.made[channel][slot])
        for slot in slots:  # what one part of the day cannot hold goes to another
            made = sum(float(self.made[channel][one]) for one in slots)
            self._try(channel, slot, day, wanted - made)

    def _for_today(self, day: int) -> float:
        """The day's part of the money when there is too little, so that some is left for every
        hour until the last."""
        costs = [
            sum(self.wishes.by_day[c][one] * self.price[c] for c in self.channels)
            for one in range(day, len(self.grid.days))
        ]
        if self.money >= sum(costs):
            return float("inf")
        free = max(self.money - self._floors_after(day), 0.0)
        part = free * costs[0] / sum(costs)
        if self.grid.slots[self._last(day)].reserve:
            return part
        return min(part, max(self.before - self._floors_after(day, locked=True), 0.0))

    def _last(self, day: int) -> int:
        return max(number for number, slot in enumerate(self.grid.slots) if slot.day == day)

    def _floors_after(self, day: int, *, locked: bool = False) -> float:
        """What the open hours of the final week after this day cost at the least; with `locked`
        only those in which the reserve is not open yet."""
        return sum(
            self._least(channel, number) * self.price[channel]
            for channel in self.channels
            for number, slot in enumerate(self.grid.slots)
            if slot.day > day and self._final(number) and not (locked and slot.reserve)
        )

    def _try(self, channel: Channel, slot: int, day: int, wanted: float) -> None:
        """Up to `wanted` attempts in a slot, the most valuable people first."""
        wanted = min(wanted, self.supply[channel][slot] - self.made[channel][slot])
        wanted = min(wanted, self._left_today(channel, day))
        if self.price[channel]:
            money = self.money if self.grid.slots[slot].reserve else min(self.before, self.money)
            wanted = min(wanted, min(money, self.today) / self.price[channel])
        best = sorted(
            (
                (-people.worth[pass_, slot], number, pass_)
                for number, people in enumerate(self.people)
                if people.channel is channel and people.open[slot] > 0
                for pass_ in range(len(people.stock))
                if people.stock[pass_] > 0
            ),
        )
        for worth, number, pass_ in best:
            if wanted <= 1e-9:
                return
            wanted -= self._take(self.people[number], pass_, slot, day, wanted, -worth)

    def _left_today(self, channel: Channel, day: int) -> float:
        """What the limit a day leaves."""
        limit = self.situation.limit_on(channel, self.grid.days[day])
        if limit is None:
            return float("inf")
        made = sum(
            float(self.made[channel][number])
            for number, slot in enumerate(self.grid.slots)
            if slot.day == day
        )
        return float(limit) - made

    def _take(
        self, people: _People, pass_: int, slot: int, day: int, wanted: float, worth: float
    ) -> float:
        cell, channel = people.cell, people.channel
        taken = min(wanted, people.stock[pass_], self.daily[cell], self.total[cell])
        if taken <= 0:
            return 0.0
        people.stock[pass_] -= taken
        self.daily[cell] -= taken
        self.total[cell] -= taken
        spent = taken * self.price[channel]
        self.money -= spent
        self.today -= spent
        if not self.grid.slots[slot].reserve:
            self.before -= spent
        self.made[channel][slot] += taken
        self.won[channel][slot] += taken * worth
        self._come_back(people, pass_, day, taken)
        return taken

    def _come_back(self, people: _People, pass_: int, day: int, taken: float) -> None:
        model = self.situation.model
        final = bool(self.grid.final[self.grid.day_of == day].any())
        usual = max(model.spacing_days[people.channel], 1)
        on = day + (min(usual, FINAL_DAYS) if final else usual)
        landing = people.back.setdefault(on, [0.0] * len(people.stock))
        landing[min(pass_ + 1, len(people.stock) - 1)] += (
            taken * model.returning[people.channel][pass_]
        )


def greedy(situation: Situation, grid: Grid, wishes: Wishes) -> Solution:
    """A plan found day by day; the same situation gives the same plan."""
    days = _Day(situation, grid, wishes)
    for day in range(len(grid.days)):
        days.live(day)
    return Solution(days.made, days.won, worth=_worth(days.won))


def _worth(won: Mapping[Channel, Numbers]) -> float:
    return float(sum(votes.sum() for votes in won.values()))
