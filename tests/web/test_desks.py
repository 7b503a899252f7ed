"""The strike desk."""

import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.touch import TouchState
from app.store.engine import Sessions
from app.store.touches import Touch
from tests import factories
from tests.web.conftest import SignIn


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        factories.call_list(session, 3)
    return sign_in("organizer")


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
