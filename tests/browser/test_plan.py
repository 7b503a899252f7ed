"""The plan and the shifts in a real browser: read hour by hour, followed, acted on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories, reports
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import LONG_NAME

Axe = Callable[..., None]
CHART_MS = 20_000  # its script has 5 MB


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign with a plan of everything, and somebody to book."""
    with sessions.begin() as session:
        made = factories.campaign(session, name="Friends of María José Fernández-Ortiz: Eastside")
        reports.store(session, made)
    factories.person(sessions, "volunteer", made.id, " ".join(LONG_NAME))
    return Site(start_web, sessions)


def test_the_plan_is_read_on_a_phone_and_follows_by_itself(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_phone
    site.enter(page, "organizer", at="/campaigns/1/plan")
    expect(page.locator(".judgement")).to_contain_text("6 open hours of the final week")
    expect(page.locator("#plan-chart .main-svg").first).to_be_visible(timeout=CHART_MS)
    axe(page)

    tuesday = page.locator(".strip-day").last
    tuesday.locator("summary").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".strip-read")).to_contain_text("Tue, Nov 3, 9 pm")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".strip-read")).to_contain_text("gap, no calls of 120 wanted")
    page.keyboard.press("Enter")
    expect(tuesday.get_by_role("row", name="5 pm")).to_contain_text("nobody is booked")
    axe(page, ".strip")

    page.evaluate("window.kept = true; document.activeElement.blur()")
    with sessions.begin() as session:
        reports.store(session, session.get_one(Campaign, 1), reports.whole())
    expect(page.locator(".judgement")).to_have_text("The final week has no hole.")
    expect(tuesday.get_by_role("row", name="5 pm")).not_to_contain_text("nobody is booked")
    assert page.evaluate("window.kept")


def test_advice_leads_to_a_shift_that_is_booked_and_removed(
    site: Site, page_desktop: Page, axe: Axe
) -> None:
    page = page_desktop
    site.enter(page, "organizer", at="/campaigns/1/plan")
    page.get_by_text("Apply… Raise the budget by $500").click()
    expect(page.get_by_role("button", name="Raise the budget by $500")).to_be_visible()
    axe(page)
    page.get_by_role("link", name=re.compile("Book shifts.*Find 10 callers")).click()
    axe(page)
    expect(page.get_by_label("Day", exact=True)).to_have_value("2026-11-03")
    page.get_by_label("Volunteer").select_option(index=2)
    page.get_by_role("button", name="Book the shift").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(
        "is booked for Tue, Nov 3, 5–8 pm."
    )
    axe(page)
    page.get_by_role("button", name="Remove the shift of").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("The shift is removed.")
    page.get_by_role("button", name="Book the shift").click()
    expect(page.get_by_role("button", name="Remove the shift of")).to_be_visible()
