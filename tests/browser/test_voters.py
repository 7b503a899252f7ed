"""Finding a voter as one types, merging doubles and exporting, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.domain.name import fold
from app.store.engine import Sessions
from app.store.messages import OptOut
from tests import factories
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import LONG_NAME, NOON

Axe = Callable[..., None]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """A campaign whose first voter is on file twice, with a long name."""
    first, last = LONG_NAME
    names = {
        "first_name": first,
        "last_name": last,
        "first_key": fold(first),
        "last_key": fold(last),
    }
    with sessions.begin() as session:
        made = factories.campaign(session)
        long = {"address": "12345 Martin Luther King Jr Boulevard Apt 1204B"}
        facts = {
            "zones": "America/Chicago|America/Denver",
            "turnout": 0.41,
            "votes": ["2024-11-05"],
            "extra": {"Walk list": "Green, evenings only, dog"},
            "household_id": 1,
        }
        whom = [
            *factories.voters(session, 1, 1, **names, **long, **facts, status="active", gender="F",
                              phone2="+17045550199", phone2_kind="landline"),
            *factories.voters(session, 1, 2, first_name="Luis", last_name=last, household_id=1,
                              first_key="luis", last_key=fold(last)),
            *factories.voters(session, 1, 3, **names, email="maria.jose@example.org"),
        ]  # fmt: skip
        factories.targets(session, made, whom)
        call = factories.calls(session, made, whom[:1])[0]
        factories.attempt(session, call, disposition="call_back", note="¡Después de las seis! " * 9)
        factories.calls(session, made, whom[2:])
        factories.reply(session, body="¿Dónde voto? " * 12, voter_id=1, campaign_id=made.id)
        session.add(OptOut(address="+17045550199", channel="call", source="reply", words="basta ya",
                           opted_out_at=NOON))  # fmt: skip
    return Site(start_web, sessions)


def test_an_organizer_finds_merges_and_exports(site: Site, page_phone: Page, axe: Axe) -> None:
    page = page_phone
    site.enter(page, "organizer")
    page.get_by_role("link", name="Voters").click()
    axe(page)
    find_as_one_types(page, axe)
    merge_and_part(page, axe)
    opt_out(page, axe)
    export(site, page, axe)


def find_as_one_types(page: Page, axe: Axe) -> None:
    field = page.get_by_label("Name, phone, email or voter id")
    field.press_sequentially("Fernández, Lu")
    found = page.locator("#results a")
    expect(found).to_have_count(1)
    expect(found.first).to_contain_text("Luis Fernández-Ortiz")
    expect(page.locator("main").get_by_role("status")).to_have_text("1 voter")
    field.fill("maria fern")
    expect(found).to_have_count(2)
    axe(page)
    field.press("ArrowDown")
    expect(found.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/voters/1$"))
    axe(page, wide=True)
    page.go_back()
    expect(field).to_have_value("maria fern")
    expect(found).to_have_count(2)
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/voters/1$"))


def merge_and_part(page: Page, axe: Axe) -> None:
    page.get_by_role("link", name="Compare with").click()
    expect(page.get_by_text("1 contact pending for it")).to_be_visible()
    axe(page, wide=True)
    page.get_by_role("button", name="Merge into").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("1 pending contact canceled")
    axe(page)
    page.get_by_role("button", name="Undo this merge").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text("The merge is undone")


def opt_out(page: Page, axe: Axe) -> None:
    page.get_by_text("Opt an address out").click()
    page.get_by_label("No more").select_option(label="Texts to (704) 555-0199")
    page.get_by_label("Why").fill("Asked at the door")
    page.emulate_media(color_scheme="dark")
    axe(page)
    page.get_by_role("button", name="Opt out at once").click()
    expect(page.locator("main").get_by_role("status")).to_contain_text(
        "No more texts to (704) 555-0199"
    )


def export(site: Site, page: Page, axe: Axe) -> None:
    page.goto(f"{site.url}/exports")
    expect(page.locator("#rows")).to_contain_text("3 rows")
    axe(page)
    page.get_by_label("What").select_option("van")
    expect(page.locator("#rows")).to_contain_text("1 row of 7 columns")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    assert coming.value.suggested_filename.startswith("van-2026-")
    assert coming.value.path().read_text().startswith("VANID,Contact Name,Date Canvassed")
