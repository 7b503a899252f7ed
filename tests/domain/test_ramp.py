"""Ramps: exact, rising, within their cap, and refused with what to change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate, pairwise
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.ramp import (
    RampRule,
    Shape,
    apportion,
    drawn_until,
    falls,
    ramp_problems,
    total_of,
    under_cap,
    volumes,
    warnings,
    with_total,
)
from app.domain.ramp_rule import MOST_A_DAY

often = settings(derandomize=True, deadline=None, max_examples=150)
shares = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40)

LAST = date(2026, 11, 3)
CURVES = tuple(shape for shape in Shape if shape is not Shape.DRAWN)


def days(count: int) -> list[date]:
    return [LAST - timedelta(days=count - 1 - at) for at in range(count)]


def rises(volumes: Sequence[float]) -> bool:
    return all(before <= after for before, after in pairwise(volumes))


@st.composite
def cases(draw: st.DrawFn, shapes: tuple[Shape, ...] = tuple(Shape)) -> tuple[Any, ...]:
    """A ramp by total, the days of its campaign, and which part of each is open."""
    count = draw(st.integers(1, 60))
    when = days(count)
    ends = st.sampled_from((0.0, 0.08, 0.5, 1.0))
    middle = st.lists(st.sampled_from((0.0, 1.0, 1.0, 1.0)), min_size=count, max_size=count)
    usable = draw(middle)
    usable[0], usable[-1] = draw(ends), draw(ends)
    numbers = draw(st.lists(st.integers(0, 5000), min_size=count, max_size=count))
    rule = RampRule(
        draw(st.sampled_from(shapes)),
        LAST - timedelta(days=draw(st.integers(0, 70))),
        draw(st.integers(1, 10**7)),
        rise=draw(st.floats(1, 1000)),
        doubling_days=draw(st.floats(1e-3, 1e6)),
        middle=draw(st.floats(0, 1)),
        steps=draw(st.integers(1, 100)),
        drawn=tuple(zip(when, numbers, strict=True)),
    )
    if rule.shape is Shape.DRAWN and not total_or_none(rule, when, usable):
        rule = replace(rule, drawn=((LAST, 7),))
    return rule, when, usable


def total_or_none(rule: RampRule, when: list[date], usable: list[float]) -> int:
    return 0 if ramp_problems(rule, when[0], when[-1]) else total_of(rule, when, usable)


def begun(rule: RampRule, when: list[date], usable: list[float]) -> list[bool]:
    return [part > 0 and day >= rule.starts_on for day, part in zip(when, usable, strict=True)]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"shape": Shape.LINEAR, "total": 100}, [10, 20, 30, 40]),
        ({"shape": Shape.LINEAR, "total": 100, "rise": 1}, [25, 25, 25, 25]),
        ({"shape": Shape.EXPONENTIAL, "total": 15, "doubling_days": 1}, [1, 2, 4, 8]),
        ({"shape": Shape.STEPS, "total": 100, "steps": 2, "rise": 4}, [10, 10, 40, 40]),
        ({"shape": Shape.STEPS, "total": 100, "steps": 9}, [10, 20, 30, 40]),  # no more than days
        ({"shape": Shape.STEPS, "total": 100, "steps": 1}, [25, 25, 25, 25]),
        ({"shape": Shape.S_CURVE, "total": 100, "middle": 0, "rise": 3}, [10, 30, 30, 30]),
        ({"shape": Shape.S_CURVE, "total": 60, "middle": 1, "rise": 3}, [10, 10, 10, 30]),
        ({"shape": Shape.LINEAR, "peak": 40}, [10, 20, 30, 40]),
        ({"shape": Shape.EXPONENTIAL, "peak": 8, "doubling_days": 1}, [1, 2, 4, 8]),
        ({"shape": Shape.DRAWN, "drawn": drawn_until(LAST, (5, 0, 9))}, [0, 5, 0, 9]),
    ],
)
def test_a_ramp_has_the_shape_that_its_figures_say(
    facts: dict[str, Any], expected: list[int]
) -> None:
    rule = RampRule(**{"starts_on": days(4)[0], "total": 0, **facts})
    assert volumes(rule, days(4), [1] * 4) == expected
    assert total_of(rule, days(4), [1] * 4) == sum(expected)
    assert with_total(rule, days(4)[0], LAST) == replace(rule, total=sum(expected))


@pytest.mark.parametrize("middle", [0.25, 0.5, 0.75])
def test_half_the_rise_of_an_s_curve_is_done_at_its_middle(middle: float) -> None:
    rule = RampRule(Shape.S_CURVE, days(41)[0], 0, rise=9, middle=middle, peak=900)
    found = volumes(rule, days(41), [1] * 41)
    assert (found[0], found[round(40 * middle)], found[-1]) == (100, 500, 900)
    assert found[1] - found[0] < 3  # slow at first


@often
@given(cases())
def test_by_total_the_sum_is_exact_and_closed_days_get_nothing(case: Any) -> None:
    rule, when, usable = case
    found = volumes(rule, when, usable)
    takes = begun(rule, when, usable)
    assert sum(found) == (total_of(rule, when, usable) if any(takes) else 0)
    assert all(volume == 0 for volume, open_ in zip(found, takes, strict=True) if not open_)
    assert min(found) >= 0


@often
@given(cases(CURVES), st.none() | st.integers(1, 10**5), st.none() | st.integers(1, 10**5))
def test_from_one_whole_day_to_the_next_no_curve_falls(
    case: Any, cap: int | None, peak: int | None
) -> None:
    rule, when, usable = case
    if cap is not None and peak is not None:
        cap = max(cap, peak)
    rule = replace(rule, daily_cap=cap, peak=peak)
    found = volumes(rule, when, usable)
    assert rises([v for v, part in zip(found, usable, strict=True) if part == 1])
    assert not [fall for fall in falls(when, found, usable) if not fall.forced]
    room = sum(begun(rule, when, usable)) * (cap or MOST_A_DAY)
    wanted = total_of(rule, when, usable) if room else 0
    assert sum(found) == min(wanted, room)
    assert max(found) <= (cap or MOST_A_DAY)


@often
@given(cases(CURVES), st.integers(1, 10**6))
def test_total_and_peak_say_the_same_ramp(case: Any, peak: int) -> None:
    rule, when, usable = case
    by_peak = replace(rule, peak=peak)
    found = volumes(by_peak, when, usable)
    takes = begun(rule, when, usable)
    if not any(takes) or not sum(found):
        return
    last = len(when) - 1 - takes[::-1].index(True)
    assert usable[last] < 1 or found[last] == peak  # attempts on the last open day
    by_total = replace(rule, total=total_of(by_peak, when, usable))
    again = volumes(by_total, when, usable)
    assert sum(again) == sum(found)
    # Each day of a ramp by peak is rounded alone: together they are off by half their number.
    near = sum(takes) / 2 + 1
    assert all(abs(one - other) <= near for one, other in zip(found, again, strict=True))
    if usable[last] == 1:
        assert abs(again[last] - peak) <= near


@often
@given(cases())
def test_each_day_is_within_one_of_its_exact_share(case: Any) -> None:
    rule, when, usable = case
    found = volumes(rule, when, usable)
    if not sum(found):
        return
    if rule.shape is Shape.DRAWN:
        numbers = dict(rule.drawn)
        exact = [
            float(numbers.get(day, 0)) if takes else 0.0
            for day, takes in zip(when, begun(rule, when, usable), strict=True)
        ]
    else:
        fine = volumes(replace(rule, total=10**8), when, usable)
        exact = [float(volume) for volume in fine]
    if sum(exact):
        scale = sum(found) / sum(exact)
        assert all(abs(v - e * scale) <= 1.1 for v, e in zip(found, exact, strict=True))


@often
@given(cases(), st.integers(1, 10**6))
def test_equal_input_gives_equal_output(case: Any, cap: int) -> None:
    rule, when, usable = case
    rule = replace(rule, daily_cap=cap)
    assert volumes(rule, when, usable) == volumes(replace(rule), list(when), tuple(usable))


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


WEEK = days(5)
LEVEL = RampRule(Shape.LINEAR, WEEK[0], 100, rise=1)
HAND = RampRule(Shape.DRAWN, WEEK[0], 0, drawn=drawn_until(LAST, (10, 10, 20, 30, 30)))


@pytest.mark.parametrize(
    ("rule", "usable", "expected"),
    [
        (LEVEL, [1, 1, 0, 1, 1], [25, 25, 0, 25, 25]),  # a closed day gives its volume away
        (HAND, [1, 1, 0, 1, 1], [12, 12, 0, 38, 38]),  # and a drawn one too
        (HAND, [0, 0, 0, 0, 1], [0, 0, 0, 0, 100]),
        (HAND, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (replace(HAND, drawn=((WEEK[2], 9),)), [1, 1, 0, 1, 0], [3, 3, 0, 3, 0]),
        (HAND, [0.5, 1, 1, 1, 0.1], [10, 10, 20, 30, 30]),  # the hand knows its days
        (LEVEL, [0.5, 1, 1, 1, 0.5], [12, 25, 25, 25, 13]),
        (replace(LEVEL, peak=30), [0.5, 1, 0, 1, 1], [15, 30, 0, 30, 30]),  # the total follows
        (replace(LEVEL, rise=3, peak=30), [1, 1, 1, 1, 0], [10, 17, 23, 30, 0]),  # last open day
        (replace(LEVEL, starts_on=WEEK[3]), [1] * 5, [0, 0, 0, 50, 50]),
        # Before the campaign: the curve is cut, 50 60 70 80 90 from the sixth of ten days on.
        (replace(LEVEL, rise=10, starts_on=days(10)[0], total=400), [1] * 5, [60, 70, 80, 90, 100]),
    ],
)
def test_days_that_are_closed_or_cut_change_the_others_so(
    rule: RampRule, usable: list[float], expected: list[int]
) -> None:
    assert volumes(rule, WEEK, usable) == expected


def test_without_an_open_day_a_ramp_misses_all_that_it_wanted() -> None:
    for rule, missed in ((LEVEL, 100), (HAND, 100), (replace(LEVEL, peak=30), 150)):
        assert volumes(rule, WEEK, [0] * 5) == [0] * 5
        assert total_of(rule, WEEK, [0] * 5) == missed


TOTAL = RampRule(Shape.LINEAR, WEEK[0], 100)
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("starts_on", {"starts_on": LAST + timedelta(days=1)}, "starts after polling day"),
    ("starts_on", {"starts_on": date(2020, 1, 1)}, "start it 1,000 days before polling day"),
    ("total", {"total": 0}, "at least one attempt, or leave the channel out"),
    ("total", {"total": -5}, "at least one attempt"),
    ("total", {"total": nan}, "at most 100,000,000"),
    ("total", {"total": inf}, "at most 100,000,000"),
    ("peak", {"peak": 0}, "at least one attempt for the last day"),
    ("peak", {"peak": nan}, "lower the peak"),
    ("peak", {"peak": inf}, "lower the peak"),
    ("peak", {"peak": 50_000_000}, "lower the peak"),
    ("rise", {"rise": 0.5}, "must not fall: give a rise from 1"),
    ("rise", {"rise": nan}, "give a rise from 1"),
    ("rise", {"rise": inf}, "give a rise from 1"),
    ("rise", {"shape": Shape.S_CURVE, "rise": -1}, "give a rise from 1"),
    ("rise", {"shape": Shape.STEPS, "rise": 0}, "give a rise from 1"),
    ("doubling_days", {"shape": Shape.EXPONENTIAL, "doubling_days": 0}, "more than 0"),
    ("doubling_days", {"shape": Shape.EXPONENTIAL, "doubling_days": -3}, "more than 0"),
    ("doubling_days", {"shape": Shape.EXPONENTIAL, "doubling_days": nan}, "more than 0"),
    ("doubling_days", {"shape": Shape.EXPONENTIAL, "doubling_days": inf}, "more than 0"),
    ("middle", {"shape": Shape.S_CURVE, "middle": -0.1}, "from 0 to 1"),
    ("middle", {"shape": Shape.S_CURVE, "middle": 1.1}, "from 0 to 1"),
    ("middle", {"shape": Shape.S_CURVE, "middle": nan}, "from 0 to 1"),
    ("steps", {"shape": Shape.STEPS, "steps": 0}, "at least one level"),
    ("steps", {"shape": Shape.STEPS, "steps": nan}, "at least one level"),
    ("daily_cap", {"daily_cap": 0}, "leave this empty for no limit"),
    ("daily_cap", {"daily_cap": 10, "peak": 20}, "raise the limit or lower the peak"),
    ("drawn", {"shape": Shape.DRAWN}, "No day of the campaign has a number"),
    ("drawn", {"shape": Shape.DRAWN, "drawn": ((date(2026, 10, 1), 9),)}, "draw at least one"),
    ("drawn", {"shape": Shape.DRAWN, "drawn": ((LAST, 0),)}, "All days are 0"),
    ("drawn", {"shape": Shape.DRAWN, "drawn": ((LAST, -1),)}, "Draw from 0 to"),
    ("drawn", {"shape": Shape.DRAWN, "drawn": ((LAST, nan),)}, "Draw from 0 to"),
    ("drawn", {"shape": Shape.DRAWN, "drawn": ((LAST, 10**9),)}, "Draw from 0 to 10,000,000"),
]


@pytest.mark.parametrize(("field", "facts", "words"), WRONG)
def test_a_ramp_that_cannot_be_is_refused_at_its_field_with_the_remedy(
    field: str, facts: dict[str, Any], words: str
) -> None:
    rule = replace(TOTAL, **facts)
    assert list(ramp_problems(rule, WEEK[0], LAST)) == [field]
    assert words in ramp_problems(rule, WEEK[0], LAST)[field]
    for ask in (volumes, total_of):
        with pytest.raises(ValueError, match=f"^{field}: ") as refused:
            ask(rule, WEEK, [1] * 5)
        assert words in str(refused.value)


@pytest.mark.parametrize("facts", [{}, {"peak": 5}, {"shape": Shape.DRAWN, "drawn": ((LAST, 1),)}])
def test_figures_of_another_shape_are_not_asked(facts: dict[str, Any]) -> None:
    idle = {"doubling_days": nan, "middle": nan, "steps": 0}
    assert ramp_problems(replace(TOTAL, **idle, **facts), WEEK[0], LAST) == {}
    hand = replace(HAND, rise=nan, peak=0, **idle)
    assert volumes(hand, WEEK, [1] * 5) == [10, 10, 20, 30, 30]


@pytest.mark.parametrize("usable", [[1] * 4, [1, 1, 1, 1, nan], [1, 1, 1, 1, 2], [-1, 1, 1, 1, 1]])
def test_open_parts_that_are_none_are_refused(usable: list[float]) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        volumes(TOTAL, WEEK, usable)
    with pytest.raises(ValueError, match="at least one day"):
        volumes(TOTAL, [], [])


def test_a_final_week_that_is_drawn_falling_is_named_and_accepted() -> None:
    hand = replace(HAND, drawn=drawn_until(LAST, (90, 80, 100, 100, 30)))
    said = warnings(hand, WEEK, [1] * 5)
    assert len(said) == 2
    assert said[0].startswith("Sat, Oct 31 has 80, fewer than the 90 of Fri, Oct 30")
    assert said[1].startswith("Tue, Nov 3 has 30, fewer than the 100 of Mon, Nov 2")


def test_only_the_final_week_is_watched_and_hours_are_no_fault() -> None:
    when, numbers = days(10), [9, 1, 1, 5, 5, 5, 0, 5, 5, 2]
    usable = [1.0] * 6 + [0.0] + [1.0] * 2 + [0.4]
    found = [(fall.day, fall.forced) for fall in falls(when, numbers, usable)]
    assert found == [(when[6], True), (when[9], True)]
    assert falls(when, numbers, [1.0] * 10, last=9)[0].before == when[0]


def test_a_ramp_that_begins_before_the_campaign_says_where_it_is_cut() -> None:
    early = replace(TOTAL, starts_on=date(2026, 10, 1))
    assert warnings(early, WEEK, [1] * 5) == [
        "The ramp starts on Thu, Oct 1, before the campaign: what lies before Fri, Oct 30 is cut "
        "off."
    ]
    assert warnings(TOTAL, WEEK, [1] * 5) == []
