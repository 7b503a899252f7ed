"""The page of phases in a browser: rounds in one press, numbers that come, words counted."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.domain.phase import PhaseDraft, PhaseKind
from app.services import phases
from app.services.phases import mark_due
from app.store.engine import Sessions
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.scene import texting

Axe = Callable[[Page], None]
OpenPage = Callable[[dict[str, Any]], Page]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign with six voters, and early voting that is on with a goal of four ballots."""
    with sessions.begin() as session:
        texting(session, 6)
    begin, end = NOON.replace(hour=12), NOON.replace(day=31)
    draft = PhaseDraft(PhaseKind.EARLY_VOTE, "Early vote", begin, end, goal=4)
    phases.add(sessions, 1, draft, by=None, now=begin)
    mark_due(sessions, NOON)
    return Site(start_web, sessions)


def test_an_organizer_plans_polling_day(site: Site, open_page: OpenPage, axe: Axe) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/phases")
    early = page.get_by_role("listitem").filter(has_text="Early vote")
    expect(early).to_contain_text("0 of 4 ballots (0 %)")
    axe(page)
    page.get_by_role("button", name="Suggest 4 rounds").click()
    expect(page.locator("main").get_by_role("status").first).to_have_text(
        "4 rounds added. Change or remove them below."
    )
    expect(page.get_by_role("listitem").filter(has_text="Last hours")).to_contain_text(
        "6 people as of now"
    )
    close = page.get_by_role("region", name="Texts at the close")
    close.get_by_label("Spanish").fill("¡No se vaya! " * 30)
    expect(close.get_by_text("3 segments")).to_be_visible()
    close.get_by_role("button", name="Save the words").click()
    expect(page.locator("main").get_by_role("status").first).to_have_text("The words are saved.")
    page.get_by_role("link", name="Change Morning round").click()
    page.get_by_label("Ends").fill("2026-11-03T06:00")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_text("It ends before it starts")).to_be_visible()
    axe(page)
