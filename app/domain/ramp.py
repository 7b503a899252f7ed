"""Ramps: how the attempts a day rise toward polling day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import inf


class Shape(StrEnum):
    """The curve of a ramp; stored by value."""

    LINEAR = "linear"  # equal steps from the first day to the last
    EXPONENTIAL = "exponential"  # doubles in a stated number of days
    S_CURVE = "s_curve"  # slow, then fast, then level
    STEPS = "steps"  # level stretches, each higher than the one before
    DRAWN = "drawn"  # numbers of the organizer's own hand, a day each


@dataclass(frozen=True)
class RampRule:
    """A channel's ramp: shape, first day, total over all days (or peak), and a limit a day."""

    shape: Shape
    starts_on: date
    total: int
    rise: float = 4.0  # linear, s_curve, steps: last day over first day
    doubling_days: float = 3.0  # exponential
    daily_cap: int | None = None
    peak: int | None = None  # attempts on the last day; the total then follows from the shape
    middle: float = 0.6  # s_curve: the part of the ramp's days at which half the rise is done
    steps: int = 3  # steps: how many levels
    drawn: tuple[tuple[date, int], ...] = ()  # drawn: attempts of each day, sorted


def weights(shape: Shape, days: int, *, rise: float, doubling_days: float) -> list[float]:
    """The volume of each of `days` days relative to the last, so that no figure overflows.

    `rise` is the last day over the first (linear); `doubling_days` is how many days it takes to
    double (exponential). Raises ValueError when a figure would make the ramp fall.
    """
    if days < 1:
        raise ValueError("a ramp needs at least one day; let it start before polling day")
    last = days - 1
    if shape is Shape.LINEAR:
        if not 1 <= rise < inf:
            raise ValueError("a linear ramp must not fall: give a rise of 1 or more")
        return [1 - (1 - 1 / rise) * (last - day) / max(last, 1) for day in range(days)]
    if not doubling_days > 0:
        raise ValueError("give the days in which an exponential ramp doubles, more than 0")
    return [2 ** ((day - last) / doubling_days) for day in range(days)]


def apportion(total: int, shares: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to `shares` that add up to `total` exactly.

    Rounds the running sum, so that equal or rising shares stay level or rise but for one unit,
    and every prefix is within one of its exact share.
    """
    if total < 0 or any(share < 0 for share in shares):
        raise ValueError("a volume cannot be negative")
    whole = sum(shares)
    if whole == 0:
        if total:
            raise ValueError("there is no hour to put the volume in")
        return [0] * len(shares)
    given, parts, reached = 0, [], 0.0
    for share in shares[:-1]:
        reached += share
        upto = min(round(total * reached / whole), total)
        parts.append(max(upto - given, 0))
        given = max(given, upto)
    return [*parts, total - given]


def daily(
    shape: Shape,
    days: int,
    total: int,
    *,
    rise: float = 4.0,
    doubling_days: float = 3.0,
    daily_cap: int | None = None,
) -> list[int]:
    """Attempts for each of `days` whole days: never falling, and adding up to `total` unless the
    cap leaves no room."""
    volumes = sorted(apportion(total, weights(shape, days, rise=rise, doubling_days=doubling_days)))
    return volumes if daily_cap is None else under_cap(volumes, daily_cap)


def under_cap(volumes: Sequence[int], cap: int, usable: Sequence[bool] | None = None) -> list[int]:
    """The volumes under a cap; what it cuts goes to the latest days with room, rest is dropped.

    A day that is not `usable` takes nothing.
    """
    excess = sum(max(volume - cap, 0) for volume in volumes)
    kept = [min(volume, cap) for volume in volumes]
    for day in reversed(range(len(kept))):
        if usable is None or usable[day]:
            moved = min(excess, cap - kept[day])
            kept[day] += moved
            excess -= moved
    return kept
