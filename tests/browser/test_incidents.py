"""The page of incidents in a browser: what is wrong shows by itself, routes are set by a thumb."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from app.domain.alarm import Trouble
from app.domain.lookout import Kind
from app.store import incident_desk
from app.store.engine import Sessions
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.scene import texting

Axe = Callable[[Page], None]
OpenPage = Callable[[dict[str, Any]], Page]
SAID = (
    "Nothing has gone out since 11:53 am, though voters may be reached by text: the carrier does "
    "not answer. Other senders and channels are tried. Look at the carrier’s status page."
)


def test_an_organizer_sees_what_is_wrong_and_says_who_is_told(
    start_web: StartWeb, sessions: Sessions, open_page: OpenPage, axe: Axe
) -> None:
    with sessions.begin() as session:
        texting(session, 3)
    site = Site(start_web, sessions)
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", 1, at="/campaigns/1/incidents")
    expect(page.get_by_text("Nothing is wrong.")).to_be_visible()
    page.get_by_label("Number, email or https address").fill("919 555 0199")
    page.get_by_role("button", name="Tell this address").click()
    expect(page.locator("main").get_by_role("status").first).to_have_text(
        "(919) 555-0199 is told from now on."
    )
    at = NOON - timedelta(minutes=2)
    with sessions.begin() as session:
        trouble = Trouble(Kind.SILENCE, "", SAID, at - timedelta(minutes=5), "carrier_down")
        made = incident_desk.open_incident(session, 1, trouble, now=at, wall=at)
        assert made is not None
        incident_desk.add_lines(session, made, ["Released 20 emails."], at)
        ways = incident_desk.ways_to_tell(session, 1)
        incident_desk.add_alerts(session, made, "opened", SAID, ways, at)
    page.locator("body").click()
    expect(page.get_by_role("article", name="Nothing goes out")).to_contain_text(
        "Released 20 emails."
    )
    axe(page)
