"""Polling day in a browser: a poll watcher strikes on a bad line, an organizer sees it come in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.services import rides
from app.services.rides import NewRide
from app.services.watchers import Spot, assign
from app.store.engine import Sessions
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import LONG_NAME, NOON
from tests.processes import until
from tests.scene import column

POLLING_DAY_NOON = NOON.replace(month=11, day=3, hour=17)
Axe = Callable[..., None]
OpenPage = Callable[[dict[str, Any]], Page]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign with three voters of one name, the last in another precinct."""
    first, last = LONG_NAME
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        name: dict[str, Any] = {
            "first_name": first,
            "last_name": last,
            "first_key": "maria jose",
            "last_key": "fernandez ortiz de la cruz",
        }
        whom = [
            *factories.voters(session, 2, **name),
            *factories.voters(session, 1, 3, **{**name, "precinct": "MAPLE"}),
        ]
        factories.targets(session, campaign, whom)
    return Site(start_web, sessions)


def ballots(sessions: Sessions) -> list[int]:
    return column(sessions, "SELECT voter_id FROM ballots ORDER BY voter_id")


def test_a_poll_watcher_strikes_though_the_line_is_bad(
    site: Site, open_page: OpenPage, sessions: Sessions, axe: Axe
) -> None:
    page = open_page(PHONE)
    watcher = site.enter(page, "poll_watcher", 1, "Petra")
    expect(page.get_by_text("No precinct yet")).to_be_visible()
    assign(sessions, watcher.id, 1, [Spot("", "", "LINCOLN SCHOOL")], by=None, now=NOON)
    page.goto(f"{site.url}/")
    page.get_by_label("Name, number or street").press_sequentially("fern")
    rows = page.locator("#results li")
    expect(rows).to_have_count(2)
    axe(page)

    rows.first.get_by_role("button").click()
    expect(rows.first).to_contain_text("struck")
    assert len(ballots(sessions)) == 1
    page.get_by_role("button", name="Take back").first.click()
    expect(rows.first.get_by_role("button")).to_be_visible()
    assert ballots(sessions) == []

    page.context.set_offline(True)
    rows.last.get_by_role("button").click()
    expect(rows.last).to_contain_text("saved here")
    axe(page, "#results")
    page.get_by_label("Name, number or street").fill("AA000001")
    page.get_by_role("button", name="Strike this number").click()
    expect(page.locator("#blind")).to_be_hidden()
    assert ballots(sessions) == []
    page.context.set_offline(False)
    until(lambda: ballots(sessions) == [1, 2], "what waited on the phone is struck")
    assert column(sessions, "SELECT count(*) FROM audit WHERE action = 'voter struck'") == [3]

    desk = open_page({**DESKTOP, "color_scheme": "dark"})
    site.enter(desk, "organizer", 1, "Olga", at="/campaigns/1/polling-day")
    expect(desk.get_by_role("row", name="Lincoln School")).to_contain_text("Petra")
    axe(desk)


def test_an_organizer_lists_a_driver_and_gives_them_a_ride(
    site: Site, open_page: OpenPage, sessions: Sessions, axe: Axe
) -> None:
    page = open_page(PHONE)
    olga = site.enter(page, "organizer", 1, "Olga")
    half_past_five = POLLING_DAY_NOON + timedelta(hours=5, minutes=30)
    asked = NewRide("a", " ".join(LONG_NAME), pick_up="12 Oak St", wanted_at=half_past_five)
    rides.ask(sessions, 1, asked, by=olga.id, now=NOON)
    page.goto(f"{site.url}/campaigns/1/rides")
    page.get_by_label("Drives until").fill("14:00")
    page.get_by_role("button", name="Add the driver").click()
    drivers = page.locator(".drivers")
    expect(drivers).to_contain_text("Olga (4 seats, until 2 pm)")

    def give() -> None:
        page.get_by_label("Driver", exact=False).first.select_option(str(olga.id))
        page.get_by_role("button", name="Save the driver").click()

    give()
    expect(page.get_by_text("Olga does not drive at that time: until 2 pm.")).to_be_visible()
    drivers.locator("summary").click()
    axe(page, wide=True)
    drivers.get_by_label("Drives until").fill("")
    drivers.get_by_role("button", name="Save the car").click()
    give()
    expect(page.get_by_text("The ride has a driver.")).to_be_visible()
    expect(drivers).to_contain_text("Olga (4 seats, 1 rider to drive)")
