"""Plans are made from the tables, stored, and made anew when what they rest on has changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.domain.report import Advice, Cause, Cover, Remedy
from app.domain.rule import Blackout, RuleKind
from app.domain.rule_json import to_json
from app.services import plans
from app.services.pace import pace
from app.services.plans import PlanRefused
from app.services.replan import claim, give_back, replan
from app.services.situations import situation_of
from app.services.supply import follow_plan
from app.store.ballots import Ballot
from app.store.campaigns import Ramp, Script, Sender
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.imports import ImportRun
from app.store.people import User
from app.store.plans import Plan
from app.store.ramps import write_ramps
from app.store.rule_changes import ChangedFigure, LearnedFigure, RuleChange
from app.store.shifts import Shift
from tests.factories import NOON, POLLING_DAY
from tests.scene import column, texting

WALL = datetime(2030, 1, 1, tzinfo=NOON.tzinfo)
RAMP = RampRule(Shape.LINEAR, date(2026, 10, 22), 1_200)


def planning(session: Session, voters: int = 400, **facts: object) -> int:
    """A campaign with a ramp of texts, whose voters all consent; its id."""
    campaign, _ = texting(session, voters, **facts)
    write_ramps(session, campaign.id, {Channel.TEXT: RAMP})
    return campaign.id


def make(sessions: Sessions, campaign_id: int, now: datetime = NOON, wall: datetime = WALL) -> None:
    plans.make_plan(sessions, campaign_id, now=now, wall=wall)


def again(sessions: Sessions, seconds: float, now: datetime = NOON) -> list[int]:
    """What a worker's tick does so long after the plan was made."""
    return replan(sessions, "worker:test", now=now, wall=WALL + timedelta(seconds=seconds))


def test_a_plan_is_data_that_reads_back_as_it_was_made(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    report = plans.make_plan(sessions, campaign, now=NOON, wall=WALL)
    with sessions() as session:
        made = plans.latest(session, campaign)
    assert made is not None
    assert made.report == report
    assert made.why == ("the first plan",)
    assert made.solver == "highs"
    stored = column(sessions, "SELECT sum(planned) FROM plan_hours WHERE hour_at >= '2026-10-29'")
    assert stored == [sum(line.planned for line in report.days)]


def test_the_final_week_is_listed_hour_by_hour_the_past_with_what_was_planned(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    make(sessions, campaign, now=NOON - timedelta(hours=3))
    report = plans.make_plan(sessions, campaign, now=NOON, wall=WALL)
    gone = [hour for hour in report.coverage if hour.cover is Cover.PAST]
    assert len(report.coverage) == 24 * 7 + 2  # an hour comes twice, and the first has begun
    assert sum(hour.planned for hour in gone) > 0
    assert not report.gaps


def test_a_new_plan_keeps_the_past_and_makes_up_for_what_was_missed(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    make(sessions, campaign, now=NOON - timedelta(days=1))
    past = "SELECT sum(planned) FROM plan_hours WHERE hour_at < '2026-10-29 16:00+00'"
    before = column(sessions, past)
    make(sessions, campaign)  # a day in which nothing went out
    assert column(sessions, past) == before
    ahead = "SELECT sum(planned) FROM plan_hours WHERE hour_at >= '2026-10-29 16:00+00'"
    assert column(sessions, ahead) == [1_200]


def test_the_pacer_does_not_make_up_twice_for_what_the_plan_makes_up_for(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    make(sessions, campaign, now=NOON - timedelta(days=1))
    make(sessions, campaign)
    with sessions() as session:
        frame = load_frame(session, campaign)
    assert follow_plan(sessions, frame, Channel.TEXT, NOON).released.total() == 0
    hour = column(sessions, "SELECT planned FROM plan_hours WHERE hour_at = '2026-10-29 16:00+00'")
    later = pace(sessions, NOON + timedelta(hours=1))[Channel.TEXT]
    assert later == hour[0]


def test_what_the_hour_has_released_stays_in_its_plan(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    make(sessions, campaign)
    released = pace(sessions, NOON + timedelta(minutes=30))[Channel.TEXT]
    assert released > 0
    make(sessions, campaign, now=NOON + timedelta(minutes=30))
    [whole] = column(sessions, "SELECT sum(planned) FROM plan_hours")
    assert whole == 1_200


DAYS = [
    ("no sender has a limit", {}, None),
    ("the only one has", {1: 500}, 500),
    ("of two one has: the other sends all day at its pace", {1: 500, 3: None}, 500 + 86_400),
    ("of two both have", {1: 500, 3: 200}, 700),
    ("more than its pace carries", {1: 10**9}, 864_000_000),
]


@pytest.mark.parametrize(("what", "limits", "a_day"), DAYS, ids=[what for what, _, _ in DAYS])
def test_the_senders_limits_a_day_are_the_plans(
    sessions: Sessions, what: str, limits: dict[int, int | None], a_day: int | None
) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
        session.execute(text("UPDATE scripts SET body = 'Vote!'"))
        if 3 in limits:
            facts = {"name": "Second", "address": "+19195550143", "per_second": 1}
            session.add(Sender(campaign_id=campaign, channel=Channel.TEXT, **facts))
            session.flush()
        for sender, limit in limits.items():
            binds = {"id": sender, "limit": limit}
            session.execute(text("UPDATE senders SET per_day = :limit WHERE id = :id"), binds)
        assert situation_of(session, campaign, now=NOON).supply[Channel.TEXT].a_day == a_day


def test_a_plan_keeps_within_the_senders_limit_a_day_and_says_so(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
        session.execute(text("UPDATE scripts SET body = 'Vote!'"))
        session.execute(text("UPDATE senders SET per_day = 50 WHERE channel = 'text'"))
    report = plans.make_plan(sessions, campaign, now=NOON, wall=WALL)
    assert {line.planned for line in report.days} == {50}
    assert Cause.SENDER_DAY in {one.cause for one in report.shortfalls}


CHANGES: list[tuple[str, Callable[[Session, int], object]]] = [
    (
        "the ramp changed",
        lambda session, campaign: session.execute(text("UPDATE ramps SET total = 900")),
    ),
    (
        "the budget changed",
        lambda session, campaign: session.execute(text("UPDATE campaigns SET budget = 5")),
    ),
    (
        "a pause began or ended",
        lambda session, campaign: session.execute(
            text("UPDATE campaigns SET state = 'paused', paused_until = :until"),
            {"until": NOON + timedelta(hours=5)},
        ),
    ),
    (
        "a sender changed",
        lambda session, campaign: session.execute(text("UPDATE senders SET stopped = 'blocked'")),
    ),
    (
        "a sender changed",
        lambda session, campaign: session.execute(text("UPDATE senders SET per_day = 500")),
    ),
    (
        "the campaign's settings changed",
        lambda session, campaign: session.execute(text("UPDATE campaigns SET voter_daily_cap = 1")),
    ),
    ("the hours changed", lambda session, campaign: session.add(_blackout(campaign))),
    ("new rates were learned", lambda session, campaign: session.add(_learned(campaign))),
    (
        "the words changed",
        lambda session, campaign: session.add(
            Script(campaign_id=campaign, channel=Channel.TEXT, version=2, body="Vote!")
        ),
    ),
    ("the shifts changed", lambda session, campaign: _book(session, campaign)),
    ("a file was imported", lambda session, campaign: session.add(_imported())),
    (
        "the model's figures changed",
        lambda session, campaign: session.add(
            ChangedFigure(
                campaign_id=campaign, name="show_rate", value=0.5, note="seen", made_at=NOON
            )
        ),
    ),
]


def _book(session: Session, campaign: int) -> None:
    person = User(email="ana@example.org", name="Ana", active=True, fs_uniquifier="ana")
    session.add(person)
    session.flush()
    session.add(
        Shift(
            campaign_id=campaign,
            user_id=person.id,
            channel=Channel.CALL,
            starts_at=NOON + timedelta(hours=5),
            ends_at=NOON + timedelta(hours=8),
            created_at=NOON,
        )
    )


def _blackout(campaign: int) -> RuleChange:
    dark = Blackout(NOON + timedelta(hours=1), NOON + timedelta(hours=2), (Channel.TEXT,))
    return RuleChange(
        campaign_id=campaign,
        kind=RuleKind.BLACKOUT,
        value=to_json(dark),
        note="feast",
        made_at=NOON,
    )


def _learned(campaign: int) -> LearnedFigure:
    return LearnedFigure(campaign_id=campaign, name="opt_out", value=4.0, seen=900, learned_at=NOON)


def _imported() -> ImportRun:
    return ImportRun(
        filename="voters.csv", layout="nc", state="done", started_at=NOON, ended_at=NOON
    )


@pytest.mark.parametrize(("why", "change"), CHANGES, ids=[why for why, _ in CHANGES])
def test_a_change_of_what_the_plan_rests_on_brings_a_new_plan_that_says_so(
    sessions: Sessions, why: str, change: Callable[[Session, int], object]
) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
    make(sessions, campaign)
    assert again(sessions, 600) == []
    with sessions.begin() as session:
        change(session, campaign)
    assert again(sessions, 30) == [campaign]
    with sessions() as session:
        made = plans.latest(session, campaign)
    assert made is not None
    assert made.why == (why,)
    assert again(sessions, 60) == []


def test_between_two_plans_there_is_a_pause(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
    make(sessions, campaign)
    with sessions.begin() as session:
        session.execute(text("UPDATE ramps SET total = 900"))
        session.execute(text("UPDATE plans SET seconds = 0.1"))
    assert again(sessions, 4) == []
    assert again(sessions, 6) == [campaign]


def test_after_a_long_plan_the_pause_is_longer(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
    make(sessions, campaign)
    with sessions.begin() as session:
        session.execute(text("UPDATE ramps SET total = 900"))
        session.execute(text("UPDATE plans SET seconds = 10"))
    assert again(sessions, 28) == []
    assert again(sessions, 31) == [campaign]


def test_a_lease_is_taken_once(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 10)
    assert claim(sessions, campaign, "worker:one", WALL)
    assert not claim(sessions, campaign, "worker:two", WALL)
    give_back(sessions, campaign, "worker:two")  # not its own
    assert not claim(sessions, campaign, "worker:two", WALL)
    give_back(sessions, campaign, "worker:one")
    assert claim(sessions, campaign, "worker:two", WALL)


def test_a_new_day_brings_a_new_plan(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
    make(sessions, campaign)
    assert again(sessions, 600, now=NOON + timedelta(hours=11)) == []
    assert again(sessions, 600, now=NOON + timedelta(hours=13)) == [campaign]


def test_ballots_bring_a_new_plan_many_at_once_sooner_than_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign, whom = texting(session, 300)
        write_ramps(session, campaign.id, {Channel.TEXT: RAMP})
    make(sessions, campaign.id)
    later = NOON + timedelta(seconds=1)
    with sessions.begin() as session:
        session.add(_ballot(whom[0].id, later))
    assert again(sessions, 8) == []
    with sessions.begin() as session:
        session.add_all(_ballot(voter.id, later) for voter in whom[1:4])
    assert again(sessions, 8) == [campaign.id]


def _ballot(voter: int, at: datetime) -> Ballot:
    return Ballot(voter_id=voter, polling_day=POLLING_DAY, source="desk", recorded_at=at)


def test_a_plan_is_made_by_one_worker_and_by_another_when_the_first_is_gone(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
        session.execute(
            text(
                "INSERT INTO plan_states (campaign_id, holder, lease_until) "
                "VALUES (:campaign, 'worker:other', :until)"
            ),
            {"campaign": campaign, "until": WALL + timedelta(seconds=60)},
        )
    assert again(sessions, 30) == []
    assert again(sessions, 61) == [campaign]


def test_of_two_plans_the_one_that_looked_later_stays(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
    make(sessions, campaign, wall=WALL)
    make(sessions, campaign, wall=WALL - timedelta(seconds=1))
    assert column(sessions, "SELECT count(*) FROM plans") == [1]


def test_once_the_polls_have_closed_no_plan_is_made_and_nothing_is_wrong(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 10)
    make(sessions, campaign)
    assert again(sessions, 600, now=NOON + timedelta(days=6)) == []
    assert column(sessions, "SELECT problem FROM plan_states") == [""]
    assert column(sessions, "SELECT count(*) FROM plans") == [1]


def test_old_plans_go_and_the_last_hundred_stay(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 10)
        session.add_all(
            Plan(
                campaign_id=campaign,
                made_at=NOON,
                why=[],
                solver="highs",
                seconds=1,
                report={},
                hours={},
            )
            for _ in range(105)
        )
    make(sessions, campaign)
    assert column(sessions, "SELECT count(*) FROM plans") == [100]


def test_a_sketch_stores_nothing_and_answers_for_the_ramps_it_is_given(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
    make(sessions, campaign)
    less = {Channel.TEXT: replace(RAMP, total=1_100)}
    report = plans.sketch(sessions, campaign, less, now=NOON)
    assert sum(line.planned for line in report.days) == 1_100
    assert column(sessions, "SELECT total FROM ramps") == [1_200]
    assert column(sessions, "SELECT count(*) FROM plans") == [1]


def test_a_campaign_without_a_ramp_is_told_to_draw_one(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session)
        session.execute(text("DELETE FROM ramps"))
    with pytest.raises(PlanRefused, match="Draw one for at least one channel"):
        plans.make_plan(sessions, campaign, now=NOON, wall=WALL)


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


def test_a_stopped_sender_is_a_gap_with_its_cause(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
        session.execute(text("UPDATE senders SET stopped = 'blocked by the carrier'"))
    report = plans.make_plan(sessions, campaign, now=NOON, wall=WALL)
    assert {gap.cause for gap in report.gaps} == {Cause.SENDER_STOPPED}
    with sessions() as session:
        [sentence] = plans.problems(session, campaign)
    assert "the sender is stopped" in sentence
