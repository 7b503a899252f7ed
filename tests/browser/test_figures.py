"""The page of a campaign's model in a real browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.domain.rate import Learned
from app.store import figures
from app.store.engine import Sessions
from tests import factories
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON


def test_a_figure_is_changed_with_a_thumb(
    start_web: StartWeb, sessions: Sessions, page_phone: Page, axe: Callable[..., None]
) -> None:
    with sessions.begin() as session:
        made = factories.campaign(session)
        figures.write_learned(session, made.id, {"contact_1": Learned(22, 1240)}, NOON)
    site, page = Site(start_web, sessions), page_phone
    site.enter(page, "organizer", at=f"/campaigns/{made.id}/model")
    axe(page)
    page.get_by_text("Reaching people by phone").click()
    line = page.locator("#contact_1")
    line.get_by_text("Change").click()
    line.get_by_label("Value").fill("200")
    line.get_by_role("button", name="Set this figure").click()
    expect(line.get_by_text("Write a number from 1 to 90.")).to_be_visible()
    expect(line.get_by_label("Value")).to_have_value("200")
    axe(page, "details:has(#contact_1)")
    line.get_by_label("Value").fill("30")
    line.get_by_label("Why").fill("Our last race")
    line.get_by_role("button", name="Set this figure").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(
        "30 % of dials. The plan follows."
    )
    expect(line).to_contain_text("“Our last race”")
    line.get_by_text("Change").click()
    expect(line.get_by_role("button", name="Go back to 22")).to_be_visible()
