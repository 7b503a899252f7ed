"""The door for the news of an open call: the same answers as the page's, without the page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.clock import ManualClock
from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.web.conftest import SignIn

JSON = {"Accept": "application/json"}


@pytest.fixture
def volunteer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 3)
    return sign_in("volunteer", campaign.id)


@pytest.fixture
def news(volunteer: FlaskClient) -> str:
    """The address to ask for news of the call that the volunteer has in hand."""
    volunteer.post("/calls")
    touch = re.findall(r'name="touch_id" value="(\d+)"', volunteer.get("/calls/current").text)[0]
    return f"/calls/current/news?touch={touch}"


class Passed:
    """Counts the requests for news that come to the page."""

    def __init__(self, web: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        view = web.view_functions["calls.news"]

        def counted() -> Any:
            self.times += 1
            return view()

        counted.open_to = view.open_to  # type: ignore[attr-defined]
        monkeypatch.setitem(web.view_functions, "calls.news", counted)


@pytest.fixture
def page(web: Flask, monkeypatch: pytest.MonkeyPatch) -> Passed:
    return Passed(web, monkeypatch)


CHANGES = {
    "open": "SELECT 1",
    "voted": "struck",
    "opted_out": "INSERT INTO opt_outs (address, channel, source, opted_out_at) "
    "SELECT phone, 'call', 'call', now() FROM voters",
    "hours_over": "late",
    "lost": "UPDATE touches SET lease_until = now() - interval '9 years'",
}


def change(word: str, parts: Parts, sessions: Sessions) -> None:
    """Let something become of the voter on the screen."""
    if word == "voted":
        everybody = [f"AA{number:06}" for number in range(1, 4)]
        strike_ids(sessions, POLLING_DAY, everybody, by=None, source="desk", at=NOON)
    elif word == "hours_over":
        assert isinstance(parts.clock, ManualClock)
        parts.clock.at = NOON + timedelta(hours=11)
    else:
        with sessions.begin() as session:
            session.execute(text(CHANGES[word]))


@pytest.mark.parametrize("word", CHANGES)
def test_door_and_page_tell_the_same(
    web: Flask,
    volunteer: FlaskClient,
    news: str,
    page: Passed,
    parts: Parts,
    sessions: Sessions,
    word: str,
) -> None:
    change(word, parts, sessions)
    if word == "hours_over":
        volunteer.get("/calls/current")  # they are at work
    by_door: Any = volunteer.get(news, headers=JSON)
    assert page.times == 0, "the door did not answer"
    web.extensions["lastmile-presence"].clear()
    by_page: Any = volunteer.get(news, headers=JSON)
    assert page.times == 1
    assert by_door.json["news"] == word
    assert by_door.json == by_page.json
    assert by_door.headers["Cache-Control"] == by_page.headers["Cache-Control"] == "no-store"


def test_who_is_at_work_is_noted_every_minute(
    volunteer: FlaskClient, news: str, page: Passed, parts: Parts
) -> None:
    assert isinstance(parts.clock, ManualClock)
    volunteer.get(news, headers=JSON)
    assert page.times == 0
    parts.clock.at += timedelta(minutes=2)
    volunteer.get(news, headers=JSON)
    volunteer.get(news, headers=JSON)
    assert page.times == 1


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_only_a_question_is_answered(
    volunteer: FlaskClient, news: str, page: Passed, method: str
) -> None:
    volunteer.open(news, method=method, headers=JSON)
    assert page.times == (method == "HEAD")


def test_whoever_is_not_signed_in_is_told_to(web: Flask, news: str) -> None:
    assert web.test_client().get(news, headers=JSON).status_code == 401


def test_a_closed_account_is_told_to_sign_in(
    volunteer: FlaskClient, news: str, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET active = false"))
    assert volunteer.get(news, headers=JSON).status_code == 401


def test_somebody_elses_call_is_the_pages_matter(
    sign_in: SignIn, volunteer: FlaskClient, news: str, page: Passed
) -> None:
    other = sign_in("volunteer", 1, "Ben")
    other.post("/calls")
    assert other.get(news, headers=JSON).json["news"] == "lost"  # type: ignore[index]
    assert page.times == 1


@pytest.mark.parametrize("word", CHANGES)
def test_what_becomes_of_a_voter_is_told_to_nobody_else(
    sign_in: SignIn, news: str, parts: Parts, sessions: Sessions, word: str
) -> None:
    change(word, parts, sessions)
    other: Any = sign_in("volunteer", 1, "Ben").get(news, headers=JSON)
    assert other.json["news"] == "lost"
