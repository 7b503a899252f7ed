"""The ramp editor in a real browser: by mouse, finger and keys, by its table, without scripts."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.store.engine import Sessions
from app.store.ramps import ramps_of, write_ramps
from tests import factories
from tests.browser.conftest import DESKTOP
from tests.browser.site import Site
from tests.conftest import StartWeb

OpenPage = Callable[[dict[str, Any]], Page]
CALLS = RampRule(Shape.LINEAR, date(2026, 10, 22), 1300, rise=4)


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign of 13 days, seven of them past, with a ramp of calls."""
    with sessions.begin() as session:
        made = factories.call_list(session, 5)
        write_ramps(session, made.id, {Channel.CALL: CALLS})
    return Site(start_web, sessions)


def opened(site: Site, page: Page) -> Page:
    site.enter(page, "organizer", at="/campaigns/1/ramp")
    counted(page)
    return page


def counted(page: Page) -> None:
    expect(page.locator("#counting")).to_have_text("")
    expect(page.locator("#sketch dl")).to_be_visible()


def polling_day(page: Page) -> Locator:
    return page.get_by_role("slider", name="Tue, Nov 3, polling day")


def volume(handle: Locator) -> int:
    return int(handle.get_attribute("aria-valuenow") or -1)


def test_a_curve_is_shaped_dragged_moved_by_keys_and_saved(
    site: Site, page_desktop: Page, axe: Callable[[Page], None], sessions: Sessions
) -> None:
    page = opened(site, page_desktop)
    axe(page)
    calls = page.get_by_role("group", name="calls", exact=True)
    table = calls.get_by_role("spinbutton", name="Tue, Nov 3")
    last = polling_day(page)
    assert page.get_by_role("slider").count() == 6  # what is past stays
    before = volume(last)
    calls.get_by_label("Measured by").select_option("peak")
    calls.get_by_label("Attempts on the last day").fill("300")
    expect(last).to_have_attribute("aria-valuenow", "300")
    expect(table).to_have_value("300")
    assert before < 300
    counted(page)
    told = page.locator("#sketch dd").first.inner_text()

    box = last.locator(".reach").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y - 20, steps=3)
    page.mouse.up()
    assert volume(last) > 300
    expect(calls.get_by_label("Shape")).to_have_value("drawn")
    dragged = volume(last)
    expect(last).to_be_focused()
    page.keyboard.press("ArrowUp")
    step = volume(last) - dragged
    assert step > 0
    page.keyboard.press("Shift+ArrowDown")
    assert volume(last) == dragged - 9 * step
    expect(table).to_have_value(str(dragged - 9 * step))
    table.fill("444")
    expect(last).to_have_attribute("aria-valuetext", "444 calls")
    counted(page)
    expect(page.locator("#sketch dd").first).not_to_have_text(told)
    axe(page)
    page.get_by_role("button", name="Save the ramps").click()
    expect(page.locator("main").get_by_role("status").first).to_contain_text("The ramps are saved")
    with sessions() as session:
        rule = ramps_of(session, 1)[Channel.CALL]
    assert rule.drawn[-1] == (date(2026, 11, 3), 444)
    table.fill("1")
    page.get_by_role("link", name="Undo the changes").click()
    expect(table).to_have_value("444")


def test_a_finger_drags_a_day_and_the_page_stays(site: Site, page_phone: Page) -> None:
    page = opened(site, page_phone)
    last = polling_day(page)
    last.scroll_into_view_if_needed()
    before, place = (
        volume(last),
        last.evaluate("at => at.ownerSVGElement.getBoundingClientRect().y"),
    )
    box = last.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    for kind, move in (("touchStart", 0), ("touchMove", 20), ("touchMove", 60), ("touchEnd", 0)):
        points = [] if kind == "touchEnd" else [{"x": x, "y": y + move}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert volume(last) < before
    assert last.evaluate("at => at.ownerSVGElement.getBoundingClientRect().y") == place
    expect(page.get_by_text("outreach should not fall in the final week")).to_be_visible()


def test_without_a_script_the_table_draws(
    site: Site, open_page: OpenPage, sessions: Sessions
) -> None:
    page = open_page({**DESKTOP, "java_script_enabled": False})
    site.enter(page, "organizer", at="/campaigns/1/ramp")
    calls = page.get_by_role("group", name="calls", exact=True)
    calls.get_by_label("Shape").select_option("drawn")
    calls.get_by_label("Mon, Nov 2").fill("-5")
    calls.get_by_label("Tue, Nov 3").fill("77")
    page.get_by_role("button", name="Save the ramps").click()
    expect(page.get_by_text("Write a whole number")).to_be_visible()
    calls.get_by_label("Mon, Nov 2").fill("70")
    page.get_by_role("button", name="Save the ramps").click()
    expect(page.get_by_text("The ramps are saved")).to_be_visible()
    with sessions() as session:
        assert [many for _, many in ramps_of(session, 1)[Channel.CALL].drawn[-2:]] == [70, 77]
