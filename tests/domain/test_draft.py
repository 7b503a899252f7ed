"""The plan keeps what it promises, whatever the campaign: the program and the plan without it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from app.domain.account import Before, report_of
from app.domain.blast_load import HourLoad
from app.domain.channel import Channel
from app.domain.coverage import coverage
from app.domain.draft import Draft, draw_up
from app.domain.hours import Place, open_intervals
from app.domain.ramp import RampRule, Shape
from app.domain.report import Cause, Cover, HourCover
from app.domain.rule import Blackout
from app.domain.shortfall import day_lines, shortfalls
from app.domain.situation import Situation, Supply
from tests.situations import (
    CENTRAL,
    EASTERN,
    POLLING_DAY,
    cell,
    evenings,
    ramp,
    situation,
    situations,
)

HOUR = timedelta(hours=1)
CALL, TEXT, EMAIL = Channel.CALL, Channel.TEXT, Channel.EMAIL
SOLVERS = pytest.mark.parametrize("seconds", [20.0, 0.0], ids=["program", "without it"])


def check(draft: Draft) -> None:
    """Every hard limit, looked at again from the rules, not from the plan's own grid."""
    some = draft.situation
    for channel, hours in draft.hours.items():
        for hour, planned in hours.items():
            share = open_share(some, channel, hour)
            assert share > 0, f"{channel} planned at {hour}, when it is closed"
            room = some.supply[channel].at(hour) * share - some.blast_room(channel, hour)
            assert 0 < planned <= room + 1e-6
    check_money(draft)
    check_caps(draft)
    check_floor(draft)
    check_sums(draft)


def open_share(some: Situation, channel: Channel, hour: datetime) -> float:
    """The longest part of the hour in which somebody may be tried: hours, ramp, pause."""
    zone = ZoneInfo(some.schedule.zone)
    begin = max(hour, some.now, some.paused_until or some.now)
    if begin.astimezone(zone).date() < some.ramps[channel].starts_on:
        return 0.0
    reached = {one.place for one in some.cells if channel in one.reach}
    return max(
        sum(
            (end - start) / HOUR
            for start, end in open_intervals(some.schedule, place, channel, begin, hour + HOUR)
        )
        for place in reached or some.places
    )


def check_money(draft: Draft) -> None:
    some = draft.situation
    cost = before = Decimal(0)
    for channel, hours in draft.hours.items():
        price = some.price.get(channel, Decimal(0))
        cost += price * sum(hours.values())
        before += price * sum(n for at, n in hours.items() if at < some.final_from)
    assert cost <= max(some.money, 0)
    assert before <= max(some.money_before, 0)

    early = sum(
        float(some.price.get(channel, 0)) * float(draft.solution.attempts[channel][number])
        for channel in draft.hours
        for number, slot in enumerate(draft.grid.slots)
        if not slot.reserve
    )
    assert early <= max(float(min(some.money_before, some.money)), 0) + 1e-4  # before rounding too


def check_caps(draft: Draft) -> None:
    some, zone = draft.situation, ZoneInfo(draft.situation.schedule.zone)
    total: int = sum(sum(hours.values()) for hours in draft.hours.values())
    left = sum(max(one.voters * some.total_cap - one.attempts, 0) for one in some.cells)
    assert total <= left
    days: dict[tuple[date, Channel], int] = {}
    for channel, hours in draft.hours.items():
        for hour, planned in hours.items():
            key = (hour.astimezone(zone).date(), channel)
            days[key] = days.get(key, 0) + planned
    voters = sum(one.voters for one in some.cells)
    for (_, channel), planned in days.items():
        limit = some.ramps[channel].daily_cap
        assert limit is None or planned <= limit
    for (day, channel), planned in days.items():
        reached = sum(one.voters for one in some.cells if channel in one.reach)
        assert planned <= reached, "twice a day to one voter on one channel"
        whole = sum(n for (other, _), n in days.items() if other == day)
        assert whole <= voters * some.daily_cap + len(Channel)  # each channel is rounded by itself


def check_floor(draft: Draft) -> None:
    """Each open hour of the final week holds something, or is a gap that says why."""
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    for hour in proof:
        if hour.cover is Cover.PLANNED:
            blasts = draft.situation.blast_messages(hour.channel, hour.at)
            assert hour.planned == draft.hours[hour.channel].get(hour.at, 0)
            assert hour.blasts >= blasts > hour.blasts - 1
            assert hour.planned + hour.blasts > 0
        else:
            is_open = open_share(draft.situation, hour.channel, hour.at) > 0
            assert is_open == (hour.cover is Cover.GAP), hour
            assert (hour.cause is not None) == (hour.cover is Cover.GAP)
    listed = {(hour.channel, hour.at) for hour in proof}
    first = max(draft.situation.now, draft.situation.final_from)
    for channel in draft.situation.ramps:
        at = first.replace(minute=0, second=0, microsecond=0)
        while at < draft.situation.closes_at:
            assert (channel, at) in listed
            at += HOUR


def check_sums(draft: Draft) -> None:
    """What is wanted is planned, or missing with a cause."""
    lines = day_lines(draft)
    for channel in draft.situation.ramps:
        mine = [line for line in lines if line.channel is channel]
        planned, wanted = sum(one.planned for one in mine), sum(one.wanted for one in mine)
        assert planned == sum(draft.hours.get(channel, {}).values())
        short = [one for one in shortfalls(draft, lines) if one.channel is channel]
        missing = sum(one.missing for one in short) - draft.wishes.unplaced[channel]
        assert missing == max(wanted - planned, 0)
        assert all(one.words and one.remedy for one in short)


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


def of_day(draft: Draft, channel: Channel) -> list[int]:
    """Planned attempts day by day."""
    return [line.planned for line in day_lines(draft) if line.channel is channel]


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


def test_calls_without_a_script_are_planned_and_the_plan_says_so() -> None:
    draft = draw_up(situation(cell(500), totals={CALL: 500}, unscripted=True))
    assert sum(of_day(draft, CALL)) >= 500
    [short] = shortfalls(draft, day_lines(draft))
    assert (short.cause, short.missing) == (Cause.NO_WORDS, 0)


def gaps(draft: Draft) -> list[HourCover]:
    proof = coverage(draft.situation, draft.grid, draft.wishes, draft.hours)
    return [hour for hour in proof if hour.cover is Cover.GAP]


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
