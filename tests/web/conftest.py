"""The pages on a real database, with a clock that stands at noon."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security.passwordless import generate_login_token
from sqlalchemy import Engine

from app.clock import ManualClock
from app.store.engine import Sessions
from app.store.people import User
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.shared import SETTINGS, shared_app

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def parts(engine: Engine, sessions: Sessions) -> Parts:
    """What the pages stand on."""
    return Parts(SETTINGS, engine, sessions, ManualClock(NOON))


@pytest.fixture
def web(parts: Parts) -> Flask:
    """The application; CSRF is asked for in the tests that are about it."""
    return shared_app(parts)


@pytest.fixture
def client(web: Flask) -> FlaskClient:
    """Somebody who has not signed in."""
    return web.test_client()


@pytest.fixture
def sign_in(web: Flask, sessions: Sessions) -> SignIn:
    """`sign_in("volunteer", campaign_id)`: a client that is signed in by a link."""

    def enter(role: str, campaign_id: int | None = None, name: str = "") -> FlaskClient:
        person = factories.person(sessions, role, campaign_id, name)
        return as_person(web, person)

    return enter


def as_person(web: Flask, person: User) -> FlaskClient:
    """A client signed in as this person."""
    with web.app_context():
        token = generate_login_token(person)
    client = web.test_client()
    answer: Any = client.get(f"/s/{token}")
    assert answer.status_code == 303
    return client
