"""The days of a campaign on its own clock: which they are, and how far each is open."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_intervals

WHOLE = 0.5
"""A day that is open for at least this part of the usual time counts as a whole day: the ramp does
not fall because a Sunday begins late or the polls close before the evening ends."""


def campaign_days(schedule: Schedule, places: Iterable[Place]) -> list[date]:
    """The days from the campaign's start to the last close of the polls, on its own clock; none
    where it would start after that, or where there is no place."""
    zone = ZoneInfo(schedule.zone)
    ends = max((schedule.polls_close_at(place) for place in places), default=schedule.starts_at)
    if ends <= schedule.starts_at:
        return []
    first = schedule.starts_at.astimezone(zone).date()
    last = (ends - timedelta(seconds=1)).astimezone(zone).date()
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def usable(
    schedule: Schedule, places: Mapping[Place, int], channel: Channel, days: Sequence[date]
) -> list[float]:
    """Which part of a usual day each of `days`, one after the other, is open for the voters in
    `places`: 0 closed, 1 whole. The campaign's first day counts for its exact part."""
    if not days:
        return []
    zone = ZoneInfo(schedule.zone)
    begin, end = _midnight(days[0], zone), _midnight(days[-1] + timedelta(days=1), zone)
    seconds = dict.fromkeys(days, 0.0)
    for place, voters in places.items():
        for opens, closes in open_intervals(schedule, place, channel, begin, end):
            day = opens.astimezone(zone).date()
            seconds[day] += voters * (closes - opens).total_seconds()
    usual = median([length for length in seconds.values() if length] or [1.0])
    started = schedule.starts_at.astimezone(zone).date()
    parts = [min(seconds[day] / usual, 1.0) for day in days]
    return [
        1.0 if part >= WHOLE and day != started else part
        for day, part in zip(days, parts, strict=True)
    ]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
