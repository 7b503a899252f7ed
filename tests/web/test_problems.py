"""The pages of problems: reported on a phone, shown by polling place, solved."""

from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.store.engine import Sessions
from tests import factories
from tests.scene import column
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/problems"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign with one voter."""
    with sessions.begin() as session:
        factories.call_list(session, 1)
    return sign_in("organizer", 1, "Olga")


def report(client: FlaskClient, **facts: object) -> str:
    form = {"key": str(uuid4()), "kind": "long_line", "said": "Two hours", **facts}
    return client.post(f"{PAGE}/report", data=form, follow_redirects=True).text


def test_a_watcher_reports_and_goes_on_striking(sign_in: SignIn, organizer: FlaskClient) -> None:
    watcher = sign_in("poll_watcher", 1, "Petra")
    page = report(watcher, precinct="LINCOLN SCHOOL", kind="threats", said="A man with a gun")
    assert "Reported. An organizer sees it now." in page
    assert "Strike who has voted" in page
    assert "A man with a gun" in organizer.get(PAGE).text


def test_reports_of_one_place_stand_together_the_gravest_first(organizer: FlaskClient) -> None:
    report(organizer, place="Maple Hall")
    report(organizer, place="Lincoln School")
    report(organizer, place="lincoln  school", kind="turned_away", said="")
    page = organizer.get(PAGE).text
    assert "2 reports" in page
    assert page.index("Turned away") < page.index("Maple Hall")


def test_an_empty_page_says_what_will_stand_there(organizer: FlaskClient) -> None:
    assert "No problem is open" in organizer.get(PAGE).text


def test_a_problem_is_taken_noted_solved_and_opened_again(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    report(organizer)
    me = column(sessions, "SELECT id FROM users")[0]
    one = f"{PAGE}/1"
    page = organizer.post(f"{one}/assign", data={"to": me}, follow_redirects=True).text
    assert "<b>Olga</b> took it" in page
    page = organizer.post(f"{one}/solve", data={"said": " "}).text
    assert "Write what came of it." in page
    page = organizer.post(f"{one}/solve", data={"said": "More booths"}, follow_redirects=True).text
    assert "solved it: More booths" in page
    assert "No problem is open" in organizer.get(PAGE).text
    page = organizer.post(f"{one}/reopen", follow_redirects=True).text
    assert "opened it again" in page


def test_a_form_that_lacks_something_keeps_what_was_typed(organizer: FlaskClient) -> None:
    page = report(organizer, kind="", place="Maple Hall")
    assert "Choose what is wrong." in page
    assert "Maple Hall" in page
    assert "Write what happened." in report(organizer, kind="other", said="")
    assert organizer.get(f"{PAGE}/99").status_code == 404
