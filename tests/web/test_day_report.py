"""The page of the report: what will come, what came, and the file to take away."""

import csv
import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.clock import ManualClock
from app.services import day_report
from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories
from tests.factories import POLLING_DAY
from tests.scene import run
from tests.services.test_day_report import CLOSE, DAWN, FIVE_PM
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/day-report"


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer; one of two voters has voted, in a precinct with a name like a formula."""
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        whom = factories.voters(session, 2, precinct="=1+1")
        factories.targets(session, campaign, whom)
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=FIVE_PM)
    return sign_in("organizer")


def at(parts: Parts, later: timedelta) -> None:
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = CLOSE + later


def test_before_the_close_it_says_when_it_comes(organizer: FlaskClient, parts: Parts) -> None:
    assert "The day is not over" in organizer.get(PAGE).text
    assert organizer.get(f"{PAGE}/csv").status_code == 404
    at(parts, timedelta(minutes=1))
    assert "The report is being counted" in organizer.get(PAGE).text


def test_after_it_the_report_stands_there(
    organizer: FlaskClient, parts: Parts, sessions: Sessions
) -> None:
    at(parts, timedelta(minutes=1))
    day_report.write_due(sessions, parts.clock.now())
    page = organizer.get(PAGE).text
    assert "of 2 (50.0 %)" in page
    assert "It is written once more Wed 6 am" in page
    assert "broken" in page  # nothing went out all day
    at(parts, DAWN - CLOSE)
    day_report.write_due(sessions, parts.clock.now())
    assert "These numbers stay as they are." in organizer.get(PAGE).text


def test_precincts_of_two_counties_are_told_apart(
    organizer: FlaskClient, sessions: Sessions, parts: Parts
) -> None:
    run(sessions, "UPDATE voters SET county = CASE id % 2 WHEN 0 THEN 'Wake' ELSE 'Durham' END")
    at(parts, timedelta(minutes=1))
    day_report.write_due(sessions, parts.clock.now())
    page = organizer.get(PAGE).text
    assert page.count("=1+1</th>") == 2
    assert "<td>Wake, NC</td>" in page
    assert "<td>Durham, NC</td>" in page


def test_the_file_has_every_number_and_runs_nothing(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    day_report.write_due(sessions, CLOSE)
    answer = organizer.get(f"{PAGE}/csv")
    assert "polling-day-2026-11-03.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["part", "key", "detail", "figure", "number"]
    assert ["precincts", "'=1+1", "NC", "voted", "1"] in rows
    assert ["ballots", "2026-11-03T17:00:00-05:00", "", "ballots", "1"] in rows
