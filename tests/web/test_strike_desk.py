"""The strike desk's page: found as one types, struck with a tap, a poll watcher's own precinct."""

import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.touch import TouchState
from app.services.watchers import Spot, assign
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import SignIn, as_person

JSON = {"Accept": "application/json"}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer with three voters who wait for a call; the third votes elsewhere."""
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        keys: dict[str, Any] = {"first_key": "luz", "last_key": "rivera"}
        whom = [
            *factories.voters(session, 2, last_name="Rivera", **keys),
            *factories.voters(
                session, 1, 3, last_name="Rivera", precinct="MAPLE", address="3 N Oak St", **keys
            ),
        ]
        factories.voters(session, 1, 4, address="4 E Martin Luther King Blvd")
        factories.targets(session, campaign, whom)
        factories.calls(session, campaign, whom)
    return sign_in("organizer", name="Olga")


@pytest.fixture
def watcher(web: Flask, organizer: FlaskClient, sessions: Sessions) -> FlaskClient:
    """A poll watcher at the polling place of the first two."""
    person = factories.person(sessions, "poll_watcher", 1, "Petra")
    assign(sessions, person.id, 1, [Spot("", "", "LINCOLN SCHOOL")], by=None, now=NOON)
    return as_person(web, person)


def found(client: FlaskClient, typed: str) -> list[int]:
    page = client.get("/strike/results", query_string={"campaign": 1, "q": typed}).text
    return [int(one) for one in re.findall(r'name="voter" value="(\d+)"', page)]


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("riv", [1, 2, 3]),
        ("rivera, luz", [1, 2, 3]),
        ("aa000002", [2]),
        ("oak", [1, 2, 3]),
        ("2 oak", [2]),
        ("oak street 2", [2]),
        ("king", [4]),
        ("4 luther ki", [4]),
        ("2 king", []),
        ("st king'); --", []),
        ("k\\'ing", []),
        ("(919) 555-0002", []),  # nobody is found by phone here
        ("zz", []),
        ("", []),
    ],
)
def test_voters_are_found_by_name_number_and_street(
    organizer: FlaskClient, typed: str, numbers: list[int]
) -> None:
    assert sorted(found(organizer, typed)) == numbers


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [("riv", [1, 2]), ("AA000003", []), ("oak", [1, 2]), ("2 oak", [2]), ("3 oak", [])],
)
def test_a_poll_watcher_finds_their_own_precinct_alone(
    watcher: FlaskClient, typed: str, numbers: list[int]
) -> None:
    assert sorted(found(watcher, typed)) == numbers


def test_results_hold_no_phone_and_say_who_has_voted(organizer: FlaskClient) -> None:
    organizer.post("/strike", data={"campaign": 1, "voters": "AA000001"})
    page = organizer.get("/strike?campaign=1&q=riv").text
    assert "voted, noon" in page
    assert "born 1959" in page
    assert not re.search(r"555.?\d{4}", page)


def test_a_tap_strikes_once_and_undo_takes_it_back(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    form = {"campaign": 1, "voter": 1, "key": str(uuid4()), "next": "no"}
    told = organizer.post("/strike/voters", data=form, headers=JSON).json
    assert told is not None
    assert (told["saved"], told["undo"], told["struck"]) == (True, form["key"], 1)
    again = organizer.post("/strike/voters", data=form, headers=JSON).json
    assert again is not None
    assert (again["saved"], again["undo"]) == (True, None)
    assert "Take back" in organizer.get("/strike").text
    back = organizer.post("/strike/undo", data=form, headers=JSON)
    assert back.json is not None
    assert (back.json["saved"], back.json["struck"]) == (True, 0)
    assert column(sessions, "SELECT count(*) FROM ballots") == [0]


def test_without_a_script_the_same_forms_lead_back_to_the_page(organizer: FlaskClient) -> None:
    form = {"campaign": 1, "voter": 1, "key": str(uuid4())}
    page = organizer.post("/strike/voters", data=form, follow_redirects=True).text
    assert "Luz Rivera is struck." in page
    page = organizer.post("/strike/undo", data=form, follow_redirects=True).text
    assert "Luz Rivera is a target again" in page


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"voter": 3}, "votes in another precinct"),
        ({"number": "AA000003"}, "votes in another precinct"),
        ({"number": "AA9"}, "No voter has the number AA9"),
        ({}, "Type a name or a number first"),
    ],
)
def test_what_a_watcher_cannot_strike_is_said_and_can_be_mended(
    watcher: FlaskClient, sessions: Sessions, form: dict[str, object], problem: str
) -> None:
    sent = {"campaign": 1, "key": str(uuid4()), **form}
    answer = watcher.post("/strike/voters", data=sent, headers=JSON)
    assert answer.status_code == 422
    assert answer.json is not None
    assert problem in answer.json["problem"]
    assert column(sessions, "SELECT count(*) FROM ballots") == [0]


def test_a_watcher_s_list_strikes_their_own_voters_and_names_the_others(
    watcher: FlaskClient, sessions: Sessions
) -> None:
    page = watcher.post("/strike", data={"campaign": 1, "voters": "AA000001 AA000003"}).text
    assert "<b>1 ballot</b> recorded" in page
    assert "1 voter votes in another precinct and was not struck" in page
    assert column(sessions, "SELECT state FROM touches WHERE voter_id = 3") == [TouchState.READY]


def test_a_watcher_comes_straight_to_the_desk_and_to_no_other_campaign(
    watcher: FlaskClient, sessions: Sessions
) -> None:
    home = watcher.get("/")
    assert home.location == "/strike"
    page = watcher.get("/strike").text
    assert "Your precinct: Lincoln School" in page
    with sessions.begin() as session:
        factories.campaign(session, name="Other")
    answer = watcher.post("/strike", data={"campaign": 2, "voters": "AA000001"})
    assert answer.status_code == 422
    assert watcher.get("/strike/results?campaign=2&q=riv").status_code == 404
    assert watcher.get("/kept", headers=JSON).status_code == 200
    for page in ("/campaigns", "/campaigns/1/polling-day", "/campaigns/1/rides", "/voters"):
        assert watcher.get(page).status_code == 403


def test_a_watcher_without_a_precinct_is_told_whom_to_ask(
    sign_in: SignIn, organizer: FlaskClient
) -> None:
    page = sign_in("poll_watcher", 1, "Nora").get("/strike").text
    assert "No precinct yet" in page
