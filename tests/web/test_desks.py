"""Inbox and strike desk."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.touch import TouchState
from app.store.engine import Sessions
from app.store.messages import Inbound
from app.store.touches import Touch
from tests import factories
from tests.factories import NOON
from tests.web.conftest import SignIn


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        factories.call_list(session, 3)
    return sign_in("organizer")


def test_a_reply_is_shown_with_what_we_wrote(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        touch = session.scalars(select(Touch)).first()
        assert touch
        wrote = {"channel": "text", "body": "Will you vote?"}
        factories.attempt(session, touch, **wrote)
        later = {"attempted_at": NOON, "body": "Too late to be the cause"}
        factories.attempt(session, touch, **{**wrote, **later})
        factories.reply(session, campaign_id=1, voter_id=touch.voter_id, body="<b>Maybe</b>")
    page = organizer.get("/inbox").text
    assert "Will you vote?" in page
    assert "Too late" not in page
    assert "&lt;b&gt;Maybe&lt;/b&gt;" in page
    assert "Luz Voter1" in page
    assert "wrote back" in page
    assert "6 min ago" in page


def test_the_newest_reply_is_first(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.reply(session, body="older", received_at=NOON - timedelta(hours=2))
        factories.reply(session, body="newer")
    page = organizer.get("/inbox").text
    assert page.index("newer") < page.index("older")


def test_done_takes_a_reply_out_once(organizer: FlaskClient, sessions: Sessions) -> None:
    with sessions.begin() as session:
        reply_id = factories.reply(session).id
    assert organizer.post(f"/inbox/{reply_id}/handled").status_code == 303
    assert "Nobody waits for an answer" in organizer.get("/inbox").text
    organizer.post(f"/inbox/{reply_id}/handled")
    assert "Somebody had taken care of that reply already" in organizer.get("/inbox").text
    with sessions() as session:
        reply = session.get(Inbound, reply_id)
        assert reply
        assert reply.handled_at == NOON


def test_typed_ids_are_struck_and_unknown_ones_named(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    form = {"campaign": 1, "voters": "AA000001, AA000002\nZZ9 ZZ9"}
    page = organizer.post("/strike", data=form).text
    assert "<b>2 ballots</b> recorded" in page
    assert "2 pending contacts canceled" in page
    assert "1 id is on no voter file here" in page
    assert "<code>ZZ9</code>" in page
    with sessions() as session:
        states = session.scalars(select(Touch.state).order_by(Touch.voter_id)).all()
    assert states == [TouchState.CANCELED, TouchState.CANCELED, TouchState.READY]


def test_the_same_list_twice_changes_nothing(organizer: FlaskClient) -> None:
    form = {"campaign": 1, "voters": "AA000001"}
    organizer.post("/strike", data=form)
    page = organizer.post("/strike", data=form).text
    assert "<b>0 ballots</b> recorded, 1 known before" in page


@pytest.mark.parametrize(
    "content",
    [
        b"AA000001\nAA000002\n",
        b"\xef\xbb\xbfncid,name\r\nAA000001,M\r\nAA000002,N\r\n",
        b"name;voter_id\nJos\xe9;AA000001\nAna;AA000002\n",
    ],
)
def test_a_file_is_struck_too(organizer: FlaskClient, content: bytes) -> None:
    upload = (io.BytesIO(content), "voted.csv")
    page = organizer.post("/strike", data={"campaign": 1, "file": upload}).text
    assert "<b>2 ballots</b> recorded" in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"campaign": 1, "voters": " ,\n"}, "Type at least one voter id"),
        ({"campaign": 99, "voters": "AA000001"}, "Choose the campaign"),
        ({"voters": "AA000001"}, "Choose the campaign"),
        ({"campaign": 1, "file": (b"\x00\x01", "photo.jpg")}, "is not a text file"),
        ({"campaign": 1, "file": (b"", "empty.csv")}, "is empty"),
        ({"campaign": 1, "file": (b"name,age\nAna,3\n", "x.csv")}, "no column is called voter_id"),
    ],
)
def test_a_list_without_ids_says_what_to_do(
    organizer: FlaskClient, form: dict[str, object], words: str
) -> None:
    upload = form.get("file")
    sent = (
        {**form, "file": (io.BytesIO(upload[0]), upload[1])} if isinstance(upload, tuple) else form
    )
    answer = organizer.post("/strike", data=sent)
    assert answer.status_code == 422
    assert words in answer.text
