"""The inbox in a browser: by keys from one reply to the next, taken, done with and undone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.store.conversations import Conversation
from app.store.engine import Sessions
from tests import factories
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """Two voters have written, the first of them longer ago."""
    with sessions.begin() as session:
        factories.call_list(session, 2)
        for number in (1, 2):
            address, at = f"+1919555{number:04}", NOON - timedelta(minutes=9 - number)
            session.add(
                Conversation(
                    campaign_id=1,
                    address=address,
                    voter_id=number,
                    our_address="+19195550142",
                    waits_since=at,
                )
            )
            factories.reply(
                session,
                campaign_id=1,
                voter_id=number,
                from_address=address,
                received_at=at,
                body=f"words {number}",
            )
    return Site(start_web, sessions)


def test_an_organizer_goes_through_the_inbox_by_keys(
    site: Site, page_phone: Page, axe: Callable[..., None]
) -> None:
    page = page_phone
    site.enter(page, "organizer", 1, "Olive", at="/inbox")
    first = page.get_by_role("listitem").filter(has_text="words 1")
    axe(page, wide=True)
    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_text("Olive has it now.")).to_be_visible()
    page.wait_for_load_state("load")  # until then the keyboard is not heard
    for key in ("j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.keyboard.press("d")
    expect(page.get_by_text("The replies of 1 person are done.")).to_be_visible()
    expect(first).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(first).to_be_visible()
    page.get_by_label("All on this page").check()
    page.get_by_role("button", name="Opt the chosen out").click()
    expect(page.get_by_role("heading", name="Opt 2 numbers out of texts?")).to_be_visible()
    axe(page)
