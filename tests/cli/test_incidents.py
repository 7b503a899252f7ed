"""`lastmile incidents`: what is wrong, in the terminal, with an exit code for scripts."""

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app.cli import incidents as command
from app.clock import ManualClock
from app.config import Settings
from app.domain.alarm import Trouble
from app.domain.lookout import Kind
from app.store import incident_desk
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON


@pytest.fixture
def run(engine: Engine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs commands on the test's database at noon."""
    parts = Parts(Settings(_env_file=None), engine, sessions, ManualClock(NOON))
    monkeypatch.setattr(command, "connect", lambda: parts)
    return CliRunner()


def test_open_incidents_are_told_with_their_timeline(run: CliRunner, sessions: Sessions) -> None:
    said = run.invoke(command.incidents, [])
    assert (said.exit_code, said.output) == (0, "No campaign is set up.\n")
    at = NOON - timedelta(minutes=8)
    with sessions.begin() as session:
        factories.campaign(session)
        trouble = Trouble(Kind.SILENCE, "", "Nothing has gone out.", at, "unknown")
        made = incident_desk.open_incident(session, 1, trouble, now=at, wall=at)
        assert made is not None
    said = run.invoke(command.incidents, ["eastside"])
    assert said.exit_code == 1
    assert "Nothing goes out: OPEN for 8 min" in said.output
    assert "11:52 am  Nothing has gone out." in said.output
    with sessions.begin() as session:
        incident_desk.close_incident(session, made, "Outreach flows again.", NOON)
    said = run.invoke(command.incidents, ["1"])
    assert said.exit_code == 0
    assert "Nothing is wrong." in said.output
    assert "over after 8 min" not in said.output
    assert "over after 8 min" in run.invoke(command.incidents, ["1", "--all"]).output
