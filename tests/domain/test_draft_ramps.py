"""The plan follows the ramp as far as limits, hours and money allow, and says where not."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.domain.coverage import coverage
from app.domain.draft import draw_up
from app.domain.ramp import RampRule, Shape
from app.domain.report import Cause, Cover
from app.domain.rule import Blackout
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Supply
from tests.drafts import CALL, EMAIL, SOLVERS, TEXT, check, gaps, of_day
from tests.situations import (
    CENTRAL,
    EASTERN,
    POLLING_DAY,
    cell,
    evenings,
    ramp,
    situation,
)


@SOLVERS
def test_with_enough_of_all_the_ramp_is_kept_to_the_attempt(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 3_003, EMAIL: 2_001, CALL: 1_007})
    draft = draw_up(some, seconds=seconds)
    for channel, total in ((TEXT, 3_003), (EMAIL, 2_001), (CALL, 1_007)):
        days = of_day(draft, channel)
        assert days == list(draft.wishes.by_day[channel])
        assert sum(days) == total
        assert days == sorted(days)
    assert not shortfalls(draft, day_lines(draft))


@SOLVERS
def test_the_final_week_falls_only_where_it_is_forced_and_says_so(seconds: float) -> None:
    some = situation(cell(5_000), totals={CALL: 2_000})
    supply = evenings(some, 200)
    zone = ZoneInfo(some.schedule.zone)
    saturday = [at for at in supply if at.astimezone(zone).date() == date(2026, 10, 31)]
    few = replace(some, supply={CALL: Supply({**supply, **dict.fromkeys(saturday, 10.0)})})
    lines = [line for line in day_lines(draw_up(few, seconds=seconds)) if line.channel is CALL]
    falls = [line for line in lines if line.falls]
    assert [line.day for line in falls] == [date(2026, 10, 31)]
    assert falls[0].falls is Cause.FEW_BOOKED


@SOLVERS
def test_what_a_dark_day_loses_goes_to_the_others(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 2_000})
    zone = ZoneInfo("America/New_York")
    dark = Blackout(
        datetime(2026, 10, 30, tzinfo=zone), datetime(2026, 10, 31, tzinfo=zone), (TEXT,)
    )
    draft = draw_up(replace(some, schedule=some.schedule.changed([dark])), seconds=seconds)
    days = of_day(draft, TEXT)
    assert days[3] == 0
    assert sum(days) == 2_000


@SOLVERS
def test_no_hour_of_the_final_week_stays_empty_where_the_ramp_wants_nothing(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 500})
    late = RampRule(Shape.DRAWN, some.ramps[TEXT].starts_on, 0, drawn=((POLLING_DAY, 500),))
    draft = draw_up(replace(some, ramps={TEXT: late}), seconds=seconds)
    assert draft.wishes.by_day[TEXT] == (0,) * 7 + (500,)
    assert not gaps(draft)
    assert min(of_day(draft, TEXT)[1:]) >= 12 * 11


@SOLVERS
def test_money_for_little_more_than_the_floor_lasts_to_the_last_hour(seconds: float) -> None:
    price = {TEXT: Decimal("0.01")}
    some = situation(cell(5_000), totals={TEXT: 3_000}, days=20, price=price, money=Decimal("1.2"))
    draft = draw_up(replace(some, money_before=Decimal("1.2")), seconds=seconds)
    check(draft)
    assert not gaps(draft)
    assert sum(of_day(draft, TEXT)) == pytest.approx(120, abs=2)


@SOLVERS
def test_the_ramp_s_own_limit_a_day_holds_and_what_it_leaves_over_is_said(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 1_500})
    limited = {TEXT: ramp(1_500, some.ramps[TEXT].starts_on, rise=1.0, daily_cap=180)}
    draft = draw_up(replace(some, ramps=limited), seconds=seconds)
    assert of_day(draft, TEXT) == [180] * 8
    [short] = shortfalls(draft, day_lines(draft))
    assert (short.cause, short.missing) == (Cause.DAILY_LIMIT, 1_500 - 8 * 180)


@SOLVERS
@pytest.mark.parametrize(
    ("a_day", "own", "cause"),
    [(180, None, Cause.SENDER_DAY), (180, 300, Cause.SENDER_DAY), (300, 180, Cause.DAILY_LIMIT)],
)
def test_the_senders_limit_a_day_holds_too_and_the_lesser_is_named(
    a_day: int, own: int | None, cause: Cause, seconds: float
) -> None:
    some = situation(cell(5_000), totals={TEXT: 2_000})
    supply = {TEXT: replace(some.supply[TEXT], a_day=a_day)}
    rule = {TEXT: ramp(2_000, some.ramps[TEXT].starts_on, rise=1.0, daily_cap=own)}
    draft = draw_up(replace(some, supply=supply, ramps=rule), seconds=seconds)
    assert of_day(draft, TEXT) == [180] * 8
    short = sum(one.missing for one in shortfalls(draft, day_lines(draft)))
    assert short == 2_000 - 8 * 180
    assert cause in {one.cause for one in shortfalls(draft, day_lines(draft))}


@SOLVERS
def test_what_went_out_today_is_off_the_senders_day(seconds: float) -> None:
    some = situation(cell(5_000), totals={TEXT: 2_000})
    supply = {TEXT: replace(some.supply[TEXT], a_day=180)}
    draft = draw_up(replace(some, supply=supply, released_today={TEXT: 170}), seconds=seconds)
    today, *later = of_day(draft, TEXT)
    assert today == 10
    assert max(later) <= 180


@SOLVERS
def test_too_little_money_cuts_the_first_days_and_keeps_the_last(seconds: float) -> None:
    price = {TEXT: Decimal("0.01")}
    some = situation(cell(5_000), totals={TEXT: 3_000}, days=20, price=price, money=Decimal(10))
    draft = draw_up(replace(some, money_before=Decimal(4)), seconds=seconds)
    check(draft)
    assert sum(of_day(draft, TEXT)) in (999, 1_000)
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    assert not [hour for hour in proof if hour.cover is Cover.GAP]
    causes = {one.cause for one in shortfalls(draft, day_lines(draft))}
    assert causes <= {Cause.MONEY, Cause.RESERVE}
    assert causes


def test_a_ramp_that_starts_later_has_not_begun() -> None:
    some = situation(cell(1_000), totals={TEXT: 500, EMAIL: 500})
    later = {**some.ramps, TEXT: ramp(500, POLLING_DAY)}
    draft = draw_up(replace(some, ramps=later))
    assert of_day(draft, TEXT) == [0] * 7 + [500]
    covers = {
        hour.cover
        for hour in coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
        if hour.channel is TEXT and not hour.planned
    }
    assert covers == {Cover.NOT_BEGUN, Cover.CLOSED}


def test_what_went_out_today_is_not_planned_again_and_what_was_missed_is() -> None:
    fresh = situation(cell(5_000), totals={TEXT: 2_800}, days=6, hour=12)
    begun = {TEXT: ramp(2_800, POLLING_DAY - timedelta(days=9))}
    some = replace(
        fresh,
        ramps=begun,
        schedule=replace(fresh.schedule, starts_at=fresh.now - timedelta(days=3)),
        released={TEXT: 200},
        released_today={TEXT: 90},
    )
    draft = draw_up(some)
    assert sum(of_day(draft, TEXT)) == 2_600
    assert of_day(draft, TEXT) == list(draft.wishes.by_day[TEXT])
    idle = draw_up(replace(some, released_today={}))
    assert 80 <= of_day(idle, TEXT)[0] - of_day(draft, TEXT)[0] <= 90


def test_the_most_valuable_are_tried_first() -> None:
    some = situation(
        cell(900, TEXT, propensity=0.02),
        cell(900, TEXT, propensity=0.5),
        totals={TEXT: 500},
        days=0,
    )
    draft = draw_up(some)
    sure = draw_up(replace(some, cells=some.cells[1:]))
    assert sum(line.votes for line in day_lines(draft)) == pytest.approx(
        sum(line.votes for line in day_lines(sure)), rel=1e-3
    )


def test_three_passes_are_two_and_a_quarter_times_the_list() -> None:
    """Wellstone: dials for three passes = 2.25 × the list. Three days hold three passes."""
    some = situation(cell(4_000, CALL), totals={CALL: 100_000}, days=2, hour=8)
    assert sum(of_day(draw_up(some), CALL)) == pytest.approx(2.25 * 4_000, rel=0.002)


def test_two_places_that_close_at_different_hours_are_planned_until_the_last() -> None:
    some = situation(
        cell(500, TEXT, place=EASTERN), cell(500, TEXT, place=CENTRAL), totals={TEXT: 900}, days=0
    )
    hours = sorted(draw_up(some).hours[TEXT])
    assert hours[-1] == datetime(2026, 11, 4, 1, tzinfo=some.now.tzinfo)  # 7 pm Central, till 7:30
    assert draw_up(some).hours[TEXT][hours[-1]] > 0
