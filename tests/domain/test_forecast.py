"""When a channel has nobody left to try: by hand, and rules that hold for all plans."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.forecast import dry
from app.domain.report import Dry
from app.domain.value import Model

NOW = datetime(2026, 10, 26, 0, 0, tzinfo=UTC)
CLOSES = NOW + timedelta(days=9)
NOON = NOW + timedelta(hours=12)
DAY = timedelta(days=1)
USUAL = Model()

stocks = st.lists(st.integers(0, 60), min_size=1, max_size=6)
plans = st.dictionaries(
    st.integers(0, 80).map(lambda number: NOW + timedelta(hours=3 * number)),
    st.integers(0, 40),
    max_size=40,
)


def at_noon(*attempts: int) -> dict[datetime, int]:
    return {NOON + DAY * day: number for day, number in enumerate(attempts)}


def forecast(
    people: list[int],
    planned: dict[datetime, int],
    *,
    cap: int = 12,
    model: Model = USUAL,
    channel: Channel = Channel.CALL,
    now: datetime = NOW,
) -> Dry:
    return dry(channel, people, planned, model, total_cap_left=cap, now=now, closes_at=CLOSES)


def test_the_worked_case_of_the_docs() -> None:
    found = forecast([1000], at_noon(400, 400, 400, 400, 400, 400))
    assert found.passes == ((2, NOON + 2 * DAY), (3, NOON + 4 * DAY), (4, NOON + 5 * DAY))
    assert found.dry_at == NOON + 5 * DAY
    assert found.planned == 2400
    assert forecast([1000], at_noon(400, 400, 400, 400, 400, 380)).dry_at is None


def test_four_passes_are_two_and_a_half_dials_a_voter() -> None:
    assert forecast([1000], {}, cap=4).attempts_left == 2499
    assert forecast([1000], {}, cap=3).attempts_left == 2249
    assert forecast([0, 725], {}, cap=3).attempts_left == 1499


def test_those_with_the_fewest_attempts_are_tried_first() -> None:
    found = forecast([100, 100], at_noon(100, 50))
    assert found.passes == ((2, NOON + DAY),)
    assert forecast([0, 100], at_noon(100)).passes == ((2, NOON),)


def test_who_has_had_all_that_one_voter_may_get_is_left_alone() -> None:
    plan = at_noon(100, 60)
    assert forecast([100], plan, cap=2).dry_at is None
    assert forecast([100], plan, cap=1).dry_at == NOON + DAY
    assert forecast([100], plan, cap=0).dry_at == NOON
    assert forecast([100], plan, cap=0).attempts_left == 0


def test_nobody_comes_back_before_the_spacing_is_over() -> None:
    model = Model.of({"spacing_call": 3}, "middle")
    assert forecast([100], at_noon(100, 0, 1), model=model).dry_at == NOON + 2 * DAY
    assert forecast([100], at_noon(100, 0, 0, 72), model=model).dry_at is None


def test_bad_numbers_make_it_dry_sooner() -> None:
    plan, bad = at_noon(400, 400, 400, 400, 400, 300), Model.of({"bad_number": 30}, "middle")
    assert forecast([1000], plan).dry_at is None
    assert forecast([1000], plan, model=bad).dry_at == NOON + 3 * DAY


def test_hours_past_or_after_the_close_do_not_count() -> None:
    plan = {NOW - DAY: 500, NOW + timedelta(minutes=-30): 10, CLOSES: 500}
    found = forecast([100], plan)
    assert (found.planned, found.dry_at) == (10, None)
    late = forecast([0], {NOW - timedelta(minutes=30): 10})
    assert late.dry_at == NOW  # the hour that runs, but not a time that has passed


def test_nothing_is_left_once_the_polls_have_closed() -> None:
    assert forecast([100], {}, now=CLOSES).attempts_left == 0


@given(stocks, st.integers(0, 12))
def test_without_a_plan_it_never_runs_dry(people: list[int], cap: int) -> None:
    found = forecast(people, {}, cap=cap)
    assert (found.dry_at, found.passes, found.people) == (None, (), sum(people))


@given(stocks, plans, st.integers(0, 6), st.integers(0, 5), st.integers(1, 50))
def test_more_people_never_make_it_dry_sooner(
    people: list[int], planned: dict[datetime, int], cap: int, place: int, more: int
) -> None:
    found = forecast(people, planned, cap=cap)
    more_of_them = [*people, 0, 0, 0, 0, 0][: max(len(people), place + 1)]
    more_of_them[place] += more
    other = forecast(more_of_them, planned, cap=cap)
    assert (other.dry_at or CLOSES) >= (found.dry_at or CLOSES)
    assert other.attempts_left >= found.attempts_left


@given(stocks, plans, st.integers(0, 6))
def test_what_the_people_do_not_allow_cannot_all_be_made(
    people: list[int], planned: dict[datetime, int], cap: int
) -> None:
    found = forecast(people, planned, cap=cap)
    if found.planned > found.attempts_left + 1:
        assert found.dry_at is not None
    assert [pass_ for pass_, _ in found.passes] == sorted({pass_ for pass_, _ in found.passes})


@pytest.mark.parametrize("a_voter", [2, 6], ids=["some", "many"])
def test_thirty_five_days_take_milliseconds(a_voter: int) -> None:
    hours = {NOW + timedelta(hours=hour): a_voter * 240 for hour in range(35 * 24)}
    people = [100_000, 20_000, 5_000, 1_000, 100]
    closes = NOW + timedelta(days=35)

    def run() -> float:
        before = perf_counter()
        dry(Channel.CALL, people, hours, USUAL, total_cap_left=12, now=NOW, closes_at=closes)
        return perf_counter() - before

    # Against a yardstick of the same machine, and the best of five: others may be at work.
    yardstick = min(_yardstick() for _ in range(5))
    assert min(run() for _ in range(5)) < 10 * yardstick


def _yardstick() -> float:
    before = perf_counter()
    sum(number * number for number in range(20_000))
    return perf_counter() - before
