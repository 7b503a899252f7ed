"""What every strip of hours is drawn on: the days of a clock, and the columns that they share.

An hour that happens twice on one day has a column of its own, which the other days leave empty, and
so has an hour that a day skips.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.web.plan_words import HOUR
from app.web.tongue import translated as _
from app.web.words import clock

Slot = tuple[int, int]
"""The hour on the clock, and which of the hours of that name it is: (1, 1) is 1 am once more."""

Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class Band(Generic[Drawn]):
    """One channel on one day: a cell for each column, and the whole in words."""

    channel: Channel
    cells: tuple[Drawn, ...]
    words: str


@dataclass(frozen=True)
class Columns:
    """The days of a strip with their hours, and the columns."""

    days: Mapping[date, Mapping[Slot, datetime]]
    slots: tuple[Slot, ...]


def columns_of(instants: Iterable[datetime], here: ZoneInfo) -> Columns:
    """The days on which these instants fall on this clock, each with all its hours."""
    days = sorted({at.astimezone(here).date() for at in instants})
    hours = {one: hours_of(one, here) for one in days}
    return Columns(hours, tuple(sorted({slot for found in hours.values() for slot in found})))


def hours_of(when: date, here: ZoneInfo) -> dict[Slot, datetime]:
    """The hours of UTC that begin on a day of this clock: 24, or 23 or 25."""
    begin = datetime.combine(when, time(), here).astimezone(UTC)
    end = datetime.combine(when + timedelta(days=1), time(), here).astimezone(UTC)
    at = begin.replace(minute=0)
    at = at if at == begin else at + HOUR  # a clock on the half hour
    found: dict[Slot, datetime] = {}
    while at < end:
        hour = at.astimezone(here).hour
        found[hour, sum(known == hour for known, _ in found)] = at
        at += HOUR
    return found


def axis(slots: Iterable[Slot]) -> list[str]:
    """What stands over each column: every third hour."""
    return [_short(hour) if hour and hour % 3 == 0 and not again else "" for hour, again in slots]


def _short(hour: int) -> str:
    """3a, noon, 6p: narrow enough for three columns."""
    return _("noon") if hour == 12 else f"{hour % 12 or 12}{'a' if hour < 12 else 'p'}"


def hour_name(at: datetime, slot: Slot, zone: str) -> str:
    """5 pm; 1 am again."""
    name = clock(at, zone)
    return _("%(hour)s again", hour=name) if slot[1] else name
