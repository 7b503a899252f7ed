"""Volunteers at work, in a real browser on a real web process."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.store.touches import Attempt, Touch
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import LONG_NAME, NOON, POLLING_DAY

Axe = Callable[..., None]
WITHIN_5_SECONDS = 5_000


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    return Site(start_web, sessions)


def _touch(page: Page) -> int:
    return int(page.locator("#call").get_attribute("data-touch") or 0)


def _choose(page: Page, result: str) -> None:
    page.locator(f"label[for=r-{result}]").click()


def _save(page: Page, result: str) -> None:
    before = _touch(page)
    _choose(page, result)
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.locator("#call, #waiting").first).not_to_have_attribute("data-touch", str(before))


def test_a_link_a_call_its_result_and_the_next(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_phone
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        first, last = LONG_NAME
        whom = [
            *factories.voters(session, 1, first_name=first, last_name=last, language="es"),
            *factories.voters(session, 1, 2),
        ]
        factories.targets(session, campaign, whom)
        factories.calls(session, campaign, whom[:1], value=9)
        factories.calls(session, campaign, whom[1:])
    site.enter(page, "volunteer", campaign.id, "Victor", languages=("en", "es"))
    axe(page)
    page.get_by_role("button", name="Start calling").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(" ".join(LONG_NAME))
    dial = page.get_by_role("button", name="Call (919) •••-••01")
    assert (dial.bounding_box() or {})["height"] >= 56
    expect(page.locator("#callback_at")).to_be_hidden()
    _choose(page, "call_back")
    expect(page.locator("#callback_at")).to_be_visible()
    page.get_by_text("More…").click()
    axe(page, wide=True)
    page.get_by_label("Note").fill("asks for the morning")
    _save(page, "left_message")
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    expect(page.get_by_text("1 call · 0 conversations · 0 plans")).to_be_visible()
    with sessions() as session:
        attempt = session.scalars(select(Attempt)).one()
    assert (attempt.disposition, attempt.note) == ("left_message", "asks for the morning")


def test_deceased_is_asked_twice(site: Site, page_phone: Page, sessions: Sessions) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    site.enter(page_phone, "volunteer", campaign.id)
    page_phone.get_by_role("button", name="Start calling").click()
    page_phone.get_by_text("More…").click()
    _choose(page_phone, "deceased")
    page_phone.get_by_role("button", name="Save, next voter").click()
    expect(page_phone.get_by_role("alert").last).to_contain_text("for good")
    page_phone.get_by_label("I am sure").check()
    page_phone.get_by_role("button", name="Save, next voter").click()
    expect(page_phone.get_by_role("heading", name="No call right now")).to_be_visible()


def test_two_side_by_side_never_have_the_same_household(
    site: Site, open_page: Callable[[dict[str, Any]], Page], sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
        for door in range(6):
            first = factories.voters(session, 1, 2 * door + 1)
            second = factories.voters(session, 1, 2 * door + 2, household_id=first[0].id)
            factories.targets(session, campaign, [*first, *second])
            factories.calls(session, campaign, first)
    pages = [open_page(PHONE), open_page(PHONE)]
    for page, name in zip(pages, ("Ana", "Ben"), strict=True):
        site.enter(page, "volunteer", campaign.id, name)
        page.get_by_role("button", name="Start calling").click()
    seen: list[int] = []
    for _ in range(3):
        touches = [_touch(page) for page in pages]
        with sessions() as session:
            seen += session.scalars(select(Touch.household_id).where(Touch.id.in_(touches))).all()
        for page in pages:
            _save(page, "not_home")
    assert len(seen) == len(set(seen)) == 6


def test_a_voter_struck_meanwhile_shows_as_voted(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 1)
    site.enter(page_phone, "volunteer", campaign.id)
    page_phone.get_by_role("button", name="Start calling").click()
    expect(page_phone.locator("#banner")).to_be_hidden()
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=NOON)
    expect(page_phone.get_by_role("alert")).to_contain_text(
        "Luz has voted. Do not call.", timeout=WITHIN_5_SECONDS
    )
    expect(page_phone.locator("#dial")).not_to_have_attribute("href", re.compile("tel"))
    axe(page_phone)
    page_phone.get_by_role("button", name="Next voter", exact=True).click()
    expect(page_phone.get_by_role("heading", name="No call right now")).to_be_visible()


def test_the_page_without_a_call_finds_the_next_by_itself(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.campaign(session)
    site.enter(page_phone, "volunteer", campaign.id)
    page_phone.get_by_role("button", name="Start calling").click()
    expect(page_phone.get_by_text("We look again every 5 seconds.")).to_be_visible()
    axe(page_phone)
    with sessions.begin() as session:
        whom = factories.voters(session, 1)
        factories.targets(session, campaign, whom)
        factories.calls(session, campaign, whom)
    expect(page_phone.get_by_role("heading", level=1)).to_have_text("Luz Voter1")


def test_everything_works_without_scripts(
    site: Site, open_page: Callable[[dict[str, Any]], Page], sessions: Sessions
) -> None:
    with sessions.begin() as session:
        campaign = factories.call_list(session, 2)
    page = open_page({**PHONE, "java_script_enabled": False})
    site.enter(page, "volunteer", campaign.id)
    page.get_by_role("button", name="Start calling").click()
    for _ in range(2):
        _choose(page, "not_home")
        page.get_by_role("button", name="Save, next voter").click()
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("Everyone who may be called now has been tried.")).to_be_visible()
