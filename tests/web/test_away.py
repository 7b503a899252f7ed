"""A database that is away: every page says so, whoever asks, and the next one works again."""

import re

import pytest
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from app.clock import ManualClock
from app.store.engine import make_engine, make_sessions
from app.web.app import create_app
from app.web.guard import public
from app.web.sessions import session
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.web.conftest import as_person
from tests.web.shared import SETTINGS

ENDS = "SELECT pg_terminate_backend(pg_backend_pid())"
SAID = "Lastmile cannot reach its data right now"


@pytest.fixture
def nowhere() -> Parts:
    """The parts of a process whose database nobody reaches."""
    engine = make_engine("postgresql://nobody@127.0.0.1:9/nothing")
    return Parts(SETTINGS, engine, make_sessions(engine), ManualClock(NOON))


def test_whoever_is_signed_in_is_told_what_to_do(parts: Parts, nowhere: Parts) -> None:
    known = as_person(create_app(parts), factories.person(parts.sessions, "organizer"))
    kept = known.get_cookie("session")
    assert kept is not None
    organizer = create_app(nowhere).test_client()
    organizer.set_cookie("session", kept.value)
    for path in ("/", "/calls/current", "/campaigns/1", "/health"):
        answer = organizer.get(path)
        assert (path, answer.status_code, SAID in answer.text) == (path, 503, True)
        assert answer.headers["Retry-After"] == "5"
    for file in re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg)[^"]*)"', answer.text):
        given = organizer.get(file)
        given.close()
        assert (file, given.status_code) == (file, 200)


def test_so_are_scripts_and_people_who_read_spanish(nowhere: Parts) -> None:
    client = create_app(nowhere).test_client()
    answer = client.get("/health", headers={"Accept": "application/json"})
    assert (answer.status_code, SAID in answer.json["problem"]) == (503, True)
    assert "sus datos" in client.get("/health", headers={"Accept-Language": "es"}).text


def test_a_server_that_ends_in_the_middle_of_a_page_breaks_no_other(
    parts: Parts, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(parts)

    @public
    def broken() -> ResponseReturnValue:
        session().execute(text(ENDS))
        return "never"

    app.add_url_rule("/broken", "broken", broken)
    volunteer = as_person(app, factories.person(parts.sessions, "admin"))
    answer = volunteer.get("/broken")
    assert (answer.status_code, SAID in answer.text) == (503, True)
    assert "AdminShutdown" in "".join([*capfd.readouterr(), caplog.text])
    assert volunteer.get("/campaigns").status_code == 200


def test_what_breaks_for_another_reason_is_our_own_fault(parts: Parts) -> None:
    app = create_app(parts)

    @public
    def slow() -> ResponseReturnValue:
        session().execute(text("SET LOCAL statement_timeout = 1"))
        session().execute(text("SELECT pg_sleep(1)"))
        return "never"

    app.add_url_rule("/slow", "slow", slow)
    answer = app.test_client().get("/slow")
    assert (answer.status_code, SAID in answer.text) == (500, False)
