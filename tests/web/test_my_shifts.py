"""A volunteer's shifts: booked where people are needed, canceled, and in their calendar."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar, Event
from sqlalchemy import select

from app.clock import ManualClock
from app.domain.report import ShiftNeed
from app.services import plans
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.shifts import Shift
from app.wiring import Parts
from tests import factories, reports
from tests.factories import NOON
from tests.web.conftest import SignIn


@pytest.fixture
def needs(sessions: Sessions) -> list[ShiftNeed]:
    """The blocks for which the plan has too few people."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        reports.store(session, made)
        found = plans.latest(session, made.id)
        assert found is not None
        return [need for need in found.report.shifts if need.short and need.ends_at > NOON]


@pytest.fixture
def ana(needs: list[ShiftNeed], sign_in: SignIn) -> FlaskClient:
    """Who volunteers for the campaign."""
    return sign_in("volunteer", 1, "Ana")


def _block(need: ShiftNeed) -> dict[str, str]:
    first, last = (int(at.timestamp()) for at in (need.begins_at, need.ends_at))
    return {"block": f"{need.channel.value} {first} {last}"}


def _shifts(sessions: Sessions) -> list[Shift]:
    with sessions() as session:
        return list(session.scalars(select(Shift).order_by(Shift.id)))


def _event(client: FlaskClient, number: int) -> tuple[str, Event]:
    answer = client.get(f"/shifts/{number}.ics")
    assert answer.mimetype == "text/calendar"
    calendar = Calendar.from_ical(answer.text)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def test_a_block_that_needs_people_is_booked_once(
    ana: FlaskClient, needs: list[ShiftNeed], sessions: Sessions
) -> None:
    assert "Hours that need people" in ana.get("/shifts").text
    for _ in range(2):
        assert ana.post("/shifts", data=_block(needs[0])).location == "/shifts"
    (shift,) = _shifts(sessions)
    assert (shift.starts_at, shift.ends_at) == (needs[0].begins_at, needs[0].ends_at)
    assert _block(needs[0])["block"] not in ana.get("/shifts").text
    assert 'class="tag">next</span>' in ana.get("/").text


@pytest.mark.parametrize(
    "block", ["", "call", "call 1 2", "call x y", "mail 1 2", "call 99999999999999999999 1"]
)
def test_other_hours_are_not_for_the_taking(
    ana: FlaskClient, sessions: Sessions, block: str
) -> None:
    answer = ana.post("/shifts", data={"block": block})
    assert answer.status_code in (303, 400)
    assert _shifts(sessions) == []


def test_hours_that_nobody_is_needed_for_are_refused_with_a_word(
    ana: FlaskClient, needs: list[ShiftNeed], sessions: Sessions
) -> None:
    channel, first, last = _block(needs[0])["block"].split(" ")
    ana.post("/shifts", data={"block": f"{channel} {int(first) + 60} {last}"})
    assert "Enough people are booked for these hours by now." in ana.get("/shifts").text
    assert _shifts(sessions) == []


def test_canceling_says_what_it_means_and_is_done_once(
    ana: FlaskClient, needs: list[ShiftNeed], sessions: Sessions
) -> None:
    ana.post("/shifts", data=_block(needs[0]))
    asked = ana.get("/shifts/1/cancel").text
    assert "booked for these hours" in asked
    assert f"{needs[0].needed} are needed" in asked
    assert _shifts(sessions), "to be asked cancels nothing"
    for _ in range(2):
        assert ana.post("/shifts/1/cancel").location == "/shifts?canceled=1"
    assert _shifts(sessions) == []
    assert "Take it off my calendar" in ana.get("/shifts?canceled=1").text
    with sessions() as session:
        mine = select(AuditEntry).where(AuditEntry.subject == "shift:1").order_by(AuditEntry.id)
        acts = session.scalars(mine).all()
    assert [act.action for act in acts] == ["shift added", "shift removed"]
    assert {act.user_id for act in acts} == {1}


def test_the_calendar_keeps_one_entry_and_takes_it_off(
    ana: FlaskClient, needs: list[ShiftNeed], parts: Parts
) -> None:
    ana.post("/shifts", data=_block(needs[0]))
    method, event = _event(ana, 1)
    assert method == "PUBLISH"
    assert (event.start, event.end) == (needs[0].begins_at, needs[0].ends_at)
    assert event["SUMMARY"] == "Calls for Eastside calls"
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = NOON + timedelta(minutes=1)
    ana.post("/shifts/1/cancel")
    off, gone = _event(ana, 1)
    assert (off, gone["STATUS"]) == ("CANCEL", "CANCELLED")
    assert gone["UID"] == event["UID"] == "shift-1@vote.example.org"
    assert gone["SEQUENCE"] > event["SEQUENCE"]


def test_a_shift_that_is_over_stays(
    ana: FlaskClient, needs: list[ShiftNeed], sessions: Sessions, parts: Parts
) -> None:
    ana.post("/shifts", data=_block(needs[0]))
    assert isinstance(parts.clock, ManualClock)
    parts.clock.at = needs[0].ends_at
    assert "This shift is over" in ana.get("/shifts/1/cancel").text
    ana.post("/shifts/1/cancel")
    assert "it stays on record" in ana.get("/shifts").text
    assert len(_shifts(sessions)) == 1


def test_somebody_elses_shift_is_nobodys_business(
    ana: FlaskClient, needs: list[ShiftNeed], sign_in: SignIn, sessions: Sessions
) -> None:
    ana.post("/shifts", data=_block(needs[0]))
    ben = sign_in("volunteer", 1, "Ben")
    assert ben.get("/shifts/1.ics").status_code == 404
    assert ben.get("/shifts/1/cancel").status_code == 404
    assert ben.post("/shifts/1/cancel").status_code == 404
    assert len(_shifts(sessions)) == 1
    ana.post("/shifts/1/cancel")
    assert ben.get("/shifts/1.ics").status_code == 404


def test_without_a_campaign_there_are_no_hours(sign_in: SignIn) -> None:
    lost = sign_in("volunteer")
    assert "Enough people are booked" in lost.get("/shifts").text
    assert lost.post("/shifts", data={"block": "call 1 2"}).status_code == 400
