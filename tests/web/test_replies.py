"""The pages of replies: one conversation in hand, the thread, the answer, the hand-over."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.services.receive import TextIn, receive_text
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import SENDER, column, texting
from tests.web.conftest import SignIn

JSON = {"Accept": "application/json"}


@pytest.fixture
def asked(sessions: Sessions) -> None:
    """Two voters ask something back."""
    with sessions.begin() as session:
        made, whom = texting(session, 2)
        for touch in factories.calls(session, made, whom, channel="text", state="delivered"):
            factories.attempt(session, touch, state="delivered", body="Will you vote?")
        session.execute(text("UPDATE targets SET texts = 1"))
    for number in (1, 2):
        message = TextIn(
            f"SM{number}", f"+1919555000{number}", SENDER, f"Where do I vote? {number}"
        )
        receive_text(sessions, message, now=NOON)


def taken(client: FlaskClient) -> str:
    """The address of the conversation that is taken up."""
    return str(client.post("/replies").headers["Location"])


def test_a_thread_is_read_and_answered_and_the_next_comes(
    sign_in: SignIn, asked: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1, "Ana")
    assert "2 voters wait for an answer" in client.get("/replies").text
    one = taken(client)
    page = client.get(one).text
    assert "Will you vote?" in page
    assert "Where do I vote? 1" in page
    assert "You vote at precinct LINCOLN SCHOOL" in page
    assert "919555" not in page
    assert "Voter1" not in page
    assert client.get("/replies").headers["Location"] == one
    answer = client.post(f"{one}/answer", data={"body": "At Lincoln School.", "key": "k"})
    assert answer.headers["Location"] == "/replies/2"
    assert "Your answer is on its way." in client.get("/replies/2").text
    assert column(sessions, "SELECT body FROM written") == ["At Lincoln School."]


def test_what_was_typed_stays_when_it_cannot_go(
    sign_in: SignIn, asked: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1)
    one = taken(client)
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET budget = 0"))
    answer = client.post(f"{one}/answer", data={"body": "At <Lincoln>", "key": "same"})
    assert answer.status_code == 409
    assert "The budget does not last" in answer.text
    assert "At &lt;Lincoln&gt;</textarea>" in answer.text
    assert 'name="key" value="same"' in answer.text


def test_two_have_two_and_the_third_none(sign_in: SignIn, asked: None) -> None:
    found = [taken(sign_in("volunteer", 1, name)) for name in ("Ana", "Ben", "Cho")]
    assert found == ["/replies/1", "/replies/2", "/replies"]


def test_what_another_has_in_hand_cannot_be_opened(sign_in: SignIn, asked: None) -> None:
    one = taken(sign_in("volunteer", 1, "Ana"))
    ben = sign_in("volunteer", 1, "Ben")
    assert ben.get(one).status_code == 302
    answer: Any = ben.post(f"{one}/hold", headers=JSON)
    assert answer.get_json()["held"] is False
    said: Any = ben.post(f"{one}/answer", data={"body": "Hi", "key": "k"}, headers=JSON)
    assert said.get_json()["sent"] is False
    ben.post(f"{one}/opt-out")
    assert ben.get("/replies/99").status_code == 302


def test_the_page_hears_of_a_new_text_and_keeps_its_hold(
    sign_in: SignIn, asked: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1)
    one = taken(client)
    receive_text(sessions, TextIn("SM9", "+19195550001", SENDER, "Hello?"), now=NOON)
    answer: Any = client.post(f"{one}/hold", headers=JSON)
    assert answer.get_json()["held"] is True
    assert "Hello?" in answer.get_json()["thread"]
    assert answer.get_json()["seen"] == 3


ACTS = [
    ("done", "Done, without an answer.", "SELECT count(*) FROM inbound WHERE handled_by = 1"),
    ("opt-out", "gets no more texts", "SELECT count(*) FROM opt_outs"),
    ("voted", "has voted and is off", "SELECT count(*) FROM ballots"),
    ("wrong-number", "Nobody texts or calls", "SELECT count(*) / 2 FROM dead_addresses"),
    (
        "hand-over",
        "Your organizers have it now.",
        "SELECT count(*) FROM conversations WHERE handed_over_by = 1",
    ),
]


@pytest.mark.parametrize(("act", "words", "query"), ACTS, ids=[act for act, *_ in ACTS])
def test_one_button_does_it_and_shows_the_next(
    sign_in: SignIn, asked: None, sessions: Sessions, act: str, words: str, query: str
) -> None:
    client = sign_in("volunteer", 1)
    one = taken(client)
    answer = client.post(f"{one}/{act}", data={"why": "asks about the deed", "seen": "1"})
    assert answer.headers["Location"] == "/replies/2"
    assert words in client.get("/replies/2").text
    assert column(sessions, query) == [1]


def test_a_wish_for_no_more_texts_takes_one_tap(sign_in: SignIn, asked: None) -> None:
    client = sign_in("volunteer", 1, "Ana")
    page = client.get(taken(client)).text
    in_sight, _, folded = page.partition('<details class="sure">')
    assert "/opt-out" in in_sight
    assert "/wrong-number" in folded


def test_an_organizer_answers_what_was_handed_over(
    sign_in: SignIn, asked: None, sessions: Sessions
) -> None:
    client = sign_in("volunteer", 1, "Ana")
    client.post(f"{taken(client)}/hand-over", data={"why": "asks about the deed"})
    boss = sign_in("organizer", 1, "Olive")
    inbox = boss.get("/inbox").text
    assert "asks about the deed" in inbox
    assert client.post("/replies/1/take-up").status_code == 403
    assert boss.post("/replies/1/take-up").headers["Location"] == "/replies/1"
    assert "Handed over to you." in boss.get("/replies/1").text
    answer = boss.post("/replies/1/answer", data={"body": "Come by.", "key": "k"})
    assert answer.headers["Location"] == "/inbox"
    assert "asks about the deed" not in boss.get("/inbox").text


def test_answers_to_the_survey_are_kept(sign_in: SignIn, asked: None, sessions: Sessions) -> None:
    client = sign_in("volunteer", 1)
    one = taken(client)
    kept: Any = client.post(f"{one}/survey", data={"will_vote": "yes", "x": "y"}, headers=JSON)
    assert kept.get_json() == {"kept": {"will_vote": "yes"}}
    assert column(sessions, "SELECT source FROM answers") == ["text"]


def test_segments_are_counted_as_it_is_typed(sign_in: SignIn, asked: None) -> None:
    client = sign_in("volunteer", 1)
    sizes = [
        client.post("/replies/size", data={"body": body}).get_json()["size"]  # type: ignore[index]
        for body in ("Hello", "dígame", "é" * 161)
    ]
    assert sizes == ["1 segment, GSM-7", "1 segment, UCS-2", "2 segments, GSM-7"]


def test_nobody_waits(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 1)
    client = sign_in("volunteer", 1)
    assert "Nobody waits for an answer." in client.get("/replies").text
    assert taken(client) == "/replies"
    assert "You are not in a campaign yet" in sign_in("volunteer", None, "Ben").get("/replies").text
