"""When the polls open and close for a voter: table, changes, precincts, several days."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.channel import Channel
from app.domain.hours import Place, Schedule, open_until
from app.domain.place import zones_of_state
from app.domain.poll import polls_of
from app.domain.rule import PollHours
from app.domain.tables import table
from tests.slow_hours import CT, ET, MT, ODD_POLLS

TUESDAY = date(2026, 11, 3)
OWN = Schedule(datetime(2026, 9, 1, tzinfo=UTC), TUESDAY, time(6, 15), time(21, 45), ET)
BY_STATE = replace(OWN, polls_by_state=True)
ROWS = {row["state"]: row for row in table("us_polling_hours")}


def clock(state: str, *zones: str) -> Place:
    return Place(state, zones)


def local(at: datetime, zone: str) -> tuple[date, time]:
    there = at.astimezone(ZoneInfo(zone))
    return there.date(), there.time()


def test_the_rows_with_more_than_two_times_are_written_out() -> None:
    plain = {
        state
        for state, row in ROWS.items()
        if len(row["open_local"]) == len(row["close_local"]) == len("07:00")
    }
    assert ROWS.keys() - plain == {state for state, _ in ODD_POLLS}
    for state in plain:
        told = (
            time.fromisoformat(ROWS[state]["open_local"]),
            time.fromisoformat(ROWS[state]["close_local"]),
        )
        assert polls_of(state, ET) == polls_of(state, MT) == told


@pytest.mark.parametrize(("state", "zone"), ODD_POLLS)
def test_a_row_of_more_times_is_read_with_care(state: str, zone: str) -> None:
    opens, closes = ODD_POLLS[state, zone]
    read = time.fromisoformat(opens) if opens else None, time.fromisoformat(closes)
    assert polls_of(state, zone) == read


@pytest.mark.parametrize("state", ROWS)
def test_nobody_is_told_a_later_close_or_an_earlier_opening_than_the_table_is_sure_of(
    state: str,
) -> None:
    named = [
        [
            time.fromisoformat(word)
            for word in ROWS[state][cell].replace("-", " ").split()
            if ":" in word
        ]
        for cell in ("open_local", "close_local")
    ]
    for zone in zones_of_state(state):
        opens, closes = polls_of(state, zone)
        by_zone = " / " in ROWS[state]["close_local"]
        assert closes == min(named[1]) or (by_zone and closes in named[1])
        assert opens is None or opens == max(named[0]) or (by_zone and opens in named[0])


def test_a_clock_that_a_row_does_not_name_gets_the_careful_time() -> None:
    assert polls_of("NE", "America/Los_Angeles") == (time(8), time(19))
    assert polls_of("TN", "America/Kentucky/Louisville") == (None, time(20))
    assert polls_of("NE", "America/Boise") == (time(7), time(19))


@pytest.mark.parametrize("zone", [ET, "Pacific/Honolulu"])
def test_the_table_counts_only_for_a_campaign_that_goes_by_it(zone: str) -> None:
    place = clock("NC", zone)
    assert local(OWN.polls_open_at(place), zone) == (TUESDAY, time(6, 15))
    assert local(OWN.polls_close_at(place), zone) == (TUESDAY, time(21, 45))
    assert local(BY_STATE.polls_open_at(place), zone) == (TUESDAY, time(6, 30))
    assert local(BY_STATE.polls_close_at(place), zone) == (TUESDAY, time(19, 30))


@pytest.mark.parametrize("state", ["", "PR", "AP"])
def test_a_state_without_a_row_keeps_the_campaigns_own_hours(state: str) -> None:
    place = clock(state, ET)
    assert BY_STATE.polls_close_at(place) == OWN.polls_close_at(place)
    abroad = replace(BY_STATE, country="CA")
    assert abroad.polls_close_at(clock("NC", ET)) == OWN.polls_close_at(clock("NC", ET))


def test_an_opening_that_the_table_does_not_know_is_the_campaigns() -> None:
    place = clock("TN", CT)
    assert local(BY_STATE.polls_open_at(place), CT) == (TUESDAY, time(6, 15))
    assert local(BY_STATE.polls_close_at(place), CT) == (TUESDAY, time(19))


def test_a_split_state_closes_by_the_voters_clock_and_by_the_first_if_none_is_known() -> None:
    florida = {zone: BY_STATE.polls_close_at(clock("FL", zone)) for zone in (ET, CT)}
    assert florida[CT] - florida[ET] == timedelta(hours=1)
    assert BY_STATE.polls_close_at(clock("FL")) == florida[ET]
    assert BY_STATE.polls_open_at(clock("FL")) == BY_STATE.polls_open_at(clock("FL", CT))
    # Nebraska and Tennessee close at one instant on both clocks.
    assert len({BY_STATE.polls_close_at(clock("NE", zone)) for zone in (CT, MT)}) == 1
    assert len({BY_STATE.polls_close_at(clock("TN", zone)) for zone in (ET, CT)}) == 1


def test_a_change_for_a_state_comes_before_the_table_and_a_precinct_before_both() -> None:
    changes = [PollHours("NC", time(7), time(20)), PollHours("NC", time(8), time(20, 30))]
    for schedule in (OWN.changed(changes), BY_STATE.changed(changes)):
        assert schedule.polls_in(clock("NC", ET), ET) == (time(8), time(20, 30))
        precinct = Place("NC", (ET,), (None, time(18)))
        assert schedule.polls_in(precinct, ET) == (time(8), time(18))
        precinct = Place("NC", (ET,), (time(5), time(22)))
        assert schedule.polls_in(precinct, ET) == (time(5), time(22))
        elsewhere = clock("VA", ET)
        assert schedule.polls_in(elsewhere, ET) == (
            (time(6), time(19)) if schedule.polls_by_state else (time(6, 15), time(21, 45))
        )


def test_several_polling_days_open_on_the_first_and_close_on_the_last() -> None:
    first = TUESDAY - timedelta(days=2)
    schedule, place = replace(BY_STATE, first_polling_day=first), clock("NC", ET)
    assert local(schedule.polls_open_at(place), ET) == (first, time(6, 30))
    assert local(schedule.polls_close_at(place), ET) == (TUESDAY, time(19, 30))
    # Between them the evening is as any other.
    evening = datetime(2026, 11, 2, 20, tzinfo=ZoneInfo(ET))
    assert open_until(schedule, place, Channel.CALL, evening) == evening + timedelta(hours=1)


def test_a_precinct_that_closes_early_ends_its_voters_day() -> None:
    place = Place("NC", (ET,), (None, time(18)))
    six = datetime(2026, 11, 3, 18, tzinfo=ZoneInfo(ET))
    assert open_until(BY_STATE, place, Channel.TEXT, six - timedelta(seconds=1)) == six
    assert open_until(BY_STATE, place, Channel.TEXT, six) is None
    assert open_until(BY_STATE, clock("NC", ET), Channel.TEXT, six) is not None


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (Place("NC", (ET,)), "NC:America/New_York"),
        (Place("NC", (ET,), (time(6, 30), time(20))), "NC:America/New_York@0630-2000"),
        (Place("TN", (ET, CT), (None, time(19, 5))), "TN:America/New_York|America/Chicago@-1905"),
        (Place("", (), (time(0), None)), ":@0000-"),
    ],
)
def test_a_place_with_the_hours_of_its_precinct_has_a_key_of_its_own(
    place: Place, key: str
) -> None:
    assert place.key == key
    assert Place.of(key) == place
    assert sorted([place, Place("", ())])[0] == Place("", ())
