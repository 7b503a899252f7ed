"""The plan: a ramp laid over the open hours, as whole attempts for each hour and channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_intervals
from app.domain.ramp import RampRule, apportion, total_of, volumes
from app.domain.value import answer_curve

HOUR = timedelta(hours=1)
WHOLE = 0.5  # of a usual day


@dataclass(frozen=True)
class Planned:
    """Attempts by the hour (start of the hour, UTC), and what could not be placed."""

    hours: Mapping[datetime, int]
    unplaced: int  # cut by the daily cap or for want of an open hour


def open_share(
    schedule: Schedule, places: Mapping[Place, int], channel: Channel, hour: datetime
) -> float:
    """Open voter-seconds of one hour: for each place its voters × the seconds it is open."""
    return sum(
        voters * (end - begin).total_seconds()
        for place, voters in places.items()
        for begin, end in open_intervals(schedule, place, channel, hour, hour + HOUR)
    )


def plan_channel(
    ramp: RampRule, schedule: Schedule, places: Mapping[Place, int], channel: Channel
) -> Planned:
    """Lays the ramp over the hours that are open for the voters in `places`.

    Day by day on the campaign's own clock; within a day the volume follows the open voter-seconds
    and, for calls, how many answer at that hour. A first day that begins late counts for its
    part; a day without an open hour gives its volume to the others.
    Raises ValueError for a ramp that cannot be.
    """
    days = campaign_days(schedule, places)
    if not days or ramp.starts_on > days[-1]:
        return Planned({}, ramp.total)
    hours = open_hours(schedule, places, channel)
    parts = usable(schedule, places, channel, days)
    planned: dict[datetime, int] = {}
    for day, volume in zip(days, volumes(ramp, days, parts), strict=True):
        if volume and hours[day]:
            planned |= by_hour(volume, hours[day])
    return Planned(planned, total_of(ramp, days, parts) - sum(planned.values()))


def by_hour(volume: int, hours: Mapping[datetime, float]) -> dict[datetime, int]:
    """A day's volume over its hours in proportion to their shares; the sum is exact.

    Raises ValueError when there is a volume and no hour has a share.
    """
    return dict(zip(hours, apportion(volume, list(hours.values())), strict=True))


def campaign_days(schedule: Schedule, places: Mapping[Place, int]) -> list[date]:
    """The days from the campaign's start to the last close of the polls, on its own clock."""
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
    """Which part of a usual day each day is open: 0 closed, 1 whole.

    A day that is open for half the usual time or more counts as whole: a ramp does not fall
    because a Sunday begins late or the polls close before the evening ends. The campaign's first
    day counts for its exact part.
    """
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


def open_hours(
    schedule: Schedule, places: Mapping[Place, int], channel: Channel
) -> dict[date, dict[datetime, float]]:
    """For each day of the campaign the shares of its open hours (start of the hour, UTC)."""
    zone = ZoneInfo(schedule.zone)
    found: dict[date, dict[datetime, float]] = {}
    for day in campaign_days(schedule, places):
        found[day] = {}
        hour = _midnight(day, zone).replace(minute=0)
        end = _midnight(day + timedelta(days=1), zone)
        while hour < end:
            share = open_share(schedule, places, channel, hour)
            if share and hour.astimezone(zone).date() == day:
                found[day][hour] = share * _answers(channel, hour.astimezone(zone))
            hour += HOUR
    return found


def _answers(channel: Channel, local: datetime) -> float:
    """How a call's chance to be answered at this hour compares to the average."""
    return answer_curve(local.hour + 0.5) if channel is Channel.CALL else 1.0


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def wanted_by(hours: Mapping[datetime, int], now: datetime) -> int:
    """How many attempts the plan wanted released by `now`; within an hour in even steps."""
    total = 0
    for hour, planned in hours.items():
        if hour + HOUR <= now:
            total += planned
        elif hour <= now:
            total += int(planned * ((now - hour) / HOUR))
    return total
