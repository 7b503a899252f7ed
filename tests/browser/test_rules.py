"""Hours and settings in a real browser, on a phone and on a desk."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.domain.channel import Channel
from app.store.campaigns import PlanHour
from app.store.engine import Sessions
from tests import factories
from tests.browser.site import Site, go_by_menu
from tests.conftest import StartWeb
from tests.factories import NOON


def test_a_blackout_is_looked_at_made_and_taken_back(
    start_web: StartWeb, sessions: Sessions, page_phone: Page, axe: Callable[..., None]
) -> None:
    with sessions.begin() as session:
        made = factories.campaign(session)
        factories.targets(session, made, factories.voters(session, 2))
        noon = NOON.replace(day=31)
        session.add(PlanHour(campaign_id=made.id, channel=Channel.CALL, hour_at=noon, planned=1200))
    site, page = Site(start_web, sessions), page_phone
    site.enter(page, "organizer", name="Olive", at="/campaigns/1/hours")
    saturday = page.get_by_role("listitem").filter(has_text="Sat, Oct 31")
    expect(saturday).to_contain_text("8 am–9 pm")
    axe(page)

    page.get_by_role("link", name="Add a blackout").click()
    page.get_by_label("From").fill("2026-10-31T12:00")
    page.get_by_label("Until").fill("2026-10-31T11:00")
    page.get_by_role("button", name="Show what it does").click()
    expect(page.get_by_label("Until")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("From")).to_have_value("2026-10-31T12:00")
    axe(page)
    page.get_by_label("Until").fill("2026-10-31T15:00")
    page.get_by_label("Why").fill("a funeral")
    page.get_by_role("button", name="Show what it does").click()
    effect = page.get_by_role("alert")
    expect(effect).to_contain_text("1,200 planned calls lie in hours that close")
    expect(effect.get_by_role("button")).to_be_in_viewport()  # with its reasons, in sight
    axe(page, wide=True)
    effect.get_by_role("button", name="Add this blackout").click()
    expect(saturday.first).to_contain_text("blackout noon–3 pm")
    page.get_by_role("button", name="Take back").click()
    expect(saturday).not_to_contain_text("blackout")

    go_by_menu(page, "Settings")
    page.get_by_label("Budget").fill("15000")
    axe(page)
    page.get_by_role("button", name="Save the settings").click()
    expect(page.locator("main").get_by_role("status")).to_have_text(re.compile("^Saved"))
    expect(page.get_by_label("Budget")).to_have_value("15000")
