"""Where nothing can be planned the plan says why."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.account import Before, report_of
from app.domain.channel import Channel
from app.domain.draft import draw_up
from app.domain.report import Cause, Cover
from app.domain.rule import Blackout
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Supply
from tests.drafts import CALL, EMAIL, HOUR, SOLVERS, TEXT, gaps, of_day
from tests.situations import (
    cell,
    situation,
)


def test_calls_without_a_script_are_planned_and_the_plan_says_so() -> None:
    draft = draw_up(situation(cell(500), totals={CALL: 500}, unscripted=True))
    assert sum(of_day(draft, CALL)) >= 500
    [short] = shortfalls(draft, day_lines(draft))
    assert (short.cause, short.missing) == (Cause.NO_WORDS, 0)


GAPS: list[tuple[str, Cause, Mapping[str, object]]] = [
    ("nobody is booked", Cause.NOBODY_BOOKED, {"supply": {CALL: Supply({})}}),
    (
        "the sender is stopped",
        Cause.SENDER_STOPPED,
        {"supply": {CALL: Supply(cause=Cause.SENDER_STOPPED)}},
    ),
    ("nobody wrote the words", Cause.NO_WORDS, {"supply": {CALL: Supply(cause=Cause.NO_WORDS)}}),
    ("there is no sender", Cause.NO_SENDER, {"supply": {CALL: Supply(cause=Cause.NO_SENDER)}}),
    (
        "a sender that sends nothing in an hour",
        Cause.SENDER_SLOW,
        {"supply": {CALL: Supply(an_hour=0.5, cause=Cause.SENDER_SLOW)}},
    ),
    ("no money", Cause.MONEY, {"price": {CALL: Decimal(1)}, "money": Decimal(0)}),
    ("nobody with a phone", Cause.NOBODY_REACHABLE, {"cells": (cell(100, EMAIL),)}),
    ("nobody left", Cause.NOBODY_LEFT, {"total_cap": 0}),
]


@SOLVERS
@pytest.mark.parametrize(("what", "cause", "facts"), GAPS, ids=[what for what, _, _ in GAPS])
def test_a_gap_names_its_cause(
    what: str, cause: Cause, facts: Mapping[str, object], seconds: float
) -> None:
    some = replace(situation(cell(100), totals={CALL: 500}, days=3), **facts)  # type: ignore[arg-type]
    found = gaps(draw_up(some, seconds=seconds))
    assert found
    assert {hour.cause for hour in found} == {cause}


def test_nobody_in_the_universe_is_a_plan_of_gaps_not_an_error() -> None:
    draft = draw_up(situation(totals={TEXT: 100}, days=2))
    assert {hour.cause for hour in gaps(draft)} == {Cause.NOBODY_REACHABLE}


def test_a_blackout_over_all_that_is_left_plans_nothing_and_says_why() -> None:
    some = situation(cell(100), totals={TEXT: 100}, days=3)
    dark = Blackout(some.now - HOUR, some.closes_at + HOUR, tuple(Channel))
    report = report_of(draw_up(replace(some, schedule=some.schedule.changed([dark]))), Before())
    assert not report.gaps
    covers = {hour.cover for hour in report.coverage}
    assert covers <= {Cover.BLACKOUT, Cover.CLOSED, Cover.PAST}
    [short] = report.shortfalls
    assert (short.cause, short.missing) == (Cause.BLACKOUT, 100)


def test_hours_that_hold_less_than_the_floor_are_said_with_the_cause() -> None:
    few = report_of(draw_up(situation(cell(40, EMAIL), totals={EMAIL: 100}, days=5)), Before())
    assert not few.gaps
    [more, thin] = few.notes
    assert "emails more than the ramp wants" in more
    assert "hold fewer than 12 attempts" in thin
    assert "everybody who may be tried has been" in thin
    enough = situation(cell(4_000, EMAIL), totals={EMAIL: 3_000}, days=5)
    assert report_of(draw_up(enough), Before()).notes == ()
