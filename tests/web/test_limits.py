"""Doors without a sign-in: so often, then a page that says to wait."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.store.engine import Sessions
from tests import factories
from tests.web.conftest import SignIn

HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


def _sign_in(client: FlaskClient, email: str, address: str) -> int:
    form = {"email": email, "password": "a guess"}
    peer = {"REMOTE_ADDR": address}
    return client.post("/sign-in/password", data=form, environ_base=peer).status_code


def test_an_address_may_guess_ten_times_a_minute(client: FlaskClient) -> None:
    said = [_sign_in(client, f"person{number}@example.org", HERE) for number in range(11)]
    assert said == [200] * 10 + [429]
    assert _sign_in(client, "person12@example.org", ELSEWHERE) == 200


def test_an_account_may_be_guessed_ten_times_a_minute_from_anywhere(client: FlaskClient) -> None:
    said = [_sign_in(client, "Ana@example.org", f"203.0.113.{number}") for number in range(10)]
    assert said == [200] * 10
    assert _sign_in(client, " ana@example.org", ELSEWHERE) == 429
    assert _sign_in(client, "ben@example.org", ELSEWHERE) == 200


@pytest.mark.parametrize(
    ("method", "path", "most"), [("POST", "/join/guess", 60), ("GET", "/s/guess", 30)]
)
def test_links_may_be_guessed_so_often(
    client: FlaskClient, method: str, path: str, most: int
) -> None:
    said = [client.open(f"{path}{number}", method=method) for number in range(most + 1)]
    assert [answer.status_code for answer in said] == [410] * most + [429]
    assert "Too many tries in a short time" in said[-1].text
    assert "Wait a minute" in said[-1].text


def test_looking_at_a_form_is_no_try(client: FlaskClient) -> None:
    paths = ("/sign-in", "/sign-in/password", "/join/guess")
    said = {client.get(path).status_code for path in paths for _ in range(61)}
    assert said == {200, 410}


@pytest.mark.parametrize(("peer", "codes"), [("127.0.0.1", {200}), (HERE, {200, 429})])
def test_only_a_proxy_on_this_machine_says_who_asks(web: Flask, peer: str, codes: set[int]) -> None:
    said = set()
    for number in range(11):
        headers = {"X-Forwarded-For": f"198.51.100.1, 203.0.113.{number}"}
        form = {"email": f"person{number}@example.org", "password": "a guess"}
        answer = web.test_client().post(
            "/sign-in/password", data=form, headers=headers, environ_base={"REMOTE_ADDR": peer}
        )
        said.add(answer.status_code)
    assert said == codes


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/1/teams/1/words",
        "/campaigns/1/shifts/ask",
        "/campaigns/1/set-up/senders/1/test",
    ],
)
def test_messages_that_no_plan_holds_go_out_so_often(
    sign_in: SignIn, sessions: Sessions, path: str
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    organizer = sign_in("organizer")
    said = [organizer.post(path).status_code for _ in range(11)]
    assert 429 not in said[:-1]
    assert said[-1] == 429
