"""How much of a plan is due by now: nothing before its time, all of it in the end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.pace import AHEAD, pool_size, reach, wanted_by

some = settings(derandomize=True, deadline=None, max_examples=30)
BEGIN, HOUR = datetime(2026, 10, 20, 4, tzinfo=UTC), timedelta(hours=1)


@some
@given(
    st.dictionaries(st.integers(0, 300).map(lambda n: BEGIN + n * HOUR), st.integers(0, 5000)),
    st.lists(st.floats(-10, 310), min_size=2, max_size=6).map(sorted),
)
def test_what_is_wanted_only_grows_and_ends_at_the_total(
    hours: dict[datetime, int], moments: list[float]
) -> None:
    wanted = [wanted_by(hours, BEGIN + moment * HOUR) for moment in moments]
    assert all(before <= after for before, after in pairwise(wanted))
    assert wanted_by(hours, BEGIN) == 0
    assert wanted_by(hours, BEGIN + 301 * HOUR) == sum(hours.values())


def test_within_an_hour_the_wanted_rises_in_even_steps() -> None:
    quarters = [wanted_by({BEGIN: 100}, BEGIN + HOUR * part / 4) for part in range(5)]
    assert quarters == [0, 25, 50, 75, 100]


places = st.dictionaries(
    st.sampled_from("abcdef"),
    st.integers(1, 40_000).map(lambda seconds: BEGIN + timedelta(seconds=seconds)),
    min_size=1,
)


@some
@given(st.floats(0.05, 200), st.integers(0, 3_000), places)
def test_no_more_is_released_than_goes_out_in_time_and_within_a_quarter_of_an_hour(
    pace: float, waiting: int, until: dict[str, datetime]
) -> None:
    found = reach(pace, waiting, until, BEGIN)
    last = timedelta(seconds=(waiting + found.number) / pace)
    assert found.number <= max(AHEAD.total_seconds() * pace, 1)
    if found.number > 1:  # at a slow pace one is always let through
        assert all(BEGIN + last <= until[place] for place in found.places)
    assert found.places == {
        place
        for place, closes in until.items()
        if BEGIN + timedelta(seconds=waiting / pace) < closes
    }


REACHED = [
    ("an empty queue", 10, 0, {"east": 8.0}, {"east"}, 9_000),
    ("a queue that is half full", 10, 4_500, {"east": 8.0}, {"east"}, 4_500),
    ("a full queue", 10, 9_000, {"east": 8.0}, {"east"}, 0),
    ("one place that closes in a minute", 10, 0, {"east": 1 / 60, "west": 3.0}, "both", 600),
    ("one that closes before its turn", 10, 600, {"east": 1 / 60, "west": 3.0}, {"west"}, 8_400),
    ("a sender that is slower than the minute", 0.001, 0, {"east": 8.0}, {"east"}, 1),
    ("the same with one that waits", 0.001, 1, {"east": 8.0}, {"east"}, 0),
    ("no sender that may send", 0, 0, {"east": 8.0}, set(), 0),
    ("nothing open", 10, 0, {}, set(), 0),
]


@pytest.mark.parametrize(
    ("pace", "waiting", "hours", "places", "number"),
    [case[1:] for case in REACHED],
    ids=[case[0] for case in REACHED],
)
def test_what_senders_reach(
    pace: float, waiting: int, hours: dict[str, float], places: set[str] | str, number: int
) -> None:
    until = {place: BEGIN + HOUR * ahead for place, ahead in hours.items()}
    wanted = set(until) if places == "both" else places
    found = reach(pace, waiting, until, BEGIN)
    assert (found.places, found.number) == (wanted, number)


@pytest.mark.parametrize(
    ("callers", "dials", "calls"), [(0, 30, 0), (1, 30, 5), (7, 30, 35), (1, 20, 4), (3, 31, 16)]
)
def test_the_pool_lasts_ten_minutes(callers: int, dials: float, calls: int) -> None:
    assert pool_size(callers, dials) == calls
