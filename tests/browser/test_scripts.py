"""Scripts in a browser: fields by tap, a preview as it is typed, questions moved, a mail's page."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.store.engine import Sessions
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.scene import column, texting

Axe = Callable[[Page], None]
OpenPage = Callable[[dict[str, Any]], Page]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign with six voters: one reads Spanish, one has no precinct, one a long name."""
    with sessions.begin() as session:
        _, whom = texting(session, 6)
        for voter in whom:
            voter.precinct = "12"
        whom[0].language = "es"
        whom[1].precinct = ""
        whom[2].first_name = "Maximiliana-Josephine"
    return Site(start_web, sessions)


def test_an_organizer_writes_by_taps_looks_and_saves(
    site: Site, sessions: Sessions, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/scripts")
    axe(page)
    page.locator("a[href$='/text/ramp/en']").click()
    words = page.get_by_label("The text")
    words.fill("It’s time! Vote at ")
    page.get_by_role("button", name="Polling place").click()
    expect(words).to_have_value("It’s time! Vote at {polling_place|your polling place}")
    expect(page.get_by_text("It’s time! Vote at your polling place")).to_be_visible()
    page.get_by_role("button", name="Use the plain ones").click()
    expect(page.get_by_text("It's time! Vote at your polling place")).to_be_visible()
    page.get_by_role("button", name="Add it").first.click()
    expect(page.get_by_text("It says who pays.")).to_be_visible()
    axe(page)
    page.get_by_label("What is new").fill("the place")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.locator("main").get_by_role("status").first).to_contain_text("Saved as version 2")
    page.get_by_role("link", name="Version 2; see all").click()
    expect(page.get_by_text("the place")).to_be_visible()
    axe(page)

    page.goto(f"{site.url}/campaigns/1/scripts/call/ramp/en")
    page.get_by_role("button", name="Write questions of your own").click()
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("Question, English").nth(1).fill("Do you need a ride?")
    expect(page.get_by_text("No answer leads to “Do you need a ride?”")).to_be_visible()
    page.get_by_label("then: Yes").first.select_option(label="Do you need a ride?")
    expect(page.get_by_text("No answer leads to")).to_have_count(0)
    page.get_by_role("button", name="Move down: Will you vote").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#survey legend .what").first).to_have_text("Do you need a ride?")
    page.keyboard.press("Enter")  # the arrow that is left moves it back
    expect(page.locator("#survey legend .what").first).to_contain_text("Will you vote")
    page.get_by_role("button", name="Move down: Yes").first.focus()
    page.keyboard.press("Enter")  # the focus goes along with the answer
    expect(page.locator("#q0a0-en")).to_have_value("Maybe")
    expect(page.locator("#q0a1-down")).to_be_focused()
    page.locator("#q0a1-up").tap()
    expect(page.locator("#q0a0-en")).to_have_value("Yes")
    axe(page)
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.locator("main").get_by_role("status").first).to_contain_text("Saved as version 2")
    kept = "SELECT jsonb_array_length(survey) FROM scripts WHERE channel = 'call' AND version = 2"
    assert column(sessions, kept) == [2]

    page.goto(f"{site.url}/campaigns/1/scripts/email/ramp/en")
    page.get_by_label("The email").fill("# Polls are open\n\n**Go** now, {first_name|friend}!")
    inside = page.frame_locator("iframe[name=mail]")
    expect(inside.get_by_role("heading", name="Polls are open")).to_be_visible()
    expect(inside.get_by_text("Unsubscribe")).to_be_visible()
    axe(page)
