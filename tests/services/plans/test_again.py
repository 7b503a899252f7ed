"""A plan is made anew when what it rests on has changed, by one worker."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.rule import Blackout, RuleKind
from app.domain.rule_json import to_json
from app.services import plans
from app.services.replan import claim, give_back
from app.store.ballots import Ballot
from app.store.campaigns import Script
from app.store.engine import Sessions
from app.store.imports import ImportRun
from app.store.people import User
from app.store.plans import Plan
from app.store.ramps import write_ramps
from app.store.rule_changes import ChangedFigure, LearnedFigure, RuleChange
from app.store.shifts import Shift
from tests.factories import NOON, POLLING_DAY
from tests.scene import column, texting
from tests.services.plans.planning import RAMP, WALL, again, make, planning

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
