"""What booked blasts send is on the strip of the plan and in the war room, beside the plan."""

import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.domain.channel import Channel
from app.domain.report import BlastHour, Cover, HourCover, Report
from app.store.engine import Sessions
from tests import reports, war_scene
from tests.factories import NOON
from tests.web.conftest import SignIn


def text_to_come(hour: HourCover) -> bool:
    return hour.channel is Channel.TEXT and hour.cover is Cover.PLANNED and hour.at > NOON


def with_a_blast(report: Report) -> tuple[Report, HourCover]:
    """The same with a blast of 120 texts in the next hour for which texts are planned."""
    held = next(hour for hour in report.coverage if text_to_come(hour))
    coverage = tuple(replace(one, blasts=120) if one is held else one for one in report.coverage)
    sent = (BlastHour(held.channel, held.at, 119.4, 119.4),)
    return replace(report, coverage=coverage, blasts=sent), held


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    with sessions.begin() as session:
        made = war_scene.final_week(session)
        report, _ = with_a_blast(reports.report())
        reports.store(session, made, report)
    return sign_in("organizer")


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_plan_says_what_blasts_send_beside_it(organizer: FlaskClient) -> None:
    _, held = with_a_blast(reports.report())
    page = plain(organizer.get("/campaigns/1/plan").text)
    assert re.search(r"planned in \d+ hours; 120 more by blasts", page)
    assert f"{held.planned} of {held.wanted}; 120 more by blasts" in page


def test_the_war_room_counts_them(organizer: FlaskClient) -> None:
    _, held = with_a_blast(reports.report())
    page = organizer.get("/campaigns/1").text
    assert f"{held.planned} texts planned, 120 more by blasts" in page
    before = int(re.search(r"This week, by now 260 of ([\d,]+)", plain(page))[1].replace(",", ""))  # type: ignore[index]
    assert before == 1_920, "what is to come is not yet missed"
