"""What the ramps want: all of each, in open hours only, and the truth about what has no room."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.curve import Curve
from app.domain.days import campaign_days
from app.domain.draft import draw_up
from app.domain.grid import HOUR, grid_of
from app.domain.hours import Place, Schedule, open_intervals
from app.domain.ramp import RampRule, Shape, drawn_until, total_of
from app.domain.report import Cause
from app.domain.rule import Blackout
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Situation
from app.domain.value import answer_curve
from app.domain.want import wishes
from tests.situations import cell, situation

some = settings(derandomize=True, deadline=None, max_examples=30)

ZONE = ZoneInfo("America/New_York")
NC, TN = Place("NC", ("America/New_York",)), Place("TN", ("America/Chicago",))
AL, CA = Place("AL", ("America/Chicago",)), Place("CA", ("America/Los_Angeles",))
POLLING_DAY = date(2026, 11, 3)
FIRST = POLLING_DAY - timedelta(days=14)
CALL, TEXT = Channel.CALL, Channel.TEXT


def eastern(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def level(total: int, starts_on: date = FIRST, cap: int | None = None) -> RampRule:
    return RampRule(Shape.LINEAR, starts_on, total, rise=1.0, daily_cap=cap)


def drawn(*numbers: int, starts_on: date = FIRST) -> RampRule:
    return RampRule(Shape.DRAWN, starts_on, 0, drawn=drawn_until(POLLING_DAY, numbers))


def campaign(rule: RampRule, *places: Place, channel: Channel = CALL, **facts: Any) -> Situation:
    """Ten voters at each place (NC unless said), fifteen days, midnight of the first."""
    cells = [cell(10, channel, place=place) for place in places or (NC,)]
    facts = {"days": 14, "ramps": {channel: rule}, **facts}
    return situation(*cells, totals={channel: rule.total}, **facts)


def by_day(some: Situation, channel: Channel = CALL) -> dict[date, int]:
    """What is wanted on each day that wants anything."""
    grid = grid_of(some)
    found = zip(grid.days, wishes(some, grid).by_day[channel], strict=True)
    return {day: wanted for day, wanted in found if wanted}


def by_hour(some: Situation, channel: Channel = CALL) -> dict[datetime, int]:
    """What is wanted in each hour that wants anything."""
    grid = grid_of(some)
    found = zip(grid.hours, wishes(some, grid).by_hour[channel], strict=True)
    return {hour: wanted for hour, wanted in found if wanted}


def unplaced(some: Situation, channel: Channel = CALL) -> int:
    """What finds no day."""
    return wishes(some, grid_of(some)).unplaced[channel]


CURVES = tuple(shape for shape in Shape if shape is not Shape.DRAWN)
ramps = st.builds(
    RampRule,
    st.sampled_from(CURVES),
    st.dates(FIRST - timedelta(days=3), POLLING_DAY),
    st.integers(1, 200_000),
    st.floats(1, 30),
    st.floats(0.5, 20),
    st.none() | st.integers(1, 20_000),
    middle=st.floats(0, 1),
    steps=st.integers(1, 20),
)
hands = st.lists(st.integers(1, 5000), min_size=1, max_size=20).map(
    lambda numbers: drawn(*numbers, starts_on=FIRST - timedelta(days=9))
)


@some
@given(
    ramps | hands,
    st.dictionaries(st.sampled_from((NC, TN, AL, CA)), st.integers(1, 100_000), min_size=1),
    st.sampled_from(tuple(Channel)),
    st.integers(0, 14),
    st.integers(0, 23),
)
def test_every_attempt_is_in_an_open_hour_within_the_cap_or_named_as_unplaced(
    rule: RampRule, voters: dict[Place, int], channel: Channel, days: int, hour: int
) -> None:
    cells = [cell(many, channel, place=place) for place, many in voters.items()]
    if days == 0:
        hour = hour % 19  # the polls close at 19:30
    facts: dict[str, Any] = {"days": days, "hour": hour, "ramps": {channel: rule}}
    here = situation(*cells, totals={channel: 1}, **facts)
    dated, timed = by_day(here, channel), by_hour(here, channel)
    left = campaign_days(here.schedule, voters)
    wanted = total_of(rule, left, [1.0] * len(left))
    assert sum(dated.values()) + unplaced(here, channel) == wanted
    assert all(rule.starts_on <= day <= POLLING_DAY for day in dated)
    assert rule.daily_cap is None or max(dated.values(), default=0) <= rule.daily_cap
    assert rule.daily_cap is not None or not unplaced(here, channel)
    assert sum(timed.values()) == sum(dated.values())
    for at, attempts in timed.items():
        assert at.tzinfo is UTC
        assert at.minute == 0
        assert attempts > 0
        assert any(open_intervals(here.schedule, p, channel, at, at + HOUR) for p in voters)


@pytest.mark.parametrize("starts_on", [FIRST, FIRST - timedelta(days=4)])
def test_a_first_day_that_begins_late_counts_for_its_part(starts_on: date) -> None:
    # 20:00 leaves one of thirteen hours, though the ramp was to begin days before.
    late = campaign(level(14_300, starts_on), hour=20)
    days = by_day(late)
    assert set(days) == {FIRST + timedelta(days=n) for n in range(15)}
    assert days[FIRST] * 12 < days[FIRST + timedelta(days=1)] < days[FIRST] * 14
    assert unplaced(late) == 0


@pytest.mark.parametrize("gone", [0, 1, 5])
def test_what_of_a_ramp_lies_before_the_campaign_is_cut(gone: int) -> None:
    early = drawn(*[500] * 3, *range(10, 160, 10), starts_on=FIRST - timedelta(days=3))
    whole = campaign(early)
    assert list(by_day(whole).values()) == list(range(10, 160, 10))
    now = eastern(FIRST + timedelta(days=gone))
    on_time = replace(whole, now=now, released={CALL: sum(range(10, 10 * gone + 10, 10))})
    assert list(by_day(on_time).values()) == list(range(10 * gone + 10, 160, 10))
    assert unplaced(on_time) == 0
    if gone:
        late = replace(on_time, released={})
        assert sum(by_day(late).values()) == sum(range(10, 160, 10))


def test_before_the_campaign_begins_its_days_are_planned_as_they_will_be() -> None:
    begun = campaign(level(14_300), hour=20)
    ahead = replace(begun, now=begun.now - timedelta(days=3))
    assert by_day(ahead) == by_day(begun)
    assert by_hour(ahead) == by_hour(begun)


def test_a_closed_sunday_gives_its_volume_to_the_other_days() -> None:
    sundays = campaign(level(13_000), AL)
    days = by_day(sundays)
    assert date(2026, 10, 25) not in days
    assert date(2026, 11, 1) not in days
    assert set(days.values()) == {1000}
    assert unplaced(sundays) == 0


def test_several_zones_take_turns_as_they_open_and_close() -> None:
    cells = cell(1000, TEXT, place=NC), cell(3000, TEXT, place=CA)
    both = situation(*cells, totals={TEXT: 1}, days=14, ramps={TEXT: level(150_000)})
    hours = by_hour(both, TEXT)
    day = FIRST + timedelta(days=1)
    morning, noon, night = (eastern(day, hour) for hour in (9, 14, 22))
    assert hours[noon] == pytest.approx(hours[morning] * 4, rel=0.02)
    assert hours[night] == pytest.approx(hours[morning] * 3, rel=0.02)
    assert eastern(day, 7) not in hours
    assert eastern(day, 1) not in hours


def test_a_half_open_hour_takes_half() -> None:
    kolkata = Place("", ("Asia/Kolkata",))
    begins = datetime(2026, 10, 1, tzinfo=UTC)
    schedule = Schedule(  # Sri Lanka's rules: India is silent in the last two days
        begins, date(2026, 10, 10), time(7), time(21), "Asia/Kolkata", "LK"
    )
    rule = level(7800, date(2026, 10, 5))
    hours = by_hour(campaign(rule, kolkata, channel=TEXT, schedule=schedule, now=begins), TEXT)
    assert sum(hours.values()) == 7800
    assert hours[datetime(2026, 10, 6, 2, tzinfo=UTC)] == 50  # from 8:00 = 2:30 UTC
    assert hours[datetime(2026, 10, 6, 3, tzinfo=UTC)] == 100


def test_what_a_cap_leaves_over_is_named() -> None:
    capped = campaign(level(20, cap=1))
    assert list(by_day(capped).values()) == [1] * 15
    assert unplaced(capped) == 5
    draft = draw_up(capped)
    named = [one for one in shortfalls(draft, day_lines(draft)) if one.cause is Cause.DAILY_LIMIT]
    assert [(one.channel, one.missing) for one in named] == [(CALL, 5)]
    assert "Raise the limit a day" in named[0].remedy


DARK = Blackout(eastern(FIRST), eastern(POLLING_DAY, 22), (CALL,))
EMPTY = campaign(level(500))


@pytest.mark.parametrize(
    ("closed", "cause"),
    [
        (EMPTY.with_cells(()), Cause.NOBODY_REACHABLE),
        (EMPTY.with_cells((cell(0, CALL, place=NC),)), Cause.NOBODY_LEFT),
        (
            replace(EMPTY, schedule=replace(EMPTY.schedule, starts_at=eastern(POLLING_DAY, 20))),
            Cause.HOURS,
        ),
        (replace(EMPTY, schedule=EMPTY.schedule.changed([DARK])), Cause.BLACKOUT),
    ],
    ids=["nobody", "no voter", "begins after the close", "dark"],
)
def test_without_an_open_day_all_is_unplaced(closed: Situation, cause: Cause) -> None:
    assert by_day(closed) == {}
    assert unplaced(closed) == 500
    draft = draw_up(closed)
    [short] = shortfalls(draft, day_lines(draft))
    assert (short.missing, short.cause) == (500, cause)


@pytest.mark.parametrize(
    ("polling_day", "days", "changed"),
    [
        (POLLING_DAY, 4, date(2026, 11, 1)),  # 25 hours
        (date(2027, 3, 16), 4, date(2027, 3, 14)),  # 23 hours
    ],
)
def test_a_day_of_23_or_25_hours_has_thirteen_open_ones_like_any(
    polling_day: date, days: int, changed: date
) -> None:
    rule = level(6500, polling_day - timedelta(days=days))
    turned = campaign(rule, days=days, polling_day=polling_day)
    assert list(by_day(turned).values()) == [1300] * 5
    local = [hour.astimezone(ZONE) for hour in by_hour(turned)]
    assert [at.hour for at in local if at.date() == changed] == list(range(8, 21))


@pytest.mark.parametrize(("hour", "least", "most"), [(0, 1.0, 1.0), (23, 0.05, 0.1)])
def test_a_campaign_that_begins_on_a_day_of_25_hours_counts_the_whole_of_it(
    hour: int, least: float, most: float
) -> None:
    day = date(2026, 11, 1)
    days = by_day(campaign(level(30_000, day), CA, days=2, hour=hour))
    full = days[day + timedelta(days=1)]
    assert least * full - 1 <= days[day] <= most * full + 1


def test_calls_go_to_the_hours_in_which_most_answer() -> None:
    calls = by_hour(campaign(level(130_000)))
    texts = by_hour(campaign(level(130_000), channel=TEXT), TEXT)
    for hour in (9, 14, 18):
        at, noon = eastern(FIRST, hour), eastern(FIRST, 12)
        expected = answer_curve(hour + 0.5) / answer_curve(12.5)
        assert calls[at] / calls[noon] == pytest.approx(expected, rel=0.01)
        assert texts[at] == pytest.approx(texts[noon], abs=1)


STEEP = RampRule(Shape.EXPONENTIAL, date(2026, 7, 1), 1_000, doubling_days=0.1)


@pytest.mark.parametrize(
    ("rule", "days", "last"),
    [
        (drawn(50, 0, 70, 60), 14, [50, 0, 70, 60]),
        (RampRule(Shape.LINEAR, FIRST, 0, rise=15, peak=1500), 14, range(100, 1600, 100)),
        (STEEP, 125, [0, 1, 999]),  # too steep for a float to tell its first days from nothing
    ],
    ids=["drawn", "by peak", "steep"],
)
def test_a_ramp_of_any_kind_is_planned_as_its_figures_say(
    rule: RampRule, days: int, last: Sequence[int]
) -> None:
    here = campaign(rule, days=days)
    found = wishes(here, grid_of(here)).by_day[CALL]
    assert list(found[-len(last) :]) == list(last)
    assert sum(found) == sum(last)
    assert unplaced(here) == 0


def test_calls_go_to_the_hours_in_which_this_campaign_s_voters_answer() -> None:
    """Learned answers, not the usual ones: nobody answers before noon here."""
    plain = situation(cell(9_000, Channel.CALL), totals={Channel.CALL: 3_000}, days=1)
    late = Curve.through([11.5, 12.5], [0.0, 1.0])
    some = replace(plain, model=replace(plain.model, answers=late))
    grid = grid_of(some)
    morning = [at.astimezone(ZoneInfo("America/New_York")).hour < 12 for at in grid.hours]
    wanted = wishes(some, grid).by_hour[Channel.CALL]
    assert sum(wanted) == 3_000
    assert not sum(count for count, early in zip(wanted, morning, strict=True) if early)
