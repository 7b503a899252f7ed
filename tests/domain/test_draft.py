"""The plan keeps what it promises, whatever the campaign: the program and the plan without it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from app.domain.draft import draw_up
from app.domain.hours import Place
from app.domain.situation import Situation, Supply
from tests.drafts import TEXT, check
from tests.situations import (
    CENTRAL,
    EASTERN,
    cell,
    situation,
    situations,
)


@settings(max_examples=30, deadline=None)
@given(situations())
def test_no_plan_breaks_a_limit_or_leaves_a_hole_unnamed(some: Situation) -> None:
    check(draw_up(some))


@settings(max_examples=30, deadline=None)
@given(situations())
def test_the_plan_without_the_solver_keeps_the_same_limits(some: Situation) -> None:
    draft = draw_up(some, seconds=0.0)
    assert draft.solver == "greedy" or not draft.grid.hours
    check(draft)


@settings(max_examples=15, deadline=None)
@given(situations())
def test_the_coarse_plan_keeps_the_same_limits(some: Situation) -> None:
    check(draw_up(some, coarse=True))


@settings(max_examples=10, deadline=None)
@given(situations())
def test_the_same_situation_gives_the_same_plan(some: Situation) -> None:
    assert draw_up(some).hours == draw_up(some).hours


@settings(max_examples=15, deadline=None)
@given(situations())
def test_more_of_anything_is_never_worse(some: Situation) -> None:
    worth = draw_up(some).solution.worth
    for better in (
        replace(some, money=some.money + 5, money_before=some.money_before + 5),
        replace(some, total_cap=some.total_cap + 1),
        replace(some, supply={c: _doubled(supply) for c, supply in some.supply.items()}),
    ):
        assert draw_up(better).solution.worth >= worth - max(abs(worth) * 1e-5, 1e-3)


def _doubled(supply: Supply) -> Supply:
    if supply.by_hour is None:
        return replace(supply, an_hour=supply.an_hour * 2)
    return replace(supply, by_hour={at: count * 2 for at, count in supply.by_hour.items()})


def test_a_program_too_large_is_made_coarser_step_by_step_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twin = Place("NC", ("America/Detroit",))  # on the same clock, closing with the state's polls
    some = situation(cell(100), cell(50, place=CENTRAL), cell(10, place=twin), totals={TEXT: 50})
    told = []
    for most in (100_000, 10):
        monkeypatch.setattr("app.domain.draft.MOST_COLUMNS", most)
        draft = draw_up(some)
        assert draft.solver == "highs"
        check(draft)
        told.append(draft.words)
    assert told[0] == ""
    assert "places on one clock by the hours of the largest" in told[1]
    assert {one.place for one in draft.situation.cells} == {EASTERN, CENTRAL}


def test_a_solver_out_of_time_is_replaced_and_the_plan_says_so() -> None:
    draft = draw_up(situation(cell(100), totals={TEXT: 50}, days=2), seconds=0.0)
    assert draft.solver == "greedy"
    assert "step by step" in draft.words
