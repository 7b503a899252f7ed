"""The reports and the audit log in a browser: choose a day, look, take it away, find it noted."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.domain.channel import Channel
from app.domain.touch import AttemptState, TouchState
from app.services.count_reports import count_reports
from app.store.engine import Sessions
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON
from tests.scene import texting

OpenPage = Callable[[dict[str, Any]], Page]
RESULTS = ("canvassed", "not_home", "not_home", "answering_machine", "refused", "already_voted")


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """Three days of calls and texts, counted."""
    with sessions.begin() as session:
        made, whom = texting(session, 30)
    person = factories.person(sessions, "volunteer", 1, name="María José Fernández-Ortiz")
    with sessions.begin() as session:
        for channel in (Channel.CALL, Channel.TEXT):
            touches = factories.calls(
                session, made, whom, channel=channel, state=TouchState.DELIVERED
            )
            for at, touch in enumerate(touches):
                facts: dict[str, Any] = {
                    "attempted_at": NOON - timedelta(days=at % 3, hours=at % 5, minutes=5)
                }
                if channel is Channel.CALL:
                    facts |= {"disposition": RESULTS[at % 6], "user_id": person.id}
                else:
                    state = AttemptState.DELIVERED if at % 5 else AttemptState.UNDELIVERED
                    facts |= {"state": state, "sender_id": 1, "price": Decimal("0.0079")}
                    facts |= {"error_code": None if at % 5 else 30007}
                factories.attempt(session, touch, **facts)
        factories.plan(session, made, Channel.CALL, 40)
    count_reports(sessions, NOON, NOON, most=100)
    return Site(start_web, sessions)


def test_an_organizer_reads_the_report(
    site: Site, open_page: OpenPage, axe: Callable[..., None]
) -> None:
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/campaigns/1/reports")
    expect(page.get_by_role("img", name="Calls by day")).to_be_visible()
    axe(page)
    page.get_by_label("Of", exact=True).select_option("2026-10-29")  # shown without a button
    expect(page.get_by_role("list", name="In all")).to_contain_text("10")
    page.get_by_role("link", name="Volunteer").click()
    expect(page.get_by_role("row", name="María José Fernández-Ortiz")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download this table as CSV").click()
    assert taken.value.suggested_filename == "report-1-user-2026-10-29.csv"
    page.get_by_role("link", name="Daily report to print").click()
    expect(page.get_by_role("button", name="Print this page")).to_be_visible()
    axe(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
    page.emulate_media(media="screen")  # the next test borrows this tab
