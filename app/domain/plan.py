"""The plan: a ramp laid over the open hours, as whole attempts for each hour and channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_intervals
from app.domain.ramp import RampRule, apportion, under_cap, weights

HOUR = timedelta(hours=1)


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

    Day by day on the campaign's own clock; within a day the volume follows the open
    voter-seconds and rises from hour to hour as the ramp does from day to day. A first day that
    begins late counts for its part; a day without an open hour gives its volume to the others.
    """
    hours = _hours_by_day(ramp, schedule, places, channel)
    days = sorted(hours)
    if not days or not any(hours[day] for day in days):
        return Planned({}, ramp.total)
    shares = weights(ramp.shape, len(days), rise=ramp.rise, doubling_days=ramp.doubling_days)
    slopes = _slopes(shares)
    first = schedule.starts_at.astimezone(ZoneInfo(schedule.zone))
    if first.date() in hours:
        part = _part_of_day(schedule, places, channel, first.date(), hours[first.date()])
        shares[days.index(first.date())] *= part
    shares = [share if hours[day] else 0.0 for day, share in zip(days, shares, strict=True)]
    volumes = _rising(apportion(ramp.total, shares), shares)
    if ramp.daily_cap is not None:
        volumes = under_cap(volumes, ramp.daily_cap, [bool(hours[day]) for day in days])
    planned = {
        hour: attempts
        for day, volume, slope in zip(days, volumes, slopes, strict=True)
        if hours[day]
        for hour, attempts in zip(
            hours[day], apportion(volume, _tilted(hours[day], slope)), strict=True
        )
    }
    return Planned(planned, ramp.total - sum(planned.values()))


def _slopes(shares: Sequence[float]) -> list[float]:
    """How much each day rises to the next, as a factor; the last as the one before it."""
    # A share can be too small for a float; such a day is empty and rises to nothing.
    onward = [after / before if before else 1.0 for before, after in pairwise(shares)]
    return [*onward, onward[-1] if onward else 1.0]


def _tilted(hours: Mapping[datetime, float], slope: float) -> list[float]:
    """The hours' shares, so that the last is by nearly `slope` above the first."""
    return [share * slope ** (at / len(hours)) for at, share in enumerate(hours.values())]


def _rising(volumes: list[int], shares: list[float]) -> list[int]:
    # Rounding may set a day one below a day of less share; no day of the ramp falls for that.
    order = sorted(range(len(shares)), key=shares.__getitem__)
    risen = dict(zip(order, sorted(volumes), strict=True))
    return [risen[day] for day in range(len(shares))]


def _hours_by_day(
    ramp: RampRule, schedule: Schedule, places: Mapping[Place, int], channel: Channel
) -> dict[date, dict[datetime, float]]:
    zone = ZoneInfo(schedule.zone)
    begin = datetime.combine(ramp.starts_on, time.min, zone).astimezone(UTC)
    end = max((schedule.polls_close_at(place) for place in places), default=begin)
    found: dict[date, dict[datetime, float]] = {}
    hour = begin.replace(minute=0)
    while hour < end:
        day = found.setdefault(hour.astimezone(zone).date(), {})
        share = open_share(schedule, places, channel, hour)
        if share:
            day[hour] = share
        hour += HOUR
    return {day: hours for day, hours in found.items() if day >= ramp.starts_on}


def _part_of_day(
    schedule: Schedule,
    places: Mapping[Place, int],
    channel: Channel,
    day: date,
    hours: Mapping[datetime, float],
) -> float:
    zone = ZoneInfo(schedule.zone)
    midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
    next_midnight = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    length = ceil((next_midnight - midnight) / HOUR)  # 23 or 25 when clocks change
    whole = replace(schedule, starts_at=midnight, blackouts=())
    full = sum(open_share(whole, places, channel, midnight + HOUR * n) for n in range(length))
    return sum(hours.values()) / full if full else 0.0


def wanted_by(hours: Mapping[datetime, int], now: datetime) -> int:
    """How many attempts the plan wanted released by `now`; within an hour in even steps."""
    total = 0
    for hour, planned in hours.items():
        if hour + HOUR <= now:
            total += planned
        elif hour <= now:
            total += int(planned * ((now - hour) / HOUR))
    return total
