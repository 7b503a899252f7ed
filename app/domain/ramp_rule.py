"""What a ramp says: its shape, its figures, its curve, and what is wrong with one."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import inf

LONGEST = 1_000  # days
MOST = 100_000_000  # attempts in all
MOST_A_DAY = 10_000_000
MOST_RISE = 1_000
LONGEST_DOUBLING = 365  # days
STEEPNESS = 3  # of an S-curve: about three quarters of its rise lie in the middle third


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

    @property
    def by_peak(self) -> bool:
        """Whether the total follows from the peak; the hand draws days, and needs neither."""
        return self.peak is not None and self.shape is not Shape.DRAWN


def ramp_problems(rule: RampRule, first: date, last: date) -> dict[str, str]:
    """What is wrong with a ramp in a campaign from `first` to `last` (polling day), by field."""
    found = _wrong_figures(rule)
    days = (last - rule.starts_on).days + 1
    if rule.starts_on > last:
        found["starts_on"] = (
            "This ramp starts after polling day; start it on polling day at the latest."
        )
    elif days > LONGEST:
        found["starts_on"] = (
            f"This ramp runs for {days:,} days; start it {LONGEST:,} days before polling day or "
            "later."
        )
    elif not found:
        found |= _wrong_volume(rule, first, last)
    return found


def height(rule: RampRule, day: int, days: int) -> float:
    """The curve on a day, counted from 0, of `days`; 1 on the last, so that nothing overflows."""
    last = days - 1
    if rule.shape is Shape.EXPONENTIAL:
        return float(2 ** ((day - last) / rule.doubling_days))
    if last == 0:
        return 1.0
    if rule.shape is Shape.STEPS:
        levels = min(rule.steps, days)
        done = (day * levels // days) / (levels - 1) if levels > 1 else 1.0
    elif rule.shape is Shape.S_CURVE:
        done = _s_curve(day / last, rule.middle)
    else:
        done = day / last
    return 1 - (1 - 1 / rule.rise) * (1 - done)


def _s_curve(at: float, middle: float) -> float:
    """From 0 at 0 over exactly a half at `middle` to 1 at 1, slow at both ends."""
    if at in (0.0, 1.0):
        return at
    if middle in (0.0, 1.0):
        return 1.0 - middle
    odds = middle / (1 - middle) * (1 - at) / at
    return float(1 / (1 + odds**STEEPNESS))


def _wrong_figures(rule: RampRule) -> dict[str, str]:
    found = {}
    rises = rule.shape in (Shape.LINEAR, Shape.S_CURVE, Shape.STEPS)
    if rises and not 1 <= rule.rise <= MOST_RISE:
        found["rise"] = (
            f"A ramp must not fall: give a rise from 1 (level) to {MOST_RISE:,}, the last day over "
            "the first."
        )
    if rule.shape is Shape.EXPONENTIAL and not 0 < rule.doubling_days < inf:
        found["doubling_days"] = "Give the days in which the ramp doubles, more than 0."
    if rule.shape is Shape.S_CURVE and not 0 <= rule.middle <= 1:
        found["middle"] = (
            "Say at which part of its days half the rise is done, from 0 to 1; 0.6 is usual."
        )
    if rule.shape is Shape.STEPS and not 1 <= rule.steps < inf:
        found["steps"] = "A ramp in steps has at least one level; 3 is usual."
    if rule.daily_cap is not None and not 1 <= rule.daily_cap <= MOST_A_DAY:
        found["daily_cap"] = (
            f"Allow from 1 to {MOST_A_DAY:,} attempts a day, or leave this empty for no limit."
        )
    return found


def _wrong_volume(rule: RampRule, first: date, last: date) -> dict[str, str]:
    """What is wrong with the number of attempts; the figures of the shape are right."""
    if rule.shape is Shape.DRAWN:
        return _wrong_drawing(rule, first, last)
    if rule.peak is None:
        if rule.total < 1:
            return {"total": "Plan at least one attempt, or leave the channel out."}
        if not rule.total <= MOST:
            return {"total": f"A ramp has at most {MOST:,} attempts; plan fewer."}
        return {}
    if rule.peak < 1:
        return {"peak": "Plan at least one attempt for the last day, or leave the channel out."}
    days = (last - rule.starts_on).days + 1
    open_days = (last - max(first, rule.starts_on)).days + 1
    total = rule.peak * sum(height(rule, day, days) for day in range(days - open_days, days))
    if not (rule.peak <= MOST_A_DAY and total <= MOST):
        return {"peak": f"With this peak the ramp has over {MOST:,} attempts; lower the peak."}
    if rule.daily_cap is not None and rule.daily_cap < rule.peak:
        return {
            "daily_cap": f"The limit of {rule.daily_cap:,} a day is below the peak of "
            f"{rule.peak:,}: raise the limit or lower the peak."
        }
    return {}


def _wrong_drawing(rule: RampRule, first: date, last: date) -> dict[str, str]:
    numbers = drawn_within(rule, first, last)
    if any(not 0 <= volume <= MOST_A_DAY for _, volume in rule.drawn):
        return {"drawn": f"Draw from 0 to {MOST_A_DAY:,} attempts for each day."}
    if not numbers:
        return {
            "drawn": "No day of the campaign has a number: draw at least one between "
            f"{day_words(max(first, rule.starts_on))} and {day_words(last)}."
        }
    if not sum(volume for _, volume in numbers):
        return {"drawn": "All days are 0: draw at least one attempt, or leave the channel out."}
    if sum(volume for _, volume in numbers) > MOST:
        return {"drawn": f"A ramp has at most {MOST:,} attempts; draw fewer."}
    return {}


def drawn_within(rule: RampRule, first: date, last: date) -> list[tuple[date, int]]:
    """The days of a drawn ramp that lie in the campaign and in the ramp."""
    begin = max(rule.starts_on, first)
    return [(day, volume) for day, volume in dict(rule.drawn).items() if begin <= day <= last]


def day_words(day: date) -> str:
    """Tue, Nov 3."""
    return f"{day:%a, %b} {day.day}"
