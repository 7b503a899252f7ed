"""Ramps and advice that an organizer takes up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.domain.report import Advice, Remedy
from app.services import plans
from app.services.plans import PlanRefused
from app.store.campaigns import Ramp
from app.store.engine import Sessions
from tests.factories import NOON
from tests.scene import column
from tests.services.plans.planning import RAMP, WALL, make, planning


def test_ramps_are_stored_with_a_new_plan_and_wrong_ones_are_refused(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    good = {Channel.TEXT: replace(RAMP, total=800), Channel.EMAIL: RAMP}
    report = plans.set_ramps(sessions, campaign, good, by=None, now=NOON, wall=WALL)
    assert {line.channel for line in report.days} == {Channel.TEXT, Channel.EMAIL}
    wrong = {Channel.TEXT: replace(RAMP, total=0)}
    with pytest.raises(PlanRefused) as refused:
        plans.set_ramps(sessions, campaign, wrong, by=None, now=NOON, wall=WALL)
    assert set(refused.value.problems) == {"text_total"}
    assert column(sessions, "SELECT total FROM ramps ORDER BY 1") == [800, 1_200]


def test_a_ramp_below_the_floor_of_the_final_week_is_raised_and_the_plan_says_so(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    report = plans.sketch(sessions, campaign, {Channel.TEXT: replace(RAMP, total=60)}, now=NOON)
    planned = sum(line.planned for line in report.days)
    assert planned > 600
    [note] = report.notes
    assert f"{planned - 60:,} texts more than the ramp wants" in note


def advised(sessions: Sessions, campaign: int) -> tuple[int, list[Advice]]:
    with sessions() as session:
        made = plans.latest(session, campaign)
    assert made is not None
    return made.id, list(made.report.advice)


def test_advice_to_raise_the_budget_is_applied_once_and_wins_what_it_said(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = planning(session, budget=Decimal(4), reserve_share=Decimal(0))
    make(sessions, campaign)
    plan, found = advised(sessions, campaign)
    place = [one.remedy for one in found].index(Remedy.BUDGET)
    short = plans.apply_advice(sessions, campaign, plan, place, by=None, now=NOON, wall=WALL)
    assert "The budget is now $14." in short
    assert column(sessions, "SELECT budget FROM campaigns") == [14]
    with pytest.raises(PlanRefused, match="changed meanwhile"):
        plans.apply_advice(sessions, campaign, plan, place, by=None, now=NOON, wall=WALL)
    with sessions() as session:
        made = plans.latest(session, campaign)
    assert made is not None
    planned = sum(line.planned for line in made.report.days)
    assert planned == 1_200
    assert found[place].attempts == pytest.approx(planned - 506, abs=2)


def test_advice_to_find_callers_is_refused_to_the_button(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 200)
        session.add(
            Ramp(
                campaign_id=campaign,
                channel=Channel.CALL,
                shape=Shape.LINEAR,
                starts_on=date(2026, 10, 28),
                total=300,
            )
        )
    make(sessions, campaign)
    plan, found = advised(sessions, campaign)
    assert found[0].remedy is Remedy.CALLERS
    assert found[0].hours_covered > 0
    with pytest.raises(PlanRefused, match="Only people"):
        plans.apply_advice(sessions, campaign, plan, 0, by=None, now=NOON, wall=WALL)
