"""Pauses in a browser: looked at, typed, held, and ended by one tap."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.domain.channel import Channel
from app.store.engine import Sessions
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.scene import planned, texting

OpenPage = Callable[[dict[str, Any]], Page]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """The final week of a campaign that plans 600 texts from noon to one."""
    with sessions.begin() as session:
        made, _ = texting(session, 1)
        planned(session, made, Channel.TEXT, NOON + timedelta(hours=1), 600)
    return Site(start_web, sessions)


def test_an_organizer_pauses_texts_with_open_eyes_and_resumes_them_by_a_tap(
    site: Site, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/pauses")
    expect(page.get_by_text("Nothing is paused.")).to_be_visible()
    axe(page, wide=True)
    page.get_by_label("All texts").check()
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_text("a pause must have an end")).to_be_visible()
    expect(page.get_by_label("All texts")).to_be_checked()
    page.get_by_role("button", name="1 h", exact=True).click()
    page.get_by_label("Why", exact=True).fill("a wrong polling place in the text")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_role("heading", name="Pause all texts until 1 pm?")).to_be_visible()
    now = page.get_by_role("button", name="Pause texts until 1 pm")
    expect(now).to_be_disabled()
    axe(page, wide=True)
    page.get_by_label("To pause, type “texts”").fill("Texts")
    now.click()
    expect(page.get_by_role("heading", name="Texts are paused until 1 pm.")).to_be_visible()
    axe(page, wide=True)
    page.get_by_role("button", name="Resume texts now").click()
    expect(page.get_by_text("Texts go on.")).to_be_visible()
