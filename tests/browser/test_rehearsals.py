"""Rehearsals in a browser: started by a thumb, followed by itself, read on both screens."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from app.services.rehearsals import claim, end, tell_progress
from app.store.engine import Sessions
from tests import factories, outcomes
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON

Axe = Callable[[Page], None]
OpenPage = Callable[[dict[str, Any]], Page]


def test_a_rehearsal_is_started_and_its_page_follows_it_to_the_end(
    start_web: StartWeb, sessions: Sessions, open_page: OpenPage, axe: Axe
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    site = Site(start_web, sessions)
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", 1, at="/campaigns/1/rehearsals")
    page.get_by_label("only what I choose").check()
    page.get_by_text("Choose faults").click()
    page.get_by_label("Worker killed").check()
    axe(page)
    page.get_by_role("button", name="Start the rehearsal").click()
    expect(page.get_by_text("No worker is running")).to_be_visible()
    axe(page)
    wall = NOON.replace(year=2100)  # longer than this test
    assert claim(sessions, "worker:a", now=NOON, wall=wall)
    tell_progress(sessions, 1, "worker:a", 0.42, wall=wall)
    expect(page.get_by_text("42% of the week is played.")).to_be_visible()
    expect(page.get_by_text("No worker is running")).to_be_hidden()
    end(sessions, 1, "worker:a", outcomes.broken(), now=NOON)
    expect(page.get_by_text("1 promise of 7 broken: never silent.")).to_be_visible()
    page.get_by_text("Thu, Oct 29", exact=True).click()
    expect(page.get_by_role("row", name="1 pm–2 pm")).to_contain_text("31 of 60, 7 silent minutes")
    axe(page)
    wide = open_page(DESKTOP)
    wide.context.add_cookies(page.context.cookies())
    wide.goto(page.url)
    axe(wide)
