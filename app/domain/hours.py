"""When a channel is open for a voter's place: the one answer to "may we?" and "how long still?"."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.tables import table

Interval = tuple[datetime, datetime]
Window = tuple[time, time]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNKNOWN_US: Window = (time(12), time(21))
"""Open hours on Eastern time from coast to coast, for a US voter whose zone nobody knows."""
EASTERN = "America/New_York"


@dataclass(frozen=True, order=True)
class Place:
    """Where a voter is, as far as hours depend on it: state and possible time zones."""

    state: str
    zones: tuple[str, ...]  # several: only hours open in all of them are open; none: unknown

    @property
    def key(self) -> str:
        """The form in which targets store it: NC:America/New_York."""
        return f"{self.state}:{'|'.join(self.zones)}"

    @classmethod
    def of(cls, key: str) -> "Place":
        """The place of a stored key."""
        state, _, zones = key.partition(":")
        return cls(state, tuple(zone for zone in zones.split("|") if zone))

    def clock(self, otherwise: str) -> ZoneInfo:
        """The clock to show for this place; `otherwise` (IANA) when its zone is unknown."""
        return ZoneInfo(self.zones[0] if self.zones else otherwise)


@dataclass(frozen=True)
class Schedule:
    """A campaign's frame in time; hashable, so that answers can be kept."""

    starts_at: datetime
    polling_day: date
    polls_open: time  # on the voter's clock
    polls_close: time
    zone: str  # the campaign's own clock
    country: str = "US"
    blackouts: tuple[Interval, ...] = ()

    def polls_close_at(self, place: Place) -> datetime:
        """The instant at which the polls close for a place; the earliest of its zones."""
        return min(_at(self.polling_day, self.polls_close, zone) for zone in self.zones_of(place))

    def polls_open_at(self, place: Place) -> datetime:
        """The instant at which the polls open for a place; the latest of its zones."""
        return max(_at(self.polling_day, self.polls_open, zone) for zone in self.zones_of(place))

    def zones_of(self, place: Place) -> tuple[str, ...]:
        """The place's zones; unknown: Eastern in the US, elsewhere the campaign's own."""
        if place.zones:
            return place.zones
        return (EASTERN,) if self.country == "US" else (self.zone,)


def _at(day: date, moment: time, zone: str) -> datetime:
    return datetime.combine(day, moment, ZoneInfo(zone)).astimezone(UTC)


def _weekdays(text: str) -> frozenset[int]:
    first, _, last = text.partition("-")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return frozenset(range(begin, end + 1))


@lru_cache(maxsize=2048)
def legal_window(state: str, channel: Channel, weekday: int) -> Window | None:
    """The strictest hours of federal and state rules on a weekday (0 = Monday); None = closed.

    Source: data/calling_hours_us.csv, each row with its own.
    """
    rows = [row for row in table("calling_hours_us") if channel.value in row["channels"].split("|")]
    opens, closes = time.min, time.max
    for scope in ("federal", "custom", state):
        scoped = [row for row in rows if row["scope"] == scope]
        if not scoped:
            continue
        today = [row for row in scoped if weekday in _weekdays(row["days"])]
        if not today:
            return None
        opens = max(opens, *(time.fromisoformat(row["opens"]) for row in today))
        closes = min(closes, *(time.fromisoformat(row["closes"]) for row in today))
    return (opens, closes) if opens < closes else None


@lru_cache(maxsize=256)
def state_daily_cap(state: str, channel: Channel) -> int | None:
    """The most attempts in 24 hours that a state's rule allows; None where it says nothing."""
    caps = [
        int(row["max_per_24h"])
        for row in table("calling_hours_us")
        if row["scope"] == state and row["max_per_24h"] and channel.value in row["channels"]
    ]
    return min(caps, default=None)


def _days(begin: datetime, end: datetime, zone: str) -> Iterator[date]:
    day = begin.astimezone(ZoneInfo(zone)).date()
    last = end.astimezone(ZoneInfo(zone)).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _zone_hours(
    place: Place, zone: str, channel: Channel, begin: datetime, end: datetime
) -> list[Interval]:
    found = []
    for day in _days(begin, end, zone):
        window = legal_window(place.state, channel, day.weekday())
        if window is not None and not place.zones:
            window = (max(window[0], UNKNOWN_US[0]), min(window[1], UNKNOWN_US[1]))
        if window is not None and window[0] < window[1]:
            found.append((_at(day, window[0], zone), _at(day, window[1], zone)))
    return found


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> list[Interval]:
    """The instants that lie in both lists of intervals."""
    others = list(right)
    met = [(max(a, c), min(b, d)) for a, b in left for c, d in others]
    return sorted((begin, end) for begin, end in met if begin < end)


def subtract(intervals: Iterable[Interval], hole: Interval) -> list[Interval]:
    """The intervals without the hole."""
    rest = []
    for begin, end in intervals:
        rest.append((begin, min(end, hole[0])))
        rest.append((max(begin, hole[1]), end))
    return [(begin, end) for begin, end in rest if begin < end]


def open_intervals(
    schedule: Schedule, place: Place, channel: Channel, begin: datetime, end: datetime
) -> list[Interval]:
    """The UTC intervals within [begin, end) in which `channel` is open for `place`.

    Calling hours of the jurisdiction on local time, for several possible zones their
    intersection, from the campaign's start to the close of that voter's polls, less blackouts.
    Exact over daylight-saving changes.
    """
    begin = max(begin, schedule.starts_at)
    end = min(end, schedule.polls_close_at(place))
    if begin >= end:
        return []
    found: list[Interval] = [(begin, end)]
    for zone in schedule.zones_of(place):
        found = intersect(found, _zone_hours(place, zone, channel, begin, end))
    for hole in schedule.blackouts:
        found = subtract(found, hole)
    return found


@lru_cache(maxsize=8192)
def _window_near(
    schedule: Schedule, place: Place, channel: Channel, hour: datetime
) -> tuple[Interval, ...]:
    # A week ahead always holds the next opening: no rule closes more than a day.
    return tuple(open_intervals(schedule, place, channel, hour, hour + timedelta(days=8)))


def open_until(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> datetime | None:
    """Until when the channel is open for the place, if it is open now; None if it is closed."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    for begin, end in _window_near(schedule, place, channel, hour):
        if begin <= now < end:
            return end
    return None


def opens_next(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> datetime | None:
    """The next instant from `now` on at which the channel is open; None if never again."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    for begin, end in _window_near(schedule, place, channel, hour):
        if now < end:
            return max(begin, now)
    return None
