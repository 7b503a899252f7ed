"""Signing in by password and by link, and out again."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from flask_security.passwordless import generate_login_token

from app.store.engine import Sessions
from tests import factories
from tests.web.conftest import SignIn

PASSWORD = "correct horse battery"


@pytest.fixture
def olive(web: Flask, sessions: Sessions) -> None:
    with web.app_context():
        hashed = hash_password(PASSWORD)
    factories.person(sessions, "organizer", name="Olive", password_hash=hashed)
    assert hashed.startswith("$argon2")


def _form(password: str) -> dict[str, str]:
    return {"email": "Olive@Example.org", "password": password}


@pytest.mark.usefixtures("olive")
def test_the_right_password_leads_where_one_wanted_to_go(client: FlaskClient) -> None:
    answer = client.post("/sign-in/password?next=/inbox", data=_form(PASSWORD))
    assert (answer.status_code, answer.location) == (302, "/inbox")


@pytest.mark.usefixtures("olive")
def test_a_link_to_elsewhere_is_not_followed(client: FlaskClient) -> None:
    answer = client.post("/sign-in/password?next=https://evil.example/", data=_form(PASSWORD))
    assert "evil" not in (answer.location or "")


@pytest.mark.usefixtures("olive")
@pytest.mark.parametrize("form", [_form("wrong"), {"email": "nobody@example.org", "password": "x"}])
def test_a_wrong_password_or_email_reads_the_same(
    client: FlaskClient, form: dict[str, str]
) -> None:
    answer = client.post("/sign-in/password", data=form)
    assert "That email and password do not go together." in answer.text


def test_a_person_without_a_password_cannot_use_one(
    client: FlaskClient, sessions: Sessions
) -> None:
    factories.person(sessions, "volunteer", name="Victor")
    answer = client.post("/sign-in/password", data={"email": "victor@example.org", "password": ""})
    assert "do not go together" in answer.text


def test_signing_out_ends_it(sign_in: SignIn) -> None:
    volunteer = sign_in("volunteer")
    assert volunteer.get("/").status_code == 200
    volunteer.post("/sign-out")
    assert volunteer.get("/").status_code == 303


def test_an_expired_link_says_what_to_do(
    web: Flask, client: FlaskClient, sessions: Sessions
) -> None:
    person = factories.person(sessions, "volunteer")
    with web.app_context():
        token = generate_login_token(person)
    web.config["SECURITY_LOGIN_WITHIN"] = timedelta(seconds=-1)
    answer = client.get(f"/s/{token}")
    assert answer.status_code == 410
    assert "has expired. Ask your organizer for a new one." in answer.text


@pytest.mark.parametrize("token", ["x", "WyJ4Il0.abc.def"])
def test_a_broken_link_says_what_to_do(client: FlaskClient, token: str) -> None:
    answer = client.get(f"/s/{token}")
    assert answer.status_code == 410
    assert "We do not know this sign-in link" in answer.text


def test_a_link_changes_who_is_signed_in(web: Flask, sign_in: SignIn, sessions: Sessions) -> None:
    client = sign_in("volunteer", name="Victor")
    other = factories.person(sessions, "volunteer", name="Vera")
    with web.app_context():
        token = generate_login_token(other)
    client.get(f"/s/{token}")
    assert "Hello, Vera" in client.get("/").text
