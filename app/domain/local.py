"""Local days: the instants of a day on a clock, and of a span of hours within it."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.interval import Interval, joined

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Window = tuple[time, time]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def instant(day: date, at: time, zone: str, fold: int = 0) -> datetime:
    """The UTC instant of a local time; of one that comes twice the first, or with `fold` 1 the
    second."""
    return datetime.combine(day, at.replace(fold=fold), ZoneInfo(zone)).astimezone(UTC)


def day_at(at: datetime, zone: str) -> date:
    """The day that a clock shows at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=16384)
def _bounds(day: date, zone: str) -> tuple[datetime, datetime, timedelta, timedelta]:
    """A day's two midnights in UTC, and the clock's offset from UTC at each."""
    clock = ZoneInfo(zone)
    begin, end = (datetime.combine(each, time.min, clock) for each in (day, day + DAY))
    first, last = begin.utcoffset(), end.utcoffset()
    assert first is not None  # ZoneInfo always knows
    assert last is not None
    return begin.astimezone(UTC), end.astimezone(UTC), first, last


def hours_of(day: date, window: Window, zone: str) -> list[Interval]:
    """The UTC intervals of a day in which the clock shows a time within [opens, closes).

    One interval, but two when the clocks change within it: an hour that comes twice is in it twice,
    and one that is left out is not.
    """
    begin, end, first, last = _bounds(day, zone)
    if first == last:
        midnight = begin
        return [(midnight + since_midnight(window[0]), midnight + since_midnight(window[1]))]
    change = _change(begin, end, first, ZoneInfo(zone))
    zero = datetime.combine(day, time.min, UTC)
    parts = [(begin, change, zero - first), (change, end, zero - last)]
    return joined(
        (
            max(start, midnight + since_midnight(window[0])),
            min(stop, midnight + since_midnight(window[1])),
        )
        for start, stop, midnight in parts
    )


def since_midnight(at: time) -> timedelta:
    """How long after midnight the clock shows this time on a day without a change."""
    return timedelta(
        hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
    )


def _change(begin: datetime, end: datetime, before: timedelta, clock: ZoneInfo) -> datetime:
    """The instant within a day at which its clock leaves the offset `before`, to the second."""
    if begin.astimezone(clock).utcoffset() != before:
        return begin  # midnight itself is left out
    while end - begin > SECOND:
        middle = begin + timedelta(seconds=(end - begin) // SECOND // 2)
        if middle.astimezone(clock).utcoffset() == before:
            begin = middle
        else:
            end = middle
    return end
