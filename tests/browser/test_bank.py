"""Texts by hand and replies in a real browser, with a worker and the carrier behind the pages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from app.clock import Clock
from app.domain.blast import Timing
from app.domain.timeline import Anchor
from app.services import blasts
from app.services.blast_release import release_blasts
from app.services.receive import TextIn, receive_text
from app.store.clocks import save_anchor
from app.store.engine import Sessions
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb, StartWorker
from tests.factories import NOON
from tests.processes import Carrier, until
from tests.scene import SENDER, column, texting
from tests.services.test_bank import DRAFT

Axe = Callable[[Page], None]
SEEN_MS = 350
"""A text is on the screen for a moment before a tap counts."""


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """Ten texts that wait for a tap."""
    with sessions.begin() as session:
        texting(session, 10)
        session.execute(text("DELETE FROM consents"))
    today = NOON.replace(tzinfo=None, hour=9)
    draft = replace(DRAFT, timing=Timing(today, timedelta(0), today.replace(hour=18)))
    made = blasts.add(sessions, 1, draft, by=None, now=NOON)
    blasts.schedule(sessions, 1, made, by=None, now=NOON)
    release_blasts(sessions, NOON, {})
    return Site(start_web, sessions)


def begin(site: Site, page: Page, name: str = "Ana") -> None:
    site.enter(page, "volunteer", 1, name, at="/bank")
    page.get_by_role("button", name="Take a stack").click()
    expect(page.get_by_role("button", name="Send")).to_be_focused()  # the script is there


def test_thumbs_and_keys_send_one_text_each_and_the_reply_is_answered(
    site: Site,
    carrier_process: Carrier,
    start_worker: StartWorker,
    open_page: Callable[..., Page],
    axe: Axe,
    sessions: Sessions,
) -> None:
    carrier = carrier_process
    with sessions.kw["bind"].begin() as connection:
        # The pages' clock, which all but stands still, began earlier: the worker's is not behind.
        save_anchor(connection, Anchor(NOON + timedelta(minutes=1), Clock().wall(), 0.01))
    start_worker(**{**carrier.settings, "LASTMILE_PUBLIC_URL": site.url})
    page = open_page(PHONE)
    begin(site, page)
    left = page.locator("#left")
    expect(left).to_have_text("10 texts in your stack")
    expect(page.locator("#body")).to_contain_text("Hi Luz, vote Tuesday, November 3!")
    axe(page)
    button = page.get_by_role("button", name="Send")
    assert (button.bounding_box() or {})["height"] >= 56
    page.wait_for_timeout(SEEN_MS)
    button.dblclick()  # a thumb that bounces
    expect(left).to_have_text("9 texts in your stack")
    page.wait_for_timeout(SEEN_MS)
    page.keyboard.press("Enter")
    expect(left).to_have_text("8 texts in your stack")
    page.wait_for_timeout(SEEN_MS)
    page.keyboard.press("s")
    expect(left).to_have_text("7 texts in your stack")
    expect(page.locator("#sent")).to_have_text("2 texts sent today")
    until(lambda: len(carrier.ledger(kind="text")) == 2, "the carrier has both texts")
    [first, _] = carrier.ledger(kind="text")
    page.get_by_text("These words are wrong").click()
    page.get_by_label("What is wrong?").fill("the day is wrong")
    with page.expect_response("**/bank/report"):  # on its way it keeps the stack
        page.get_by_role("button", name="Do not send it, tell the organizers").click()
    expect(left).to_have_text("6 texts in your stack")
    axe(page)
    page.get_by_role("link", name="Lists").click()
    expect(page.get_by_text("The rest of your stack is back with the others.")).to_be_visible()
    assert column(sessions, "SELECT count(*) FROM touches WHERE state = 'claimed'") == [0]

    receive_text(sessions, TextIn("SM1", first["to"], SENDER, "Where do I vote?"), now=NOON)
    page = open_page(DESKTOP)
    site.enter(page, "volunteer", 1, "Ben", at="/replies")
    expect(page.get_by_text("1 voter waits for an answer")).to_be_visible()
    with sessions.begin() as session:  # Ana, whose text it was, is gone
        session.execute(
            text("UPDATE conversations SET waits_since = waits_since - '1 h'::interval")
        )
    page.get_by_role("button", name="Answer the next").click()
    expect(page.get_by_text("Where do I vote?")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Where to vote").first.click()
    expect(page.get_by_label("Your answer")).to_have_value(
        "You vote at precinct LINCOLN SCHOOL, "
        "until 7:30 pm. If you are in line by then, stay: you may vote."
    )
    expect(page.locator("#size")).to_have_text("1 segment, GSM-7")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your answer is on its way.")).to_be_visible()
    axe(page)
    until(lambda: len(carrier.ledger(kind="text")) == 3, "the carrier has the answer")
    answer = carrier.ledger(kind="text")[-1]
    assert (answer["from"], answer["to"]) == (SENDER, first["to"])


def test_taps_without_a_signal_are_kept_and_sent_once(
    site: Site, page_phone: Page, sessions: Sessions
) -> None:
    page = page_phone
    begin(site, page)
    lost: list[str] = []

    def lose(route: Route) -> None:
        """The first tap comes through, but its answer is lost; the second does not leave."""
        if not lost:
            route.fetch()
        lost.append(route.request.url)
        route.abort()

    page.route("**/bank/send", lose)
    for number in (9, 8):
        page.wait_for_timeout(SEEN_MS)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#left")).to_have_text(f"{number} texts in your stack")
    expect(page.get_by_role("alert").filter(has_text="No signal")).to_be_visible()
    page.unroute("**/bank/send")
    expect(page.locator("#sent")).to_have_text("2 texts sent today")
    expect(page.locator("#told")).to_be_hidden()
    tapped = "SELECT count(*) FROM touches WHERE state = 'ready' AND tapped_by IS NOT NULL"
    assert column(sessions, tapped) == [2]
