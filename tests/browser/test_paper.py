"""Paper in a browser: a call sheet is made, looks right on paper, and is typed in with one hand."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.store.engine import Sessions
from app.store.touches import Target
from app.store.voters import Voter
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.scene import column

OpenPage = Callable[[dict[str, Any]], Page]
LANDSCAPE = {"width": 1040, "height": 740}
"""CSS pixels of a sheet of letter paper on its side, within the margins that the page asks for."""


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """Fourteen calls that are ready; one voter has a long name, two live in another zone."""
    with sessions.begin() as session:
        factories.call_list(session, 14)
        session.get_one(Voter, 1).first_name = "María José de los Ángeles"
        session.get_one(Voter, 1).last_name = "Fernández-Ortiz y Montenegro"
        for voter in (1, 2):
            session.get_one(Target, (1, voter)).place = "TX:America/Chicago"
    return Site(start_web, sessions)


def test_a_call_sheet_is_made_printed_and_typed_in(
    site: Site, open_page: OpenPage, axe: Callable[..., None], sessions: Sessions
) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/paper")
    axe(page)
    page.get_by_label("Voters", exact=True).fill("14")
    page.get_by_role("button", name="Make the call sheet").click()
    expect(page.get_by_role("heading", name="Sheet", level=1)).to_be_visible()
    (code,) = column(sessions, "SELECT code FROM sheets")
    expect(page.locator(".limits").first).to_contain_text("Eastern")
    axe(page)

    page.emulate_media(media="print")
    page.set_viewport_size({"width": LANDSCAPE["width"], "height": LANDSCAPE["height"]})
    expect(page.get_by_role("navigation").first).to_be_hidden()
    for sheet in page.locator(".page").all():
        box = sheet.bounding_box()
        assert box is not None
        assert box["height"] <= LANDSCAPE["height"], "twelve lines are more than a page"
    assert page.evaluate("document.documentElement.scrollWidth") <= LANDSCAPE["width"]
    page.emulate_media(media="screen")  # the next test borrows this tab
    page.set_viewport_size(PHONE["viewport"])

    page.goto(f"{site.url}/campaigns/1/paper/enter?code={code}")
    box_ = page.get_by_label("A line for each voter")
    expect(box_).to_have_value(f"{code} ")
    box_.press_sequentially("1 n\n2 c\n3 g spanish\n4 q")
    box_.press("Control+Enter")
    came = page.get_by_role("region", name="What came of them").get_by_role("status")
    expect(came).to_have_text("2 lines are in. 2 are to be mended below.")
    expect(page.get_by_text("write when to call back")).to_be_visible()
    expect(box_).to_have_value(f"{code} 2 c\n{code} 4 q")
    axe(page)
    box_.fill(f"{code} 2 c sun 3 pm\n4 r")
    page.get_by_role("button", name="Save these lines").click()
    expect(came).to_have_text("2 lines are in.")
    expect(box_).to_have_value(f"{code} ")
    results = "SELECT result FROM sheet_lines WHERE result <> '' ORDER BY line"
    assert column(sessions, results) == ["n", "c", "g", "r"]
