"""The set-up of a campaign in a real browser, from nothing to the checklist."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.store.campaigns import Campaign
from app.store.engine import Sessions
from tests import factories
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.scene import consent

Axe = Callable[..., None]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    return Site(start_web, sessions)


def test_a_campaign_is_set_up_with_a_thumb_from_an_empty_database(
    site: Site, sessions: Sessions, page_phone: Page, axe: Axe
) -> None:
    page = page_phone
    site.enter(page, "organizer", at="/campaigns")
    page.get_by_role("link", name="Set up a campaign").click()
    axe(page)
    page.get_by_label("Name of the campaign").fill("Rivera for Council 2026")
    page.get_by_label("Candidate or cause").fill("Ana Rivera")
    page.get_by_label("Who pays").fill("Friends of Rivera")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("States").fill("nc")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Choose the polling day.")).to_be_visible()
    axe(page)
    page.get_by_label("Polling day").fill("2026-11-03")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Polls are open 6:30 am–7:30 pm")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", name="Set-up", exact=True)).to_be_visible()
    axe(page, wide=True)
    with sessions.begin() as session:
        consent(session, factories.voters(session, 4))
        home = f"{site.url}/campaigns/{session.scalars(select(Campaign.id)).one()}/set-up"
    page.get_by_role("link", name="Choose voters").click()
    expect(page.get_by_text("4 voters: 4 with a phone to call")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Choose these voters").click()
    expect(page.locator("#universe .tag")).to_have_text("done")
    page.get_by_role("link", name="Set up senders").click()
    page.get_by_label("▲ texts").check()
    page.get_by_role("button", name="Save the channels").click()
    page.get_by_label("Kind").select_option(label="Toll-free number")
    page.get_by_label("Number or service").fill("+18335550142")
    page.get_by_role("button", name="Add the sender").click()
    page.get_by_role("button", name="Check (833) 555-0142").click()
    expect(page.get_by_text("Twilio could not be asked").first).to_be_visible()
    axe(page, wide=True)
    page.goto(f"{home}/money")
    axe(page)
    page.goto(f"{home}/words")
    axe(page)
    page.get_by_role("button", name="Save the words").click()
    page.get_by_role("link", name="See the checklist").click()
    expect(page.get_by_role("button", name="Begin now")).to_be_disabled()
    axe(page, wide=True)
    page.goto(home.replace("set-up", "copy"))
    axe(page)
