"""The page of incidents: what is wrong, who is told, workers that are gone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.domain.alarm import Trouble
from app.domain.lookout import Kind
from app.services.alert_routes import RouteRefused, read_route
from app.store import incident_desk
from app.store.engine import Sessions
from app.store.incidents import AlertRoute
from app.store.people import AuditEntry
from tests import factories
from tests.factories import NOON
from tests.scene import column, texting
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/incidents"
SAID = "Nothing has gone out since 11:53 am, though voters may be reached by text."


@pytest.fixture
def organizer(sessions: Sessions, sign_in: SignIn) -> FlaskClient:
    """Who looks after a campaign."""
    with sessions.begin() as session:
        texting(session, 3)
    return sign_in("organizer", 1)


def opened(sessions: Sessions, minutes: int = 5) -> int:
    at = NOON - timedelta(minutes=minutes)
    with sessions.begin() as session:
        trouble = Trouble(Kind.SILENCE, "", SAID, at - timedelta(minutes=5), "unknown")
        made = incident_desk.open_incident(session, 1, trouble, now=at, wall=at)
        assert made is not None
        incident_desk.add_lines(session, made, ["Freed 4 touches."], at)
        incident_desk.add_alerts(session, made, "opened", SAID, [("email", "a@example.org")], at)
    return made


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_an_empty_page_says_what_will_show(organizer: FlaskClient) -> None:
    read = plain(organizer.get(PAGE).text)
    assert "Nothing is wrong." in read
    assert "Incidents that are over stay here" in read
    assert "No worker is running" in read
    assert "Email to organizer@example.org" in read


def test_an_open_incident_shows_with_its_timeline_and_on_the_dashboard(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    opened(sessions)
    for page in (PAGE, f"{PAGE}/live"):
        read = plain(organizer.get(page).text)
        assert "Nothing goes out open for 5 min" in read
        assert "Freed 4 touches." in read
        assert "a@example.org being told" in read
    assert SAID in plain(organizer.get("/campaigns/1").text)


def test_what_is_over_stays_with_its_timeline(organizer: FlaskClient, sessions: Sessions) -> None:
    made = opened(sessions)
    with sessions.begin() as session:
        incident_desk.close_incident(session, made, "Outreach flows again.", NOON)
    read = plain(organizer.get(PAGE).text)
    assert "Nothing is wrong." in read
    assert "Nothing goes out 11:55 am, for 5 min" in read
    assert "Outreach flows again." in read
    board = organizer.get("/campaigns/1").text
    assert (
        'role="alert"' not in board or SAID not in board.split('role="alert"')[1].split("</div>")[0]
    )
    assert f"over at noon {SAID}" in plain(board)


def test_routes_are_added_once_and_removed(organizer: FlaskClient, sessions: Sessions) -> None:
    for _ in range(2):
        answer = organizer.post(
            f"{PAGE}/routes", data={"kind": "text", "address": "(919) 555-0199"}
        )
        assert answer.status_code == 303
    hook = {"kind": "webhook", "address": "https://hooks.example.org/x"}
    organizer.post(f"{PAGE}/routes", data=hook)
    assert column(sessions, "SELECT address FROM alert_routes ORDER BY id") == [
        "+19195550199",
        "https://hooks.example.org/x",
    ]
    read = plain(organizer.get(PAGE).text)
    assert "Text to (919) 555-0199" in read
    assert "Lastmile-Signature" in read
    organizer.post(f"{PAGE}/routes/remove", data={"route": 1})
    assert column(sessions, "SELECT kind FROM alert_routes") == ["webhook"]
    with sessions() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [act for act in acts if act.startswith("alert")] == [
        "alert route added",
        "alert route added",
        "alert route removed",
    ]


def test_a_route_of_another_campaign_is_not_removed(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        other = factories.campaign(session, name="Westside")
        session.add(
            AlertRoute(campaign_id=other.id, kind="email", address="x@y.org", created_at=NOON)
        )
    organizer.post(f"{PAGE}/routes/remove", data={"route": 1})
    assert column(sessions, "SELECT address FROM alert_routes") == ["x@y.org"]


REFUSED = [
    ("text", "12", "no phone number"),
    ("email", "ana", "has no @"),
    ("webhook", "http://hooks.example.org", "https://"),
    ("webhook", "https://ana:secret@hooks.example.org", "without a password"),
    ("webhook", "https://127.0.0.1/x", "inside a network"),
    ("webhook", "https://10.1.2.3/x", "inside a network"),
    ("webhook", "https://db.internal/x", "inside a network"),
    ("webhook", "https://[::1", "https://"),
    ("webhook", "https://localhost/", "https://"),
    ("pigeon", "roof", "Choose text, email or webhook"),
]


@pytest.mark.parametrize(("kind", "address", "words"), REFUSED)
def test_what_is_no_address_is_refused_in_words(
    organizer: FlaskClient, sessions: Sessions, kind: str, address: str, words: str
) -> None:
    with pytest.raises(RouteRefused, match=re.escape(words)):
        read_route(kind, address, "US")
    if kind == "webhook":
        return
    answer = organizer.post(f"{PAGE}/routes", data={"kind": kind, "address": address})
    assert answer.status_code == 422
    assert words in plain(answer.text)
    assert f'value="{address}"' in answer.text
    assert column(sessions, "SELECT 1 FROM alert_routes") == []


def test_a_worker_that_is_meant_to_be_gone_is_missed_no_more(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.worker(session, "there:7", NOON - timedelta(minutes=2))
        factories.worker(session, "here:1", NOON)
        session.execute(
            text("UPDATE workers SET doing = 'plan', doing_since = :at WHERE name = 'here:1'"),
            {"at": NOON - timedelta(seconds=40)},
        )
    read = plain(organizer.get(PAGE).text)
    assert "there:7 silent for 2 min It is meant to be gone" in read
    assert "here:1 alive plan for 40 s" in read
    for worker in ("there:7", "nowhere"):
        organizer.post(f"{PAGE}/workers/forget", data={"worker": worker})
    assert "there:7 silent" not in plain(organizer.get(PAGE).text)
    with sessions() as session:
        noted = session.scalars(select(AuditEntry)).one()
    assert (noted.action, noted.subject) == ("worker forgotten", "worker:there:7")


def test_the_page_is_for_organizers(sign_in: SignIn, organizer: FlaskClient) -> None:
    volunteer: Any = sign_in("volunteer", 1)
    assert volunteer.get(PAGE).status_code == 403
