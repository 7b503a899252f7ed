"""People by phone: a gap that is taken, a team that is led, an organizer who asks everybody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.domain.channel import Channel
from app.store.engine import Sessions
from app.store.people import Team, User
from app.store.shifts import Shift
from tests import factories
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import LONG_NAME, NOON
from tests.scene import texting

Axe = Callable[..., None]
EVENING = "day=2026-10-30&from=17:00&until=20:00&channel=call"


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign in which Ana did not come to her shift, a minute ago."""
    with sessions.begin() as session:
        texting(session, 2)
    name = " ".join(LONG_NAME)
    ana = factories.person(sessions, "volunteer", 1, name, phone="+19195550200")
    with sessions.begin() as session:
        session.add(
            Shift(
                campaign_id=1,
                user_id=ana.id,
                channel=Channel.CALL,
                starts_at=NOON - timedelta(minutes=5),
                ends_at=NOON + timedelta(hours=2),
                created_at=NOON - timedelta(days=2),
                missed_at=NOON - timedelta(minutes=1),
            )
        )
    return Site(start_web, sessions)


def test_a_gap_is_seen_filled_and_a_team_is_led(
    site: Site, sessions: Sessions, page_phone: Page, page_desktop: Page, axe: Axe
) -> None:
    phone, desk = page_phone, page_desktop
    lea = site.enter(phone, "volunteer", 1, "Lea", at="/gaps/1")
    axe(phone)
    phone.get_by_role("button", name="I take it, until 2 pm").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("The shift is yours")
    axe(phone)

    site.enter(desk, "organizer", name="Olive", at="/campaigns/1/shifts")
    expect(desk.get_by_text("Lea has stepped in.")).to_be_visible()
    axe(desk)
    desk.goto(
        f"{site.url}/campaigns/1/shifts/ask?day=2026-10-30&from=17:00&until=20:00&channel=call"
    )
    axe(desk)
    desk.get_by_role("button", name="Write to 2 volunteers").click()
    expect(desk.locator("main").get_by_text("2 volunteers are asked.")).to_be_visible()
    desk.get_by_role("link", name="Teams").click()
    desk.get_by_label("Name").fill("Westside")
    desk.get_by_role("button", name="Make the team").click()
    for who in ("Lea", "María"):
        desk.get_by_label("Name, email or phone").fill(who)
        desk.get_by_role("button", name="Search").click()
        desk.get_by_role("button", name="into the team").click()
    desk.get_by_role("button", name="Let Lea lead the team").click()
    expect(desk.get_by_text("led by Lea")).to_be_visible()
    axe(desk)

    phone.goto(site.url)
    phone.get_by_role("link", name="My team").click()
    expect(phone.get_by_text("did not come")).to_be_visible()
    axe(phone)
    phone.get_by_label("What they are to know").fill("Pizza at six!")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("1 person is written to.")).to_be_visible()

    desk.get_by_role("link", name="People").click()
    desk.get_by_label("Name, email or phone").fill("lea@")
    desk.get_by_role("button", name="Search").click()
    axe(desk)
    desk.locator(".account", has_text="Lea").click()
    expect(desk.get_by_role("radio", name="Team lead")).to_be_checked()
    axe(desk)
    desk.get_by_role("button", name="Switch the account off").click()
    expect(desk.get_by_text("signed out everywhere.")).to_be_visible()
    phone.goto(f"{site.url}/team")
    expect(phone.get_by_role("button", name="Send me a code")).to_be_visible()
    with sessions() as session:
        assert session.get_one(User, lea.id).team_id == 1
        assert session.get_one(Team, 1).lead_id == lea.id
