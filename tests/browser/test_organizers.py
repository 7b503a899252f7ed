"""Organizers at work, in a real browser on a real web process."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.domain.channel import Channel
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.touches import Touch
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import LONG_NAME, NOON

Axe = Callable[[Page], None]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign in full swing, with something on every page."""
    with sessions.begin() as session:
        made = factories.call_list(session, 3, spent=8120)
        first, last = LONG_NAME
        voter = factories.voters(session, 1, 9, first_name=first, last_name=last)[0]
        for channel in Channel:
            factories.plan(session, made, channel, 400)
        factories.reply(session, voter_id=voter.id, campaign_id=made.id, body="Si! " * 40)
        factories.worker(session, "brisk", NOON + timedelta(days=3650))
        factories.import_run(session, ["ANA;RIVERA"])
    factories.person(sessions, "volunteer", made.id, "Wilhelmina Featherstonehaugh-Cholmondeley")
    return Site(start_web, sessions)


def test_the_dashboard_moves_on_without_a_reload(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_phone
    site.enter(page, "organizer")
    page.get_by_role("link", name="Eastside calls").click()
    calls = page.locator("#today li.call")
    expect(calls).to_contain_text("0 of 10")
    expect(page.locator("#days-chart svg").first).to_be_visible()
    axe(page)
    page.evaluate("window.kept = true")
    page.get_by_text("The numbers as a table").click()
    page.get_by_text("The numbers as a table").focus()
    with sessions.begin() as session:
        touch = session.get_one(Touch, 1)
        just_now = NOON - timedelta(minutes=1)
        factories.attempt(session, touch, disposition="canvassed", attempted_at=just_now)
    expect(calls).to_contain_text("1 of 10")
    expect(page.locator("#events")).to_contain_text("Talked")
    expect(page.locator("#numbers tr.today")).to_contain_text("1")
    assert page.evaluate("window.kept && document.activeElement.tagName") == "SUMMARY"
    assert page.locator("#hours-chart .call .tried").get_attribute("d").count("M") == 1
    expect(page.locator("#numbers")).to_be_visible()


def test_a_sender_that_stops_is_seen_and_started_again(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_phone
    site.enter(page, "organizer", at="/campaigns/1")
    expect(page.locator("main").get_by_role("alert")).to_have_count(0)
    with sessions.begin() as session:
        sender = {"name": "Texts of the east", "address": "+19195550142"}
        reason = "wrong credentials (20003)"
        session.add(Sender(campaign_id=1, channel=Channel.TEXT, stopped=reason, **sender))
    expect(page.get_by_role("alert")).to_contain_text("Wrong credentials (20003)")
    axe(page)
    page.get_by_role("button", name="Start sending again").click()
    expect(page.locator("main").get_by_role("status")).to_have_text(
        "Texts of the east sends again."
    )
    expect(page.locator("main").get_by_role("alert")).to_have_count(0)


def test_a_campaign_is_set_up(site: Site, page_phone: Page, axe: Axe) -> None:
    page = page_phone
    site.enter(page, "organizer")
    page.get_by_role("link", name="Set up a campaign").click()
    page.get_by_role("link", name="Everything on one page").click()
    expect(page.locator("[data-out=voters]")).to_have_text("4")
    page.get_by_role("button", name="Set up the campaign").click()
    expect(page.get_by_role("alert")).to_contain_text("not set up yet")
    expect(page.locator("#name-problem")).to_have_text("Give the campaign a name.")
    axe(page)
    page.get_by_label("Name", exact=True).fill("Rivera for Council")
    page.get_by_label("Candidate or cause").fill("Ana Rivera")
    page.get_by_label("Who pays").fill("Friends of Rivera")
    page.get_by_label("Polling day").fill("2026-11-03")
    calls = page.get_by_role("group", name="calls")
    calls.get_by_label("Attempts in all").fill("300")
    expect(calls.locator(".preview")).to_contain_text("20 on the first day, 80 on polling day")
    calls.get_by_label("Shape").select_option("exponential")
    expect(calls.get_by_label("Last day ÷ first day")).to_be_hidden()
    expect(calls.get_by_label("Doubles every")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("a" * 161)
    expect(page.locator("[data-out=segments]")).to_have_text("2")
    page.get_by_role("button", name="Set up the campaign").click()
    expect(page).to_have_url(re.compile(r"/campaigns/2$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Rivera for Council")


def test_an_invitation_brings_a_volunteer_to_the_calls(
    site: Site, page_desktop: Page, open_page: Callable[[dict[str, Any]], Page], axe: Axe
) -> None:
    site.enter(page_desktop, "organizer")
    page_desktop.get_by_role("link", name="People").click()
    page_desktop.get_by_role("button", name="Make an invitation link").click()
    expect(page_desktop.get_by_label("Link", exact=True)).to_be_visible()
    axe(page_desktop)
    phone = open_page(PHONE)
    phone.goto(page_desktop.get_by_label("Link", exact=True).input_value())
    phone.get_by_label("Your name").fill("Nadia")
    phone.get_by_label("Your phone or your email").fill("nadia")
    phone.get_by_label("I keep to these rules").check()
    phone.get_by_role("button", name="Join", exact=True).click()
    expect(phone.locator("#address-problem")).to_contain_text("is neither a phone number")
    phone.get_by_label("Your phone or your email").fill("nadia@example.org")
    phone.get_by_label("Spanish").check()
    phone.get_by_role("button", name="Join", exact=True).click()
    phone.get_by_role("button", name="Skip the practice").click()
    expect(phone.get_by_text("You call in these languages: English, Spanish.")).to_be_visible()
    phone.get_by_text("Change your languages").click()
    phone.get_by_label("English").uncheck()
    axe(phone)
    phone.get_by_role("button", name="Save your languages").click()
    expect(phone.get_by_text("You call in these languages: Spanish.")).to_be_visible()
    phone.get_by_role("button", name="Start calling").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Voter")


CUT_OFF = """
[
  ...document.querySelectorAll(".tabs > a, .tabs summary, .sign-out button, .subtabs a")
].filter(one =>
    one.getClientRects().length &&
    (one.scrollWidth > one.clientWidth || one.getBoundingClientRect().right > innerWidth)
).map(one => `${innerWidth} px: ${one.textContent.trim()}`)
"""
"""What of the navigation runs under its neighbor, or out of the screen."""


@pytest.mark.parametrize("tongue", ["en", "es"])
def test_the_top_line_has_room_for_every_tab_on_any_screen(
    site: Site, open_page: Callable[[dict[str, Any]], Page], tongue: str
) -> None:
    page = open_page(DESKTOP)
    site.enter(
        page,
        "organizer",
        name="María José Fernández-Ortiz Rodríguez",
        tongue=tongue,
        at="/campaigns/1/shifts",
    )
    for width in (360, 390, 576, 768, 800, 1000, 1100, 1280):
        page.set_viewport_size({"width": width, "height": 600})
        assert page.evaluate(CUT_OFF) == []


def test_a_menu_of_the_navigation_closes_on_escape_and_on_a_touch_elsewhere(
    site: Site, page_phone: Page, axe: Axe
) -> None:
    page = page_phone
    site.enter(page, "organizer", at="/campaigns/1/shifts")
    for menu in (page.locator(".tabs .menu"), page.locator(".subtabs .menu")):
        menu.locator("summary").click()
        expect(menu).to_have_attribute("open", "")
        axe(page)
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(menu.locator("summary")).to_be_focused()
        menu.locator("summary").click()
        page.get_by_role("heading", level=1).click(position={"x": 1, "y": 1}, force=True)
        expect(menu).not_to_have_attribute("open", "")


DARK = ("/campaigns/1", "/campaigns/new", "/inbox")
LIGHT = ("/campaigns", "/nowhere", "/join/broken", *DARK[1:], "/strike", "/people", "/imports")
"""The first of the others is looked at on a phone as it moves on."""


@pytest.mark.parametrize(
    ("screen", "paths"),
    [(PHONE, LIGHT), ({**DESKTOP, "color_scheme": "dark"}, DARK)],
    ids=["phone", "dark-desktop"],
)
def test_everybody_can_use_every_page(
    site: Site,
    open_page: Callable[[dict[str, Any]], Page],
    axe: Axe,
    screen: dict[str, Any],
    paths: tuple[str, ...],
) -> None:
    page = open_page(screen)
    page.goto(f"{site.url}/sign-in")
    axe(page)
    site.enter(page, "organizer")
    for path in paths:
        page.goto(site.url + path)
        axe(page)
    page.get_by_role("link", name="Skip to the page").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_desk_strikes_and_the_inbox_empties(site: Site, page_phone: Page) -> None:
    site.enter(page_phone, "organizer")
    page_phone.get_by_role("link", name="Strike").click()
    page_phone.get_by_label("Voter ids").fill("AA000001 AA000002 ZZ9")
    page_phone.get_by_role("button", name="Strike these voters").click()
    expect(page_phone.locator("#struck")).to_contain_text("2 ballots recorded")
    expect(page_phone.locator("#struck")).to_contain_text("ZZ9")
    page_phone.get_by_role("link", name="Inbox").click()
    page_phone.get_by_role("button", name="Done with the reply").click()
    expect(page_phone.get_by_text("Nobody waits for an answer")).to_be_visible()
