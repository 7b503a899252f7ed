"""Hours asked instant by instant: slow, plain, and written without the rules' own code.

It reads the rows of the tables itself. What in them is prose is written out here by hand.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule
from app.domain.rule import Blackout
from app.domain.tables import table

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

ET, CT, MT = "America/New_York", "America/Chicago", "America/Denver"

ODD_POLLS: dict[tuple[str, str], tuple[str, str]] = {
    ("ME", ET): ("10:00", "20:00"),
    ("NE", CT): ("08:00", "20:00"),
    ("NE", MT): ("07:00", "19:00"),
    ("NH", ET): ("11:00", "19:00"),
    ("ND", CT): ("09:00", "19:00"),
    ("ND", MT): ("09:00", "19:00"),
    ("RI", ET): ("07:00", "20:00"),
    ("TN", ET): ("", "20:00"),
    ("TN", CT): ("", "19:00"),
    ("VT", ET): ("10:00", "19:00"),
    ("WA", "America/Los_Angeles"): ("", "20:00"),
}
"""When the polls open and close where the table has more than two times; empty: the campaign's."""


def _local(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone))


def polls(schedule: Schedule, place: Place, zone: str) -> tuple[datetime, datetime]:
    """When the polls first open and last close on a clock."""
    opens, closes = schedule.polls_open, schedule.polls_close
    rows = [row for row in table("us_polling_hours") if row["state"] == place.state]
    if schedule.polls_by_state and schedule.country == "US" and rows:
        usual = (rows[0]["open_local"], rows[0]["close_local"])
        first, last = ODD_POLLS.get((place.state, zone), usual)
        opens = time.fromisoformat(first) if first else opens
        closes = time.fromisoformat(last) if last else closes
    for change in schedule.poll_hours:
        if change.state == place.state:
            opens, closes = change.opens, change.closes
    opens, closes = place.polls[0] or opens, place.polls[1] or closes
    first_day = schedule.first_polling_day or schedule.polling_day
    return _local(first_day, opens, zone), _local(schedule.polling_day, closes, zone)


Told = Callable[[date, datetime, datetime, str], tuple[datetime, datetime]]
"""The first polling day, the first opening, the last close and a clock → the silence."""


def _midnight(days: int) -> Told:
    return lambda first, opens, closes, zone: (_local(first - days * DAY, time(), zone), closes)


def _hours_before(hours: int, of: str, after: int = 0) -> Told:
    def told(
        first: date, opens: datetime, closes: datetime, zone: str
    ) -> tuple[datetime, datetime]:
        since = (opens if of == "open" else closes).astimezone(ZoneInfo("UTC"))
        until = closes.astimezone(ZoneInfo("UTC")) + timedelta(hours=after)
        return since - timedelta(hours=hours), until

    return told


def _spain(first: date, opens: datetime, closes: datetime, zone: str) -> tuple[datetime, datetime]:
    return _local(first - DAY, time(), zone), _local(closes.date(), time(20), zone)


SILENCES: dict[str, Told | None] = {
    **dict.fromkeys(("AL", "HR", "PL", "SG", "FR", "BG"), _midnight(1)),
    **dict.fromkeys(("MX", "PY", "CZ"), _midnight(3)),
    **dict.fromkeys(("IN", "RS"), _hours_before(48, "close")),
    "ES": _spain,
    "AR": _hours_before(48, "open", after=3),
    "IT": _hours_before(24, "open"),
    "GR": _midnight(2),
    "HU": _midnight(0),
    "US": None,
    "GB": None,
}
"""Every row of the table of election silence, by hand."""


def silent(schedule: Schedule, place: Place, at: datetime) -> bool:
    """Whether the country is silent on any of the clocks, by the table."""
    told = SILENCES.get(schedule.country)
    if told is None:
        return False
    first = schedule.first_polling_day or schedule.polling_day
    spans = [told(first, *polls(schedule, place, zone), zone) for zone in schedule.zones_of(place)]
    return min(begin for begin, _ in spans) <= at < max(end for _, end in spans)


def lawful(schedule: Schedule, place: Place, channel: Channel, at: datetime, zone: str) -> bool:
    """Whether every scope that says anything of the channel allows the time that a clock shows."""
    local = at.astimezone(ZoneInfo(zone))
    day, clock = local.weekday(), local.time()
    own = place.state if schedule.country == "US" else schedule.country
    for scope in ("federal", "custom", own):
        changed = [
            one
            for one in schedule.calling_hours
            if one.scope == scope and channel in one.channels and day in one.weekdays
        ]
        if changed:
            opens, closes = changed[-1].opens, changed[-1].closes
            if opens is None or closes is None or not opens <= clock < closes:
                return False
            continue
        rows = [
            row
            for row in table("calling_hours_us")
            if row["scope"] == scope and channel.value in row["channels"]
        ]
        if schedule.country != "US" and scope == own:
            rows = []
        if rows and not any(_allows(row, day, clock) for row in rows):
            return False
    return not schedule.nowhere(place) or time(12) <= clock < time(21)


def _allows(row: dict[str, str], day: int, clock: time) -> bool:
    first, _, last = row["days"].partition("-")
    days = range(DAYS.index(first), DAYS.index(last or first) + 1)
    return day in days and row["opens"] <= f"{clock:%H:%M:%S}" < row["closes"] + ":00"


def is_open(schedule: Schedule, place: Place, channel: Channel, at: datetime) -> bool:
    """Whether the channel is open for the place at an instant."""
    zones = schedule.zones_of(place)
    if at < schedule.starts_at:
        return False
    if any(at >= polls(schedule, place, zone)[1] for zone in zones):
        return False
    if not all(lawful(schedule, place, channel, at, zone) for zone in zones):
        return False
    if silent(schedule, place, at):
        return False
    for hole in schedule.blackouts:
        if isinstance(hole, Blackout):
            if channel in hole.channels and hole.begins_at <= at < hole.ends_at:
                return False
        elif hole[0] <= at < hole[1]:
            return False
    return all(_own(schedule, channel, at.astimezone(ZoneInfo(zone))) for zone in zones)


def _own(schedule: Schedule, channel: Channel, local: datetime) -> bool:
    return all(
        one.opens <= local.time() < one.closes
        for one in schedule.own_hours
        if channel in one.channels and local.weekday() in one.weekdays
    )


def minutes(begin: datetime, end: datetime, step: timedelta = MINUTE) -> Iterator[datetime]:
    """The minutes from `begin` until before `end`, or every so many."""
    at = begin
    while at < end:
        yield at
        at += step
