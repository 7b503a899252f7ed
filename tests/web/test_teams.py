"""Teams: made by organizers, led by somebody who sees their own and nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.channel import Channel
from app.store.engine import Sessions
from app.store.notices import Notice
from app.store.people import AuditEntry, Team, User
from app.store.shifts import Shift
from app.store.touches import Touch
from tests import factories
from tests.factories import NOON
from tests.scene import texting
from tests.web.conftest import SignIn, as_person

TEAM = "/campaigns/1/teams/1"


@pytest.fixture
def people(sessions: Sessions) -> dict[str, User]:
    """A lead and a member of the first team, one of the second, and one of none."""
    with sessions.begin() as session:
        made, whom = texting(session, 2)
        factories.calls(session, made, whom)
    found = {}
    for number, (name, role) in enumerate(
        [("Lea", "team_lead"), ("Mo", "volunteer"), ("Nia", "volunteer"), ("Oz", "volunteer")]
    ):
        phone = f"+191955502{number:02}"
        found[name] = factories.person(sessions, role, 1, name, phone=phone)
    with sessions.begin() as session:
        first = Team(campaign_id=1, name="Westside", created_at=NOON, lead_id=found["Lea"].id)
        second = Team(campaign_id=1, name="Eastside", created_at=NOON)
        session.add_all([first, second])
        session.flush()
        for name, team in [("Lea", first), ("Mo", first), ("Nia", second)]:
            session.get_one(User, found[name].id).team_id = team.id
    return found


@pytest.fixture
def lead(web: Flask, people: dict[str, User]) -> FlaskClient:
    return as_person(web, people["Lea"])


@pytest.fixture
def organizer(people: dict[str, User], sign_in: SignIn) -> FlaskClient:
    return sign_in("organizer", name="Olive")


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def team_of(sessions: Sessions, who: User) -> int | None:
    with sessions() as session:
        return session.get_one(User, who.id).team_id


def booking(who: User, **facts: Any) -> dict[str, Any]:
    asked = {"day": "2026-10-30", "from": "17:00", "until": "20:00", "channel": "call"}
    return {"person": who.id, **asked, **facts}


def shift(sessions: Sessions, who: User, **facts: Any) -> int:
    with sessions.begin() as session:
        row = Shift(
            **{
                "campaign_id": 1,
                "user_id": who.id,
                "channel": Channel.CALL,
                "starts_at": NOON - timedelta(hours=1),
                "ends_at": NOON + timedelta(hours=2),
                "created_at": NOON,
                **facts,
            }
        )
        session.add(row)
        session.flush()
        return row.id


def test_an_organizer_makes_a_team_names_its_lead_and_takes_people_in(
    organizer: FlaskClient, people: dict[str, User], sessions: Sessions
) -> None:
    answer = organizer.post("/campaigns/1/teams", data={"name": " North  side "})
    assert answer.location == "/campaigns/1/teams/3"
    again = organizer.post("/campaigns/1/teams", data={"name": "North side"})
    assert again.status_code == 422
    assert "Another team has this name" in again.text
    third = "/campaigns/1/teams/3"
    assert "Oz" in organizer.get(f"{third}?find=oz").text
    assert "now in Eastside" in organizer.get(f"{third}?find=nia").text
    organizer.post(f"{third}/members", data={"person": people["Oz"].id})
    organizer.post(f"{third}/lead", data={"person": people["Oz"].id})
    assert team_of(sessions, people["Oz"]) == 3
    with sessions() as session:
        assert [role.name for role in session.get_one(User, people["Oz"].id).roles] == ["team_lead"]
        acts = set(session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "team:3")))
    assert acts == {"team added", "joined a team", "team lead set"}
    assert "led by Oz" in plain(organizer.get("/campaigns/1/teams").text)


def test_a_team_taken_apart_leaves_its_people(
    organizer: FlaskClient, people: dict[str, User], sessions: Sessions
) -> None:
    for _ in range(2):
        organizer.post(f"{TEAM}/remove")
    assert team_of(sessions, people["Mo"]) is None
    assert organizer.get(TEAM).status_code == 404


def test_a_lead_sees_the_day_of_their_team_and_nothing_of_any_voter(
    lead: FlaskClient, people: dict[str, User], sessions: Sessions
) -> None:
    shift(sessions, people["Mo"], missed_at=NOON - timedelta(minutes=50))
    with sessions.begin() as session:
        touch = session.scalars(select(Touch).order_by(Touch.id).limit(1)).one()
        facts = {"attempted_at": NOON - timedelta(minutes=9), "disposition": "canvassed"}
        factories.attempt(session, touch, user_id=people["Lea"].id, **facts)
        touch.state, touch.claimed_by = touch.state.__class__("claimed"), "user:1"
        touch.lease_until = NOON + timedelta(minutes=5)
    assert lead.get("/team").location == TEAM
    page = lead.get(TEAM).text
    read = plain(page)
    assert "Mo did not come 0 calls" in read
    assert "missed 1 shift so far" in read
    assert re.search(r"Lea\s+on line 1 call 1 conversation", read)
    for word in ("Luz", "Voter", "555-02", "+1919", "Nia", "Oz"):
        assert word not in read, word


@pytest.mark.parametrize(
    "path", ["/campaigns/1/teams", "/campaigns/1/teams/2", "/people", "/campaigns/1/shifts"]
)
def test_a_lead_sees_no_other_team(lead: FlaskClient, path: str) -> None:
    assert lead.get(path).status_code in (403, 404)


def test_a_lead_books_and_cancels_for_their_members_only(
    lead: FlaskClient, people: dict[str, User], sessions: Sessions
) -> None:
    answer = lead.post(f"{TEAM}/shifts", data=booking(people["Mo"]), follow_redirects=True)
    assert "Mo is booked for Fri, Oct 30, 5–8 pm." in answer.text
    assert lead.post(f"{TEAM}/shifts", data=booking(people["Nia"])).status_code == 422
    theirs = shift(sessions, people["Nia"])
    lead.post(f"{TEAM}/shifts/remove", data={"shift": theirs})
    answer = lead.post(f"{TEAM}/shifts/remove", data={"shift": 1}, follow_redirects=True)
    assert "The shift is canceled." in answer.text
    with sessions() as session:
        assert session.scalars(select(Shift.user_id)).all() == [people["Nia"].id]


@pytest.mark.parametrize("act", ["name", "lead", "members", "members/remove", "remove"])
def test_the_team_itself_is_the_organizers(lead: FlaskClient, act: str) -> None:
    assert lead.post(f"{TEAM}/{act}", data={"person": 2, "name": "Mine"}).status_code == 403


def test_a_lead_writes_to_their_team_once(
    lead: FlaskClient, people: dict[str, User], sessions: Sessions
) -> None:
    form = {"key": "a-form", "words": "Pizza at six, thank you all!"}
    for said in ("1 person is written to.", "It was sent already"):
        answer = lead.post(f"{TEAM}/words", data=form, follow_redirects=True)
        assert said in answer.text
    with sessions() as session:
        (notice,) = session.scalars(select(Notice))
    assert (notice.user_id, notice.kind) == (people["Mo"].id, "written")
    assert notice.body == "Pizza at six, thank you all! - Lea, Eastside calls"
    empty = lead.post(f"{TEAM}/words", data={"key": "b", "words": " "})
    assert empty.status_code == 422


def test_whoever_leads_no_team_any_more_sees_none(
    organizer: FlaskClient, lead: FlaskClient, people: dict[str, User]
) -> None:
    organizer.post(f"/people/{people['Lea'].id}/role", data={"role": "volunteer"})
    assert lead.get(TEAM).status_code == 403
    organizer.post(f"/people/{people['Lea'].id}/role", data={"role": "team_lead"})
    assert lead.get(TEAM).status_code == 404
    assert "You lead no team yet" in lead.get("/team").text
