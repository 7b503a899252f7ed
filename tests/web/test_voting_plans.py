"""The call screen asks for the voter's plan, keeps it, and shows it to the next caller."""

import re

import pytest
from flask.testing import FlaskClient

from app.store.engine import Sessions
from tests import factories
from tests.scene import column
from tests.web.conftest import SignIn

PLAN = {
    "votes_at": "2026-11-03T17:00",
    "how": "polls",
    "with_whom": " Luis  and Mia ",
    "ride": "yes",
}


@pytest.fixture
def volunteer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    return sign_in("volunteer", campaign.id)


def save(client: FlaskClient, result: str, **answers: str) -> tuple[int, str]:
    """Takes the next call and records this of it: the status and the page."""
    client.post("/calls")
    page = client.get("/calls/current").text
    names = ("key", "touch_id", "fence")
    form = {n: re.findall(rf'name="{n}" value="([^"]+)"', page)[0] for n in names}
    answer = client.post("/calls/current", data={**form, "result": result, **answers})
    return answer.status_code, answer.text


def kept(sessions: Sessions) -> list[str]:
    query = "SELECT concat_ws('|', votes_at AT TIME ZONE 'UTC', how, with_whom, ride) "
    return column(sessions, query + "FROM voting_plans")


def test_what_the_voter_tells_is_kept_and_shown_to_the_next_caller(
    volunteer: FlaskClient, sessions: Sessions
) -> None:
    assert save(volunteer, "canvassed", **PLAN)[0] == 303
    assert kept(sessions) == ["2026-11-03 22:00:00|polls|Luis and Mia|t"]
    with sessions.begin() as session:
        factories.call_list(session, 0, name="Other")
        session.connection().exec_driver_sql("UPDATE touches SET state = 'ready'")
        session.connection().exec_driver_sql("UPDATE targets SET next_call_at = NULL")
    volunteer.post("/calls")
    page = " ".join(volunteer.get("/calls/current").text.split())
    assert "at the polls, with Luis and Mia; <b>needs a ride</b>" in page
    assert "Plans to vote Tue 5 pm" in page


CASES = [
    ("canvassed", {"will_vote": "yes"}, ["||f"]),
    ("canvassed", {"with_whom": "Ana"}, ["|Ana|f"]),
    ("canvassed", {"how": "nonsense"}, ["||f"]),
    ("canvassed", {}, []),
    ("not_home", PLAN, []),
]


@pytest.mark.parametrize(
    ("result", "answers", "plans"), CASES, ids=["pledge", "with", "how", "nothing", "no talk"]
)
def test_a_plan_may_be_partial_and_belongs_to_a_talk(
    volunteer: FlaskClient,
    sessions: Sessions,
    result: str,
    answers: dict[str, str],
    plans: list[str],
) -> None:
    assert save(volunteer, result, **answers)[0] == 303
    assert kept(sessions) == plans


BAD = [
    ("2026-10-29T11:00", "That time to vote has passed"),
    ("2026-11-03T20:00", "The polls close there on Tuesday, November 3 at 7:30 pm"),
    ("tomorrow", "Say when they will vote: a day and a time"),
]


@pytest.mark.parametrize(("when", "why"), BAD, ids=["past", "closed", "no time"])
def test_a_bad_time_is_refused_with_a_sentence_and_the_rest_is_kept(
    volunteer: FlaskClient, sessions: Sessions, when: str, why: str
) -> None:
    status, page = save(volunteer, "canvassed", **{**PLAN, "votes_at": when})
    assert status == 422
    assert why in page
    assert "Luis  and Mia" in page
    assert kept(sessions) == []
    assert column(sessions, "SELECT count(*) FROM attempts") == [0]
