"""Open hours: never outside the law on any clock that may be the voter's."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain import calling, hours, local
from app.domain import schedule as module
from app.domain.channel import Channel
from app.domain.hours import (
    Interval,
    Place,
    Schedule,
    intersect,
    legal_window,
    open_intervals,
    open_until,
    opens_next,
    state_daily_cap,
    subtract,
)
from app.domain.tables import table

quick = settings(derandomize=True, deadline=None, max_examples=60)

DAY = timedelta(days=1)
WEEK = 7 * DAY
STATES = {
    row["state"]: tuple(row["tz"].split(";"))
    for row in table("us_polling_hours")  # the 50 states and DC
}
ZONES = sorted({zone for zones in STATES.values() for zone in zones})
PHONES = (Channel.CALL, Channel.TEXT)

# Written out by hand, not read from the table that the rule reads.
FROM_8_TO_20 = {"FL", "OK", "MD", "MA", "AL", "LA", "MS"}
FROM_9_TO_20 = {"CT", "NV"}
FROM_9_TO_21 = {"MN", "MI", "NM", "TX"}
NO_SUNDAY = {"AL", "LA", "MS"}


def lawful(state: str, weekday: int) -> tuple[time, time] | None:
    """The hours for calls and texts in a state on a weekday (0 = Monday), as a lawyer told us."""
    if weekday == 6 and state in NO_SUNDAY:
        return None
    if weekday == 6 and state == "TX":
        return time(12), time(21)
    if state == "RI":
        return (time(9), time(18)) if weekday < 5 else None
    if state == "KY":
        return time(10), time(21)
    opens = time(9) if state in FROM_9_TO_20 | FROM_9_TO_21 else time(8)
    return opens, time(20) if state in FROM_8_TO_20 | FROM_9_TO_20 else time(21)


def campaign(
    polling_day: date = date(2026, 11, 3),
    close: time = time(19, 30),
    zone: str = "America/New_York",
    starts_at: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    country: str = "US",
    blackouts: tuple[Interval, ...] = (),
) -> Schedule:
    return Schedule(starts_at, polling_day, time(6, 30), close, zone, country, blackouts)


FAR = campaign(date(2040, 11, 6))
"""A campaign that limits nothing in the years looked at."""


def at(*parts: int, zone: str = "UTC") -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type,misc]


def breaches(found: Sequence[Interval], state: str, zones: Sequence[str]) -> list[Interval]:
    """The intervals that are not lawful from end to end on each of the clocks."""
    return [
        (begin, end)
        for begin, end in found
        if not all(_within(begin, end, state, zone) for zone in zones)
    ]


def _within(begin: datetime, end: datetime, state: str, zone: str) -> bool:
    first, last = begin.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    window = lawful(state, first.weekday())
    return (
        window is not None
        and first.date() == last.date()
        and window[0] <= first.time()
        and last.time() <= window[1]
    )


@pytest.mark.parametrize("channel", PHONES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_is_open_in_its_own_hours_on_every_weekday(
    state: str, channel: Channel
) -> None:
    for weekday in range(7):
        assert legal_window(state, channel, weekday) == lawful(state, weekday)
        window = legal_window(state, channel, weekday)
        assert window is None or time(8) <= window[0] < window[1] <= time(21)


@pytest.mark.parametrize("state", STATES)
def test_a_week_in_a_state_opens_within_the_law_on_each_of_its_clocks(state: str) -> None:
    place = Place(state, STATES[state])
    for channel in PHONES:
        found = open_intervals(FAR, place, channel, at(2026, 10, 27), at(2026, 10, 27) + WEEK)
        assert found
        assert breaches(found, state, STATES[state]) == []


def test_mail_goes_by_day_in_every_state() -> None:
    for state in STATES:
        for weekday in range(7):
            assert legal_window(state, Channel.EMAIL, weekday) == (time(8), time(21))


@pytest.mark.parametrize(
    ("state", "cap"), [("FL", 3), ("OK", 3), ("NC", None), ("TX", None), ("", None)]
)
def test_only_two_states_cap_the_day(state: str, cap: int | None) -> None:
    for channel in PHONES:
        assert state_daily_cap(state, channel) == cap
    assert state_daily_cap(state, Channel.EMAIL) is None


dates = st.dates(date(2024, 1, 1), date(2034, 12, 31))
CHANGES = tuple(
    day
    for year in range(2024, 2035)
    for day in (
        date(year, 3, 14 - (date(year, 3, 7).weekday() + 1) % 7),  # second Sunday in March
        date(year, 11, 7 - (date(year, 11, 7).weekday() + 1) % 7),  # first Sunday in November
    )
)


def test_the_days_on_which_clocks_change_are_the_real_ones() -> None:
    eastern = ZoneInfo("America/New_York")
    for day in CHANGES:
        midnight, noon = (datetime.combine(day, time(hour), eastern) for hour in (0, 12))
        assert day.weekday() == 6
        assert midnight.utcoffset() != noon.utcoffset()


@quick
@given(dates, st.sampled_from(sorted(STATES)), st.sampled_from(PHONES))
def test_an_open_day_runs_from_one_legal_time_to_the_other(
    day: date, state: str, channel: Channel
) -> None:
    _legal_to_the_minute(day, state, channel)


@pytest.mark.parametrize("day", CHANGES)
def test_open_days_are_exact_when_clocks_change(day: date) -> None:
    for state in ("NC", "TX", "AL", "AK", "HI", "AZ", "CA"):
        for near in (day - DAY, day, day + DAY):
            _legal_to_the_minute(near, state, Channel.CALL)


def _legal_to_the_minute(day: date, state: str, channel: Channel) -> None:
    zone = ZoneInfo(STATES[state][0])
    begin, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in (day, day + DAY))
    found = open_intervals(FAR, Place(state, (zone.key,)), channel, begin, end)
    local = [(a.astimezone(zone).time(), b.astimezone(zone).time()) for a, b in found]
    window = lawful(state, day.weekday())
    assert local == ([window] if window else [])
    assert all(instant.tzinfo is UTC for interval in found for instant in interval)


places = st.builds(
    Place,
    st.sampled_from(sorted(STATES)),
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple),
)
instants = st.timedeltas(timedelta(), 16 * DAY).map(lambda since: at(2026, 10, 20) + since)
"""Sixteen days, the autumn change of clocks and polling day among them."""


@quick
@given(places, instants, st.sampled_from(PHONES))
def test_open_in_several_zones_is_open_in_each(
    place: Place, now: datetime, channel: Channel
) -> None:
    schedule = campaign()
    alone = [Place(place.state, (zone,)) for zone in place.zones]
    everywhere = all(open_until(schedule, one, channel, now) is not None for one in alone)
    assert (open_until(schedule, place, channel, now) is not None) == everywhere
    found = open_intervals(schedule, place, channel, now, now + 2 * DAY)
    assert breaches(found, place.state, place.zones) == []


def _either(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    return sorted({*left, *right})


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


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("intersect", _either),
        ("legal_window", lambda *_: (time(8), time(21))),
        ("legal_window", lambda *_: (time(7), time(21))),
        ("hours_of", lambda day, window, zone: local.hours_of(day, window, "UTC")),
        ("Schedule.zones_of", lambda schedule, place: place.zones[:1]),
        ("Schedule.zones_of", lambda schedule, place: ("America/New_York",)),
    ],
)
def test_hours_that_are_wrong_would_be_seen(
    name: str, broken: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place("TX", ("America/Chicago", "America/Denver"))
    saturday = at(2026, 10, 24)

    def seen() -> bool:
        found = open_intervals(FAR, place, Channel.CALL, saturday, saturday + 3 * DAY)
        whole = {(at(2026, 10, 25, 18), at(2026, 10, 26, 2))}
        return bool(breaches(found, "TX", place.zones)) or not whole <= set(found)

    assert not seen()
    monkeypatch.setattr(f"app.domain.hours.{name}", broken)
    forget()
    assert seen()


def test_a_zone_that_never_changes_its_clock_stays_where_it_is() -> None:
    for zone, offset in (("America/Phoenix", 7), ("Pacific/Honolulu", 10)):
        place = Place("AZ" if offset == 7 else "HI", (zone,))
        for day in CHANGES[:4]:
            begin = at(day.year, day.month, day.day, offset)
            assert open_intervals(FAR, place, Channel.CALL, begin, begin + DAY) == [
                (begin + timedelta(hours=8), begin + timedelta(hours=21))
            ]


def test_a_zone_of_half_an_hour_opens_on_its_half_hour() -> None:
    schedule = campaign(zone="Asia/Kolkata", country="IN")
    place = Place("", ("Asia/Kolkata",))
    assert open_intervals(schedule, place, Channel.CALL, at(2026, 10, 26), at(2026, 10, 27)) == [
        (at(2026, 10, 26, 2, 30), at(2026, 10, 26, 15, 30))
    ]
    assert opens_next(schedule, place, Channel.CALL, at(2026, 10, 26, 2, 5)) == at(
        2026, 10, 26, 2, 30
    )
    assert open_until(schedule, place, Channel.CALL, at(2026, 10, 26, 2, 29)) is None
    assert open_until(schedule, place, Channel.CALL, at(2026, 10, 26, 2, 31)) is not None


@pytest.mark.parametrize(
    ("place", "country", "zone", "first", "last"),
    [
        (Place("", ()), "US", "America/Los_Angeles", (16, 0), (1, 0)),  # 12–21 Eastern
        (Place("AP", ()), "US", "America/Los_Angeles", (16, 0), (1, 0)),  # military mail
        (Place("NC", ()), "US", "America/Los_Angeles", (12, 0), (1, 0)),  # its state is known
        (Place("HI", ()), "US", "America/New_York", (18, 0), (7, 0)),  # 12 Eastern is 6 there
        (Place("", ()), "GB", "Europe/London", (8, 0), (21, 0)),  # the campaign's own
    ],
)
def test_a_voter_whose_zone_nobody_knows_has_careful_hours(
    place: Place, country: str, zone: str, first: tuple[int, int], last: tuple[int, int]
) -> None:
    schedule = campaign(zone=zone, country=country)
    begin = at(2026, 10, 28, *first)
    end = at(2026, 10, 28, *last) if last > first else at(2026, 10, 29, *last)
    assert open_intervals(schedule, place, Channel.CALL, at(2026, 10, 28, 8), end) == [(begin, end)]
    assert open_until(schedule, place, Channel.CALL, end) is None


def test_the_careful_hours_of_an_unknown_zone_are_lawful_from_coast_to_coast() -> None:
    mainland = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
    found = open_intervals(FAR, Place("", ()), Channel.TEXT, at(2026, 10, 20, 4), at(2026, 11, 20))
    assert len(found) == 31
    assert breaches(found, "", mainland) == []


def test_canada_has_its_own_weekend() -> None:
    schedule = campaign(zone="America/Toronto", country="CA")
    place = Place("ON", ("America/Toronto",))
    saturday = at(2026, 10, 24, zone="America/Toronto")
    assert open_intervals(schedule, place, Channel.CALL, saturday, saturday + DAY) == [
        (saturday + timedelta(hours=10), saturday + timedelta(hours=18))
    ]


def test_a_province_that_shares_its_letters_with_a_state_does_not_share_its_rules() -> None:
    for code in ("AL", "MA", "MS", "CA-canada"):
        assert legal_window(code, Channel.CALL, 6, "BR") == (time(8), time(21))


def test_hours_run_from_the_campaigns_start_to_the_close_of_the_voters_own_polls() -> None:
    schedule = campaign(starts_at=at(2026, 11, 2, 15, 20))
    for zone, offset in (("America/New_York", 5), ("America/Denver", 7)):
        place = Place("NC", (zone,))
        found = open_intervals(schedule, place, Channel.CALL, at(2026, 1, 1), at(2027, 1, 1))
        assert found[0][0] == max(at(2026, 11, 2, 15, 20), at(2026, 11, 2, 8 + offset))
        close = at(2026, 11, 3, 19, 30) + timedelta(hours=offset)
        assert found[-1][1] == schedule.polls_close_at(place) == close
        assert open_until(schedule, place, Channel.CALL, close - timedelta(seconds=1)) == close
        assert opens_next(schedule, place, Channel.CALL, close) is None


def test_polls_of_several_zones_close_with_the_first_and_open_with_the_last() -> None:
    schedule, place = campaign(), Place("TN", ("America/Chicago", "America/New_York"))
    assert schedule.polls_close_at(place) == at(2026, 11, 4, 0, 30)
    assert schedule.polls_open_at(place) == at(2026, 11, 3, 12, 30)


def test_a_campaign_that_has_not_begun_opens_when_it_begins_however_far_off() -> None:
    schedule = campaign(starts_at=at(2026, 10, 1))
    place = Place("NC", ("America/New_York",))
    assert opens_next(schedule, place, Channel.CALL, at(2026, 1, 1)) == at(2026, 10, 1)
    assert opens_next(schedule, place, Channel.CALL, at(2026, 9, 30, 12)) == at(2026, 10, 1)
    assert open_until(schedule, place, Channel.CALL, at(2026, 9, 30, 12)) is None


def test_what_a_blackout_of_any_length_covers_is_closed() -> None:
    place = Place("NC", ("America/New_York",))
    hole = (at(2026, 10, 5, 15), at(2026, 10, 25, 16, 30))
    schedule = campaign(blackouts=((at(2026, 11, 1), at(2026, 11, 2)), hole))
    assert open_until(schedule, place, Channel.CALL, at(2026, 10, 5, 14)) == hole[0]
    assert open_until(schedule, place, Channel.CALL, hole[0]) is None
    assert opens_next(schedule, place, Channel.CALL, hole[0]) == hole[1]
    assert open_until(schedule, place, Channel.CALL, at(2026, 11, 1, 18)) is None


spans = st.tuples(st.integers(0, 400), st.integers(1, 200)).map(
    lambda span: (
        at(2026, 10, 20) + timedelta(hours=span[0]),
        at(2026, 10, 20) + timedelta(hours=span[0] + span[1]),
    )
)


@quick
@given(places, st.lists(spans, max_size=3), instants, st.sampled_from(tuple(Channel)))
def test_until_and_next_agree_with_the_intervals(
    place: Place, holes: list[Interval], now: datetime, channel: Channel
) -> None:
    schedule = campaign(starts_at=at(2026, 10, 21), blackouts=tuple(holes))
    found = open_intervals(schedule, place, channel, at(2026, 10, 1), at(2026, 12, 1))
    assert found == sorted(found)
    assert all(not (begin < stop and start < end) for begin, end in found for start, stop in holes)
    inside = [(begin, end) for begin, end in found if begin <= now < end]
    later = [begin for begin, end in found if begin > now]
    assert len(inside) <= 1
    assert open_until(schedule, place, channel, now) == (inside[0][1] if inside else None)
    assert opens_next(schedule, place, channel, now) == (
        now if inside else min(later, default=None)
    )


@quick
@given(places, instants)
def test_the_answer_does_not_depend_on_the_clock_that_the_question_is_asked_on(
    place: Place, now: datetime
) -> None:
    for zone in ("America/New_York", "Asia/Kolkata"):
        local = now.astimezone(ZoneInfo(zone))
        assert open_until(FAR, place, Channel.CALL, local) == open_until(
            FAR, place, Channel.CALL, now
        )
        assert opens_next(FAR, place, Channel.CALL, local) == opens_next(
            FAR, place, Channel.CALL, now
        )


def test_what_is_remembered_of_one_campaign_is_not_told_of_another() -> None:
    place, now = Place("NC", ("America/New_York",)), at(2026, 10, 28, 15)
    one = campaign()
    others = [
        replace(one, blackouts=((at(2026, 10, 28), at(2026, 10, 29)),)),
        replace(one, starts_at=at(2026, 10, 29)),
        replace(one, polling_day=date(2026, 10, 27)),
        replace(one, polling_day=date(2026, 10, 28), polls_close=time(10)),
    ]
    for _ in range(2):
        assert open_until(one, place, Channel.CALL, now) == at(2026, 10, 29, 1)
        assert [open_until(other, place, Channel.CALL, now) for other in others] == [None] * 4


lists = st.lists(spans, max_size=5)


@quick
@given(lists, lists, spans, instants)
def test_intervals_meet_and_part_as_their_instants_do(
    left: list[Interval], right: list[Interval], hole: Interval, now: datetime
) -> None:
    def holds(intervals: Sequence[Interval]) -> bool:
        return any(begin <= now < end for begin, end in intervals)

    assert holds(intersect(left, right)) == (holds(left) and holds(right))
    assert holds(subtract(left, hole)) == (holds(left) and not holds([hole]))


@quick
@given(places)
def test_a_place_is_read_back_from_its_key(place: Place) -> None:
    assert Place.of(place.key) == place
    assert place.clock("Asia/Tokyo").key == place.zones[0]


def test_a_place_without_zones_is_read_back_and_shows_the_other_clock() -> None:
    for place in (Place("", ()), Place("AE", ())):
        assert Place.of(place.key) == place
        assert place.clock("Asia/Tokyo").key == "Asia/Tokyo"


@quick
@given(places, instants, st.timedeltas(timedelta(), WEEK), st.timedeltas(timedelta(), WEEK))
def test_a_span_is_open_where_its_parts_are(
    place: Place, begin: datetime, first: timedelta, second: timedelta
) -> None:
    assume(first and second)
    schedule, middle, end = campaign(), begin + first, begin + first + second
    whole = open_intervals(schedule, place, Channel.CALL, begin, end)
    parts = open_intervals(schedule, place, Channel.CALL, begin, middle) + open_intervals(
        schedule, place, Channel.CALL, middle, end
    )
    assert sum((b - a for a, b in whole), timedelta()) == sum(
        (b - a for a, b in parts), timedelta()
    )
