"""Calling hours: what law and custom allow a channel by state and weekday, and as changed."""

from datetime import time
from functools import lru_cache

from app.domain.channel import Channel
from app.domain.local import WEEKDAYS, Window
from app.domain.rule import CallingHours
from app.domain.tables import table

Changes = tuple[CallingHours, ...]

FEDERAL, CUSTOM = "federal", "custom"
COUNTRY_SCOPES = {"CA": "CA-canada"}
"""Outside the US a country has one row of rules, whatever the province; see calling_hours_us."""
CLOSED = (time.max, time.min)


@lru_cache(maxsize=4096)
def legal_window(
    state: str, channel: Channel, weekday: int, country: str = "US", changes: Changes = ()
) -> Window | None:
    """The strictest hours of federal and state rules on a weekday (0 = Monday); None = closed.

    The federal hours also serve as careful custom in other countries. A change replaces the rows of
    its scope for its channels and weekdays; of two changes the later one. Source:
    data/calling_hours_us.csv, each row with its own.
    """
    opens, closes = time.min, time.max
    for scope in scopes_of(state, country):
        for begin, end in windows_of(scope, channel, weekday, country, changes):
            opens, closes = max(opens, begin), min(closes, end)
    return (opens, closes) if opens < closes else None


@lru_cache(maxsize=1024)
def state_daily_cap(
    state: str, channel: Channel, country: str = "US", changes: Changes = ()
) -> int | None:
    """The most attempts in 24 hours that any rule allows; None where no rule says.

    Every weekday's rule counts, since 24 hours lie on two of them.
    """
    caps = [
        cap
        for scope in scopes_of(state, country)
        for weekday in range(len(WEEKDAYS))
        for cap in _caps(scope, channel, weekday, country, changes)
    ]
    return min(caps, default=None)


def scopes_of(state: str, country: str) -> tuple[str, str, str]:
    """The scopes whose rules count for a voter: federal, custom, the state's or the country's."""
    return FEDERAL, CUSTOM, state if country == "US" else COUNTRY_SCOPES.get(country, country)


def windows_of(
    scope: str, channel: Channel, weekday: int, country: str, changes: Changes
) -> list[Window]:
    """The hours that one scope sets for a day; none if it says nothing of this channel."""
    changed = _changed(scope, channel, weekday, changes)
    if changed is not None:
        if changed.opens is None or changed.closes is None:
            return [CLOSED]
        return [(changed.opens, changed.closes)]
    rows = _rows(scope, channel, country)
    today = [row for row in rows if weekday in _weekdays(row["days"])]
    if rows and not today:
        return [CLOSED]
    return [(time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])) for row in today]


def _caps(scope: str, channel: Channel, weekday: int, country: str, changes: Changes) -> list[int]:
    changed = _changed(scope, channel, weekday, changes)
    if changed is not None:
        return [] if changed.max_per_24h is None else [changed.max_per_24h]
    return [
        int(row["max_per_24h"])
        for row in _rows(scope, channel, country)
        if row["max_per_24h"] and weekday in _weekdays(row["days"])
    ]


def _changed(scope: str, channel: Channel, weekday: int, changes: Changes) -> CallingHours | None:
    """The change that holds for a scope on a day; the last, since it was made in knowledge of the
    others."""
    found = [
        one
        for one in changes
        if one.scope == scope and channel in one.channels and weekday in one.weekdays
    ]
    return found[-1] if found else None


def _rows(scope: str, channel: Channel, country: str) -> list[dict[str, str]]:
    if scope == country:  # a country that the table does not have may share letters with a state
        return []
    return [
        row
        for row in table("calling_hours_us")
        if row["scope"] == scope and channel.value in row["channels"].split("|")
    ]


def _weekdays(text: str) -> frozenset[int]:
    """ "mon-fri" or "sun" as numbers."""
    first, _, last = text.partition("-")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return frozenset(range(begin, end + 1))
