"""What booked blasts send in each hour: all of it, in its time, never more than the senders can."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.blast import Stretch
from app.domain.blast_load import Booked, by_hour

TEN = datetime(2026, 10, 29, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = TEN + 11 * HOUR


def stretch(spread: timedelta = timedelta(0), begin: datetime = TEN) -> Stretch:
    ends = begin + spread
    return Stretch(begin, ends, max(ends, NIGHT), NIGHT, ((begin, NIGHT),))


CASES = [
    ("spread evenly", Booked(stretch(3 * HOUR), 300), 1000.0, TEN - HOUR, [100, 100, 100]),
    ("at once, as the senders can", Booked(stretch(), 250), 100.0, TEN - HOUR, [100, 100, 50]),
    ("long texts take longer", Booked(stretch(), 100, 2), 100.0, TEN - HOUR, [50, 50]),
    ("in the middle of it", Booked(stretch(3 * HOUR), 200), 1000.0, TEN + HOUR, [100, 100]),
    ("half an hour of the first", Booked(stretch(), 100), 60.0, TEN + HOUR / 2, [30, 60, 10]),
    ("when its spread is over", Booked(stretch(HOUR), 70), 100.0, TEN + 5 * HOUR, [70]),
    ("without a sender", Booked(stretch(), 70), 0.0, TEN, []),
    ("over", Booked(stretch(), 70), 100.0, NIGHT, []),
]


@pytest.mark.parametrize(
    ("booked", "an_hour", "now", "sent"),
    [case[1:] for case in CASES],
    ids=[one[0] for one in CASES],
)
def test_it_goes_out_in_its_hours(
    booked: Booked, an_hour: float, now: datetime, sent: list[float]
) -> None:
    [found] = by_hour([booked], an_hour, now)
    assert list(found.values()) == pytest.approx(sent)
    assert list(found) == sorted(found)
    assert all(hour.minute == 0 for hour in found)


def test_two_share_the_senders_and_what_must_be_done_first_goes_first() -> None:
    early = Stretch(TEN, TEN, TEN + HOUR, TEN + HOUR, ((TEN, TEN + HOUR),))
    found = by_hour([Booked(stretch(), 100), Booked(early, 80)], 100.0, TEN)
    assert found == [{TEN: 20.0, TEN + HOUR: 80.0}, {TEN: 80.0}]


@given(
    st.lists(
        st.tuples(st.integers(0, 24), st.integers(0, 500), st.integers(1, 3)),
        min_size=1,
        max_size=4,
    ),
    st.floats(0, 300),
    st.integers(-3, 12),
)
def test_never_more_than_the_senders_can_nor_than_there_are_people(
    blasts: list[tuple[int, int, int]], an_hour: float, later: int
) -> None:
    booked = [Booked(stretch(spread * HOUR / 4), people, parts) for spread, people, parts in blasts]
    found = by_hour(booked, an_hour, TEN + later * HOUR)
    for one, sent in zip(booked, found, strict=True):
        assert sum(sent.values()) <= one.people + 1e-6
        assert all(hour + HOUR > TEN and hour < NIGHT for hour in sent)
    for hour in {hour for sent in found for hour in sent}:
        parts = sum(sent.get(hour, 0) * one.parts for one, sent in zip(booked, found, strict=True))
        assert parts <= an_hour + 1e-6
