"""Rests double, jitter comes from the id alone, what was accepted ends the row."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.backoff import (
    LONGEST_SECONDS,
    LONGEST_WAIT_SECONDS,
    again_seconds,
    rest_seconds,
    slow_downs_after,
)

ids = st.uuids(version=4)
FULL = UUID(int=0)  # an id that takes nothing off


@pytest.mark.parametrize(
    ("slow_downs", "seconds"),
    [(0, 0), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (50, 60), (10_000, 60)],
)
def test_the_rest_doubles_up_to_a_minute(slow_downs: int, seconds: float) -> None:
    assert rest_seconds(slow_downs, FULL) == seconds


@given(st.integers(1, 100), ids)
def test_jitter_takes_off_half_at_most_and_is_the_same_each_time(downs: int, key: UUID) -> None:
    whole = rest_seconds(downs, FULL)
    assert whole / 2 < rest_seconds(downs, key) <= whole <= LONGEST_SECONDS
    assert rest_seconds(downs, key) == rest_seconds(downs, UUID(str(key)))


def test_several_workers_do_not_all_come_back_at_once() -> None:
    rests = {round(rest_seconds(7, UUID(int=number * 0x12345677)), 1) for number in range(50)}
    assert len(rests) > 30


@given(st.floats(0, 120), st.integers(0, 100), ids)
def test_a_touch_that_was_put_off_waits_longer_each_time_but_not_for_ever(
    first: float, tries: int, key: UUID
) -> None:
    wait = again_seconds(first, tries, key)
    assert first / 2 <= max(wait, first / 2) <= LONGEST_WAIT_SECONDS
    assert again_seconds(first, tries + 1, key) >= wait


@pytest.mark.parametrize(
    ("before", "slowed", "accepted", "after"),
    [
        (0, True, False, 1),
        (3, True, False, 4),
        (3, True, True, 1),  # some of the batch went out: another row begins
        (3, False, True, 0),
        (3, False, False, 3),  # nothing was heard of it
    ],
)
def test_slow_downs_in_a_row_are_counted(
    before: int, slowed: bool, accepted: bool, after: int
) -> None:
    assert slow_downs_after(before, slowed=slowed, accepted=accepted) == after
