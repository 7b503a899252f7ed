"""Blasts in a browser: written, checked as they are typed, previewed, scheduled and canceled."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.services.blast_release import release_blasts
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
    """A campaign with six voters, one of whom reads Spanish."""
    with sessions.begin() as session:
        _, whom = texting(session, 6)
        whom[0].language = "es"
    return Site(start_web, sessions)


def test_an_organizer_writes_looks_schedules_and_cancels(
    site: Site, sessions: Sessions, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/blasts")
    axe(page)
    page.get_by_role("link", name="Write the first").click()
    page.get_by_label("Name").fill("Today")
    page.get_by_label("Starts").fill("2026-10-29T12:00")
    page.get_by_label("Spread over").fill("1")
    english = page.get_by_label("Words, English")
    english.fill("Vote!")
    expect(page.get_by_text("Say how to opt out")).to_be_visible()
    axe(page)
    english.fill("Hi {first_name}, vote! Paid for by {organization}. STOP to opt out")
    expect(page.get_by_text("Say how to opt out")).to_have_count(0)
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("1 voter reads Spanish")).to_be_visible()
    expect(page.get_by_text("Hi Luz, vote!")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Schedule: text 6 voters").click()
    expect(page.locator("main").get_by_role("status").first).to_contain_text(
        "Scheduled for 6 voters"
    )
    release_blasts(sessions, NOON + timedelta(minutes=30), {})
    expect(page.get_by_text("3 under way")).to_be_visible()
    page.get_by_text("Cancel this blast").click()
    axe(page)
    page.get_by_role("button", name="Cancel it for good").click()
    expect(page.locator("main").get_by_role("status").first).to_contain_text("Canceled")
    page.goto(f"{site.url}/campaigns/1/blasts")
    expect(page.get_by_role("listitem").filter(has_text="Today")).to_contain_text("0 of 3 sent")
