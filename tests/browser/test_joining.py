"""A volunteer's first hour and the next day: joins by phone, practices, books, comes back."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.clock import Clock
from app.domain.channel import Channel
from app.services import invitations
from app.store.engine import Sessions
from tests import factories, reports
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.processes import Carrier, until
from tests.scene import texting

Axe = Callable[[Page], None]


@pytest.fixture
def invited(start_web: StartWeb, sessions: Sessions, carrier_process: Carrier) -> tuple[Site, str]:
    """A campaign that can text, on a web process of its own, and the path of an invitation."""
    with sessions.begin() as session:
        made, whom = texting(session, 2)
        factories.calls(session, made, whom)
        factories.plan(session, made, Channel.CALL, 400)
        reports.store(session, made)
    site = Site(lambda: start_web(**carrier_process.settings), sessions)
    wall = Clock().wall()
    return site, "/join/" + invitations.invite(sessions, 1, by=1, uses=5, days=7, wall=wall)


def test_a_phone_a_practice_call_a_shift_and_a_code_the_next_day(
    invited: tuple[Site, str], page_phone: Page, axe: Axe, carrier_process: Carrier
) -> None:
    (site, path), page = invited, page_phone
    page.goto(site.url + path)
    axe(page)
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_text("Write your phone number with its area code")).to_be_visible()
    axe(page)
    page.get_by_label("Your phone or your email").fill("919 555 0199")
    page.get_by_label("I keep to these rules").check()
    page.get_by_role("button", name="Join", exact=True).click()
    for step in ("Next: the call", "Call Robin", "Talked: will vote at 5 pm", "Next: how to stop"):
        axe(page)
        page.get_by_role("link", name=step).click()
    page.get_by_role("button", name="Done: to my home page").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Ana")
    axe(page)
    page.get_by_role("link", name=re.compile("book a shift")).click()
    page.get_by_role("button", name=re.compile("Book: Thu")).click()
    expect(page.locator("main").get_by_role("status")).to_have_text("You are booked. Thank you.")
    axe(page)
    page.get_by_role("link", name=re.compile("Cancel: Thu")).click()
    axe(page)
    page.get_by_role("button", name="Cancel the shift").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(
        "Canceled: Thu, Oct 29, 5–8 pm."
    )
    with page.expect_download() as file:
        page.get_by_role("link", name="Take it off my calendar").click()
    assert file.value.suggested_filename == "shift-1.ics"

    page.context.clear_cookies()
    page.goto(f"{site.url}/shifts?canceled=1")
    axe(page)
    page.get_by_label("Your phone or your email").fill("(919) 555-0199")
    page.get_by_role("button", name="Send me a code").click()
    until(lambda: carrier_process.ledger(kind="text"), "the text with the code")
    axe(page)
    (told,) = carrier_process.ledger(kind="text")
    assert told["to"] == "+19195550199"
    page.get_by_label("Code of 6 digits").fill(re.findall(r"\d{6}", told["body"])[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{site.url}/shifts?canceled=1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shifts")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    axe(page)
