"""Shifts: how many callers the ramp needs in each block of hours, and how many are booked."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.grid import HOUR, Grid
from app.domain.report import ShiftNeed
from app.domain.situation import Situation
from app.domain.value import Model
from app.domain.want import Wishes

BLOCKS = (9, 12, 15, 18)
"""Where blocks of calling begin, on the campaign's clock, three hours each (FIELD: a shift is 3
hours by custom); earlier and later hours go with the nearest."""


def needed(attempts: float, hours: float, model: Model) -> int:
    """Volunteers to book so that enough come: shifts = attempts ÷ dials an hour ÷ hours of the
    shift ÷ show rate (Wellstone)."""
    if not attempts or not hours:
        return 0
    return ceil(attempts / model.dials_per_hour / hours / model.show_rate - 1e-9)


def carried(callers: float, model: Model) -> float:
    """Dials an hour of so many booked callers."""
    return callers * model.show_rate * model.dials_per_hour


def booked_by_hour(
    shifts: Iterable[tuple[datetime, datetime, int]],
    now: datetime,
    weights: Mapping[int, float] | None = None,
) -> Mapping[datetime, float]:
    """Volunteers booked in each hour (UTC, its start) from now on; part of an hour counts so.

    `shifts` has begin, end and account; `weights` says how many a volunteer counts for, 1 if none
    is given: the pace of a caller that is known against the usual one.
    """
    found: dict[datetime, float] = {}
    for begins, ends, volunteer in shifts:
        hour = max(begins, now).replace(minute=0, second=0, microsecond=0)
        while hour < ends:
            overlap = min(ends, hour + HOUR) - max(begins, hour)
            if overlap.total_seconds() > 0:
                counts = (weights or {}).get(volunteer, 1.0)
                found[hour] = found.get(hour, 0.0) + counts * (overlap / HOUR)
            hour += HOUR
    return found


def block_of(hour: int) -> int:
    """The hour at which the block of an hour begins."""
    return max((begin for begin in BLOCKS if begin <= hour), default=BLOCKS[0])


def shift_needs(situation: Situation, grid: Grid, wishes: Wishes) -> tuple[ShiftNeed, ...]:
    """Callers needed and booked for each block in which the ramp wants calls."""
    if Channel.CALL not in situation.ramps:
        return ()
    zone = ZoneInfo(situation.schedule.zone)
    blocks: dict[tuple[date, int], list[int]] = {}
    for index, at in enumerate(grid.hours):
        if wishes.by_hour[Channel.CALL][index]:
            local = at.astimezone(zone)
            blocks.setdefault((local.date(), block_of(local.hour)), []).append(index)
    return tuple(_need(situation, grid, wishes, hours) for _, hours in sorted(blocks.items()))


def _need(situation: Situation, grid: Grid, wishes: Wishes, hours: list[int]) -> ShiftNeed:
    wanted = sum(wishes.by_hour[Channel.CALL][index] for index in hours)
    people = needed(wanted, len(hours), situation.model)
    # Who is too many in one hour does not stand in for nobody in the next.
    booked = [min(situation.booked.get(grid.hours[index], 0.0), people) for index in hours]
    begins, ends = grid.hours[hours[0]], grid.hours[hours[-1]] + HOUR
    return ShiftNeed(begins, ends, Channel.CALL, people, int(sum(booked) / len(booked) + 1e-9))
