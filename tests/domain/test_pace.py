"""How much of a plan is due by now: nothing before its time, all of it in the end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.pace import wanted_by

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
