"""Ramps: how the attempts a day rise toward polling day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain.apportion import apportion, nearest, under_cap, whole_numbers
from app.domain.ramp_rule import RampRule, Shape, day_words, drawn_within, height, ramp_problems

__all__ = [
    "Fall",
    "RampRule",
    "Shape",
    "apportion",
    "drawn_until",
    "falls",
    "ramp_problems",
    "total_of",
    "under_cap",
    "volumes",
    "warnings",
    "with_total",
]

FINAL_DAYS = 7


@dataclass(frozen=True)
class Fall:
    """A day of the final week with fewer attempts than the last whole day before it."""

    day: date
    volume: int
    before: date
    volume_before: int
    forced: bool  # by hours: the day is closed, or open for a part only


def volumes(rule: RampRule, days: Sequence[date], usable: Sequence[float]) -> list[int]:
    """Whole attempts for each of `days`, on the campaign's clock; 0 before the ramp starts.

    `usable` is the open share of each day: 0 closed, 1 whole. The shape runs from the ramp's
    first day (be it before the campaign: then its beginning is cut) to the last open day. By
    total, a closed day gives its volume to the others; by peak, the other days stay and the total
    follows. The sum is `total_of`, unless the daily cap leaves no room; whole days never fall but
    where they are drawn so, and each is within one of its exact share.
    Raises ValueError with what to change.
    """
    shares = _shares(rule, days, usable)
    if not any(shares):
        return [0] * len(days)
    if rule.by_peak:
        found = [nearest((rule.peak or 0) * share) for share in shares]
    else:
        found = whole_numbers(total_of(rule, days, usable), shares)
    if rule.daily_cap is None:
        return found
    drawn = rule.shape is Shape.DRAWN
    room = [
        share > 0 if drawn else part > 0 and day >= rule.starts_on
        for day, part, share in zip(days, usable, shares, strict=True)
    ]
    return under_cap(found, rule.daily_cap, room)


def total_of(rule: RampRule, days: Sequence[date], usable: Sequence[float]) -> int:
    """Attempts that the ramp wants in all, before any limit a day.

    Without an open day a ramp by peak counts as if all were open: so much is missing.
    Raises ValueError with what to change.
    """
    if rule.by_peak:
        shares = _shares(rule, days, usable)
        if not any(shares):
            shares = _shares(rule, days, [1.0] * len(days))
        return sum(nearest((rule.peak or 0) * share) for share in shares)
    _check(rule, days)
    if rule.shape is Shape.DRAWN:
        return sum(volume for _, volume in drawn_within(rule, days[0], days[-1]))
    return rule.total


def with_total(rule: RampRule, first: date, last: date) -> RampRule:
    """The ramp with the total that follows from it, as if every day from `first` to `last` were
    open; raises ValueError."""
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    return replace(rule, total=total_of(rule, days, [1.0] * len(days)))


def falls(
    days: Sequence[date], volumes: Sequence[int], usable: Sequence[float], last: int = FINAL_DAYS
) -> list[Fall]:
    """The days among the `last` ones that have less than the last whole day before them."""
    found, before = [], None
    for at, (day, volume, part) in enumerate(zip(days, volumes, usable, strict=True)):
        if before is not None and at >= len(days) - last and volume < before[1]:
            found.append(Fall(day, volume, *before, forced=part < 1))
        if part == 1:
            before = (day, volume)
    return found


def warnings(rule: RampRule, days: Sequence[date], usable: Sequence[float]) -> list[str]:
    """What an organizer should know of a ramp that is accepted all the same, in sentences."""
    said = []
    if rule.starts_on < days[0]:
        said.append(
            f"The ramp starts on {day_words(rule.starts_on)}, before the campaign: what lies "
            f"before {day_words(days[0])} is cut off."
        )
    said += [
        f"{day_words(fall.day)} has {fall.volume:,}, fewer than the {fall.volume_before:,} of "
        f"{day_words(fall.before)}: outreach should not fall in the final week. Raise it, or "
        "leave it if you mean it."
        for fall in falls(days, volumes(rule, days, usable), usable)
        if not fall.forced
    ]
    return said


def drawn_until(last: date, numbers: Sequence[int]) -> tuple[tuple[date, int], ...]:
    """Numbers a day as a drawn ramp has them, the last of them for `last`."""
    first = last - timedelta(days=len(numbers) - 1)
    return tuple((first + timedelta(days=at), number) for at, number in enumerate(numbers))


def _check(rule: RampRule, days: Sequence[date]) -> None:
    if not days:
        raise ValueError("a ramp needs at least one day; let it start before polling day")
    for name, words in ramp_problems(rule, days[0], days[-1]).items():
        raise ValueError(f"{name}: {words}")


def _shares(rule: RampRule, days: Sequence[date], usable: Sequence[float]) -> list[float]:
    """How the volume is to be shared out; of a curve, the last open day if whole has 1."""
    _check(rule, days)
    if len(usable) != len(days) or not all(0 <= part <= 1 for part in usable):
        raise ValueError("say for each day which part of it is open, from 0 to 1")
    begun = [part if day >= rule.starts_on else 0.0 for day, part in zip(days, usable, strict=True)]
    if rule.shape is Shape.DRAWN:
        numbers = dict(rule.drawn)
        shares = [
            numbers.get(day, 0) if part else 0.0 for day, part in zip(days, begun, strict=True)
        ]
        # All that is drawn lies on closed days: the open ones share it evenly.
        return shares if any(shares) else begun
    last = max((day for day, part in zip(days, begun, strict=True) if part), default=days[-1])
    length = (last - rule.starts_on).days + 1
    return [
        part * height(rule, (day - rule.starts_on).days, length) if part else 0.0
        for day, part in zip(days, begun, strict=True)
    ]
