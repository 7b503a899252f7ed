"""When a channel is open for a voter's place: the one answer to "may we?" and "how long still?"."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.tables import table

Interval = tuple[datetime, datetime]
Window = tuple[time, time]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNKNOWN_US: Window = (time(12), time(21))
"""Open hours on Eastern time from coast to coast, for a US voter whose zone nobody knows."""
EASTERN = "America/New_York"
COUNTRY_SCOPES = {"CA": "CA-canada"}
"""Outside the US a country has one row of rules, whatever the province; see calling_hours_us."""
AHEAD = timedelta(days=8)


@dataclass(frozen=True, order=True)
class Place:
    """Where a voter is, as far as hours depend on it: state and possible time zones."""

    state: str
    zones: tuple[str, ...]  # several: only hours open in all of them are open; none: unknown

    @property
    def key(self) -> str:
        """The form in which targets store it: NC:America/New_York."""
        return f"{self.state}:{'|'.join(self.zones)}"

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(key: str) -> "Place":
        """The place of a stored key."""
        state, _, zones = key.partition(":")
        return Place(state, tuple(zone for zone in zones.split("|") if zone))

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
        """The place's zones; unknown: in the US all of its state, else Eastern, elsewhere the
        campaign's own."""
        if place.zones:
            return place.zones
        if self.country != "US":
            return (self.zone,)
        return _zones_of_state(place.state) or (EASTERN,)

    def nowhere(self, place: Place) -> bool:
        """Whether a US voter may be anywhere in the country."""
        return self.country == "US" and not place.zones and not _zones_of_state(place.state)


@cache
def _zones_of_state(state: str) -> tuple[str, ...]:
    known = {row["state"]: row["zones"] for row in table("state_zones")}.get(state)
    return tuple(known.split("|")) if known else ()


def _at(day: date, moment: time, zone: str) -> datetime:
    return datetime.combine(day, moment, ZoneInfo(zone)).astimezone(UTC)


def _weekdays(text: str) -> frozenset[int]:
    first, _, last = text.partition("-")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return frozenset(range(begin, end + 1))


@lru_cache(maxsize=2048)
def legal_window(state: str, channel: Channel, weekday: int, country: str = "US") -> Window | None:
    """The strictest hours of federal and state rules on a weekday (0 = Monday); None = closed.

    The federal hours also serve as careful custom in other countries. Source:
    data/calling_hours_us.csv, each row with its own.
    """
    own = state if country == "US" else COUNTRY_SCOPES.get(country, "")
    rows = [row for row in table("calling_hours_us") if channel.value in row["channels"].split("|")]
    opens, closes = time.min, time.max
    for scope in ("federal", "custom", own):
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
        if row["scope"] == state
        and row["max_per_24h"]
        and channel.value in row["channels"].split("|")
    ]
    return min(caps, default=None)


def _days(begin: datetime, end: datetime, zone: str) -> Iterator[date]:
    day = begin.astimezone(ZoneInfo(zone)).date()
    last = end.astimezone(ZoneInfo(zone)).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _zone_hours(
    schedule: Schedule, place: Place, zone: str, channel: Channel, begin: datetime, end: datetime
) -> list[Interval]:
    found = []
    for day in _days(begin, end, zone):
        window = legal_window(place.state, channel, day.weekday(), schedule.country)
        if window is not None and schedule.nowhere(place):
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
    begin = max(begin, schedule.starts_at).astimezone(UTC)
    end = min(end, schedule.polls_close_at(place)).astimezone(UTC)
    if begin >= end:
        return []
    found: list[Interval] = [(begin, end)]
    for zone in schedule.zones_of(place):
        found = intersect(found, _zone_hours(schedule, place, zone, channel, begin, end))
    for hole in schedule.blackouts:
        found = subtract(found, hole)
    return found


@lru_cache(maxsize=8192)
def _window_near(
    schedule: Schedule, place: Place, channel: Channel, hour: datetime
) -> tuple[Interval, ...]:
    return tuple(open_intervals(schedule, place, channel, hour, hour + AHEAD))


def _hour(now: datetime) -> datetime:
    # In UTC: on a local clock the hour that happens twice would share one answer.
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def open_until(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> datetime | None:
    """Until when the channel is open for the place, if it is open now; None if it is closed."""
    for begin, end in _window_near(schedule, place, channel, _hour(now)):
        if begin <= now < end:
            return end
    return None


def opens_next(
    schedule: Schedule, place: Place, channel: Channel, now: datetime
) -> datetime | None:
    """The next instant from `now` on at which the channel is open; None if never again."""
    hour = _hour(max(now, schedule.starts_at))
    last = schedule.polls_close_at(place)
    while hour < last:
        for begin, end in _window_near(schedule, place, channel, hour):
            if now < end:
                return max(begin, now)
        hour += AHEAD  # only a long blackout leads here
    return None
