"""Between two tries a voter rests: two days as a rule, a day in the final week, never less."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.rest import final_from, rest
from app.domain.schedule import Schedule

START = datetime(2026, 9, 29, 4, tzinfo=UTC)
SCHEDULE = Schedule(START, date(2026, 11, 3), time(6, 30), time(19, 30), "America/New_York")
FINAL = final_from(SCHEDULE)
HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("polling_day", "begins"),
    [
        (date(2026, 11, 3), datetime(2026, 10, 27, 23, 30, tzinfo=UTC)),  # clocks went back between
        (date(2026, 11, 10), datetime(2026, 11, 4, 0, 30, tzinfo=UTC)),
        (date(2027, 3, 16), datetime(2027, 3, 10, 0, 30, tzinfo=UTC)),  # clocks went forward
    ],
)
def test_the_final_week_begins_at_the_same_time_of_day(polling_day: date, begins: datetime) -> None:
    schedule = Schedule(START, polling_day, time(6, 30), time(19, 30), "America/New_York")
    assert final_from(schedule) == begins


CASES = [
    ("weeks before", 2, FINAL - 240 * HOURS, 44),
    ("a day before, back as the week begins", 2, FINAL - 24 * HOURS, 24),
    ("an hour before, not sooner than the next day", 2, FINAL - HOURS, 20),
    ("in the final week", 2, FINAL + HOURS, 20),
    ("every day all along", 1, FINAL - 240 * HOURS, 20),
    ("a week apart before it", 7, FINAL - 240 * HOURS, 164),
    ("a week apart in it", 7, FINAL + HOURS, 20),
]


@pytest.mark.parametrize(("what", "days", "now", "hours"), CASES, ids=[one[0] for one in CASES])
def test_how_long_a_voter_rests(what: str, days: int, now: datetime, hours: int) -> None:
    assert rest(SCHEDULE, days, now) == hours * HOURS


@given(st.integers(1, 14), st.integers(0, 840), st.integers(0, 100))
def test_who_is_tried_later_is_never_back_sooner(days: int, begin: int, later: int) -> None:
    first, second = START + begin * HOURS, START + (begin + later) * HOURS
    assert first + rest(SCHEDULE, days, first) <= second + rest(SCHEDULE, days, second)
