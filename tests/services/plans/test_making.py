"""A plan is made from the tables and stored, and keeps the past."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.channel import Channel
from app.domain.report import Cause, Cover
from app.services import plans
from app.services.pace import pace
from app.services.plans import PlanRefused
from app.services.situations import situation_of
from app.services.supply import follow_plan
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.frames import load_frame
from tests.factories import NOON
from tests.scene import column
from tests.services.plans.planning import RAMP, WALL, make, planning


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


def test_a_stopped_sender_is_a_gap_with_its_cause(sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = planning(session, 60)
        session.execute(text("UPDATE senders SET stopped = 'blocked by the carrier'"))
    report = plans.make_plan(sessions, campaign, now=NOON, wall=WALL)
    assert {gap.cause for gap in report.gaps} == {Cause.SENDER_STOPPED}
    with sessions() as session:
        [sentence] = plans.problems(session, campaign)
    assert "the sender is stopped" in sentence
