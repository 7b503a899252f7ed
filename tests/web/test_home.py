"""A volunteer's home: what waits, what was promised, and the day in plain numbers."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.channel import Channel
from app.domain.touch import AttemptState
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import User
from app.store.touches import Touch
from app.store.volunteer_day import Done, day_so_far, promised
from app.store.voting_plans import VotingPlan
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn

MIDNIGHT = NOON.astimezone(ZoneInfo("America/New_York")).replace(hour=0)


@pytest.fixture
def campaign(sessions: Sessions) -> Campaign:
    """Four voters to call; 400 calls are planned for the day."""
    with sessions.begin() as session:
        made = factories.call_list(session, 4)
        factories.plan(session, made, Channel.CALL, 400)
        return made


@pytest.fixture
def ana(campaign: Campaign, sign_in: SignIn) -> FlaskClient:
    """Account 1."""
    return sign_in("volunteer", campaign.id, "Ana")


@pytest.fixture
def ben(ana: FlaskClient, campaign: Campaign, sessions: Sessions) -> User:
    """Account 2, of the same team."""
    return factories.person(sessions, "volunteer", campaign.id, "Ben")


def _called(sessions: Sessions, touch: int, user: int, result: str, **facts: object) -> None:
    with sessions.begin() as session:
        made = session.get_one(Touch, touch)
        factories.attempt(session, made, user_id=user, disposition=result, **facts)


def test_the_day_counts_what_i_did_and_what_the_team_did(
    ana: FlaskClient, ben: User, sessions: Sessions
) -> None:
    _called(sessions, 1, 1, "canvassed")
    _called(sessions, 2, 1, "not_home")
    _called(sessions, 3, ben.id, "canvassed")
    _called(sessions, 4, ben.id, "canvassed", attempted_at=NOON - timedelta(days=1))
    _called(sessions, 4, ben.id, "", state=AttemptState.ABSENT)
    with sessions.begin() as session:
        for voter, by in ((1, 1), (3, ben.id), (4, None)):
            session.add(
                VotingPlan(campaign_id=1, voter_id=voter, source="call", made_by=by, made_at=NOON)
            )
    with sessions() as session:
        day = day_so_far(session, 1, 1, MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert day.mine == Done(calls=2, conversations=1, plans=1, texts=0)
    assert day.team == Done(calls=3, conversations=2, plans=2, texts=0)
    assert (day.people, day.goal) == (2, 400)
    page = ana.get("/").text
    assert "3 of 400 calls that are planned for today" in page
    assert '<progress id="goal" max="400" value="3">' in page


def test_another_campaigns_work_is_not_this_teams(
    ana: FlaskClient, ben: User, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Northside calls")
        factories.targets(session, other, factories.voters(session, 1, 50))
    _called(sessions, 1, ben.id, "canvassed")
    with sessions() as session:
        day = day_so_far(session, other.id, 1, MIDNIGHT, MIDNIGHT + timedelta(days=1))
    assert day.team == Done(0, 0, 0, 0)
    assert day.goal == 0


def test_calls_that_i_promised_are_mine_to_know_of(
    ana: FlaskClient, ben: User, sessions: Sessions
) -> None:
    _called(sessions, 1, ben.id, "call_back", attempted_at=NOON - timedelta(hours=3))
    _called(sessions, 1, 1, "call_back")
    _called(sessions, 2, 1, "call_back")
    _called(sessions, 3, ben.id, "call_back")
    with sessions.begin() as session:
        callbacks = update(Touch).where(Touch.id < 4).values(purpose="callback")
        session.execute(callbacks)
        later = NOON + timedelta(hours=5)
        session.execute(update(Touch).where(Touch.id == 2).values(due_at=later))
    with sessions() as session:
        found = promised(session, 1, 1, NOON)
    assert (found.due, found.later, found.next_at) == (1, 1, later)
    page = ana.get("/").text
    assert "1 voter waits for the call you promised; it comes first." in page
    assert "You promised 1 call for later, at 5 pm." in page


def test_home_has_links_to_pages_that_are_there(ana: FlaskClient) -> None:
    page = ana.get("/").text
    assert "4 calls are ready" in page
    assert "No text waits to be sent, and no reply to be answered." in page
    for path in ("/shifts", "/tour", "/conduct"):
        assert ana.get(path).status_code in (200, 303)


def test_home_without_a_plan_and_without_shifts_says_so(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    page = sign_in("volunteer", 1).get("/").text
    assert "None booked. You can call without one, too." in page
    assert "<progress" not in page
