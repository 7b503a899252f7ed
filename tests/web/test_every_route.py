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
