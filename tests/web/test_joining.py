"""Joining by phone, by a shift's link and by a code to scan; the rules, and the practice call."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.clock import ManualClock
from app.store.engine import Sessions
from app.store.people import AuditEntry, Invitation, User
from app.store.shifts import Shift
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn

ANA = {"name": "Ana", "address": "919-555-0199", "languages": "en", "conduct": "yes"}
EVENING = {"day": "2026-10-30", "from": "17:00", "until": "20:00", "channel": "call"}


@pytest.fixture
def campaign_id(sessions: Sessions) -> int:
    with sessions.begin() as session:
        return factories.campaign(session).id


@pytest.fixture
def organizer(sign_in: SignIn, campaign_id: int) -> FlaskClient:
    return sign_in("organizer", name="Olive")


def _invite(organizer: FlaskClient, **form: object) -> str:
    """The path of a new invitation."""
    answer = organizer.post(
        "/people/invitations", data={"campaign": 1, "uses": 5, "days": 7, **form}
    )
    assert answer.status_code == 200
    found = re.search(r'value="https://vote.example.org(/join/[^"]+)"', answer.text)
    assert found is not None
    return found[1]


def _users(sessions: Sessions, *, name: str = "Ana") -> list[User]:
    with sessions() as session:
        return list(session.scalars(select(User).where(User.name == name)))


def _shifts(sessions: Sessions) -> list[tuple[int, str]]:
    with sessions() as session:
        rows = session.scalars(select(Shift).order_by(Shift.id))
        return [(one.user_id, f"{one.starts_at:%d %H}–{one.ends_at:%H}") for one in rows]


def test_a_phone_is_enough_to_join(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions
) -> None:
    assert client.post(_invite(organizer), data=ANA).location == "/tour"
    (ana,) = _users(sessions)
    assert (ana.phone, ana.email) == ("+19195550199", None)
    assert ana.conduct_at == NOON
    assert "(919) 555-0199" in organizer.get("/people").text
    assert "Ana · (919) 555-0199" in organizer.get("/campaigns/1/shifts").text
    link = organizer.post(f"/people/{ana.id}/link")
    assert "/s/" in link.text


def test_a_phone_joins_once(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions
) -> None:
    path = _invite(organizer)
    client.post(path, data=ANA)
    client.post("/sign-out")
    answer = client.post(path, data={**ANA, "name": "Eve", "address": "+1 (919) 555-0199"})
    assert answer.status_code == 422
    assert "(919) 555-0199 has an account already. Sign in with it." in answer.text
    assert f"/sign-in?next={path}" in answer.text
    assert _users(sessions, name="Eve") == []
    with sessions() as session:
        assert session.scalar(select(Invitation.uses_left)) == 4, "the failed try cost no use"


def test_nobody_joins_without_the_rules(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions
) -> None:
    path = _invite(organizer)
    assert "Who says “do not call” is not called again" in client.get(path).text
    answer = client.post(path, data={**ANA, "conduct": ""})
    assert answer.status_code == 422
    assert "Read the rules and tick the box" in answer.text
    assert not re.search(r'id="conduct"[^>]* checked', answer.text)
    answer = client.post(path, data={**ANA, "address": ""})
    assert re.search(r'id="conduct"[^>]* checked', answer.text), "what was ticked stays so"
    assert _users(sessions) == []


def test_the_link_is_there_to_scan(organizer: FlaskClient) -> None:
    form = {"campaign": 1, "uses": 1, "days": 1}
    page = organizer.post("/people/invitations", data=form).text
    drawn = re.search(r'<div class="qr" role="img" aria-label="[^"]+"><svg.*?</svg>', page, re.S)
    assert drawn is not None
    assert "style=" not in drawn[0]
    assert "1 person can join Eastside calls with it, until Fri, Oct 30." in page


def test_a_link_made_in_the_evening_ends_on_the_day_that_the_campaigns_clock_says(
    organizer: FlaskClient, parts: Parts
) -> None:
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(hours=10)  # 10 pm there, the next day in UTC
    page = organizer.post("/people/invitations", data={"campaign": 1, "uses": 1, "days": 1}).text
    assert "1 person can join Eastside calls with it, until Fri, Oct 30." in page
    assert "1 may still join, until Fri, Oct 30" in organizer.get("/people").text


def test_whoever_joins_by_a_shifts_link_is_booked(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions
) -> None:
    path = _invite(organizer, **EVENING)
    assert "With this link you are booked for Fri, Oct 30, 5–8 pm." in client.get(path).text
    client.post(path, data=ANA)
    (ana,) = _users(sessions)
    assert _shifts(sessions) == [(ana.id, "30 21–00")]
    assert "You are booked: Fri, Oct 30, 5–8 pm." in client.get("/").text


def test_a_volunteer_takes_a_shifts_link_with_one_tap(
    organizer: FlaskClient, sign_in: SignIn, sessions: Sessions
) -> None:
    path = _invite(organizer, **EVENING)
    ana = sign_in("volunteer", 1, "Ana")
    page = ana.get(path).text
    assert "You are signed in as Ana." in page
    assert 'name="address"' not in page
    for _ in range(2):
        assert ana.post(path).location == "/"
    assert len(_shifts(sessions)) == 1
    with sessions() as session:
        assert session.scalar(select(Invitation.uses_left)) == 5, "who is in costs no use"


def test_hours_in_a_link_are_nobodys_to_write(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions
) -> None:
    path = _invite(organizer, **EVENING)
    for other in (path[:-1] + "x", path.partition("?")[0] + "?shift=x"):
        assert "you are booked" not in client.get(other).text
    client.post(path[:-1] + "x", data=ANA)
    assert _shifts(sessions) == []
    assert len(_users(sessions)) == 1


def test_a_shift_that_is_past_keeps_nobody_out(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions, parts: Parts
) -> None:
    path = _invite(organizer, **EVENING)
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(days=2)
    client.post(path, data=ANA)
    assert "You are in, but the shift is not booked. These hours are over." in client.get("/").text
    assert len(_users(sessions)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": "2026-10-28"}, "This is past"),
        ({"day": "soon"}, "Choose the day of the shift again"),
        ({"from": "x"}, "Say when the shift begins"),
        ({"until": "16:00"}, "before it begins"),
        ({"day": "2026-11-04"}, "after polling day"),
    ],
)
def test_a_shift_that_cannot_be_makes_no_link(
    organizer: FlaskClient, change: dict[str, str], words: str
) -> None:
    form = {"campaign": 1, "uses": 5, "days": 7, **EVENING, **change}
    answer = organizer.post("/people/invitations", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert "/join/" not in answer.text


def test_a_volunteer_of_another_campaign_comes_over(
    organizer: FlaskClient, sign_in: SignIn, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.campaign(session, name="Northside calls")
    path = _invite(organizer)
    ana = sign_in("volunteer", 2, "Ana")
    assert "Northside calls" in ana.get("/").text
    ana.post(path)
    assert "Eastside calls" in ana.get("/").text
    with sessions() as session:
        assert session.scalar(select(Invitation.uses_left)) == 4


def test_an_organizer_who_opens_the_link_stays_who_they_are(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    organizer.post(_invite(organizer))
    (olive,) = _users(sessions, name="Olive")
    assert olive.campaign_id is None


def test_who_was_there_before_reads_the_rules_once(
    sign_in: SignIn, campaign_id: int, sessions: Sessions
) -> None:
    ana = sign_in("volunteer", campaign_id, "Ana")
    with sessions.begin() as session:
        session.execute(text("UPDATE users SET conduct_at = NULL"))
    asked = ana.get("/shifts?canceled=1")
    assert (asked.status_code, asked.location) == (303, "/conduct?next=/shifts?canceled%3D1")
    assert ana.post(asked.location).status_code == 422
    assert ana.get("/").location == "/conduct?next=/"
    news = ana.get("/calls/current/news?touch=1", headers={"Accept": "application/json"})
    assert news.status_code == 200, "a script is not held up"
    answer = ana.post(asked.location, data={"conduct": "yes"})
    assert answer.location == "/shifts?canceled=1"
    assert ana.get("/").status_code == 200
    with sessions() as session:
        noted = select(func.count()).where(AuditEntry.action == "agreed to the rules of conduct")
        assert session.scalar(noted) == 1


def test_the_practice_call_stores_nothing_until_its_end(
    sign_in: SignIn, campaign_id: int, sessions: Sessions
) -> None:
    ana = sign_in("volunteer", campaign_id, "Ana")
    assert "Make a call for practice first" in ana.get("/").text
    assert ana.get("/tour").location == "/tour/1"
    for number in range(1, 6):
        assert f"step {number} of 5" in ana.get(f"/tour/{number}").text
    assert "Robin is reminded" in ana.get("/tour/4?result=talked").text
    assert "never called again" in ana.get("/tour/4?result=do_not_call").text
    assert ana.get("/tour/6").status_code == 404
    assert [one.toured_at for one in _users(sessions)] == [None]
    assert ana.post("/tour").location == "/"
    assert [one.toured_at for one in _users(sessions)] == [NOON]
    assert "Make a call for practice first" not in ana.get("/").text


def test_the_pages_stay_in_the_language_of_the_account(
    organizer: FlaskClient, client: FlaskClient, sessions: Sessions
) -> None:
    path = _invite(organizer)
    client.post("/tongue", data={"tongue": "es"})
    page = client.get(path).text
    assert '<html lang="es"' in page
    assert re.search(r'value="es" checked', page)
    client.post(path, data=ANA)
    (ana,) = _users(sessions)
    assert ana.tongue == "es"
    client.post("/tongue", data={"tongue": "en"})
    assert '<html lang="en"' in client.get("/").text
    client.post("/tongue", data={"tongue": "xx"})
    assert '<html lang="en"' in client.get("/").text
