"""The pages of rides: asked for from a call, given to a driver, driven on a phone."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clock import ManualClock
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import SignIn, as_person

PAGE = "/campaigns/1/rides"
FORM = {"name": "José Ñ", "pick_up": "12 Oak St", "riders": "2", "wanted": "17:30"}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer; a voter waits for a call."""
    with sessions.begin() as session:
        factories.call_list(session, 1)
    return sign_in("organizer", name="Olga")


@pytest.fixture
def driver(web: Flask, organizer: FlaskClient, sessions: Sessions) -> FlaskClient:
    """Dora, a volunteer with a car."""
    person = factories.person(sessions, "volunteer", 1, "Dora")
    organizer.post(f"{PAGE}/drivers", data={"person": person.id, "seats": 3})
    return as_person(web, person)


def ask(client: FlaskClient, **facts: object) -> str:
    form = {**FORM, "key": str(uuid4()), **facts}
    return client.post(f"{PAGE}/ask", data=form, follow_redirects=True).text


def test_empty_pages_say_what_will_stand_there(organizer: FlaskClient) -> None:
    assert "Nobody waits for a ride" in organizer.get(PAGE).text
    assert "No driver yet" in organizer.get(PAGE).text
    assert "Nobody waits for a ride" in organizer.get(f"{PAGE}/list").text


def test_a_ride_goes_from_the_form_to_the_polls(
    organizer: FlaskClient, driver: FlaskClient, sessions: Sessions
) -> None:
    page = ask(organizer, needs=["child_seat"])
    assert "The ride is asked for" in page
    assert "Tue 5:30 pm" in page
    assert "needs a child seat" in page
    assert "Dora (3 seats)" in page
    assert "None" not in page
    organizer.post(
        f"{PAGE}/1/driver", data={"driver": column(sessions, "SELECT max(id) FROM users")[0]}
    )
    assert "Drive 1 voter to the polls" in driver.get("/").text
    mine = driver.get(f"{PAGE}/mine").text
    assert "12 Oak St" in mine
    assert "On my way" in mine
    driver.post(f"{PAGE}/1/mine", data={"act": "on_way"})
    assert "has José Ñ voted?" in driver.get(f"{PAGE}/mine").text
    done = driver.post(f"{PAGE}/1/mine", data={"act": "not_voted"}, follow_redirects=True).text
    assert "No ride for you now" in done
    assert column(sessions, "SELECT state FROM rides") == ["done"]


def test_a_driver_s_hours_are_shown_and_changed(
    organizer: FlaskClient, driver: FlaskClient, sessions: Sessions
) -> None:
    dora = column(sessions, "SELECT max(id) FROM users")[0]
    form = {"person": dora, "seats": 3, "from": "09:00", "until": "2 pm", "wheelchair": "yes"}
    page = organizer.post(f"{PAGE}/drivers", data=form, follow_redirects=True).text
    assert "Dora (3 seats, takes a wheelchair, 9 am–2 pm)" in page
    answer = organizer.post(f"{PAGE}/drivers", data={**form, "from": "teatime", "seats": 7})
    assert answer.status_code == 422
    assert "Write the time as 5:30 pm" in answer.text
    assert all(typed in answer.text for typed in ('value="teatime"', 'value="7"'))
    ask(organizer)
    page = organizer.post(f"{PAGE}/1/driver", data={"driver": dora}, follow_redirects=True).text
    assert "Dora does not drive at that time: 9 am–2 pm. Choose another driver." in page


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"name": ""}, "Write whom to pick up."),
        ({"wanted": "teatime"}, "Write the time as 5:30 pm"),
        ({"phone": "55"}, "That is no phone number."),
        ({"riders": "0"}, "Write how many ride along"),
    ],
)
def test_what_was_typed_is_kept_with_what_is_wrong(
    organizer: FlaskClient, facts: dict[str, object], problem: str
) -> None:
    page = ask(organizer, note="Rings twice", **facts)
    assert problem in page
    assert "Rings twice" in page


def test_a_volunteer_asks_for_the_voter_on_the_phone_and_sees_no_address(
    web: Flask, organizer: FlaskClient, sessions: Sessions
) -> None:
    person = factories.person(sessions, "volunteer", 1, "Vera")
    vera = as_person(web, person)
    vera.post("/calls")
    card = vera.get("/calls/current").text
    assert re.search(r"/campaigns/1/rides/ask\?touch=1", card)
    form = vera.get(f"{PAGE}/ask?touch=1").text
    assert "For Luz Voter1" in form
    assert "OAK ST" not in form
    assert not re.search(r"555.?\d{4}", form)
    ask(vera, touch=1, name="", pick_up="")
    assert column(sessions, "SELECT pick_up FROM rides") == ["1 OAK ST, RALEIGH"]
    other = as_person(web, factories.person(sessions, "volunteer", 1, "Eve"))
    assert "For Luz" not in other.get(f"{PAGE}/ask?touch=1").text
    assert "That call is not yours any more" in ask(other, touch=1, name="", pick_up="")


def test_the_second_organizer_is_told_who_has_it(
    organizer: FlaskClient, driver: FlaskClient, sessions: Sessions
) -> None:
    ask(organizer)
    [ned] = [factories.person(sessions, "poll_watcher", 1, "Ned").id]
    organizer.post(f"{PAGE}/drivers", data={"person": ned, "seats": 4})
    organizer.post(f"{PAGE}/1/driver", data={"driver": ned})
    dora = column(sessions, "SELECT id FROM users WHERE name = 'Dora'")[0]
    page = organizer.post(f"{PAGE}/1/driver", data={"driver": dora}, follow_redirects=True).text
    assert "Somebody gave this ride to Ned meanwhile" in page


def test_late_rides_stand_first(organizer: FlaskClient, parts: Parts) -> None:
    ask(organizer, name="Early", wanted="09:00")
    ask(organizer, name="Whenever", wanted="")
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON.replace(month=11, day=3, hour=23, minute=15)
    page = organizer.get(PAGE).text
    assert "2 rides are late" in page
    assert "Early" in organizer.get(f"{PAGE}/list").text


def test_nobody_asks_in_another_campaign(sign_in: SignIn, organizer: FlaskClient) -> None:
    stranger = sign_in("volunteer", None, "Sam")
    for page in (f"{PAGE}/ask", f"{PAGE}/mine", "/campaigns/1/problems/report"):
        assert stranger.get(page).status_code == 404
    assert stranger.get(PAGE).status_code == 403
