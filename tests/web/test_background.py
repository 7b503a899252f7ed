"""What takes long is reckoned in the background: asked again until it is there."""

import re
from threading import Event

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.store.engine import Sessions
from app.web.background import WAIT, Background, reckoned
from tests.full_house import full_house
from tests.web.conftest import SignIn


def test_who_asks_is_answered_at_once_and_one_reckons_for_all() -> None:
    background, go, reckonings = Background(), Event(), []

    def slow() -> int:
        reckonings.append(1)
        go.wait(20)
        return 42

    assert background.find("how many", slow, 0.01) is None
    assert background.find("how many", slow, 0.01) is None
    go.set()
    assert background.find("how many", slow, 20) == 42
    assert background.find("how many", slow, 20) == 42
    assert len(reckonings) == 1


def test_what_goes_wrong_is_raised_to_whoever_asked() -> None:
    def wrong() -> int:
        raise TimeoutError("the server gave up")

    with pytest.raises(TimeoutError, match="the server gave up"):
        Background().find("how many", wrong, 20)


def test_different_questions_have_different_answers(web: Flask) -> None:
    with web.app_context():
        assert reckoned("one", lambda _: 1) == 1
        assert reckoned("two", lambda own: isinstance(own, Session)) is True


def test_a_count_that_takes_long_says_to_ask_again(
    web: Flask, sessions: Sessions, sign_in: SignIn
) -> None:
    house = full_house(sessions)
    client = sign_in("organizer", house.campaign_id)
    web.config[WAIT] = 0
    first = client.get("/universes/1/count")
    web.config[WAIT] = 30
    then = client.get("/universes/1/count")
    assert first.status_code in (200, 202)  # with luck it is there already
    assert then.status_code == 200
    assert re.fullmatch(r"[\d,]+", then.get_json()["voters"])
