"""When a channel is open for a voter's place: the one answer to "may we?" and "how long still?"."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.calling import legal_window as legal_window
from app.domain.calling import state_daily_cap as state_daily_cap
from app.domain.channel import Channel
from app.domain.interval import Interval as Interval
from app.domain.interval import intersect as intersect
from app.domain.interval import subtract as subtract
from app.domain.local import DAY, WEEKDAYS, Window, hours_of
from app.domain.place import Place as Place
from app.domain.report import Cover
from app.domain.schedule import Schedule as Schedule
from app.domain.schedule import silence

Week = tuple[Window | None, ...]
"""The open hours of each weekday, from Monday; None: closed all day."""

UNKNOWN_US: Window = (time(12), time(21))
"""Open hours on Eastern time from coast to coast, for a US voter whose zone nobody knows."""

SPAN = 32 * DAY
"""Answers are worked out and kept for so long at a time."""
LONGEST = timedelta(hours=26)
"""No day is longer on any clock, and no open interval longer than a day."""
ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)


def open_intervals(
    schedule: Schedule, place: Place, channel: Channel, begin: datetime, end: datetime
) -> list[Interval]:
    """The UTC intervals within [begin, end) in which `channel` is open for `place`.

    Calling hours of the jurisdiction on local time, for several possible zones their
    intersection, narrowed by the campaign's own hours, from the campaign's start to the close of
    that voter's polls, less election silence and blackouts. Exact over daylight-saving changes.
    """
    begin = max(begin, schedule.starts_at).astimezone(UTC)
    end = min(end, schedule.polls_close_at(place)).astimezone(UTC)
    return [
        (max(begin, first), min(end, last))
        for first, last in _around(schedule, place, channel, begin, end)
        if first < end and begin < last
    ]


def open_until(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> datetime | None:
    """Until when the channel is open for the place, if it is open now; None if it is closed."""
    now = now.astimezone(UTC)
    for begin, end in _around(schedule, place, channel, now, now):
        if begin <= now < end:
            return end
    return None


def opens_next(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> datetime | None:
    """The next instant from `now` on at which the channel is open; None if never again."""
    first = max(now, schedule.starts_at).astimezone(UTC)
    last = schedule.polls_close_at(place)
    for begin, end in _around(schedule, place, channel, first, last):
        if now < end:
            return max(begin, now)
    return None


def why_closed(schedule: Schedule, place: Place, channel: Channel, at: datetime) -> Cover | None:
    """Why the channel is closed for the place at an instant, law first; None if it is open."""
    if at < schedule.starts_at:
        return Cover.NOT_BEGUN
    if at >= schedule.polls_close_at(place):
        return Cover.CLOSED
    if not _shows(_lawful_week(schedule, place, channel), schedule.zones_of(place), at):
        return Cover.CLOSED
    still = silence(schedule, place, channel)
    if still is not None and still[0] <= at < still[1]:
        return Cover.SILENCE
    if any(begin <= at < end for begin, end in schedule.dark(channel)):
        return Cover.BLACKOUT
    if not _shows(_week(schedule, place, channel), schedule.zones_of(place), at):
        return Cover.OWN_HOURS
    return None


def _shows(week: Week, zones: tuple[str, ...], at: datetime) -> bool:
    """Whether each of these clocks shows a time within the hours of its weekday."""
    for zone in zones:
        local = at.astimezone(ZoneInfo(zone))
        window = week[local.weekday()]
        if window is None or not window[0] <= local.time() < window[1]:
            return False
    return True


@lru_cache(maxsize=4096)
def _lawful_week(schedule: Schedule, place: Place, channel: Channel) -> Week:
    """The hours that law and custom leave open at a place."""
    careful = (UNKNOWN_US,) if schedule.nowhere(place) else ()
    return tuple(
        _narrowed(
            legal_window(place.state, channel, day, schedule.country, schedule.calling_hours),
            careful,
        )
        for day in range(len(WEEKDAYS))
    )


@lru_cache(maxsize=4096)
def _week(schedule: Schedule, place: Place, channel: Channel) -> Week:
    """The hours that law, custom and the campaign itself leave open at a place."""
    own = [one for one in schedule.own_hours if channel in one.channels]
    return tuple(
        _narrowed(window, [(one.opens, one.closes) for one in own if day in one.weekdays])
        for day, window in enumerate(_lawful_week(schedule, place, channel))
    )


def _narrowed(window: Window | None, by: tuple[Window, ...] | list[Window]) -> Window | None:
    for other in by:
        if window is not None:
            window = max(window[0], other[0]), min(window[1], other[1])
    return window if window is not None and window[0] < window[1] else None


def _around(
    schedule: Schedule, place: Place, channel: Channel, begin: datetime, end: datetime
) -> Iterator[Interval]:
    """All open intervals that touch [begin, end], and some before and after it."""
    for number in range((begin - LONGEST - ORIGIN) // SPAN, (end - ORIGIN) // SPAN + 1):
        yield from _span(schedule, place, channel, number)


@lru_cache(maxsize=8192)
def _span(schedule: Schedule, place: Place, channel: Channel, number: int) -> tuple[Interval, ...]:
    """The open intervals that begin within the span of this number, each with its true end."""
    begin, end = ORIGIN + number * SPAN, ORIGIN + (number + 1) * SPAN
    first = max(begin - LONGEST, schedule.starts_at.astimezone(UTC))
    last = min(end + LONGEST, schedule.polls_close_at(place))
    found: list[Interval] = [(first, last)] if first < last else []
    week = _week(schedule, place, channel)
    for zone in schedule.zones_of(place) if found else ():
        found = intersect(found, _zone_hours(week, zone, first, last))
    still = silence(schedule, place, channel)
    for hole in (*schedule.dark(channel), *((still,) if still else ())):
        found = subtract(found, hole)
    return tuple(one for one in found if begin <= one[0] < end)


def _zone_hours(week: Week, zone: str, begin: datetime, end: datetime) -> list[Interval]:
    """The hours of the week on a clock, on all its days from `begin` to `end`."""
    day, last = (at.astimezone(ZoneInfo(zone)).date() for at in (begin, end))
    found = []
    while day <= last:
        window = week[day.weekday()]
        if window is not None:
            found += hours_of(day, window, zone)
        day += DAY
    return found
