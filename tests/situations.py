"""Situations for tests of the plan: by hand, and drawn by Hypothesis."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.domain.blast_load import HourLoad
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule
from app.domain.ramp import RampRule, Shape
from app.domain.report import Cause
from app.domain.rule import Blackout
from app.domain.situation import Cell, Situation, Supply
from app.domain.value import Model, passes

EASTERN = Place("NC", ("America/New_York",))
CENTRAL = Place("TX", ("America/Chicago",))
PLACES = (
    EASTERN,
    CENTRAL,
    Place("TX", ("America/Denver",)),
    Place("FL", ("America/New_York", "America/Chicago")),
    Place("CA", ("America/Los_Angeles",)),
    Place("HI", ("Pacific/Honolulu",)),
    Place("", ()),
)
POLLING_DAY = date(2026, 11, 3)
ELECTIONS = tuple(
    next(
        day
        for day in (date(year, 11, 2) + timedelta(days=n) for n in range(7))
        if day.weekday() == 1
    )
    for year in range(2020, 2034)
)
"""The US general election days of fourteen years: the Tuesday after the first Monday."""
SPRING = tuple(date(year, 3, 8) + timedelta(days=n) for year in (2024, 2027) for n in (0, 3, 6, 9))
"""Polling days around the days on which US clocks go forward."""
WHOLE = 10.0**6
"""More than any ramp of these tests."""


def cell(
    voters: int = 100,
    *channels: Channel,
    place: Place = EASTERN,
    propensity: float = 0.5,
    tried: Mapping[Channel, tuple[int, ...]] | None = None,
) -> Cell:
    """Voters whom all of these channels reach, and whom nobody has tried."""
    reach = frozenset(channels or Channel)
    fresh = {one: (voters, *[0] * (passes(one) - 1)) for one in Channel if one in reach}
    return Cell(place, reach, propensity, voters, {**fresh, **(tried or {})})


def ramp(total: int, starts_on: date, **facts: Any) -> RampRule:
    """A linear ramp."""
    return RampRule(Shape.LINEAR, starts_on, total, **facts)


def situation(
    *cells: Cell,
    totals: Mapping[Channel, int],
    days: int = 7,
    hour: int = 0,
    polling_day: date = POLLING_DAY,
    zone: str = "America/New_York",
    **facts: Any,
) -> Situation:
    """A campaign `days` before its polling day at an hour of its own clock, with enough of all."""
    begins_on = polling_day - timedelta(days=days)
    now = datetime.combine(begins_on, time(hour), ZoneInfo(zone)).astimezone(UTC)
    schedule = Schedule(now, polling_day, time(6, 30), time(19, 30), zone)
    plain = Situation(
        schedule=schedule,
        now=now,
        cells=cells,
        ramps={channel: ramp(total, begins_on) for channel, total in totals.items()},
        supply={channel: Supply(an_hour=WHOLE, cause=Cause.SENDER_SLOW) for channel in totals},
        model=Model(),
        money=Decimal(10**6),
        money_before=Decimal(10**6),
    )
    return replace(plain, **facts)


def evenings(
    some: Situation, callers: float, hours: tuple[int, ...] = (17, 18, 19, 20)
) -> dict[datetime, float]:
    """Calls an hour on the campaign's clock: so many in each of these hours of every day."""
    zone, at, found = ZoneInfo(some.schedule.zone), some.now, {}
    at = at.replace(minute=0, second=0, microsecond=0)
    while at < some.closes_at:
        if at.astimezone(zone).hour in hours:
            found[at] = callers
        at += timedelta(hours=1)
    return found


@st.composite
def cells(draw: st.DrawFn) -> tuple[Cell, ...]:
    """One to four cells of people who have been tried more or less often."""
    return tuple(draw(st.lists(_cell(), min_size=1, max_size=4)))


@st.composite
def _cell(draw: st.DrawFn) -> Cell:
    reach = draw(st.sets(st.sampled_from(list(Channel)), min_size=1))
    voters = draw(st.integers(1, 3_000))
    tried = {}
    for channel in sorted(reach):
        part = draw(st.integers(0, voters))
        tried[channel] = (voters - part, part, *[0] * (passes(channel) - 2))
    had = sum(sum(counts[1:]) for counts in tried.values())
    place, chance = draw(st.sampled_from(PLACES)), draw(st.sampled_from((0.1, 0.5, 0.9)))
    return Cell(place, frozenset(reach), chance, voters, tried, had)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Campaigns of up to ten days: zones, clock changes, shifts, slow senders, little money."""
    polling_day = draw(st.sampled_from(ELECTIONS + SPRING))
    totals = {
        channel: draw(st.integers(1, 4_000))
        for channel in draw(st.sets(st.sampled_from(list(Channel)), min_size=1))
    }
    days = draw(st.integers(0, 10))
    plain = situation(
        *draw(cells()),
        totals=totals,
        days=days,
        hour=draw(st.integers(0, 16)),
        polling_day=polling_day,
        daily_cap=draw(st.integers(1, 3)),
        total_cap=draw(st.integers(1, 12)),
    )
    money = Decimal(draw(st.integers(0, 40)))
    changed = replace(
        plain,
        price={Channel.TEXT: Decimal("0.0158")},
        money=money,
        money_before=money * draw(st.sampled_from((Decimal(0), Decimal("0.6"), Decimal(1)))),
        supply={channel: draw(_supply(plain, channel)) for channel in totals},
    )
    if draw(st.booleans()):
        cap = draw(st.integers(1, 400))
        limited = {channel: replace(rule, daily_cap=cap) for channel, rule in changed.ramps.items()}
        changed = replace(changed, ramps=limited)
    if draw(st.booleans()):
        changed = replace(changed, blasts=draw(_blasts(changed)))
    return draw(_interrupted(changed)) if draw(st.booleans()) else changed


@st.composite
def _supply(draw: st.DrawFn, some: Situation, channel: Channel) -> Supply:
    if channel is Channel.CALL:
        hours = tuple(draw(st.sets(st.integers(8, 20))))
        return Supply(evenings(some, draw(st.floats(0, 200)), hours))
    slow = draw(st.sampled_from((0.0, 3.5, 40.0, WHOLE)))
    return Supply(an_hour=slow, cause=Cause.SENDER_SLOW if slow else Cause.SENDER_STOPPED)


@st.composite
def _blasts(draw: st.DrawFn, some: Situation) -> Mapping[Channel, Mapping[datetime, HourLoad]]:
    """Blasts by text, by email or both, for some hours in a row."""
    found = {}
    for channel in draw(st.sets(st.sampled_from((Channel.TEXT, Channel.EMAIL)), min_size=1)):
        messages, parts = draw(st.floats(0.5, 500)), draw(st.integers(1, 3))
        first = some.now.replace(minute=0) + timedelta(hours=draw(st.integers(0, 100)))
        hours = (first + timedelta(hours=n) for n in range(draw(st.integers(1, 12))))
        found[channel] = {at: HourLoad(messages, messages * parts) for at in hours}
    return found


@st.composite
def _interrupted(draw: st.DrawFn, some: Situation) -> Situation:
    """The same with a blackout and a pause somewhere."""
    begins = some.now + timedelta(hours=draw(st.integers(-5, 100)))
    dark = Blackout(begins, begins + timedelta(hours=draw(st.integers(1, 60))), tuple(Channel))
    paused = some.now + timedelta(hours=draw(st.integers(0, 30)))
    return replace(
        some,
        schedule=some.schedule.changed([dark]),
        paused_until=draw(st.sampled_from((None, paused))),
    )
