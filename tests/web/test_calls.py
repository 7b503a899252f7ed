"""The call screen: take, see, record, next."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clock import ManualClock
from app.domain.language import names
from app.domain.touch import TouchState
from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.store.touches import Attempt, Target, Touch
from app.web.call_words import where_words
from app.wiring import Parts
from tests import factories
from tests.factories import LONG_NAME, NOON, POLLING_DAY
from tests.web.conftest import SignIn

JSON = {"Accept": "application/json"}


@pytest.fixture
def volunteer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 3)
    return sign_in("volunteer", campaign.id)


def unbroken(page: str) -> str:
    """The page as it reads, wherever its lines may break."""
    return page.replace("\N{NO-BREAK SPACE}", " ")


def _take(client: FlaskClient) -> dict[str, str]:
    """The form of the next call, as the page has it."""
    client.post("/calls")
    page = client.get("/calls/current").text
    names = ("key", "touch_id", "fence")
    return {n: re.findall(rf'name="{n}" value="([^"]+)"', page)[0] for n in names}


def _attempts(sessions: Sessions) -> list[Attempt]:
    with sessions() as session:
        return list(session.scalars(select(Attempt).order_by(Attempt.attempted_at)))


def test_the_screen_says_who_where_and_what_to_say(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        first, last = LONG_NAME
        ana = factories.voters(session, 1, first_name=first, last_name=last, language="es")[0]
        luis = {"first_name": "Luis", "birth_year": 1955, "household_id": ana.id}
        factories.targets(session, campaign, [ana, *factories.voters(session, 1, 2, **luis)])
        touch = factories.calls(session, campaign, [ana])[0]
        factories.attempt(session, touch, disposition="left_message", note="will try")
    client = sign_in("volunteer", campaign.id)
    client.post("/calls")
    page = unbroken(client.get("/calls/current").text)
    for words in (
        " ".join(LONG_NAME),
        "Also ask for: Luis",
        "Votes at: Lincoln School",
        "Speaks Spanish",
        "noon</b> there",
        "5 d 8 h",
        "Left message, 11:30 am: “will try”",
        "Call (919) •••-••01",
        "Will you vote on Tuesday, November 3?",
        "Hi, may I speak with María José? I&#39;m Volunteer.",
        "Save, next voter",
        "Today: 0 calls · 0 conversations · 0 plans",
    ):
        assert words in page, words


@pytest.mark.parametrize(
    ("place", "precinct", "said"),
    [
        ("Town Hall, 1 Main St", "52-10", "Town Hall, 1 Main St"),
        ("", "52-10", "precinct 52-10"),
        ("", "LINCOLN SCHOOL", "Lincoln School"),
        ("", "", "precinct not on file"),
    ],
)
def test_a_precinct_is_told_from_a_place(web: Flask, place: str, precinct: str, said: str) -> None:
    with web.test_request_context():
        assert where_words(place, precinct) == said


def _offered(page: str) -> list[str]:
    choice = page.partition('id="language"')[2].partition("</select>")[0]
    return re.findall(r'<option value="(\w+)"', choice)


def test_another_language_may_be_any_and_those_of_voters_come_first(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = [
            *factories.voters(session, 2, language="so"),
            *factories.voters(session, 1, 3, language="en"),
        ]
        factories.targets(session, campaign, whom)
        factories.calls(session, campaign, whom)
    volunteer = sign_in("volunteer", campaign.id)
    form = _take(volunteer)
    page = volunteer.get("/calls/current").text
    assert _offered(page) == ["so", "en"], "the others are in a file of their own"
    form |= {"result": "other_language", "language": "?", "note": "her son answered"}
    asked = volunteer.post("/calls/current", data=form)
    assert (asked.status_code, "her son answered" in asked.text) == (422, True)
    assert _offered(asked.text)[:2] == ["so", "en"]
    assert sorted(_offered(asked.text)) == sorted(names())
    form |= {"language": "am"}
    assert volunteer.post("/calls/current", data=form).status_code == 303
    with sessions() as session:
        assert "am" in session.scalars(select(Target.language)).all()


def test_a_long_note_leaves_the_button_to_call_on_the_screen(
    sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 1)
        factories.targets(session, campaign, whom)
        touch = factories.calls(session, campaign, whom)[0]
        factories.attempt(session, touch, disposition="left_message", note="will try " * 200)
    client = sign_in("volunteer", campaign.id)
    client.post("/calls")
    assert '<q class="long-note" tabindex="0">will try' in client.get("/calls/current").text


def test_the_bare_address_leads_home(volunteer: FlaskClient) -> None:
    answer = volunteer.get("/calls")
    assert (answer.status_code, answer.location) == (302, "/")


def test_saving_leads_to_the_next_voter(volunteer: FlaskClient, sessions: Sessions) -> None:
    first = _take(volunteer)
    answer = volunteer.post("/calls/current", data={**first, "result": "not_home"})
    assert (answer.status_code, answer.location) == (303, "/calls/current")
    page = volunteer.get("/calls/current").text
    assert f'name="touch_id" value="{first["touch_id"]}"' not in page
    assert "Today: 1 call · 0 conversations · 0 plans" in unbroken(page)
    assert [one.disposition for one in _attempts(sessions)] == ["not_home"]


def test_the_same_form_twice_is_saved_once(volunteer: FlaskClient, sessions: Sessions) -> None:
    form = {**_take(volunteer), "result": "canvassed"}
    for _ in range(2):
        assert volunteer.post("/calls/current", data=form).status_code == 303
    assert len(_attempts(sessions)) == 1


def test_reloading_keeps_the_call_in_hand(volunteer: FlaskClient) -> None:
    assert _take(volunteer)["touch_id"] == _take(volunteer)["touch_id"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "Choose what came of the call"),
        ({"result": "nonsense"}, "Choose what came of the call"),
        ({"result": "call_back", "callback_at": ""}, "Say when to call back"),
        ({"result": "call_back", "callback_at": "2026-10-29T11:00"}, "has passed"),
        ({"result": "other_language"}, "Choose the language"),
        ({"result": "other_language", "language": "xx"}, "Choose the language"),
        ({"result": "deceased"}, "for good. Tick “I am sure”"),
        ({"result": "moved"}, "for good. Tick “I am sure”"),
        ({"result": "do_not_call"}, "for good. Tick “I am sure”"),
        ({"result": "not_home", "key": "x"}, "Load the page again"),
    ],
)
def test_a_bad_form_says_what_to_mend_and_keeps_the_rest(
    volunteer: FlaskClient, sessions: Sessions, answers: dict[str, str], words: str
) -> None:
    form = {**_take(volunteer), "note": "her son answered", **answers}
    answer = volunteer.post("/calls/current", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert "her son answered" in answer.text
    assert f'value="{form["touch_id"]}"' in answer.text
    assert not _attempts(sessions)


def test_do_not_call_is_kept_once_one_is_sure(volunteer: FlaskClient, sessions: Sessions) -> None:
    form = {**_take(volunteer), "result": "do_not_call", "sure": "yes"}
    assert volunteer.post("/calls/current", data=form).status_code == 303
    assert len(_attempts(sessions)) == 1


def test_a_callback_is_meant_on_the_voters_clock(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    form = {**_take(volunteer), "result": "call_back", "callback_at": "2026-10-29T17:30"}
    assert volunteer.post("/calls/current", data=form).status_code == 303
    with sessions() as session:
        times = session.scalars(select(Target.next_call_at).where(Target.calls == 1)).all()
    assert times == [NOON.replace(hour=21, minute=30)]


def test_somebody_elses_call_cannot_be_saved(
    volunteer: FlaskClient, sign_in: SignIn, sessions: Sessions
) -> None:
    form = {**_take(volunteer), "key": str(uuid4()), "result": "refused"}
    other = sign_in("volunteer", 1, name="Vera")
    other.post("/calls/current", data=form)
    assert "This call is not on your list" in other.get("/calls/current").text
    assert not _attempts(sessions)


def test_a_call_is_given_back(volunteer: FlaskClient, sessions: Sessions) -> None:
    form = _take(volunteer)
    assert volunteer.post("/calls/release", data=form).location == "/"
    assert "back on the list" in volunteer.get("/").text
    with sessions() as session:
        touch: Any = session.get(Touch, int(form["touch_id"]))
        assert touch.state is TouchState.READY


def test_news_of_a_strike_reaches_the_open_screen(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    form = _take(volunteer)
    news = f"/calls/current/news?touch={form['touch_id']}"
    assert volunteer.get(news, headers=JSON).json == {
        "news": "open",
        "now": NOON.isoformat(),
        "speed": 1.0,
    }
    everybody = [f"AA{number:06}" for number in range(1, 4)]
    strike_ids(sessions, POLLING_DAY, everybody, by=None, source="desk", at=NOON)
    assert volunteer.get(news, headers=JSON).json["news"] == "voted"  # type: ignore[index]


@pytest.mark.parametrize("query", ["", "?touch=x", "?touch=0"])
def test_news_of_no_call_is_refused(volunteer: FlaskClient, query: str) -> None:
    assert volunteer.get(f"/calls/current/news{query}").status_code == 400


def test_without_a_call_the_page_says_why_and_until_when(
    volunteer: FlaskClient, parts: Parts
) -> None:
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(hours=13)  # 1 am
    answer = volunteer.post("/calls", headers=JSON)
    assert answer.json is not None
    assert answer.json["call"] is False
    page = volunteer.get("/calls/current").text
    assert "It is too early or too late to call voters." in page
    assert "Calls begin 8 am (Eastern time)." in page
    parts.clock.at = NOON + timedelta(days=1)
    found = volunteer.post("/calls", headers=JSON).json
    assert found is not None
    assert found["call"] is True
    assert 'id="call"' in found["html"]


def test_who_is_in_no_campaign_is_told_so(sign_in: SignIn) -> None:
    client = sign_in("volunteer")
    assert "You are not in a campaign yet" in client.get("/").text
    client.post("/calls")
    assert "You are not in a campaign yet" in client.get("/calls/current").text
