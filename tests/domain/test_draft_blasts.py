"""What blasts take is off the plan, and named."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from app.domain.blast_load import HourLoad
from app.domain.coverage import coverage
from app.domain.draft import draw_up
from app.domain.report import Cause, Cover
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Situation, Supply
from tests.drafts import HOUR, SOLVERS, TEXT, of_day
from tests.situations import (
    cell,
    situation,
)


@SOLVERS
def test_what_blasts_have_sent_today_is_off_the_senders_day(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 2_000})
    supply = {TEXT: replace(some.supply[TEXT], a_day=180)}
    sent = {TEXT: HourLoad(80, 160)}  # two segments each
    draft = draw_up(replace(some, supply=supply, beside_today=sent), seconds=seconds)
    today, *later = of_day(draft, TEXT)
    assert today == 20
    assert max(later) == 180
    assert {Cause.BLAST, Cause.SENDER_DAY} & {
        one.cause for one in shortfalls(draft, day_lines(draft))
    }


@SOLVERS
def test_whoever_had_a_blast_today_has_so_much_less_of_the_day(seconds: float) -> None:
    some = situation(cell(300), totals={TEXT: 600}, days=3)
    sent = {TEXT: HourLoad(250, 250)}
    draft = draw_up(replace(some, daily_cap=1, beside_today=sent), seconds=seconds)
    assert of_day(draft, TEXT)[0] <= 50


NOON = datetime(2026, 11, 2, 17, tzinfo=UTC)
"""On the last day but one, when most is wanted."""


def blasted(some: Situation, messages: float, parts: float, hours: int = 3) -> Situation:
    """The same with a blast by text from noon on."""
    load = {NOON + n * HOUR: HourLoad(messages, parts) for n in range(hours)}
    return replace(some, blasts={TEXT: load})


@SOLVERS
def test_what_a_blast_takes_of_the_senders_is_off_the_plan_and_named(seconds: float) -> None:
    some = situation(cell(50_000), totals={TEXT: 9_000}, days=5)
    slow = Supply(an_hour=100, cause=Cause.SENDER_SLOW)
    # Ninety texts of two segments each hour, where a text of the plan has two as well.
    some = blasted(replace(some, supply={TEXT: replace(slow, parts=2)}), 90, 180)
    draft = draw_up(some, seconds=seconds)
    assert all(draft.hours[TEXT].get(NOON + n * HOUR, 0) <= 10 for n in range(3))
    assert draft.hours[TEXT][NOON - HOUR] > 10
    short = {one.cause: one for one in shortfalls(draft, day_lines(draft))}
    assert short.keys() == {Cause.BLAST, Cause.SENDER_SLOW}
    assert "booked blasts" in short[Cause.BLAST].words


@SOLVERS
def test_an_hour_that_a_blast_fills_is_no_gap(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 1_000}, days=5)
    some = replace(some, supply={TEXT: Supply(an_hour=100, cause=Cause.SENDER_SLOW)})
    draft = draw_up(blasted(some, 100, 100), seconds=seconds)
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    held = [one for one in proof if NOON <= one.at < NOON + 3 * HOUR]
    assert [(one.cover, one.planned, one.blasts) for one in held] == [(Cover.PLANNED, 0, 100)] * 3


@SOLVERS
def test_the_senders_day_is_shared_with_blasts(seconds: float) -> None:
    some = situation(cell(50_000), totals={TEXT: 6_000}, days=5)
    supply = {TEXT: replace(some.supply[TEXT], a_day=800)}
    draft = draw_up(blasted(replace(some, supply=supply), 200, 200), seconds=seconds)
    assert of_day(draft, TEXT)[-2] == 200
    assert max(of_day(draft, TEXT)) <= 800
    causes = {one.cause for one in shortfalls(draft, day_lines(draft))}
    assert causes == {Cause.BLAST, Cause.SENDER_DAY}


@SOLVERS
def test_whom_a_blast_reaches_is_nearer_to_their_limits(seconds: float) -> None:
    some = situation(cell(1_000), totals={TEXT: 3_000}, days=5, total_cap=1, daily_cap=1)
    draft = draw_up(blasted(some, 200, 200), seconds=seconds)
    assert sum(of_day(draft, TEXT)) in (399, 400)


@SOLVERS
def test_money_that_is_kept_for_a_blast_is_named(seconds: float) -> None:
    price = {TEXT: Decimal("0.01")}
    some = situation(cell(5_000), totals={TEXT: 3_000}, days=5, price=price, money=Decimal(10))
    draft = draw_up(replace(some, blast_money=Decimal(20)), seconds=seconds)
    causes = {one.cause for one in shortfalls(draft, day_lines(draft))}
    assert causes == {Cause.BLAST_MONEY}
