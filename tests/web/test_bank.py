"""The text bank's pages: initials, the words, one tap; and what a script is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.clock import ManualClock
from app.domain.blast import Timing
from app.domain.purpose import BY_HAND
from app.services import blasts
from app.services.blast_release import release_blasts
from app.store.engine import Sessions
from app.wiring import Parts
from tests.factories import NOON
from tests.scene import column, texting
from tests.services.test_bank import DRAFT
from tests.web.conftest import SignIn

JSON = {"Accept": "application/json"}


@pytest.fixture
def stack(sessions: Sessions) -> None:
    """Thirty texts that wait for a tap at noon."""
    with sessions.begin() as session:
        texting(session, 30)
        session.execute(
            text("UPDATE voters SET first_name = 'María', last_name = 'Fernández' WHERE id = 1")
        )
        session.execute(text("UPDATE targets SET value = 9 WHERE voter_id = 1"))
    today = NOON.replace(tzinfo=None, hour=9)
    draft = replace(DRAFT, timing=Timing(today, done_by=today.replace(hour=18)))
    made = blasts.add(sessions, 1, draft, by=None, now=NOON)
    blasts.schedule(sessions, 1, made, by=None, now=NOON)
    release_blasts(sessions, NOON, {})


def taken(client: FlaskClient) -> list[dict[str, Any]]:
    answer: Any = client.post("/bank", headers=JSON)
    found: list[dict[str, Any]] = answer.get_json()["stack"]
    return found


def form(one: dict[str, Any]) -> dict[str, Any]:
    return {"touch": one["touch_id"], "fence": one["fence"], "words": one["words"]}


def test_a_stack_shows_initials_and_words_but_no_number_and_no_other_name(
    sign_in: SignIn, stack: None
) -> None:
    client = sign_in("volunteer", 1)
    assert "30 texts wait for a tap" in client.get("/bank").text
    assert client.post("/bank").status_code == 303
    page = client.get("/bank").text
    assert "M. F." in page
    assert "Hi María, vote Tuesday, November 3!" in page
    assert "1 segment" in page
    assert "Fern" not in page
    assert "919555" not in page


def test_without_scripts_each_send_shows_the_next(
    sign_in: SignIn, stack: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1)
    first, second = taken(client)[:2]
    client.post("/bank/send", data=form(first))
    page = client.get("/bank").text
    assert f'name="touch" value="{second["touch_id"]}"' in page
    assert "24 texts in your stack" in page
    [due] = column(sessions, "SELECT due_at FROM touches WHERE id = :id", id=first["touch_id"])
    assert due == NOON


def test_a_script_is_told_what_came_of_each_tap(
    sign_in: SignIn, stack: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1)
    first, second, third = taken(client)[:3]
    for _ in range(2):
        said: Any = client.post("/bank/send", data=form(first), headers=JSON)
        assert said.get_json() == {"said": "sent", "text": None, "why": ""}
    changed: Any = client.post(
        "/bank/send", data={**form(second), "words": "others"}, headers=JSON
    ).get_json()
    assert (changed["said"], changed["text"]["words"]) == ("changed", second["words"])
    client.post("/bank/skip", data=form(second), headers=JSON)
    client.post("/bank/report", data={**form(third), "why": "no such place"}, headers=JSON)
    lost: Any = client.post("/bank/send", data=form(third), headers=JSON).get_json()
    assert lost["said"] == "lost"
    assert lost["why"]
    assert len(taken(client)) == 22
    boss = sign_in("organizer", 1)
    page = boss.get("/campaigns/1/blasts/1?counted=1").text
    assert "no such place" in page
    assert "1 volunteer is at it" in page


def test_whoever_leaves_gives_the_rest_back(
    sign_in: SignIn, stack: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1)
    taken(client)
    assert client.post("/bank/leave").status_code == 303
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'ready'") == [30]
    assert set(column(sessions, "SELECT due_at FROM touches")) == {BY_HAND}


def test_a_script_that_taps_faster_than_a_thumb_is_slowed_down(
    sign_in: SignIn, stack: None
) -> None:
    client = sign_in("volunteer", 1)
    answers = [
        client.post("/bank/send", data=form(one), headers=JSON).status_code for one in taken(client)
    ]
    assert 429 in answers


NONE = [
    ("nobody", "UPDATE blasts SET by_hand = false", "No text waits to be sent by hand."),
    ("paused", "UPDATE blasts SET state = 'paused'", "An organizer has paused the texts."),
    ("tongues", "UPDATE targets SET language = 'es'", "need somebody who reads: Spanish."),
]


@pytest.mark.parametrize(("what", "fact", "words"), NONE, ids=[what for what, *_ in NONE])
def test_the_page_says_why_there_is_nothing(
    sign_in: SignIn, stack: None, sessions: Sessions, what: str, fact: str, words: str
) -> None:
    client = sign_in("volunteer", 1)
    with sessions.begin() as session:
        session.execute(text(fact))
    page = client.post("/bank").text
    assert words in page
    assert "What you can do meanwhile" in page
    answer: Any = client.post("/bank", headers=JSON)
    assert words in answer.get_json()["why"]


def test_at_night_it_says_until_when(sign_in: SignIn, stack: None, parts: Parts) -> None:
    client = sign_in("volunteer", 1)
    clock = parts.clock
    assert isinstance(clock, ManualClock)
    clock.at = NOON + timedelta(hours=12)
    assert "too early or too late to text voters until" in client.post("/bank").text


def test_a_nonsense_form_is_refused(sign_in: SignIn, stack: None) -> None:
    client = sign_in("volunteer", 1)
    assert client.post("/bank/send", data={"touch": "x"}).status_code == 400
    assert client.get("/bank").status_code == 200


def test_whoever_is_in_no_campaign_is_told_so(sign_in: SignIn, stack: None) -> None:
    client = sign_in("volunteer")
    assert "You are not in a campaign yet" in client.get("/bank").text
    assert client.post("/bank").status_code == 303
