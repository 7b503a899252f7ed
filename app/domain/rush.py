"""The rush: in the last hours people are tried in the order in which their polls close."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from math import floor

from app.domain.hours import Place, Schedule

RUSH = timedelta(hours=4)
"""How long before the first close the order changes. Most US polls close at 8 pm, so it begins at
4 pm: the critical hours of polling day are 16 to 19 o'clock (campaign custom)."""

IN_LINE_FROM = timedelta(minutes=60)
"""From so long before the close a text says to stay in line: late enough to matter, for earlier
nobody stands in the line that the close will meet (custom)."""
IN_LINE_UNTIL = timedelta(minutes=20)
"""Until so long before the close it may go out: early enough to arrive, for a carrier's queue takes
minutes and whoever is still at home needs the rest for the way (custom)."""

FARTHEST = timedelta(hours=14)
"""How far east of Greenwich a clock can be, so that a day begins so much earlier there."""


def may_be_near(schedule: Schedule, now: datetime) -> bool:
    """Whether polling day may have begun anywhere: asked first, since it needs no places."""
    midnight = datetime.combine(schedule.polling_day, time.min, UTC)
    return now >= midnight - FARTHEST


def closes_of(schedule: Schedule, places: list[Place]) -> dict[Place, datetime]:
    """When the polls close for each place."""
    return {place: schedule.polls_close_at(place) for place in places}


def is_rush(closes: Mapping[Place, datetime], now: datetime) -> bool:
    """Whether `now` lies in the last hours: from RUSH before the first close to the last."""
    if not closes:
        return False
    return min(closes.values()) - RUSH <= now < max(closes.values())


def in_order(closes: Mapping[Place, datetime], now: datetime) -> list[list[Place]]:
    """The places in the groups in which their people are tried: all at once until the rush, then
    one group for each instant of closing, the earliest first; those that have closed are left out.
    """
    if not is_rush(closes, now):
        return [list(closes)] if closes else []
    instants = sorted({close for close in closes.values() if close > now})
    return [sorted(place for place in closes if closes[place] == at) for at in instants]


def says_stay(close: datetime, now: datetime) -> bool:
    """Whether "stay in line" may be said now where the polls close at `close`."""
    return close - IN_LINE_FROM <= now < close - IN_LINE_UNTIL


def room(close: datetime, now: datetime, per_second: float, segments: int) -> int:
    """How many texts of so many segments can still go out in time at the senders' rate."""
    left = (close - IN_LINE_UNTIL - now).total_seconds()
    return max(floor(left * per_second / max(segments, 1)), 0)
