"""Gaps on the page: taken by whoever is first, told kindly to the others; asking everybody."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.channel import Channel
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.notices import Notice
from app.store.people import User
from app.store.shifts import Shift
from tests import factories, reports
from tests.factories import NOON
from tests.scene import texting
from tests.web.conftest import SignIn, as_person

EVENING = {"day": "2026-10-30", "from": "17:00", "until": "20:00", "channel": "call"}


@pytest.fixture
def ana(sessions: Sessions) -> User:
    """Who did not come to a shift from 11 am to 2 pm, noticed by now."""
    with sessions.begin() as session:
        texting(session, 1)
    who = factories.person(sessions, "volunteer", 1, "Ana", phone="+19195550200")
    with sessions.begin() as session:
        session.add(
            Shift(
                campaign_id=1,
                user_id=who.id,
                channel=Channel.CALL,
                starts_at=NOON - timedelta(hours=1),
                ends_at=NOON + timedelta(hours=2),
                created_at=NOON - timedelta(days=2),
                missed_at=NOON - timedelta(minutes=55),
            )
        )
    return who


def volunteer(web: Flask, sessions: Sessions, name: str) -> FlaskClient:
    return as_person(web, factories.person(sessions, "volunteer", 1, name))


def test_the_first_has_it_and_the_second_is_told_kindly(
    ana: User, web: Flask, sessions: Sessions, sign_in: SignIn
) -> None:
    first, second = volunteer(web, sessions, "Ben"), volunteer(web, sessions, "Cid")
    assert "Can you call until 2 pm?" in second.get("/gaps/1").text
    for _ in range(2):
        answer = first.post("/gaps/1", follow_redirects=True)
        assert "The shift is yours" in answer.text
    answer = second.post("/gaps/1", follow_redirects=True)
    assert "Somebody was faster" in answer.text
    assert "Thank you for wanting to help." in answer.text
    page = sign_in("organizer", name="Olive").get("/campaigns/1/shifts").text
    assert "Ben has stepped in." in page
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Shift)) == 2


def test_a_shift_canceled_before_it_begins_is_offered_and_shown_to_organizers(
    ana: User, web: Flask, sessions: Sessions, sign_in: SignIn
) -> None:
    with sessions.begin() as session:
        shift = session.get_one(Shift, 1)
        shift.starts_at, shift.missed_at = NOON + timedelta(hours=1), None
    as_person(web, ana).post("/shifts/1/cancel")
    organizer = sign_in("organizer", name="Olive")
    page = organizer.get("/campaigns/1/shifts").text
    assert "Nobody could be asked yet." in page
    assert "Ask all volunteers for 1–2 pm" in page
    ben = volunteer(web, sessions, "Ben")
    assert "Can you call on Thu, Oct 29, 1–2 pm?" in ben.get("/gaps/1").text
    assert "The shift is yours" in ben.post("/gaps/1", follow_redirects=True).text
    assert "Begin" not in ben.get("/gaps/1").text
    assert "Ben has stepped in." in organizer.get("/campaigns/1/shifts").text


def test_a_gap_of_another_campaign_is_none(
    ana: User, web: Flask, sessions: Sessions, sign_in: SignIn
) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Northside").id
    stranger = sign_in("volunteer", other, "Dee")
    assert stranger.get("/gaps/1").status_code == 404
    assert stranger.post("/gaps/1").status_code == 303
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Shift)) == 1
    assert stranger.get("/gaps/99").status_code == 404


def test_opening_the_call_page_is_a_sign_and_a_page_to_cancel_is_none(
    ana: User, web: Flask, sessions: Sessions
) -> None:
    client = as_person(web, ana)
    client.get("/shifts/1/cancel")

    def came() -> Any:
        with sessions() as session:
            return session.get_one(Shift, 1).came_at

    assert came() is None
    client.get("/calls/current")
    assert came() == NOON
    assert "It has settled itself" in volunteer(web, sessions, "Ben").get("/gaps/1").text


def test_all_volunteers_are_asked_after_a_look_at_the_words_and_once(
    ana: User, web: Flask, sessions: Sessions, sign_in: SignIn
) -> None:
    factories.person(sessions, "volunteer", 1, "Ben", tongue="es")
    organizer = sign_in("organizer", name="Olive")
    page = organizer.get("/campaigns/1/shifts/ask", query_string=EVENING).text
    assert "2 volunteers would be written to" in page
    assert "1 by text, 1 by email" in page
    assert "needs more people for calls on Fri, Oct 30, 5-8 pm" in page
    assert "necesita gente" in page
    path = "/campaigns/1/shifts/ask"
    for said in ("2 volunteers are asked.", "was asked already. Nothing was sent."):
        assert said in organizer.post(path, data=EVENING, follow_redirects=True).text
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Notice)) == 2
    past = organizer.post(path, data={**EVENING, "day": "2026-10-28"})
    assert past.status_code == 422
    assert "These hours are over" in past.text


def test_the_shifts_page_offers_to_ask_for_hours_that_are_short(
    ana: User, sessions: Sessions, sign_in: SignIn
) -> None:
    with sessions.begin() as session:
        reports.store(session, session.get_one(Campaign, 1))
    page = sign_in("organizer").get("/campaigns/1/shifts?day=2026-11-03").text
    assert "Ask all volunteers for 5–8 pm" in page
    assert "/campaigns/1/shifts/ask?day=2026-11-03&amp;from=17:00" in page


def test_whoever_was_asked_for_a_shift_that_is_gone_is_told_so(
    ana: User, web: Flask, sessions: Sessions
) -> None:
    ben = factories.person(sessions, "volunteer", 1, "Ben")
    with sessions.begin() as session:
        session.add(
            Notice(
                campaign_id=1,
                user_id=ben.id,
                kind="offer",
                key=f"offer:1:{ben.id}",
                channel=Channel.TEXT,
                address="+19195550201",
                body="Can you?",
                due_at=NOON,
                expires_at=NOON,
                made_at=NOON,
            )
        )
        session.delete(session.get_one(Shift, 1))
    client = as_person(web, ben)
    assert "This shift was taken off." in client.post("/gaps/1", follow_redirects=True).text
