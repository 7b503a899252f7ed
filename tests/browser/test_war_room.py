"""The war room and the calendar in a real browser: followed, hung on the wall, moved in."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.domain.lookout import Kind
from app.store.ballots import Ballot
from app.store.blasts import Blast
from app.store.engine import Sessions
from app.store.incidents import Incident
from app.store.touches import Target, Touch
from tests import factories, war_scene
from tests.browser.conftest import DESKTOP
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON, POLLING_DAY

Axe = Callable[..., None]
OWN = 77
"""A number that no other test gives its campaign: the web process that they share keeps counts."""
NEXT = 20
"""The first voter who has not voted, and more."""


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign in its final week."""
    with sessions.begin() as session:
        war_scene.final_week(session, id=OWN)
    return Site(start_web, sessions)


def test_the_war_room_moves_on_and_the_calendar_moves_what_one_drags(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_phone
    site.enter(page, "organizer", at=f"/campaigns/{OWN}")
    axe(page, wide=True)
    _the_page_follows(page, sessions)
    _the_wall(site, page, axe, sessions)
    _the_calendar(site, page, axe, sessions)


def _the_page_follows(page: Page, sessions: Sessions) -> None:
    week = page.locator("#week")
    thursday = week.locator(".strip-day").nth(1)
    thursday.locator("summary").click()
    expect(thursday.get_by_role("row", name="10 am–11 am")).to_contain_text("20 of 80 calls done")
    page.evaluate("window.kept = true; document.activeElement.blur()")
    before = page.evaluate("document.querySelector('#week').getBoundingClientRect().top")
    with sessions.begin() as session:
        touch = session.get_one(Touch, 1)
        factories.attempt(session, touch, attempted_at=NOON - timedelta(minutes=1))
        later = NOON + timedelta(minutes=1)
        session.get_one(Target, (OWN, NEXT)).voted_at = later
        ballot = Ballot(voter_id=NEXT, polling_day=POLLING_DAY, source="desk", recorded_at=later)
        session.add(ballot)
    expect(page.locator("#today li.call")).to_contain_text("61 of 960")
    expect(page.locator("#voters")).to_contain_text("8 of 43")
    assert page.evaluate("window.kept")
    assert thursday.get_attribute("open") is not None
    after = page.evaluate("document.querySelector('#week').getBoundingClientRect().top")
    assert abs(after - before) < 1


def _the_wall(site: Site, page: Page, axe: Axe, sessions: Sessions) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"{site.url}/campaigns/{OWN}?wall=1")
    axe(page)
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()
    with sessions.begin() as session:
        for kind in (Kind.SILENCE, Kind.FAILED):
            said = "The carrier refuses what we write. " * 30
            session.add(
                Incident(
                    campaign_id=OWN,
                    kind=kind.value,
                    said=said,
                    since=NOON,
                    opened_at=NOON,
                    opened_wall=NOON,
                )
            )
    expect(page.locator("#troubles")).to_contain_text("and 1 more")
    for last in ("#week .strip-day", "#money .facts"):
        box = page.locator(last).last.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 1080, last
    closing = page.locator(".closes .count").first
    assert float(closing.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) > 60


def _the_calendar(site: Site, page: Page, axe: Axe, sessions: Sessions) -> None:
    page.set_viewport_size(DESKTOP["viewport"])
    page.goto(f"{site.url}/campaigns/{OWN}/calendar?day=2026-11-01")
    axe(page)
    page.get_by_role("link", name="Count who gets both").click()
    expect(page.locator(".shared")).to_contain_text("35 of 35 voters get more than one of them.")

    page.get_by_role("link", name="Move Sunday morning").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#told")).to_contain_text("To Sat, Oct 31, 11 am")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The first go out Sat 11 am")
    axe(page, "dialog")
    dialog.get_by_role("link", name="Leave it where it is").click()
    expect(dialog).to_be_hidden()

    chip = page.locator(".chip", has_text="Sunday morning")
    chip.locator(".chip-when").hover()
    page.mouse.down()
    goal = page.locator("td[data-at='2026-10-31T13:00:00']")
    box = goal.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    expect(goal).to_have_class("hour open over")
    page.mouse.up()
    dialog.get_by_role("button", name="Move it to Sat, Oct 31, 1 pm").click()
    expect(page.locator("main").get_by_role("status").first).to_have_text(
        "Moved to Sat, Oct 31, 1 pm."
    )
    expect(page.locator("td[data-at='2026-10-31T13:00:00']")).to_contain_text("Sunday morning")
    with sessions() as session:
        assert session.get_one(Blast, 1).starts_at.hour == 13

    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("thead th.shown")).to_contain_text("Sat, Oct 31")
    expect(page.locator("td[data-at='2026-11-01T15:00:00']")).to_be_hidden()
    axe(page)
    _by_finger(page, sessions)


def _by_finger(page: Page, sessions: Sessions) -> None:
    """A finger that rests lifts the blast and takes it along; one that moves at once scrolls."""
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *at: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in at]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def rest_on_it() -> tuple[float, float]:
        chip = page.locator(".chip", has_text="Sunday morning")
        chip.evaluate("one => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
        box = chip.locator(".chip-when").bounding_box()
        assert box
        at = (box["x"] + 20, box["y"] + box["height"] / 2)
        touch("touchStart", at)
        return at

    lifted = page.locator(".ghost")
    x, y = rest_on_it()
    expect(lifted).to_be_visible()
    goal = page.locator("td[data-at='2026-10-31T15:00:00']")
    there = goal.bounding_box()
    assert there
    for part in (0.5, 1):
        touch("touchMove", (x, y + part * (there["y"] + 20 - y)))
    expect(goal).to_have_class(re.compile(r"\bover\b"))
    touch("touchEnd")
    page.get_by_role("button", name="Move it to Sat, Oct 31, 3 pm").tap()
    expect(goal).to_contain_text("Sunday morning")
    with sessions() as session:
        assert session.get_one(Blast, 1).starts_at.hour == 15

    x, y = rest_on_it()
    for step in (20, 40, 60):
        touch("touchMove", (x, y - step))
    touch("touchEnd")
    expect(lifted).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_hidden()
