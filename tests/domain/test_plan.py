"""The plan: all of the ramp, in open hours only, and the truth about what has no room."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.hours import Interval, Place, Schedule, open_intervals
from app.domain.plan import (
    HOUR,
    Planned,
    by_hour,
    campaign_days,
    open_hours,
    open_share,
    plan_channel,
    usable,
    wanted_by,
)
from app.domain.ramp import RampRule, Shape, drawn_until, total_of
from app.domain.value import answer_curve

some = settings(derandomize=True, deadline=None, max_examples=30)

EASTERN = ZoneInfo("America/New_York")
NC, TN = Place("NC", ("America/New_York",)), Place("TN", ("America/Chicago",))
AL, CA = Place("AL", ("America/Chicago",)), Place("CA", ("America/Los_Angeles",))
FIRST, POLLING_DAY = date(2026, 10, 20), date(2026, 11, 3)


def eastern(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), EASTERN).astimezone(UTC)


START = eastern(FIRST)


def campaign(
    starts_at: datetime = START,
    polling_day: date = POLLING_DAY,
    blackouts: tuple[Interval, ...] = (),
) -> Schedule:
    return Schedule(starts_at, polling_day, time(6, 30), time(21), EASTERN.key, blackouts=blackouts)


def by_day(planned: Planned) -> dict[date, int]:
    days: Counter[date] = Counter()
    for hour, attempts in planned.hours.items():
        days[hour.astimezone(EASTERN).date()] += attempts
    return dict(sorted(days.items()))


def level(total: int, cap: int | None = None, starts_on: date = FIRST) -> RampRule:
    return RampRule(Shape.LINEAR, starts_on, total, rise=1.0, daily_cap=cap)


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
hands = st.lists(st.integers(1, 5000), min_size=1, max_size=12).map(
    lambda numbers: RampRule(
        Shape.DRAWN, FIRST, sum(numbers), drawn=drawn_until(POLLING_DAY, numbers)
    )
)
populations = st.dictionaries(
    st.sampled_from((NC, TN, AL, CA)), st.integers(1, 100_000), min_size=1
)


@some
@given(ramps | hands, populations, st.sampled_from(tuple(Channel)), st.integers(0, 335))
def test_every_attempt_is_in_an_open_hour_within_the_cap_or_named_as_unplaced(
    ramp: RampRule, places: Mapping[Place, int], channel: Channel, hours_late: int
) -> None:
    schedule = campaign(eastern(FIRST) + hours_late * HOUR)
    planned = plan_channel(ramp, schedule, places, channel)
    days_left = campaign_days(schedule, places)
    wanted = total_of(ramp, days_left, [1.0] * len(days_left))
    assert sum(planned.hours.values()) + planned.unplaced == wanted
    assert planned.unplaced >= 0
    for hour, attempts in planned.hours.items():
        assert hour.tzinfo is UTC
        assert hour.minute == 0
        assert attempts >= 0
        assert any(open_intervals(schedule, p, channel, hour, hour + HOUR) for p in places)
    days = by_day(planned)
    assert all(ramp.starts_on <= day <= POLLING_DAY for day in days)
    assert ramp.daily_cap is None or max(days.values(), default=0) <= ramp.daily_cap
    assert ramp.daily_cap is not None or not planned.unplaced


@some
@given(ramps)
def test_whole_days_of_equal_hours_never_fall(ramp: RampRule) -> None:
    schedule = campaign(eastern(FIRST - timedelta(days=5)))
    days = list(by_day(plan_channel(ramp, schedule, {NC: 1000}, Channel.CALL)).values())
    assert all(before <= after for before, after in pairwise(days))


def test_a_level_ramp_that_does_not_divide_still_never_falls() -> None:
    days = by_day(plan_channel(level(20), campaign(), {NC: 10}, Channel.CALL))
    assert list(days.values()) == [1] * 10 + [2] * 5


@pytest.mark.parametrize("starts_on", [FIRST, FIRST - timedelta(days=4)])
def test_a_first_day_that_begins_late_counts_for_its_part(starts_on: date) -> None:
    # 20:00 leaves one of thirteen hours, though the ramp was to begin days before.
    planned = plan_channel(
        level(14_300, starts_on=starts_on), campaign(eastern(FIRST, 20)), {NC: 10}, Channel.CALL
    )
    days = by_day(planned)
    assert set(days) == {FIRST + timedelta(days=n) for n in range(15)}
    assert days[FIRST] * 12 < days[FIRST + timedelta(days=1)] < days[FIRST] * 14
    assert planned.unplaced == 0


def test_a_closed_sunday_gives_its_volume_to_the_other_days() -> None:
    planned = plan_channel(level(13_000), campaign(), {AL: 10}, Channel.CALL)
    days = by_day(planned)
    assert date(2026, 10, 25) not in days
    assert date(2026, 11, 1) not in days
    assert set(days.values()) == {1000}
    assert planned.unplaced == 0


def test_several_zones_take_turns_as_they_open_and_close() -> None:
    schedule, places = campaign(), {NC: 1000, CA: 3000}
    hours = plan_channel(level(150_000), schedule, places, Channel.TEXT).hours
    morning, noon, night = (eastern(FIRST, hour) for hour in (9, 14, 22))
    assert hours[noon] == pytest.approx(hours[morning] * 4, rel=0.02)
    assert hours[night] == pytest.approx(hours[morning] * 3, rel=0.02)
    assert open_share(schedule, places, Channel.CALL, noon) == 4000 * 3600
    assert eastern(FIRST, 7) not in hours


def test_a_half_open_hour_takes_half() -> None:
    kolkata = Place("", ("Asia/Kolkata",))
    schedule = Schedule(
        datetime(2026, 10, 1, tzinfo=UTC),
        date(2026, 10, 10),
        time(7),
        time(21),
        "Asia/Kolkata",
        "LK",  # India is silent in the last two days
    )
    ramp = RampRule(Shape.LINEAR, date(2026, 10, 5), 7800, rise=1.0)
    hours = plan_channel(ramp, schedule, {kolkata: 10}, Channel.TEXT).hours
    assert sum(hours.values()) == 7800
    assert hours[datetime(2026, 10, 6, 2, tzinfo=UTC)] == 50  # from 8:00 = 2:30 UTC
    assert hours[datetime(2026, 10, 6, 3, tzinfo=UTC)] == 100


def test_what_a_cap_leaves_over_is_named() -> None:
    planned = plan_channel(level(20_000, cap=1000), campaign(), {NC: 10}, Channel.CALL)
    assert planned.unplaced == 5000
    assert set(by_day(planned).values()) == {1000}


@pytest.mark.parametrize(
    ("schedule", "places"),
    [
        (campaign(), {}),
        (campaign(), {NC: 0}),
        (campaign(polling_day=FIRST - timedelta(days=1)), {NC: 10}),
        (campaign(eastern(POLLING_DAY, 21)), {NC: 10}),
        (campaign(blackouts=((eastern(FIRST), eastern(POLLING_DAY, 22)),)), {NC: 10}),
    ],
)
def test_without_an_open_hour_all_is_unplaced(
    schedule: Schedule, places: Mapping[Place, int]
) -> None:
    assert plan_channel(level(500), schedule, places, Channel.CALL) == Planned({}, 500)


@pytest.mark.parametrize(
    ("starts_on", "polling_day", "changed"),
    [
        (date(2026, 10, 30), POLLING_DAY, date(2026, 11, 1)),  # 25 hours
        (date(2027, 3, 12), date(2027, 3, 16), date(2027, 3, 14)),  # 23 hours
    ],
)
def test_a_day_of_23_or_25_hours_has_thirteen_open_ones_like_any(
    starts_on: date, polling_day: date, changed: date
) -> None:
    schedule = campaign(eastern(starts_on), polling_day)
    planned = plan_channel(level(6500, starts_on=starts_on), schedule, {NC: 10}, Channel.CALL)
    assert set(by_day(planned).values()) == {1300}
    local = [hour.astimezone(EASTERN) for hour in planned.hours]
    assert [at.hour for at in local if at.date() == changed] == list(range(8, 21))


def test_a_campaign_that_begins_on_a_day_of_25_hours_counts_the_whole_of_it() -> None:
    day = date(2026, 11, 1)
    for start, least, most in ((eastern(day), 1.0, 1.0), (eastern(day, 23), 0.05, 0.1)):
        days = by_day(
            plan_channel(level(30_000, starts_on=day), campaign(start), {CA: 10}, Channel.CALL)
        )
        full = days[day + timedelta(days=1)]
        assert least * full - 1 <= days[day] <= most * full + 1


def test_calls_go_to_the_hours_in_which_most_answer() -> None:
    calls = plan_channel(level(130_000), campaign(), {NC: 10}, Channel.CALL).hours
    texts = plan_channel(level(130_000), campaign(), {NC: 10}, Channel.TEXT).hours
    for hour in (9, 14, 18):
        at, noon = eastern(FIRST, hour), eastern(FIRST, 12)
        expected = answer_curve(hour + 0.5) / answer_curve(12.5)
        assert calls[at] / calls[noon] == pytest.approx(expected, rel=0.01)
        assert texts[at] == pytest.approx(texts[noon], abs=1)


@some
@given(
    st.integers(0, 10**6),
    st.dictionaries(st.integers(0, 23).map(lambda n: START + n * HOUR), st.floats(0.1, 1e9)),
)
def test_a_day_is_shared_out_over_its_hours_to_the_last_attempt(
    volume: int, hours: dict[datetime, float]
) -> None:
    if hours:
        found = by_hour(volume, hours)
        assert list(found) == list(hours)
        assert sum(found.values()) == volume
    assert by_hour(0, {}) == {}
    with pytest.raises(ValueError, match="no hour"):
        by_hour(1, {})


@pytest.mark.parametrize(
    ("schedule", "places", "expected"),
    [
        (campaign(), {NC: 1}, [1] * 15),
        (campaign(), {AL: 1}, [1] * 5 + [0] + [1] * 6 + [0] + [1] * 2),  # closed on Sundays
        (campaign(eastern(FIRST, 20)), {NC: 1}, [1 / 13] + [1] * 14),
        (campaign(blackouts=((eastern(FIRST), eastern(FIRST, 14)),)), {NC: 1}, [7 / 13] + [1] * 14),
        (
            campaign(blackouts=((eastern(POLLING_DAY), eastern(POLLING_DAY, 14)),)),
            {NC: 1},
            [1] * 15,
        ),
        (
            campaign(blackouts=((eastern(POLLING_DAY), eastern(POLLING_DAY, 20)),)),
            {NC: 1},
            [1] * 14 + [1 / 13],
        ),
        (campaign(), {}, []),
    ],
)
def test_a_day_counts_whole_when_half_of_it_is_open_and_the_first_for_its_part(
    schedule: Schedule, places: Mapping[Place, int], expected: list[float]
) -> None:
    days = campaign_days(schedule, places)
    assert usable(schedule, places, Channel.CALL, days) == pytest.approx(expected)
    assert list(open_hours(schedule, places, Channel.CALL)) == days
    for hours, part in zip(
        open_hours(schedule, places, Channel.CALL).values(), expected, strict=True
    ):
        assert bool(hours) == (part > 0)


def test_a_drawn_ramp_is_planned_as_it_is_drawn() -> None:
    hand = RampRule(Shape.DRAWN, FIRST, 0, drawn=drawn_until(POLLING_DAY, (50, 0, 70, 60)))
    days = by_day(plan_channel(hand, campaign(), {NC: 10}, Channel.CALL))
    assert list(days.values()) == [50, 70, 60]
    sunday = RampRule(Shape.DRAWN, FIRST, 0, drawn=drawn_until(POLLING_DAY, (30, 60, 60)))
    days = by_day(plan_channel(sunday, campaign(), {AL: 10}, Channel.CALL))
    assert list(days.values()) == [75, 75]  # Alabama calls nobody on a Sunday


def test_a_ramp_by_peak_reaches_it_on_polling_day() -> None:
    ramp = RampRule(Shape.LINEAR, FIRST, 0, rise=15, peak=1500)
    planned = plan_channel(ramp, campaign(), {NC: 10}, Channel.CALL)
    assert list(by_day(planned).values()) == [100 * n for n in range(1, 16)]
    assert planned.unplaced == 0


@some
@given(
    st.dictionaries(
        st.integers(0, 300).map(lambda n: eastern(FIRST) + n * HOUR), st.integers(0, 5000)
    ),
    st.lists(st.floats(-10, 310), min_size=2, max_size=6).map(sorted),
)
def test_what_is_wanted_only_grows_and_ends_at_the_total(
    hours: dict[datetime, int], moments: list[float]
) -> None:
    wanted = [wanted_by(hours, eastern(FIRST) + moment * HOUR) for moment in moments]
    assert all(before <= after for before, after in pairwise(wanted))
    assert wanted_by(hours, eastern(FIRST)) == 0
    assert wanted_by(hours, eastern(FIRST) + 301 * HOUR) == sum(hours.values())


def test_within_an_hour_the_wanted_rises_in_even_steps() -> None:
    begin = eastern(FIRST, 9)
    quarters = [wanted_by({begin: 100}, begin + HOUR * part / 4) for part in range(5)]
    assert quarters == [0, 25, 50, 75, 100]


def test_a_ramp_too_steep_for_a_float_is_planned_all_the_same() -> None:
    begins = datetime(2026, 7, 1, 12, tzinfo=UTC)
    schedule = Schedule(begins, date(2026, 11, 3), time(6, 30), time(19, 30), "America/New_York")
    ramp = RampRule(Shape.EXPONENTIAL, date(2026, 7, 1), 1_000, doubling_days=0.1)
    planned = plan_channel(ramp, schedule, {Place("NC", ("America/New_York",)): 5}, Channel.CALL)
    assert sum(planned.hours.values()) == 1_000
