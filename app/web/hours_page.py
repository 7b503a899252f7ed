"""What the page of hours shows: the tables by state, how rules combine, what was changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from itertools import groupby

from app.domain.calling import CUSTOM, FEDERAL, scopes_of, windows_of
from app.domain.channel import Channel
from app.domain.hours import UNKNOWN_US
from app.domain.local import WEEKDAYS, Window
from app.domain.place import Place
from app.domain.rule import CallingHours, PollHours
from app.domain.rule_words import state_names
from app.domain.schedule import Schedule
from app.domain.tables import table
from app.services.rules import Listed
from app.web.hour_words import (
    channels_in_words,
    listed,
    scope_in_words,
    weekdays_in_words,
    window_in_words,
)
from app.web.tongue import translated as _
from app.web.words import zone_name


@dataclass(frozen=True)
class TableRow:
    """A row of the table of calling hours, in words."""

    days: str
    channels: str
    hours: str
    cap: str
    source: str


@dataclass(frozen=True)
class Scope:
    """The calling hours of a state, a country, or everywhere, and what was changed of them."""

    code: str
    name: str
    rows: tuple[TableRow, ...]
    changes: tuple[Listed, ...]


@dataclass(frozen=True)
class Polls:
    """When the polls of a state are open."""

    holds: tuple[tuple[str, str], ...]  # clock, hours; one without a clock if all are the same
    why: str
    table: Mapping[str, str] | None  # the row of the table
    changes: tuple[Listed, ...]


@dataclass(frozen=True)
class State:
    """Where some of the campaign's voters are."""

    code: str
    name: str
    clocks: str
    scope: Scope
    caps: tuple[str, ...]
    polls: Polls
    precincts: int  # with hours of their own


@dataclass(frozen=True)
class Combined:
    """How the rules come together on some weekdays: each source's hours, and what holds."""

    days: str
    sources: tuple[str, ...]
    holds: str


def scope_card(code: str, changes: Iterable[Listed]) -> Scope:
    """The table's rows of a scope with the changes that hold."""
    rows = tuple(_row(row) for row in table("calling_hours_us") if row["scope"] == code)
    mine = [
        one for one in changes if isinstance(one.change, CallingHours) and one.change.scope == code
    ]
    name = scope_in_words(code)
    return Scope(code, name[:1].upper() + name[1:], rows, tuple(mine))


def _row(row: Mapping[str, str]) -> TableRow:
    first, _dash, last = row["days"].partition("-")
    days = range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1)
    most = row["max_per_24h"]
    cap = _("at most %(cap)s in 24 hours", cap=most) if most else ""
    hours = (time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"]))
    channels = channels_in_words(Channel(name) for name in row["channels"].split("|"))
    return TableRow(weekdays_in_words(days), channels, window_in_words(hours), cap, row["source"])


def states(
    schedule: Schedule,
    places: Sequence[Place],
    changes: Sequence[Listed],
    precincts: Mapping[str, int],
) -> list[State]:
    """The states in which the campaign has voters, by name."""
    by_state: dict[str, list[Place]] = {}
    for place in places:
        by_state.setdefault(place.state, []).append(place)
    found = [
        State(
            code,
            state_name(code),
            _clocks(there, schedule),
            scope_card(scopes_of(code, schedule.country)[-1], changes),
            _caps(schedule, there[0]),
            _polls(schedule, code, there, changes),
            precincts.get(code, 0),
        )
        for code, there in by_state.items()
    ]
    return sorted(found, key=lambda state: state.name)


def state_name(code: str) -> str:
    """North Carolina; as it stands for a province elsewhere."""
    return state_names().get(code, code) or _("No state on file")


def place_name(place: Place, places: Iterable[Place]) -> str:
    """North Carolina, or with its clock where its state has several: Florida (Central)."""
    alone = sum(1 for other in places if other.state == place.state) == 1
    name = state_name(place.state)
    return name if alone and len(place.zones) == 1 else f"{name} ({_zones(place.zones)})"


def _zones(zones: Sequence[str]) -> str:
    names = list(dict.fromkeys(zone_name(zone) for zone in zones))
    if len(names) < 2:
        return "".join(names) or _("clock not known")
    return _("%(zones)s or %(last)s", zones=", ".join(names[:-1]), last=names[-1])


def _clocks(places: Sequence[Place], schedule: Schedule) -> str:
    sure = sorted({zone_name(place.zones[0]) for place in places if len(place.zones) == 1})
    words = [_("%(zones)s time.", zones=listed(sure))] if sure else []
    for place in places:
        if len(place.zones) > 1:
            words.append(
                _(
                    "Where it is %(zones)s, only hours open on both count.",
                    zones=_zones(place.zones),
                )
            )
        if not place.zones:
            words.append(
                _("Where no clock is known, %(hours)s Eastern.", hours=window_in_words(UNKNOWN_US))
                if schedule.nowhere(place)
                else _("Where the clock is not known, only hours open on all of the state count.")
            )
    return " ".join(dict.fromkeys(words))


def _caps(schedule: Schedule, place: Place) -> tuple[str, ...]:
    caps = [(schedule.daily_cap(place, channel), channel) for channel in Channel]
    kept = sorted((cap, channel) for cap, channel in caps if cap is not None)
    return tuple(
        _(
            "At most %(cap)s in 24 hours: %(channels)s.",
            cap=cap,
            channels=channels_in_words(one[1] for one in group),
        )
        for cap, group in groupby(kept, key=lambda one: one[0])
    )


def _polls(
    schedule: Schedule, code: str, places: Sequence[Place], changes: Iterable[Listed]
) -> Polls:
    mine = tuple(
        one for one in changes if isinstance(one.change, PollHours) and one.change.state == code
    )
    row = next((row for row in table("us_polling_hours") if row["state"] == code), None)
    zones = {zone: None for place in places for zone in schedule.zones_of(place)}
    hours = {
        zone_name(zone): window_in_words(schedule.polls_in(Place(code, (zone,)), zone))
        for zone in zones
    }
    same = len(set(hours.values())) == 1
    holds = (("", next(iter(hours.values()))),) if same else tuple(hours.items())
    if mine:
        why = _("changed for this campaign")
    elif row is not None and schedule.polls_by_state and schedule.country == "US":
        why = _("by the table")
    else:
        why = _("the campaign’s own hours")
    return Polls(holds, why, row if schedule.country == "US" else None, mine)


def combined(
    schedule: Schedule, place: Place, channel: Channel
) -> tuple[tuple[str, ...], list[Combined]]:
    """The names of the sources that say anything of this channel here, and their hours by weekday;
    weekdays that are alike stand together."""
    week = [_layers(schedule, place, channel, day) for day in range(len(WEEKDAYS))]
    names = tuple(name for name in week[0] if any(name in day and day[name] for day in week))
    rows = [
        (tuple(_strictest(day[name]) for name in names), _holds(schedule, place, channel, day))
        for day in week
    ]
    found = []
    for (sources, holds), group in groupby(enumerate(rows), key=lambda one: one[1]):
        days = weekdays_in_words(number for number, _ in group)
        found.append(Combined(days, sources, holds))
    return names, found


def _layers(
    schedule: Schedule, place: Place, channel: Channel, day: int
) -> dict[str, list[Window]]:
    scopes = scopes_of(place.state, schedule.country)
    here = state_name(place.state) if schedule.country == "US" else scope_in_words(scopes[-1])
    names = {FEDERAL: _("Federal"), CUSTOM: _("Custom"), scopes[-1]: here}
    found = {
        names[scope]: windows_of(scope, channel, day, schedule.country, schedule.calling_hours)
        for scope in scopes
    }
    found[_("Clock not known")] = [UNKNOWN_US] if schedule.nowhere(place) else []
    found[_("Your own")] = [
        (one.opens, one.closes)
        for one in schedule.own_hours
        if channel in one.channels and day in one.weekdays
    ]
    return found


def in_the_table(row: Mapping[str, str]) -> str:
    """Polls of a state as its row says: 6:30 am–7:30 pm; where they differ, the row's own words."""
    try:
        window = (time.fromisoformat(row["open_local"]), time.fromisoformat(row["close_local"]))
    except ValueError:
        return _(
            "opens %(opens)s, closes %(closes)s",
            opens=row["open_local"],
            closes=row["close_local"],
        )
    return window_in_words(window)


def _strictest(windows: Sequence[Window]) -> str:
    if not windows:
        return "–"
    opens = max(window[0] for window in windows)
    closes = min(window[1] for window in windows)
    return window_in_words((opens, closes) if opens < closes else None)


def _holds(
    schedule: Schedule, place: Place, channel: Channel, day: Mapping[str, list[Window]]
) -> str:
    return _strictest([window for windows in day.values() for window in windows])
