"""Shifts needed and booked: attempts ÷ dials an hour ÷ hours ÷ show rate, block by block."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.channel import Channel
from app.domain.draft import draw_up
from app.domain.report import ShiftNeed
from app.domain.situation import Supply
from app.domain.staffing import booked_by_hour, carried, needed, shift_needs
from app.domain.value import Model
from tests.situations import cell, situation

MODEL = Model()
NOON = datetime(2026, 10, 29, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempts", "hours", "people"),
    [(300, 3, 6), (0, 3, 0), (1, 3, 1), (52, 3, 1), (53, 3, 2), (90, 0, 0)],
)
def test_so_many_are_to_be_booked(attempts: int, hours: int, people: int) -> None:
    """Wellstone: shifts = hours ÷ 3 ÷ show rate, at 30 dials an hour; docs/planning.md has 300."""
    assert needed(attempts, hours, MODEL) == people


@given(st.integers(1, 10_000), st.integers(1, 4))
def test_those_who_are_needed_carry_what_is_wanted_and_one_less_does_not(
    attempts: int, hours: int
) -> None:
    people = needed(attempts, hours, MODEL)
    assert carried(people, MODEL) * hours >= attempts - 1e-6
    assert carried(people - 1, MODEL) * hours < attempts


def test_booked_hours_are_counted_from_now_and_a_part_as_a_part() -> None:
    shifts = [
        (NOON - 2 * HOUR, NOON + HOUR, 1),
        (NOON + HOUR / 2, NOON + 2 * HOUR, 2),
        (NOON - 3 * HOUR, NOON - HOUR, 3),
    ]
    assert booked_by_hour(shifts, NOON + HOUR / 4) == {NOON: 1.5, NOON + HOUR: 1.0}
    swift = booked_by_hour(shifts, NOON + HOUR / 4, {1: 2.0})
    assert swift == {NOON: 2.5, NOON + HOUR: 1.0}


def block(booked: dict[datetime, float]) -> ShiftNeed:
    """The block of the evening before polling day, with 6,000 calls wanted in two days."""
    some = situation(cell(9_000, Channel.CALL), totals={Channel.CALL: 6_000}, days=1)
    supply = Supply({at: carried(count, MODEL) for at, count in booked.items()})
    draft = draw_up(replace(some, booked=booked, supply={Channel.CALL: supply}))
    blocks = shift_needs(draft.situation, draft.grid, draft.wishes)
    assert [one.begins_at for one in blocks] == sorted(one.begins_at for one in blocks)
    return next(one for one in blocks if one.begins_at == EVENING)


EVENING = datetime(2026, 11, 2, 23, tzinfo=UTC)
BOOKED = [
    ("nobody", (0, 0, 0), 0),
    ("two all along", (2, 2, 2), 2),
    ("two for two hours of three", (2, 2, 0), 1),
    ("a crowd for one hour", (0, 0, 99), None),
    ("more than enough", (99, 99, 99), None),
]


@pytest.mark.parametrize(("who", "people", "booked"), BOOKED, ids=[who for who, _, _ in BOOKED])
def test_each_block_says_who_is_needed_booked_and_short(
    who: str, people: tuple[int, ...], booked: int | None
) -> None:
    found = block({EVENING + n * HOUR: float(count) for n, count in enumerate(people)})
    assert (found.begins_at, found.ends_at) == (EVENING, EVENING + 3 * HOUR)
    assert found.needed > 3
    full = found.needed if min(people) else found.needed // 3
    assert found.booked == (full if booked is None else booked)
    assert found.short == found.needed - found.booked


def test_more_than_enough_is_not_short() -> None:
    assert ShiftNeed(NOON, NOON + 3 * HOUR, Channel.CALL, 3, 5).short == 0
