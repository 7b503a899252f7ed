"""The builder of universes in a real browser: by finger, by mouse, by keyboard, without scripts."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.domain.condition_json import write
from app.services import universes
from app.store.engine import Sessions
from app.store.voters import Answer, Election
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site, go_by_menu
from tests.conftest import StartWeb
from tests.factories import NOON

Axe = Callable[..., None]
OpenPage = Callable[[dict[str, Any]], Page]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    """Six voters: four Democrats, of whom three voted in 2024."""
    with sessions.begin() as session:
        session.add(Election(source="nc", day=date(2024, 11, 5), kind="general"))
        some = factories.voters(session, 3, 1, party="DEM", votes=["2024-11-05"], county="Wake")
        factories.voters(session, 1, 4, party="DEM", phone=None, extra={"Ward": "7"})
        factories.voters(session, 2, 5, party="UNA", county="Durham")
        answer = {"question": "Support", "answer": "Yes", "source": "list"}
        session.add(Answer(voter_id=some[0].id, answered_on=NOON.date(), **answer))
    return Site(start_web, sessions)


def add(inside: Locator, title: str) -> None:
    adder = inside.locator("> .adder")
    adder.get_by_label("Condition to add").select_option(label=title)
    adder.get_by_role("button", name="Add").click()


def counted(page: Page, voters: int) -> None:
    expect(page.locator("#counted [data-out=voters]")).to_have_text(str(voters))
    expect(page.locator("#counted")).to_have_attribute("aria-busy", "false")


def test_a_universe_is_built_and_counted_as_one_edits(
    site: Site, page_phone: Page, axe: Axe
) -> None:
    page = page_phone
    site.enter(page, "organizer")
    go_by_menu(page, "Universes")
    axe(page)
    page.get_by_role("link", name="New universe").click()
    counted(page, 6)
    axe(page)
    whole = page.locator("#tree > .group")
    add(whole, "Party")
    counted(page, 6)  # not filled in yet, so it asks nothing
    page.get_by_label("DEM (Democrats)").check()
    counted(page, 4)
    add(whole, "Group of conditions")
    inner = page.locator(".group.inner")
    add(inner, "Voted in the last elections")
    past = page.get_by_role("group", name="Voted in the last elections")
    past.get_by_label("At least").fill("1")
    past.get_by_label("Of the last").fill("2")
    counted(page, 3)
    add(inner, "Email")
    counted(page, 4)
    inner.get_by_role("group", name="Email").get_by_label("Is or is not").select_option("is not")
    counted(page, 3)
    axe(page, wide=True)
    page.get_by_label("Name", exact=True).fill("Our people")
    page.get_by_role("button", name="Save the universe").click()
    expect(page.locator("main").get_by_role("status").first).to_have_text("“Our people” is saved.")
    counted(page, 3)
    past.get_by_role("button", name="Remove").click()
    counted(page, 0)


def test_every_kind_of_condition_can_be_added(site: Site, page_desktop: Page, axe: Axe) -> None:
    page = page_desktop
    with site.sessions.begin() as session:
        for number in range(12):
            factories.voters(session, 1, 70 + number, county=f"Shire {number}")
    site.enter(page, "organizer", at="/universes/new")
    whole = page.locator("#tree > .group")
    titles = whole.locator("> .adder option").all_text_contents()
    assert {"Age", "Survey answer", "Earlier contacts", "Random sample"} < set(titles)
    for title in titles:
        add(whole, title)
    expect(page.locator(".conditions > li")).to_have_count(len(titles) + 1)  # the empty group's
    expect(page.get_by_text("Looking up")).to_have_count(0)
    axe(page)
    page.get_by_label("Find in county").fill("durh")
    expect(page.get_by_role("group", name="County").locator(".tick:visible")).to_have_count(1)
    page.get_by_role("button", name="Save the universe").click()
    expect(page.locator("#name")).to_be_focused()  # a name is wanted first
    page.get_by_label("Name", exact=True).fill("All at once")
    page.get_by_role("button", name="Save the universe").click()
    expect(page.get_by_role("alert")).to_contain_text("not saved yet")
    expect(page.locator(".condition.wrong, .group.wrong")).to_have_count(1)
    axe(page, ".condition.wrong, .group.wrong, [role=alert]")


def test_the_filter_can_be_edited_as_json(site: Site, page_desktop: Page) -> None:
    page = page_desktop
    site.enter(page, "organizer", at="/universes/new")
    page.get_by_text("The filter as JSON").click()
    written = page.locator("#filter")
    written.fill('{"not": {"answer": {"question": "Support", "is": ["Yes"]}}')
    expect(page.locator("#filter-problem")).to_contain_text("This is no JSON yet")
    written.fill('{"not": {"answer": {"question": "Support", "is": ["Yes"]}}}')
    counted(page, 5)
    answer = page.get_by_role("group", name="Survey answer")
    expect(answer.get_by_label("Is or is not")).to_have_value("not")
    answer.get_by_label("Is or is not").select_option("answered")
    counted(page, 1)
    assert json.loads(written.input_value()) == {
        "all": [{"answer": {"question": "Support", "is": ["Yes"]}}]
    }
    written.fill('{"all": [{"reach": ["call"]}, {"field": "age", "from": 90, "to": 20}]}')
    wrong = page.locator(".condition.wrong")
    expect(wrong).to_contain_text("Age from 90 to 20 holds nobody")
    wrong.get_by_label("From").fill("19")
    expect(page.locator(".condition.wrong")).to_have_count(0)


def test_the_builder_needs_no_mouse(site: Site, page_desktop: Page) -> None:
    page = page_desktop
    site.enter(page, "organizer", at="/universes/new")
    page.get_by_label("Condition to add").focus()
    page.keyboard.type("Chance")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    chance = page.get_by_role("group", name="Chance to vote, in %")
    expect(chance.get_by_label("Is or is not")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("30")
    counted(page, 0)
    expect(page.locator("[data-out=words]")).to_have_text("Chance to vote 30 % or more")


def test_without_scripts_the_filter_is_saved_as_json(site: Site, open_page: OpenPage) -> None:
    page = open_page({**DESKTOP, "java_script_enabled": False})
    site.enter(page, "organizer", at="/universes/new")
    page.get_by_label("Name", exact=True).fill("By hand")
    page.locator("#filter").fill('{"field": "party", "is": ["una"]}')
    page.get_by_role("button", name="Save the universe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    with site.sessions() as session:
        condition = universes.by_name(session, "By hand").condition
    assert write(condition) == {"field": "party", "is": ["UNA"]}


def test_the_list_and_the_overlap_can_be_used_in_the_dark(
    site: Site, open_page: OpenPage, axe: Axe
) -> None:
    said = {"Democrats": {"field": "party", "is": ["DEM"]}, "By phone": {"reach": ["call"]}}
    for name, data in said.items():
        universes.save(site.sessions, name, data, now=NOON)
    page = open_page({**PHONE, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/universes")
    card = page.locator("li.card-box", has_text="Democrats")
    expect(card).to_contain_text(re.compile(r"4 voters\s+3 ● calls\s+0 ▲ texts\s+4 ■ emails"))
    axe(page)
    for box in page.get_by_label("Compare").all():
        box.check()
    page.get_by_role("button", name="Show what the ticked ones share").click()
    expect(page.get_by_role("row", name=re.compile("^Democrats"))).to_contain_text("75 %")
    axe(page)
    page.get_by_role("link", name="Democrats").click()
    counted(page, 4)
    axe(page)
