"""The ramp editor: its numbers, what it refuses, what the plan makes of it."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape, drawn_until
from app.store.campaigns import PlanHour, Sender
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.plans import Plan
from app.store.ramps import ramps_of, write_ramps
from tests import factories
from tests.factories import NOON, POLLING_DAY
from tests.web.conftest import SignIn

PAGE = "/campaigns/1/ramp"
FIRST = date(2026, 10, 22)
CALLS = RampRule(Shape.LINEAR, FIRST, 1300, rise=4)
FORM = {
    "call-shape": "linear",
    "call-by": "total",
    "call-total": "1300",
    "call-peak": "160",
    "call-starts_on": "2026-10-22",
    "call-rise": "4",
    "text-shape": "linear",
    "text-total": "0",
    "email-shape": "linear",
    "email-total": "0",
}
DRAWN = {f"call-day-2026-{day}": "0" for day in ("10-29", "10-30", "10-31", "11-01", "11-02")} | {
    "call-shape": "drawn",
    "call-day-2026-11-02": "40",
    "call-day-2026-11-03": "70",
}


@pytest.fixture
def organizer(sign_in: SignIn, sessions: Sessions) -> FlaskClient:
    """An organizer of a campaign that called yesterday and has a linear ramp of calls."""
    with sessions.begin() as session:
        made = factories.campaign(session)
        whom = factories.voters(session, 20)
        factories.targets(session, made, whom)
        touches = factories.calls(session, made, whom[:2])
        for touch in touches:
            factories.attempt(session, touch, attempted_at=NOON - timedelta(days=1))
        write_ramps(session, made.id, {Channel.CALL: CALLS})
    return sign_in("organizer")


def stored(sessions: Sessions) -> dict[Channel, RampRule]:
    with sessions() as session:
        return ramps_of(session, 1)


def chart_of(page: str) -> Any:
    found = re.search(r'id="chart">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def test_the_page_has_each_day_with_its_number_and_what_was_done(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    chart = chart_of(page)
    days = chart["days"]
    assert (days[0]["name"], days[-1]["name"], len(days)) == ("Thu, Oct 22", "Tue, Nov 3", 13)
    assert [day["past"] for day in days] == [True] * 7 + [False] * 6
    assert [day["final"] for day in days] == [False] * 6 + [True] * 7
    assert days[-1]["polling"]
    calls = chart["channels"]["call"]
    assert sum(calls["volumes"]) == 1300
    assert calls["done"] == [0] * 6 + [2] + [0] * 6
    assert set(chart["channels"]["email"]["volumes"]) == {0}
    assert f"2 done of {calls['volumes'][6]}" in page
    assert 'name="call-day-2026-10-28"' not in page
    assert f'name="call-day-2026-11-03" value="{calls["volumes"][-1]}"' in page


def test_before_the_first_plan_the_page_asks_for_figures(organizer: FlaskClient) -> None:
    page = organizer.get(PAGE).text
    assert " data-ask" in page
    assert "appear here once a plan has been reckoned" in page


def test_a_curve_is_answered_with_its_days_total_and_peak(organizer: FlaskClient) -> None:
    answer: Any = organizer.post(f"{PAGE}/curve", data=FORM).json
    stored_curve = chart_of(organizer.get(PAGE).text)["channels"]["call"]["volumes"]
    assert answer["call"]["volumes"] == stored_curve
    assert (answer["call"]["total"], answer["call"]["peak"]) == (1300, stored_curve[-1])
    assert answer["text"] == {
        "volumes": [0] * 13,
        "total": 0,
        "peak": 0,
        "problems": {},
        "warnings": [],
    }
    by_peak = {**FORM, "call-by": "peak", "call-peak": "400"}
    answer = organizer.post(f"{PAGE}/curve", data=by_peak).json
    assert answer["call"]["volumes"][-1] == 400
    assert answer["call"]["total"] == sum(answer["call"]["volumes"])


def test_a_falling_final_week_is_drawn_with_a_warning(organizer: FlaskClient) -> None:
    falling = {**FORM, **DRAWN, "call-day-2026-11-03": "30"}
    answer: Any = organizer.post(f"{PAGE}/curve", data=falling).json
    assert "Tue, Nov 3 has 30, fewer than the 40 of Mon, Nov 2" in answer["call"]["warnings"][-1]
    assert organizer.post(PAGE, data=falling).status_code == 303


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, CALLS),
        (
            {"call-shape": "s_curve", "call-middle": "70"},
            replace(CALLS, shape=Shape.S_CURVE, middle=0.7),
        ),
        ({"call-shape": "steps", "call-steps": "5"}, replace(CALLS, shape=Shape.STEPS, steps=5)),
        (
            {"call-shape": "exponential", "call-doubling_days": "2.5", "call-daily_cap": "900"},
            replace(CALLS, shape=Shape.EXPONENTIAL, doubling_days=2.5, daily_cap=900),
        ),
        (  # 10, 20, … 130, but for the first day, which began at noon
            {"call-by": "peak", "call-rise": "13", "call-peak": "130"},
            replace(CALLS, rise=13, peak=130, total=907),
        ),
    ],
)
def test_each_shape_is_stored_as_it_was_said(
    organizer: FlaskClient, sessions: Sessions, facts: dict[str, str], expected: RampRule
) -> None:
    answer = organizer.post(PAGE, data={**FORM, **facts})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert stored(sessions) == {Channel.CALL: expected}
    page = organizer.get(PAGE).text
    assert "The ramps are saved" in page
    assert chart_of(page)["channels"]["call"]["volumes"][-1] > 0


def test_a_drawing_keeps_its_past_and_begins_with_its_first_number(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    past = chart_of(organizer.get(PAGE).text)["channels"]["call"]["volumes"][:7]
    assert organizer.post(PAGE, data={**FORM, **DRAWN}).status_code == 303
    rule = stored(sessions)[Channel.CALL]
    assert rule.drawn == drawn_until(POLLING_DAY, [*past, 0, 0, 0, 0, 40, 70])
    assert (rule.total, rule.starts_on) == (sum(past) + 110, FIRST)
    texts = {name.replace("call", "text"): value for name, value in DRAWN.items()}
    assert organizer.post(PAGE, data={**FORM, **texts}).status_code == 303
    rule = stored(sessions)[Channel.TEXT]
    assert rule.drawn == drawn_until(POLLING_DAY, [40, 70])
    assert rule.starts_on == date(2026, 11, 2)


def test_saving_plans_anew_and_is_on_the_record(organizer: FlaskClient, sessions: Sessions) -> None:
    organizer.post(PAGE, data={**FORM, **DRAWN})
    with sessions() as session:
        assert session.scalars(select(Plan)).one()
        assert session.scalars(select(PlanHour)).first()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "ramp changed")).one()
    assert entry.details == {"channels": ["call"]}


@pytest.mark.parametrize(
    ("facts", "place", "words"),
    [
        ({"call-starts_on": "2026-11-09"}, "call-starts_on", "starts after polling day"),
        ({"call-starts_on": "soon"}, "call-starts_on", "Not a valid date"),
        ({"call-rise": "0.5"}, "call-rise", "from 1 to 1,000"),
        ({"call-rise": "nan"}, "call-rise", "from 1 to 1,000"),
        ({"call-by": "peak", "call-peak": "-3"}, "call-peak", "from 0 to"),
        ({"call-by": "peak", "call-daily_cap": "20"}, "call-daily_cap", "below the peak of 160"),
        ({"text-total": "many"}, "text-total", "Not a valid integer"),
        ({"text-shape": "cubic"}, "text-shape", "Not a valid choice"),
        ({**DRAWN, "call-day-2026-10-30": "x"}, "call-day-2026-10-30-note", "a whole number from"),
        ({**DRAWN, "call-day-2026-10-30": "-1"}, "call-day-2026-10-30-note", "a whole number"),
        ({**DRAWN, "call-day-2026-10-30": "9" * 30}, "call-day-2026-10-30-note", "10,000,000"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    organizer: FlaskClient, sessions: Sessions, facts: dict[str, str], place: str, words: str
) -> None:
    sent = {**FORM, "email-total": "77", **facts}
    answer = organizer.post(PAGE, data=sent)
    assert answer.status_code == 422
    said = re.search(rf'id="{place}(?:-problem)?">([^<]*)<', answer.text)
    assert said, re.findall(r'class="problem" id="([^"]+)', answer.text)
    assert words in said[1]
    assert 'value="77"' in answer.text
    assert all(f'value="{typed}"' in answer.text for name, typed in facts.items() if "day" in name)
    assert stored(sessions) == {Channel.CALL: CALLS}
    part = organizer.post(f"{PAGE}/sketch", data=sent)
    assert part.status_code == 200
    assert "mend what is marked above" in part.text


def test_nothing_at_all_is_refused_on_top(organizer: FlaskClient) -> None:
    answer = organizer.post(PAGE, data={**FORM, "call-total": "0"})
    assert answer.status_code == 422
    assert "give at least one channel a total" in answer.text


def test_a_stored_ramp_that_cannot_be_is_shown_with_its_fault(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        write_ramps(session, 1, {Channel.CALL: replace(CALLS, starts_on=date(2026, 11, 20))})
    page = organizer.get(PAGE).text
    assert "cannot be followed" in page
    assert "starts after polling day" in page


def test_the_sketch_says_total_cost_shifts_votes_and_what_cannot_be_kept(
    organizer: FlaskClient, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        session.add(
            Sender(campaign_id=1, channel=Channel.EMAIL, name="Mail", address="a@b.example")
        )
    part = organizer.post(
        f"{PAGE}/sketch", data={**FORM, "call-total": "9000", "email-total": "50"}
    )
    page = re.sub(r"\s+", " ", part.text)
    for words in ("that the ramps want", "Cost", "Shifts needed", "a model’s estimate"):
        assert words in page
    assert "What cannot be kept" in page  # nobody has a shift
    assert "strip-day" in page
    assert stored(sessions) == {Channel.CALL: CALLS}
    with sessions() as session:
        assert not session.scalars(select(Plan)).first()


def test_the_page_has_the_same_part_as_the_answer(organizer: FlaskClient) -> None:
    organizer.post(PAGE, data=FORM)
    page = organizer.get(PAGE).text
    assert " data-ask" not in page
    part = re.search(r'<div id="sketch">(.*?)</div>\n</section>', page, re.S)
    assert part
    assert "Extra votes expected" in part[1]


def test_a_campaign_that_is_over_can_only_be_looked_at(sign_in: SignIn, sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session, polling_day=date(2026, 10, 27))
        factories.campaign(session, name="Backward", polling_day=date(2026, 10, 20))
    organizer = sign_in("organizer")
    assert "The polls have closed" in organizer.get(PAGE).text
    assert "No day is left to plan" in organizer.get("/campaigns/2/ramp").text
    for path in (PAGE, "/campaigns/2/ramp"):
        assert organizer.post(path, data=FORM).status_code == 422
        assert organizer.post(f"{path}/curve", data=FORM).status_code == 200
        assert organizer.post(f"{path}/sketch", data=FORM).status_code == 200
    assert organizer.get("/campaigns/9/ramp").status_code == 404
