"""Reserve universes on the page of phases: listed in their order, added, moved, removed, opened."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.domain.channel import Channel
from app.services import universes
from app.services.pace import pace
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.scene import column, consent, planned, texting
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/phases"
NAMES = "SELECT name FROM reserves ORDER BY rank"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer whose campaign has one voter; two universes are saved."""
    with sessions.begin() as session:
        texting(session, 1)
        consent(session, factories.voters(session, 2, first=2, party="DEM"))
    for name, party in (("Democrats", "DEM"), ("Greens", "GRE")):
        universes.save(sessions, name, {"parties": [party]}, now=NOON)
    return sign_in("organizer")


def test_an_empty_list_says_what_will_stand_there(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert "No reserve universe yet" in page
    assert "<option>Democrats</option>" in page


def test_universes_are_added_moved_and_removed(organizer: FlaskClient, sessions: Sessions) -> None:
    for name in ("Democrats", "Greens"):
        answer = organizer.post("/campaigns/1/reserves", data={"universe": name})
        assert answer.status_code == 303
        assert answer.location.endswith("/campaigns/1/phases#reserves")
    page = organizer.get(PAGE).text
    assert "“Greens” is in reserve." in page
    assert "Every saved universe is in the list." in page
    assert "Open Democrats earlier" not in page  # it is the first
    organizer.post("/campaigns/1/reserves/2/up")
    assert column(sessions, NAMES) == ["Greens", "Democrats"]
    organizer.post("/campaigns/1/reserves/2/remove")
    assert column(sessions, NAMES) == ["Democrats"]
    by = "SELECT count(user_id) FROM audit WHERE action LIKE 'reserve universe %'"
    assert column(sessions, by) == [4]


@pytest.mark.parametrize(
    ("path", "data", "why"),
    [
        ("", {"universe": "Nobody"}, "There is no universe called “Nobody”"),
        ("", {}, "Give it a name"),
        ("/9/up", {}, "This reserve universe is gone"),
        ("/9/remove", {}, "This reserve universe is gone"),
    ],
)
def test_what_cannot_be_done_says_why(
    organizer: FlaskClient, path: str, data: dict[str, str], why: str
) -> None:
    assert organizer.post(f"/campaigns/1/reserves{path}", data=data).status_code == 303
    assert why in organizer.get(PAGE).text


def test_no_other_campaign_s_are_touched(organizer: FlaskClient, sessions: Sessions) -> None:
    organizer.post("/campaigns/1/reserves", data={"universe": "Greens"})
    with sessions.begin() as session:
        factories.campaign(session, name="The other")
    organizer.post("/campaigns/2/reserves/1/remove")
    assert column(sessions, NAMES) == ["Greens"]
    assert organizer.post("/campaigns/9/reserves", data={"universe": "Greens"}).status_code == 404


def test_one_that_is_open_says_how_many_joined_and_when_people_ran_out(
    organizer: FlaskClient, sessions: Sessions, parts: Parts
) -> None:
    organizer.post("/campaigns/1/reserves", data={"universe": "Democrats"})
    with sessions.begin() as session:
        session.execute(text("DELETE FROM senders WHERE channel = 'email'"))
        session.execute(text("UPDATE campaigns SET voter_total_cap = 1"))  # nobody comes again
        planned(session, session.get_one(Campaign, 1), Channel.TEXT, NOON, 9)
    now = parts.clock.now()
    pace(sessions, max(now, NOON))
    page = organizer.get(PAGE).text
    assert "2 voters joined." in page
    assert "open since" in page
    assert "a reserve universe opened" in page
    assert "everyone who may be reached has been" in page
