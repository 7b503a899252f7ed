"""Open hours against the same question asked minute by minute, over every change of clocks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import calling, hours
from app.domain import schedule as module
from app.domain.channel import Channel
from app.domain.election import general_day
from app.domain.hours import (
    Interval,
    Place,
    Schedule,
    open_intervals,
    open_until,
    opens_next,
    subtract,
    why_closed,
)
from app.domain.report import Cover
from app.domain.rule import Blackout, CallingHours, OwnHours, PollHours, Silence
from app.domain.tables import table
from tests.slow_hours import CT, ET, MT, is_open, minutes, polls

quick = settings(derandomize=True, deadline=None, max_examples=60)

DAY, HOUR, MINUTE, SECOND = (
    timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds")
)
ALL, WEEK = tuple(Channel), tuple(range(7))
STATES = {row["state"]: tuple(row["zones"].split("|")) for row in table("state_zones")}
PT, AK, HI = "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu"


def campaign(polling_day: date = date(2026, 11, 3), **facts: object) -> Schedule:
    first = datetime.combine(polling_day - 60 * DAY, time(15, 20), UTC)
    schedule = Schedule(first, polling_day, time(6, 30), time(20), ET)
    return replace(schedule, **facts)  # type: ignore[arg-type]


def agree(
    schedule: Schedule,
    place: Place,
    channel: Channel,
    begin: datetime,
    end: datetime,
    step: timedelta = MINUTE,
) -> list[Interval]:
    """Checks that the intervals hold just the minutes that are open, and end to the second."""
    found = open_intervals(schedule, place, channel, begin, end)
    for first, last in found:
        assert begin <= first < last <= end
        for inside in (first, last - SECOND):
            assert is_open(schedule, place, channel, inside), (place, inside)
        for outside in (first - SECOND, last):
            assert (
                outside < begin or outside >= end or not is_open(schedule, place, channel, outside)
            )
    for at in minutes(begin, end, step):
        inside_any = any(first <= at < last for first, last in found)
        assert inside_any == is_open(schedule, place, channel, at), (place, at)
    return found


def sunday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))


CHANGES = [day for year in range(2020, 2037) for day in (sunday(year, 3, 2), sunday(year, 11, 1))]
"""Every day from 2020 to 2036 on which the clocks of the US change."""


@pytest.mark.parametrize("day", CHANGES)
def test_hours_are_exact_over_every_change_of_clocks(day: date) -> None:
    schedule = campaign(day + 30 * DAY)
    begin = datetime.combine(day, time(4), UTC) - DAY
    eastern = ZoneInfo(ET)
    assert (begin + DAY).astimezone(eastern).utcoffset() != (begin + 2 * DAY).astimezone(
        eastern
    ).utcoffset()
    for place in (
        *(Place("NC", (ET,)), Place("TX", (CT, MT)), Place("RI", (ET,)), Place("AK", (AK,))),
        *(Place("HI", (HI,)), Place("AZ", ("America/Phoenix", MT)), Place("", ())),
    ):
        found = agree(schedule, place, Channel.CALL, begin, begin + 3 * DAY, 30 * MINUTE)
        assert found


# By night, where the hour comes twice or not at all; only a change to the rules opens it.

NIGHT = CallingHours("federal", ALL, WEEK, time(0, 30), time(3, 30))
FALL, SPRING = date(2026, 11, 1), date(2027, 3, 14)


def by_night(*window: time) -> Schedule:
    night = replace(NIGHT, opens=window[0], closes=window[1])
    return campaign(
        date(2027, 6, 1), calling_hours=(night,), starts_at=datetime(2026, 1, 1, tzinfo=UTC)
    )


def length(day: date, *window: time) -> timedelta:
    midnight = datetime.combine(day, time(), ZoneInfo(ET)).astimezone(UTC)
    place = Place("NC", (ET,))
    # Not to the next midnight: in spring that is after 23 hours.
    found = agree(by_night(*window), place, Channel.CALL, midnight, midnight + 22 * HOUR)
    return sum((last - first for first, last in found), timedelta())


def test_the_hour_that_comes_twice_is_open_twice() -> None:
    assert length(FALL, time(1), time(2)) == 2 * HOUR
    assert length(FALL, time(0, 30), time(3, 30)) == 4 * HOUR
    # A window that ends within it is open, closed, and open again.
    assert length(FALL, time(0), time(1, 30)) == 2 * HOUR
    assert length(FALL, time(1, 30), time(1, 45)) == HOUR / 2


def test_the_hour_that_is_left_out_is_not_open() -> None:
    assert length(SPRING, time(2), time(3)) == timedelta()
    assert length(SPRING, time(0, 30), time(3, 30)) == 2 * HOUR
    assert length(SPRING, time(2, 30), time(3, 30)) == HOUR / 2


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
        ("America/Havana", date(2026, 3, 8)),  # midnight is left out
        ("America/Santiago", date(2026, 4, 4)),  # 23:00 comes twice
        ("America/Santiago", date(2026, 9, 6)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
        ("Australia/Lord_Howe", date(2026, 10, 4)),
    ],
)
@pytest.mark.parametrize(
    "window", [(time(0), time(0, 45)), (time(0), time(23, 30)), (time(23), time(23, 40))]
)
def test_clocks_that_change_at_midnight_are_exact_too(
    zone: str, day: date, window: tuple[time, time]
) -> None:
    schedule = replace(by_night(*window), country="CU", zone=zone)
    begin = datetime.combine(day - DAY, time(12), ZoneInfo(zone)).astimezone(UTC)
    agree(schedule, Place("", (zone,)), Channel.CALL, begin, begin + 2 * DAY, 5 * MINUTE)


@pytest.mark.parametrize("year", range(2020, 2037))
def test_no_place_is_open_after_its_polls_have_closed(year: int) -> None:
    tuesday = general_day(year)
    schedule = campaign(tuesday, polls_by_state=True)
    begin = datetime.combine(tuesday - DAY, time(8), UTC)
    for number, (state, zones) in enumerate(STATES.items()):
        for zone in zones:
            place = Place(state, (zone,) if zone else ())
            closes = min(polls(schedule, place, each)[1] for each in schedule.zones_of(place))
            assert schedule.polls_close_at(place) == closes
            found = open_intervals(schedule, place, Channel.TEXT, begin, begin + 3 * DAY)
            assert found
            assert found[-1][1] <= closes
            if (number + year) % 10 == 0:
                agree(schedule, place, Channel.TEXT, begin, begin + 3 * DAY, 30 * MINUTE)


# Whatever is changed

zones_ = st.lists(
    st.sampled_from([ET, CT, MT, PT, AK, HI, "America/Phoenix"]), max_size=3, unique=True
)
quarter_hours = st.integers(0, 95).map(lambda at: time(at // 4, at % 4 * 15))
windows = st.tuples(quarter_hours, quarter_hours).filter(lambda two: two[0] < two[1])
channels = st.sampled_from([ALL, (Channel.CALL,), (Channel.TEXT, Channel.EMAIL)])
weekdays = st.sampled_from([WEEK, (0, 1, 2, 3, 4), (5, 6), (6,), (1,)])
places = st.builds(
    Place,
    st.sampled_from(["NC", "TX", "AL", "FL", "RI", "NE", "", "AP"]),
    zones_.map(tuple),
    st.just((None, None)) | st.tuples(st.none() | quarter_hours, st.none() | quarter_hours),
)
START = datetime(2026, 10, 20, tzinfo=UTC)
instants = st.integers(0, 16 * 96).map(lambda quarters: START + quarters * 15 * MINUTE)
blackouts = st.builds(
    lambda at, hours_, on: Blackout(at, at + hours_ * HOUR, on),
    instants,
    st.integers(1, 90),
    channels,
)
own = st.builds(lambda on, days, two: OwnHours(on, days, *two), channels, weekdays, windows)
calling_hours = st.builds(
    lambda scope, on, days, two: CallingHours(scope, on, days, *two),
    st.sampled_from(["federal", "TX", "NC", "FR"]),
    channels,
    weekdays,
    windows | st.just((None, None)),
)
schedules = st.builds(
    Schedule,
    st.integers(0, 10**6).map(lambda seconds: START + timedelta(seconds=seconds)),
    st.sampled_from([date(2026, 11, 3), date(2026, 11, 1)]),
    st.just(time(6, 30)),
    st.sampled_from([time(19, 30), time(21), time(12)]),
    st.just(ET),
    st.sampled_from(["US", "US", "US", "FR", "AR", "IN", "RS", "GB"]),
    st.lists(blackouts, max_size=3).map(tuple),
    st.none() | st.just(date(2026, 10, 31)),
    st.booleans(),
    st.lists(calling_hours, max_size=2).map(tuple),
    st.lists(st.builds(lambda two: PollHours("NC", *two), windows), max_size=1).map(tuple),
    st.just(()),
    st.lists(own, max_size=2).map(tuple),
)


@quick
@given(schedules, places, st.sampled_from(ALL), instants)
def test_whatever_is_changed_just_what_is_allowed_is_open(
    schedule: Schedule, place: Place, channel: Channel, begin: datetime
) -> None:
    agree(schedule, place, channel, begin, begin + 2 * DAY, 15 * MINUTE)
    for at in minutes(begin, begin + 2 * DAY, 107 * MINUTE):
        open_now = is_open(schedule, place, channel, at)
        assert (open_until(schedule, place, channel, at) is not None) == open_now
        assert (opens_next(schedule, place, channel, at) == at) == open_now
        assert (why_closed(schedule, place, channel, at) is None) == open_now


@quick
@given(schedules, places, st.sampled_from(ALL), st.lists(blackouts | own, min_size=1, max_size=3))
def test_a_campaigns_own_wishes_never_open_what_was_closed(
    schedule: Schedule, place: Place, channel: Channel, wishes: list[Blackout | OwnHours]
) -> None:
    def opened(one: Schedule) -> list[Interval]:
        return open_intervals(one, place, channel, START, START + 20 * DAY)

    rest = opened(schedule.changed(wishes))
    for hole in opened(schedule):
        rest = subtract(rest, hole)
    assert rest == []


@quick
@given(schedules, places, st.sampled_from(ALL), instants)
def test_kept_answers_are_those_that_are_worked_out_anew(
    schedule: Schedule, place: Place, channel: Channel, begin: datetime
) -> None:
    found = open_intervals(schedule, place, channel, begin, begin + 40 * DAY)
    forget()
    assert open_intervals(schedule, place, channel, begin, begin + 40 * DAY) == found
    assert replace(schedule) == schedule
    assert hash(replace(schedule)) == hash(schedule)


@quick
@given(schedules, places, st.sampled_from(ALL))
def test_the_spans_in_which_answers_are_kept_leave_no_seam(
    schedule: Schedule, place: Place, channel: Channel
) -> None:
    """A year of hours is the same whichever days it is asked by."""
    seamless(replace(schedule, starts_at=START - 300 * DAY), place, channel)


def seamless(schedule: Schedule, place: Place, channel: Channel) -> None:
    whole = open_intervals(schedule, place, channel, START - 300 * DAY, START + 20 * DAY)
    total = sum((last - first for first, last in whole), timedelta())
    by_days = (
        last - first
        for day in range(-300, 20)
        for first, last in open_intervals(
            schedule, place, channel, START + day * DAY, START + (day + 1) * DAY
        )
    )
    assert sum(by_days, timedelta()) == total
    assert all(one[1] < other[0] for one, other in pairwise(whole))


# Why

NC = Place("NC", (ET,))
FRANCE = Place("", ("Europe/Paris",))


def eastern(day: int, hour: int, minute: int = 0, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ET))


DARK = Blackout(eastern(28, 7), eastern(28, 14), (Channel.CALL,))
LATER = OwnHours((Channel.CALL,), WEEK, time(10), time(18))


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (datetime(2026, 9, 4, 15, 19, tzinfo=UTC), Cover.NOT_BEGUN),
        (eastern(27, 12), None),
        (eastern(28, 7, 30), Cover.CLOSED),  # the law comes before the blackout
        (eastern(28, 8, 30), Cover.BLACKOUT),  # and the blackout before the campaign's own hours
        (eastern(28, 14), None),
        (eastern(28, 18), Cover.OWN_HOURS),
        (eastern(28, 21), Cover.CLOSED),
        (eastern(3, 17, 59, month=11), None),
        (eastern(3, 20, month=11), Cover.CLOSED),  # lawful still, but the polls have closed
    ],
)
def test_a_closed_hour_says_why(at: datetime, why: Cover | None) -> None:
    schedule = campaign(blackouts=(DARK,), own_hours=(LATER,))
    assert why_closed(schedule, NC, Channel.CALL, at) is why
    if why in (Cover.BLACKOUT, Cover.OWN_HOURS):
        assert why_closed(schedule, NC, Channel.TEXT, at) is None


def test_silence_says_so() -> None:
    schedule = campaign(country="FR", zone="Europe/Paris", blackouts=((START, START + 30 * DAY),))
    paris = ZoneInfo("Europe/Paris")
    for at, why in (
        (datetime(2026, 11, 1, 12, tzinfo=paris), Cover.BLACKOUT),
        (datetime(2026, 11, 2, 12, tzinfo=paris), Cover.SILENCE),
        (datetime(2026, 11, 2, 6, tzinfo=paris), Cover.CLOSED),
        (datetime(2026, 11, 3, 21, tzinfo=paris), Cover.CLOSED),
    ):
        assert why_closed(schedule, FRANCE, Channel.EMAIL, at) is why


# The two cases of docs/hours.md, worked by hand there


def utc(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_the_first_case_of_the_docs() -> None:
    """A voter of El Paso or Dallas: nobody knows which. The last weekend, the clocks go back."""
    place = Place("TX", (CT, MT))
    schedule = campaign(polls_by_state=True)
    begin, end = utc(31, 6, month=10), utc(4, 12)
    assert open_intervals(schedule, place, Channel.CALL, begin, end) == [
        (utc(31, 15, month=10), utc(1, 2)),
        (utc(1, 19), utc(2, 3)),
        (utc(2, 16), utc(3, 3)),
        (utc(3, 16), utc(4, 1)),
    ]


def test_the_second_case_of_the_docs() -> None:
    """Argentina votes on Sunday, October 25, 2026, from 8 to 18; calls from 10 at weekends."""
    zone = "America/Argentina/Buenos_Aires"
    later = OwnHours((Channel.CALL,), (5, 6), time(10), time(21))
    polls = {"polls_open": time(8), "polls_close": time(18)}
    sunday = date(2026, 10, 25)
    schedule = campaign(sunday, country="AR", zone=zone, own_hours=(later,), **polls)
    place = Place("", (zone,))
    begin, end = utc(22, 3, month=10), utc(27, 3, month=10)
    assert open_intervals(schedule, place, Channel.CALL, begin, end) == [
        (utc(22, 11, month=10), utc(23, 0, month=10)),
    ]
    assert why_closed(schedule, place, Channel.CALL, utc(23, 12, month=10)) is Cover.SILENCE
    assert why_closed(schedule, place, Channel.CALL, utc(25, 22, month=10)) is Cover.CLOSED
    loud = schedule.changed([Silence("", "", (Channel.CALL,))])
    assert open_intervals(loud, place, Channel.CALL, begin, end) == [
        (utc(22, 11, month=10), utc(23, 0, month=10)),
        (utc(23, 11, month=10), utc(24, 0, month=10)),
        (utc(24, 13, month=10), utc(25, 0, month=10)),
        (utc(25, 13, month=10), utc(25, 21, month=10)),
    ]


# Planted faults


def forget() -> None:
    """Answers that are kept would hide a fault, and a fault's answers would outlive it."""
    for kept in (
        *(hours._span, hours._week, hours._lawful_week),
        *(module.votings, module.silence, calling.legal_window, calling.state_daily_cap),
    ):
        kept.cache_clear()


@pytest.fixture
def afresh() -> Iterator[None]:
    """Nothing is remembered of other tests, nor by them."""
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def faultless() -> None:
    """Without a fault there is nothing to be seen."""
    _without_fault()


@pytest.mark.usefixtures("afresh", "faultless")
@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("hours.silence", lambda *_: None),
        ("schedule.silent", lambda found, votings: (START, START)),
        ("schedule.instant", lambda day, at, zone: datetime.combine(day, at, UTC)),
        ("hours.LONGEST", timedelta()),
        ("hours._narrowed", lambda window, by: window),
        ("hours.subtract", lambda found, hole: found),
        ("schedule.Schedule.dark", lambda schedule, channel: ()),
        (
            "hours.hours_of",
            lambda day, window, zone: [
                (datetime.combine(day, window[0], UTC), datetime.combine(day, window[1], UTC))
            ],
        ),
        ("local._change", lambda begin, end, before, clock: begin),
        ("calling._changed", lambda *_: None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_in_the_hours_would_be_seen(
    name: str, broken: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"app.domain.{name}", broken)
    forget()
    with pytest.raises(AssertionError):
        _without_fault()


def _without_fault() -> None:
    test_the_hour_that_comes_twice_is_open_twice()
    test_silence_says_so()
    test_the_first_case_of_the_docs()
    test_the_second_case_of_the_docs()
    schedule = campaign(blackouts=(DARK,), own_hours=(LATER,), polls_by_state=True)
    for place in (NC, Place("TN", (CT, ET)), Place("", ())):
        for day in (24, 28, 31):
            agree(schedule, place, Channel.CALL, utc(day, 6, month=10), utc(4, 6), 2 * HOUR)
        seamless(replace(schedule, starts_at=START - 300 * DAY), place, Channel.TEXT)
