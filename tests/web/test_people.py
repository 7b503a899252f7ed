"""Invitations and sign-in links: who gets in, and what the others are told."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.clock import ManualClock
from app.services import invitations
from app.store.engine import Sessions
from app.store.people import User
from app.store.touches import Target
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn

ANA = {"name": "Ana", "address": "Ana@Example.org", "languages": "en", "conduct": "yes"}


@pytest.fixture
def campaign_id(sessions: Sessions) -> int:
    with sessions.begin() as session:
        return factories.campaign(session).id


def _invite(sessions: Sessions, campaign_id: int, uses: int = 1) -> str:
    token = invitations.invite(sessions, campaign_id, by=1, uses=uses, days=7, wall=NOON)
    return f"/join/{token}"


def _users(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(User)) or 0


def test_an_organizer_makes_a_link_and_a_volunteer_joins(
    sign_in: SignIn, client: FlaskClient, campaign_id: int
) -> None:
    form = {"campaign": campaign_id, "uses": 2, "days": 7}
    page = sign_in("organizer").post("/people/invitations", data=form).text
    path = page.split("https://vote.example.org")[1].split('"')[0]
    assert "Join Eastside calls" in client.get(path).text
    assert client.post(path, data=ANA).location == "/tour"
    home = client.get("/").text
    assert "Hello, Ana" in home
    assert "Eastside calls" in home
    assert client.get("/people").status_code == 403


def test_the_same_form_twice_makes_one_account(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    path = _invite(sessions, campaign_id)
    assert client.post(path, data=ANA).status_code == 303
    assert client.post(path, data=ANA).status_code == 303
    assert _users(sessions) == 1


def test_somebody_elses_email_does_not_open_their_account(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    factories.person(sessions, "admin", name="Ada")
    path = _invite(sessions, campaign_id)
    answer = client.post(path, data={**ANA, "name": "Eve", "address": "ADA@example.org"})
    assert answer.status_code == 422
    assert "has an account already" in answer.text
    assert client.get("/").status_code == 303
    assert client.post(path, data=ANA).status_code == 303, "the failed try cost no use"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "Write a name"),
        ({"address": "ana"}, "is neither a phone number with area code nor an email address"),
        ({"address": ""}, "Write your phone number with its area code, or your email address."),
        ({"name": "", "address": ""}, "Write a name"),
        ({"name": "", "address": ""}, "Write your phone number with its area code"),
        ({"address": "555-0142"}, "is neither a phone number"),
        ({"address": "(900) 555-0142"}, "is neither a phone number"),
        ({"conduct": ""}, "Read the rules and tick the box"),
        ({"languages": []}, "Tick the languages you can talk with voters in."),
        ({"languages": ["xx"]}, "We know no language Xx"),
    ],
)
def test_a_bad_form_says_what_to_mend(
    client: FlaskClient, sessions: Sessions, campaign_id: int, form: dict[str, object], words: str
) -> None:
    answer = client.post(_invite(sessions, campaign_id), data={**ANA, **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert _users(sessions) == 0


def test_a_used_up_link_lets_nobody_in(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    path = _invite(sessions, campaign_id)
    client.post(path, data=ANA)
    client.post("/sign-out")
    answer = client.post(path, data={**ANA, "name": "Ben", "address": "ben@example.org"})
    assert answer.status_code == 410
    assert "Everybody this invitation was made for has joined" in answer.text


def test_an_expired_link_lets_nobody_in(
    client: FlaskClient, sessions: Sessions, campaign_id: int, parts: Parts
) -> None:
    path = _invite(sessions, campaign_id)
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(days=8)
    for answer in (client.get(path), client.post(path, data=ANA)):
        assert answer.status_code == 410
        assert "This invitation has expired" in answer.text


def test_a_volunteer_says_which_languages_they_call_in(
    client: FlaskClient, sessions: Sessions, campaign_id: int
) -> None:
    client.post(_invite(sessions, campaign_id), data={**ANA, "languages": ["en", "es"]})
    assert "You call in these languages: English, Spanish." in client.get("/").text
    assert client.post("/languages", data={"languages": ["es"]}).status_code == 303
    assert "You call in these languages: Spanish." in client.get("/").text
    for unfit in ({}, {"languages": ["es", "xx"]}):
        client.post("/languages", data=unfit)
        page = client.get("/").text
        assert 'class="note bad"' in page
        assert "You call in these languages: Spanish." in page


def test_calls_in_a_language_come_to_those_who_speak_it(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
        session.execute(update(Target).values(language="es"))
    volunteer = sign_in("volunteer", campaign.id)
    volunteer.post("/calls")
    assert "No call right now" in volunteer.get("/calls/current").text
    volunteer.post("/languages", data={"languages": ["en", "es"]})
    volunteer.post("/calls")
    page = volunteer.get("/calls/current").text
    assert "Luz Voter1" in page
    assert "No call right now" not in page


def test_an_unknown_link_says_what_to_do(client: FlaskClient) -> None:
    assert "We do not know this invitation" in client.get("/join/guess").text


@pytest.mark.parametrize(
    "change", [{"campaign": 99}, {"uses": 0}, {"uses": "many"}, {"days": 0}, {"days": 1000}]
)
def test_a_bad_invitation_is_refused(
    sign_in: SignIn, campaign_id: int, change: dict[str, object]
) -> None:
    form = {"campaign": campaign_id, "uses": 2, "days": 7, **change}
    answer = sign_in("organizer").post("/people/invitations", data=form)
    assert answer.status_code == 422
    assert "/join/" not in answer.text


def test_a_sign_in_link_is_made_for_those_below_only(sign_in: SignIn, sessions: Sessions) -> None:
    volunteer = factories.person(sessions, "volunteer", name="Victor")
    admin = factories.person(sessions, "admin", name="Ada")
    organizer = sign_in("organizer")
    assert "https://vote.example.org/s/" in organizer.post(f"/people/{volunteer.id}/link").text
    refused = organizer.post(f"/people/{admin.id}/link")
    assert refused.status_code == 403
    assert "/s/" not in refused.text
