"""Ramps: rising, exact, within their cap."""

from itertools import accumulate, pairwise
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.ramp import Shape, apportion, daily, under_cap, weights

often = settings(derandomize=True, deadline=None, max_examples=200)
shapes = st.sampled_from(tuple(Shape))
shares = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40)


def rises(volumes: list[int] | list[float]) -> bool:
    return all(before <= after for before, after in pairwise(volumes))


@pytest.mark.parametrize(
    ("shape", "days", "rise", "doubling", "expected"),
    [
        (Shape.LINEAR, 1, 4.0, 3.0, [1.0]),
        (Shape.LINEAR, 4, 4.0, 3.0, [0.25, 0.5, 0.75, 1.0]),
        (Shape.LINEAR, 3, 1.0, 3.0, [1.0, 1.0, 1.0]),
        (Shape.EXPONENTIAL, 1, 4.0, 3.0, [1.0]),
        (Shape.EXPONENTIAL, 4, 4.0, 1.0, [0.125, 0.25, 0.5, 1.0]),
        (Shape.EXPONENTIAL, 3, 4.0, 2.0, [0.5, 2**-0.5, 1.0]),
    ],
)
def test_a_ramp_has_the_shape_that_its_figures_say(
    shape: Shape, days: int, rise: float, doubling: float, expected: list[float]
) -> None:
    assert weights(shape, days, rise=rise, doubling_days=doubling) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shape", "days", "rise", "doubling", "words"),
    [
        (Shape.LINEAR, 0, 4.0, 3.0, "at least one day"),
        (Shape.LINEAR, -3, 4.0, 3.0, "at least one day"),
        (Shape.LINEAR, 9, 0.5, 3.0, "rise of 1 or more"),
        (Shape.LINEAR, 9, -1.0, 3.0, "rise of 1 or more"),
        (Shape.LINEAR, 9, nan, 3.0, "rise of 1 or more"),
        (Shape.LINEAR, 9, inf, 3.0, "rise of 1 or more"),
        (Shape.EXPONENTIAL, 9, 4.0, 0.0, "more than 0"),
        (Shape.EXPONENTIAL, 9, 4.0, -1.0, "more than 0"),
        (Shape.EXPONENTIAL, 9, 4.0, nan, "more than 0"),
    ],
)
def test_a_ramp_that_would_fall_is_refused_with_the_remedy(
    shape: Shape, days: int, rise: float, doubling: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        weights(shape, days, rise=rise, doubling_days=doubling)


@often
@given(shapes, st.integers(1, 400), st.floats(1, 1e300), st.floats(1e-6, 1e6))
def test_weights_rise_to_one_however_steep(
    shape: Shape, days: int, rise: float, doubling: float
) -> None:
    found = weights(shape, days, rise=rise, doubling_days=doubling)
    assert len(found) == days
    assert rises(found)
    assert found[0] >= 0
    assert found[-1] == pytest.approx(1)


@often
@given(st.integers(0, 10**9), shares)
def test_parts_add_up_exactly_and_no_running_sum_is_off_by_more_than_one(
    total: int, parts: list[float]
) -> None:
    if not sum(parts):
        return
    found = apportion(total, parts)
    assert sum(found) == total
    assert min(found) >= 0
    assert all(part == 0 for part, share in zip(found, parts, strict=True) if share == 0)
    whole = sum(parts)
    for given_, exact in zip(accumulate(found), accumulate(parts), strict=True):
        assert abs(given_ - total * exact / whole) <= 1


@pytest.mark.parametrize(("total", "parts"), [(-1, [1.0]), (1, [-1.0, 2.0]), (1, [0.0]), (5, [])])
def test_a_volume_that_has_no_place_is_refused(total: int, parts: list[float]) -> None:
    with pytest.raises(ValueError, match=r"negative|no hour"):
        apportion(total, parts)


def test_nothing_goes_anywhere() -> None:
    assert apportion(0, []) == []
    assert apportion(0, [0.0, 0.0]) == [0, 0]
    assert apportion(0, [1.0, 2.0]) == [0, 0]


@often
@given(
    shapes,
    st.integers(1, 60),
    st.integers(0, 10**7),
    st.floats(1, 100),
    st.floats(0.1, 30),
    st.none() | st.integers(0, 10**6),
)
def test_days_never_fall_and_add_up_unless_the_cap_leaves_no_room(
    shape: Shape, days: int, total: int, rise: float, doubling: float, cap: int | None
) -> None:
    found = daily(shape, days, total, rise=rise, doubling_days=doubling, daily_cap=cap)
    assert len(found) == days
    assert rises(found)
    assert sum(found) == (total if cap is None else min(total, cap * days))
    assert cap is None or max(found) <= cap


@pytest.mark.parametrize(
    ("volumes", "cap", "usable", "expected"),
    [
        ([1, 2, 3, 10], 4, None, [4, 4, 4, 4]),
        ([1, 2, 3, 6], 4, None, [1, 3, 4, 4]),  # to the latest days with room
        ([0, 0, 9], 4, [True, False, True], [4, 0, 4]),  # a closed day takes nothing
        ([9, 9], 4, None, [4, 4]),  # the rest is dropped
        ([1, 2], 4, None, [1, 2]),
        ([], 4, None, []),
    ],
)
def test_what_a_cap_cuts_goes_to_the_latest_days_with_room(
    volumes: list[int], cap: int, usable: list[bool] | None, expected: list[int]
) -> None:
    assert under_cap(volumes, cap, usable) == expected
