"""What holds for every route: forms bring a token, and numbers that make no sense find nothing."""

import pytest
from sqlalchemy import Engine

from app.web.app import FOR_MACHINES
from tests.full_house import NO_PAGES
from tests.web.town import Town, build, methods, whose


@pytest.fixture(scope="module")
def town(connections: Engine) -> Town:
    """Made once for all tests of this module."""
    return build(connections)


def test_no_form_is_taken_without_its_token(town: Town) -> None:
    machines = {page.bp.name for page in FOR_MACHINES}
    town.has_changed()
    taken = []
    town.web.config["WTF_CSRF_ENABLED"] = True
    for rule in town.web.url_map.iter_rules():
        if "POST" not in methods(rule) or rule.endpoint.partition(".")[0] in machines:
            continue
        answer = town.admin.post(town.address(rule.endpoint, **town.values(rule)))
        if answer.status_code != 400 and rule.endpoint not in NO_PAGES:
            taken.append((rule.endpoint, answer.status_code))
    town.web.config["WTF_CSRF_ENABLED"] = False
    assert taken == []
    assert not town.has_changed()


def test_a_number_that_no_row_can_have_is_not_found(town: Town) -> None:
    broken = []
    for rule in town.web.url_map.iter_rules():
        named = whose(rule)
        if "GET" in methods(rule) and named and rule.endpoint not in NO_PAGES:
            address = town.address(
                rule.endpoint, **(town.values(rule) | dict.fromkeys(named, 2**63))
            )
            status = town.admin.get(address).status_code
            if status not in (302, 404):
                broken.append((address, status))
    assert broken == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-13-01", "²"])
def test_a_day_that_no_campaign_can_have_is_passed_over(town: Town, day: str) -> None:
    campaign = town.house.campaign_id
    hours = {"from": "9:00", "until": "12:00", "channel": "call"}
    shift = {"person": town.house.people[0].id, "day": day, **hours}
    asked = [
        ("GET", "shifts.show", {"campaign_id": campaign}, {"day": day}),
        ("GET", "shifts.ask", {"campaign_id": campaign}, {"day": day, **hours}),
        ("POST", "shifts.add", {"campaign_id": campaign}, shift),
        ("GET", "calendar.show", {"campaign_id": campaign}, {"day": day, "counted": day}),
        ("GET", "calendar.shared", {"campaign_id": campaign}, {"day": day}),
        ("GET", "reports.show", {"campaign_id": campaign}, {"day": day}),
        ("GET", "reports.daily", {"campaign_id": campaign}, {"day": day}),
        ("GET", "audit.index", {}, {"first": day, "last": day}),
        ("POST", "audit.download", {}, {"first": day, "last": day}),
        ("POST", "people.invite", {}, {"campaign": campaign, "uses": 1, "days": 1, **shift}),
        ("POST", "pauses.begin", {"campaign_id": campaign}, {"what": "text", "until": day}),
        ("POST", "setup.copy", {"campaign_id": campaign}, {"name": "Next", "polling_day": day}),
        ("POST", "paper.make", {"campaign_id": campaign}, {"kind": "calls", "hours": 10**12}),
    ]
    answers = {
        endpoint: town.admin.open(
            town.address(endpoint, **at),
            method=method,
            query_string=said if method == "GET" else None,
            data=said if method == "POST" else None,
        ).status_code
        for method, endpoint, at, said in asked
    }
    assert {one: status for one, status in answers.items() if status >= 500} == {}
