"""Reserve universes in a browser: added, moved up, open, within a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.domain.channel import Channel
from app.services import reserves, universes
from app.services.pace import pace
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.scene import consent, planned, texting

Axe = Callable[[Page], None]
OpenPage = Callable[[dict[str, Any]], Page]
LONG = "Voters who moved here since 2024 and have voted in a municipal election at least once"


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign whose people have run out, with one universe opened and others that wait."""
    with sessions.begin() as session:
        texting(session, 1, voter_total_cap=1)
        consent(session, factories.voters(session, 2, first=2, party="DEM"))
        planned(session, session.get_one(Campaign, 1), Channel.TEXT, NOON, 9)
    for name, party in (("Democrats", "DEM"), ("Greens", "GRE"), (LONG[:80], "UNA")):
        universes.save(sessions, name, {"parties": [party]}, now=NOON)
    reserves.add(sessions, 1, "Democrats", {"name": "Democrats"}, by=None, now=NOON)
    pace(sessions, NOON)
    return Site(start_web, sessions)


def test_an_organizer_puts_universes_in_reserve(site: Site, open_page: OpenPage, axe: Axe) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/phases")
    for name in (LONG[:80], "Greens"):
        page.get_by_label("Universe to add").select_option(name)
        page.get_by_role("button", name="Add to the reserves").click()
    page.get_by_role("button", name="Open Greens earlier").click()
    expect(page.locator("main").get_by_role("status").first).to_have_text("“Greens” opens earlier.")
    names = page.locator(".reserves .list h3")
    expect(names).to_have_text(["Democrats", "Greens", LONG[:80]])
    expect(page.get_by_role("listitem").filter(has_text="Democrats").first).to_contain_text(
        "2 voters joined."
    )
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
