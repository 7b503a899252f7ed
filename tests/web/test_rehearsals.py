"""The pages of rehearsals: asked for, followed, stopped, and what each found."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.rehearsal import Fault, Outcome
from app.services.rehearsals import claim, end, fail, put_back, tell_progress, want
from app.store.engine import Sessions
from tests import factories, outcomes
from tests.factories import NOON
from tests.scene import column
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/rehearsals"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign."""
    with sessions.begin() as session:
        factories.campaign(session)
    return sign_in("organizer", 1)


def wanted(sessions: Sessions, **facts: Any) -> int:
    chosen: dict[str, Any] = {"faults": list(Fault), "seed": 7, "workers": 3, "by": None}
    return want(sessions, 1, now=NOON, **{**chosen, **facts})


def played(sessions: Sessions, outcome: Outcome) -> int:
    """A rehearsal that ended with this outcome."""
    made = wanted(sessions)
    assert claim(sessions, "worker:a", now=NOON, wall=NOON)
    assert end(sessions, made, "worker:a", outcome, now=NOON)
    return made


def plain(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_before_the_first_the_page_says_what_will_appear(organizer: FlaskClient) -> None:
    said = plain(organizer.get(PAGE).text)
    assert "None yet." in said
    assert "Nobody is called, texted or mailed" in said
    assert 'href="/campaigns/1/rehearsals"' in organizer.get("/campaigns/1").text


@pytest.mark.parametrize(
    ("form", "faults"),
    [
        ({"which": "all"}, sorted(fault.value for fault in Fault)),
        ({"which": "none", "faults": "kill"}, []),
        ({"which": "some", "faults": ["hang", "kill"]}, ["hang", "kill"]),
    ],
    ids=["all", "none", "some"],
)
def test_a_rehearsal_is_asked_for_with_the_faults_that_were_chosen(
    organizer: FlaskClient, sessions: Sessions, form: dict[str, Any], faults: list[str]
) -> None:
    answer = organizer.post(PAGE, data={"workers": "2", "seed": " 41 ", **form})
    assert (answer.status_code, answer.location) == (303, f"{PAGE}/1")
    assert column(sessions, "SELECT faults FROM rehearsals") == [faults]
    assert column(sessions, "SELECT seed || ' ' || workers FROM rehearsals") == ["41 2"]
    assert column(sessions, "SELECT action FROM audit WHERE subject = 'rehearsal:1'") == [
        "rehearsal wanted"
    ]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"which": "some"}, "Choose at least one fault"),
        ({"seed": "x"}, "A seed is a whole number"),
        ({"seed": "9999999999"}, "A seed is a whole number"),
        ({"workers": "0"}, "Choose 1 to 8 workers"),
        ({"workers": "many"}, "Choose 1 to 8 workers"),
    ],
    ids=["fault", "seed", "large", "none", "word"],
)
def test_what_was_filled_in_wrong_is_said_and_kept(
    organizer: FlaskClient, sessions: Sessions, form: dict[str, str], says: str
) -> None:
    answer = organizer.post(PAGE, data={"which": "all", "workers": "3", "seed": "", **form})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'value="{form.get("seed", "")}"' in answer.text
    assert column(sessions, "SELECT count(*) FROM rehearsals") == [0]


def test_one_under_way_is_followed_and_no_other_is_started(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    made = wanted(sessions)
    page = f"{PAGE}/{made}"
    assert "No worker is running" in plain(organizer.get(page).text)
    assert "Start the rehearsal" not in organizer.get(PAGE).text
    assert organizer.post(PAGE, data={"which": "all", "workers": "3"}).status_code == 422
    claim(sessions, "worker:a", now=NOON, wall=NOON)
    tell_progress(sessions, made, "worker:a", 0.42, wall=NOON)
    assert "42% of the week is played." in plain(organizer.get(f"{page}/live").text)
    fail(sessions, made, "worker:a", "The polls of this campaign have closed.", now=NOON)
    assert organizer.get(f"{page}/live").text == ""
    assert "The polls of this campaign have closed." in organizer.get(page).text
    assert "Start the rehearsal" in organizer.get(PAGE).text


def test_one_whose_worker_ended_says_so_and_goes_on_saying_it(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    made = wanted(sessions)
    page, said = f"{PAGE}/{made}", "the worker that played it had ended"
    for number in range(1, 3):
        claim(sessions, f"worker:{number}", now=NOON, wall=NOON)
        assert (said in organizer.get(f"{page}/live").text) == (number > 1)
        put_back(sessions, made, f"worker:{number}", now=NOON)
    assert f"Started again 2 times, the last time at noon: {said}" in organizer.get(page).text
    claim(sessions, "worker:3", now=NOON, wall=NOON)
    end(sessions, made, "worker:3", outcomes.kept(), now=NOON)
    assert said in organizer.get(page).text


def test_one_under_way_is_stopped(organizer: FlaskClient, sessions: Sessions) -> None:
    made = wanted(sessions)
    for _ in range(2):
        assert organizer.post(f"{PAGE}/{made}/stop").status_code == 303
    page = plain(organizer.get(f"{PAGE}/{made}").text)
    assert "Organizer stopped it." in page
    assert "It has ended already" in page
    assert "did not end" in plain(organizer.get(PAGE).text)


def test_a_week_that_kept_every_promise(organizer: FlaskClient, sessions: Sessions) -> None:
    made = played(sessions, outcomes.kept())
    said = plain(organizer.get(f"{PAGE}/{made}").text)
    assert "All 7 promises were kept." in said
    assert "20,000 voters, 25.0% of the campaign’s, from Thu, Oct 29, noon" in said
    assert "✓ kept 3. Never twice 9,120 texts in the carrier&#39;s ledger" in said
    assert "first broken" not in said
    assert "● calls 360 240 67%" in said
    assert "0 silent minutes" in said
    assert "▲ texts 3,780 3,780 100%" in said
    assert "Worker killed 14 0 0 0 1 min 35 s" in said
    assert "Calls are dialed by hand" in said
    assert "lastmile rehearse 1 --seed 7 --workers 3 --faults all" in said
    assert "All 7 promises were kept." in plain(organizer.get(PAGE).text)


def test_a_week_that_broke_one_tells_how_it_came(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    made = played(sessions, outcomes.broken())
    said = plain(organizer.get(f"{PAGE}/{made}").text)
    assert "1 promise of 7 broken: never silent." in said
    assert "! broken 2 times 1. Never silent longest silence 12.0 min" in said
    assert "How “1. Never silent” was first broken Thu, Oct 29, 1:02 pm" in said
    assert "7 silent minutes, in which nothing went out" in said
    assert "1 pm–2 pm open, nothing planned 31 of 60, 7 silent minutes" in said
    assert "Thu, Oct 29 7 silent minutes" in said
    assert "Spent $81.20 of $200 ·" in said
    assert "1 promise of 7 broken: never silent." in plain(organizer.get(PAGE).text)


def test_a_rehearsal_of_another_campaign_is_not_there(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    made = wanted(sessions)
    with sessions.begin() as session:
        factories.campaign(session, name="Westside")
    assert organizer.get(f"/campaigns/2/rehearsals/{made}").status_code == 404
    assert organizer.get(f"{PAGE}/99").status_code == 404


def test_a_week_without_hours_or_faults_has_words_for_it(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    made = played(sessions, outcomes.kept(hours=[], faults=[], notes=[], attempts={}))
    said = plain(organizer.get(f"{PAGE}/{made}").text)
    assert "The week had no hours left to play." in said
    assert "Nothing: this week was played without faults." in said
