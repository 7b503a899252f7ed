"""Whole attempts by the hour from the program's fractions, within supply and money."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from app.domain.capacity import by_slot, channel_open, hour_supply
from app.domain.channel import Channel
from app.domain.grid import Grid, Slot
from app.domain.linear import Numbers
from app.domain.program import Solution
from app.domain.situation import Situation
from app.domain.want import hour_shares

NEAR = 0.02
"""The solver is exact to far less than this; nearer to a whole number is that number."""

Hours = Mapping[Channel, Mapping[datetime, int]]


def whole_hours(situation: Situation, grid: Grid, solution: Solution) -> Hours:
    """Attempts for each channel and hour; hours without any are left out.

    The sum of a channel is the program's, rounded; never above what an hour carries, nor above
    the money, nor above the money before the final week.
    """
    money, before = situation.money, min(situation.money_before, situation.money)
    found: dict[Channel, dict[datetime, int]] = {}
    for channel in situation.channels():
        price = situation.price.get(channel, Decimal(0))
        counts = _channel(situation, grid, channel, solution, (money, before))
        early, late = _split(grid, counts)
        money -= price * (early + late)
        before -= price * early
        found[channel] = {
            hour: count for hour, count in zip(grid.hours, counts, strict=True) if count
        }
    return found


def _split(grid: Grid, counts: Sequence[int]) -> tuple[int, int]:
    """How many lie before the final week, and in it."""
    late = sum(count for count, late in zip(counts, grid.reserve, strict=True) if late)
    return sum(counts) - late, late


def _channel(
    situation: Situation,
    grid: Grid,
    channel: Channel,
    solution: Solution,
    money: tuple[Decimal, Decimal],
) -> list[int]:
    wanted = solution.attempts[channel]
    near = np.round(wanted)
    wanted = np.where(np.abs(wanted - near) < NEAR, near, wanted)
    most = hour_supply(situation, grid, channel)
    slots = _slots(situation, grid, channel, wanted, by_slot(grid, most), money)
    shares = hour_shares(situation, grid, channel)
    open_ = channel_open(situation, grid, channel)
    counts = [0] * len(grid.hours)
    for slot, volume in zip(grid.slots, slots, strict=True):
        each = _in_slot(slot, volume, most, shares, open_, bool(grid.final[list(slot.hours)].any()))
        for hour, count in zip(slot.hours, each, strict=True):
            counts[hour] = count
    return counts


def _slots(
    situation: Situation,
    grid: Grid,
    channel: Channel,
    wanted: Numbers,
    most: Numbers,
    money: tuple[Decimal, Decimal],
) -> list[int]:
    """Whole attempts for each slot: first how many before and in the final week, then by day."""
    final = np.array([slot.reserve for slot in grid.slots])
    price = situation.price.get(channel, Decimal(0))
    total = _affordable(round(float(wanted.sum())), price, money[0])
    early = _affordable(round(float(wanted[~final].sum())), price, min(money))
    counts = np.zeros(len(grid.slots), dtype=np.int64)
    for part, volume in ((~final, min(early, total)), (final, total - min(early, total))):
        inside = np.flatnonzero(part)
        if len(inside):
            counts[inside] = _by_day(grid, inside, wanted, most, volume)
    return [int(count) for count in counts]


def _affordable(count: int, price: Decimal, money: Decimal) -> int:
    if not price:
        return count
    return min(count, int((max(money, Decimal(0)) / price).to_integral_value(ROUND_FLOOR)))


def _by_day(
    grid: Grid, inside: NDArray[np.int64], wanted: Numbers, most: Numbers, volume: int
) -> list[int]:
    """Days first, so that equal or rising days stay so; then the slots of each day."""
    days = sorted({grid.slots[slot].day for slot in inside})
    members = [[slot for slot in inside if grid.slots[slot].day == day] for day in days]
    by_day = round_within(
        [float(wanted[slots].sum()) for slots in members],
        [int(most[slots].sum()) for slots in members],
        volume,
    )
    counts: dict[int, int] = {}
    for slots, total in zip(members, by_day, strict=True):
        each = round_within(
            [float(wanted[slot]) for slot in slots], [int(most[slot]) for slot in slots], total
        )
        counts |= dict(zip(slots, each, strict=True))
    return [counts[slot] for slot in inside]


def _in_slot(
    slot: Slot,
    volume: int,
    most: Numbers,
    shares: Numbers,
    open_: Numbers,
    final: bool,
) -> list[int]:
    """The slot's volume over its hours: at least one in each open hour of the final week, the
    rest by open hours and answers, none above what the hour carries."""
    hours = list(slot.hours)
    caps = [int(cap) for cap in most[hours]]
    least = [
        1 if final and share > 0 and cap else 0
        for share, cap in zip(open_[hours], caps, strict=True)
    ]
    if sum(least) > volume:
        least = [0] * len(hours)
    rest = volume - sum(least)
    room = [cap - one for cap, one in zip(caps, least, strict=True)]
    each = round_within(_filled(rest, shares[hours], np.array(room, dtype=float)), room, rest)
    return [one + more for one, more in zip(least, each, strict=True)]


def _filled(volume: int, shares: Numbers, room: Numbers) -> list[float]:
    """The volume in proportion to the shares; what an hour has no room for goes to the others."""
    given = np.zeros(len(shares))
    free = (shares > 0) & (room > 0)
    left = float(volume)
    while left > 1e-9 and free.any():
        part = np.where(free, shares, 0) / shares[free].sum() * left
        given = np.minimum(given + part, room)
        left = volume - float(given.sum())
        free &= given < room - 1e-9
    return [float(one) for one in given]


def round_within(values: Sequence[float], most: Sequence[int], total: int) -> list[int]:
    """Whole numbers near the values, none above its `most`, that add up to `total` if there is
    room.

    The largest remainders are rounded up, of equal ones the later: values that never fall stay so.
    """
    counts = [min(int(value + 1e-6), cap) for value, cap in zip(values, most, strict=True)]
    missing = total - sum(counts)
    order = sorted(
        range(len(values)), key=lambda at: (values[at] - counts[at], at), reverse=missing > 0
    )
    while missing:
        before = missing
        for at in order:
            if missing > 0 and counts[at] < most[at]:
                counts[at] += 1
                missing -= 1
            elif missing < 0 and counts[at] > 0:
                counts[at] -= 1
                missing += 1
        if missing == before:
            break
    return counts
