"""The page of senders in a real browser."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.clock import Clock
from app.store.campaigns import Sender
from app.store.engine import Sessions
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.scene import texting


def test_a_sender_is_added_stopped_and_started_with_a_thumb(
    start_web: StartWeb, sessions: Sessions, page_phone: Page, axe: Callable[[Page], None]
) -> None:
    with sessions.begin() as session:
        made, _ = texting(session, 1)
        session.add(
            Sender(
                campaign_id=made.id,
                channel="text",
                name="Second number",
                address="+19195550143",
                kind="ten_dlc",
                per_second=3.75,
                per_day=2000,
                day_on=Clock().wall().date(),
                day_used=1240,
                health=0.31,
                slow_until=Clock().wall() + timedelta(seconds=50),
            )
        )
        session.execute(text("UPDATE senders SET per_second = 3 WHERE channel = 'text'"))
    site, page = Site(start_web, sessions), page_phone
    site.enter(page, "organizer", at=f"/campaigns/{made.id}/senders")
    expect(page.get_by_text("1,240 of 2,000 segments")).to_be_visible()
    axe(page)
    page.get_by_label("Kind").select_option(label="Toll-free number")
    page.get_by_label("Number, service or From address").fill("833 555 0142")
    page.get_by_role("button", name="Add the sender").click()
    expect(page.get_by_text("Write a toll-free number like +18335550142.")).to_be_visible()
    axe(page)
    page.get_by_label("Number, service or From address").fill("+18335550142")
    page.get_by_role("button", name="Add the sender").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("sends from now on")
    card = page.locator("li", has_text="(833) 555-0142")
    expect(card).to_contain_text("3 segments a second, 10,000 an hour")
    card.get_by_text("Stop it").click()
    card.get_by_label("Why").fill("The carrier asks to wait")
    card.get_by_role("button", name="Stop (833) 555-0142").click()
    expect(card).to_contain_text("Stopped by hand: The carrier asks to wait")
    axe(page)
    card.get_by_role("button", name="Start (833) 555-0142 again").click()
    expect(card).to_contain_text("may send")
