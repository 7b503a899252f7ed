"""Files brought in by an organizer, in a real browser, with a real web process and worker."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.store.engine import Sessions
from app.store.imports import ImportRun, Mapping
from app.store.voters import Voter
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.site import Site, go_by_menu
from tests.conftest import StartWeb, StartWorker
from tests.imports.conftest import sample

Axe = Callable[[Page], None]
WORK_MS = 45_000
"""A worker and the process of its import have to start first."""

FAR = datetime(2199, 1, 1, tzinfo=UTC)

OpenPage = Callable[[dict[str, Any]], Page]

ODD = "\r\n".join(
    (
        "Members of the eastside club;;;;;;",
        "Member;Who;Ring them at;Lives at;Town;Area;Notes",
        "E-1;FERNÁNDEZ, MARÍA JOSÉ;919-555-0101 (cell) / 919 555 0102;12 Oak St;Raleigh;27601;Sí",
        "E-2;O'NEILL, SEÁN;919-555-01;3 Elm St;Raleigh;27601;",
        "E-3;;919-555-0103;4 Elm St;Raleigh;27601;no name",
        'E-4;"DE LA CRUZ, ANA";919-555-0104;5 Elm St;Raleigh;27601;=1+1',
        "",
    )
).encode("windows-1252")


@pytest.fixture
def uploads(uploads_dir: Path) -> Path:
    for left in uploads_dir.iterdir():
        left.unlink()
    return uploads_dir


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions, uploads: Path) -> Site:
    return Site(start_web, sessions)


@pytest.fixture
def worker(site: Site, start_worker: StartWorker, uploads: Path) -> None:
    start_worker(LASTMILE_UPLOADS_DIR=uploads)


def _send(page: Page, name: str, content: bytes) -> None:
    if not page.url.endswith("/imports"):
        go_by_menu(page, "Imports")
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Add a file").set_input_files(files=[file])
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def _say(page: Page, column: str, field: str) -> None:
    page.get_by_label(column, exact=True).select_option(label=field)


def _rows(page: Page) -> Any:
    return page.get_by_role("region", name="Rows as a table").get_by_role("row")


def _counts(page: Page) -> list[str]:
    return [" ".join(one.split()) for one in page.locator(".tally-list > div").all_inner_texts()]


def test_a_spreadsheet_with_odd_columns_goes_in(
    site: Site, worker: None, page_phone: Page, axe: Axe, sessions: Sessions, uploads: Path
) -> None:
    page = page_phone
    site.enter(page, "organizer")
    _send(page, "club list.csv", ODD)
    expect(page.get_by_text("Letters are in Windows-1252.")).to_be_visible()
    _say(page, "Who", "Leave out")
    expect(page.locator("#todo")).to_contain_text("No column is “Last name”")
    page.route("**/preview", lambda route: route.abort())
    _say(page, "Who", "Whole name in one column")
    lost = page.get_by_text("The rows are not yet as you changed the columns")
    expect(lost).to_be_in_viewport()
    axe(page)
    page.unroute("**/preview")
    page.get_by_role("button", name="Try again").click()
    expect(_rows(page).nth(1)).to_contain_text("María José Fernández")
    expect(lost).to_be_hidden()
    expect(page.locator("#todo")).to_be_empty()
    _say(page, "Member", "Voter id")
    _say(page, "Ring them at", "Phone")
    _say(page, "Area", "ZIP or postcode")
    _say(page, "Notes", "Keep as it is")
    expect(_rows(page).nth(1)).to_contain_text("(919) 555-0101 (919) 555-0102")
    expect(_rows(page).nth(3)).to_contain_text("left out")
    expect(_rows(page).nth(4)).to_contain_text("stays out")
    page.get_by_label("State of every row").fill("nc")
    page.get_by_label("Keep this mapping under the name").fill("Clubs")
    expect(page.locator("main").get_by_role("status").last).to_contain_text("3 rows of 4 go in")
    expect(page.locator("#draft")).not_to_have_attribute("aria-busy", "true")
    axe(page)
    page.get_by_role("button", name="Check the whole file").click()
    done = page.get_by_role("heading", name="What the import will do")
    expect(done).to_be_visible(timeout=WORK_MS)
    assert _counts(page) == [
        "3 new voters",
        "0 changed",
        "0 as before",
        "1 kept, with something left out",
        "1 row rejected",
    ]
    axe(page)
    with sessions() as session:
        assert not session.scalars(select(Voter)).all()
    page.get_by_role("button", name="Import 3 voters").click()
    expect(page.get_by_role("heading", name="What went in")).to_be_visible(timeout=WORK_MS)
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the 1 rejected row").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    header, row = csv.reader(io.StringIO(text))
    assert header == ["row", "reason", "as read"]
    assert row[0] == "5"
    assert "name" in row[1]
    with sessions() as session:
        voters = session.scalars(select(Voter).order_by(Voter.source_id)).all()
        kept = session.scalars(select(Mapping)).one()
    assert [voter.last_name for voter in voters] == ["Fernández", "O'Neill", "de la Cruz"]
    assert (voters[0].phone, voters[0].phone2) == ("+19195550101", "+19195550102")
    assert (voters[0].zones, voters[0].source) == ("America/New_York", "club-list")
    assert kept.name == "Clubs"
    assert not list(uploads.iterdir())
    _send(page, "club list 2.csv", ODD)
    expect(page.get_by_label("How are its columns to be read?")).to_have_value("saved:Clubs")
    expect(page.locator("main").get_by_role("status").last).to_contain_text("3 rows of 4 go in")


def test_files_of_states_are_known_by_their_columns(
    site: Site, worker: None, page_desktop: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_desktop
    site.enter(page, "organizer", at="/imports")
    for layout in ("nc", "oh"):
        path = sample(layout)
        _send(page, path.name, path.read_bytes())
        asked = page.get_by_label("How are its columns to be read?")
        expect(asked).to_have_value(f"shipped:{layout}")
        axe(page)
    page.get_by_role("button", name="Import without a check").click()
    expect(page.get_by_role("heading", name="What went in")).to_be_visible(timeout=WORK_MS)
    axe(page)
    with sessions() as session:
        found = session.scalars(select(Voter.id).where(Voter.source == "oh")).all()
    assert found
    assert f"{len(found)} new voters" in _counts(page)


def test_a_run_without_a_worker_waits_and_can_be_canceled(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions, uploads: Path
) -> None:
    page = page_phone
    site.enter(page, "organizer", at="/imports")
    path = sample("oh")
    _send(page, path.name, path.read_bytes())
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("alert")).to_contain_text("No worker is running")
    axe(page)
    page.reload()
    expect(page.get_by_role("heading", name="The whole file is checked")).to_be_visible()
    with sessions.begin() as session:
        run = session.scalars(select(ImportRun)).one()
        run.state, run.stage, run.worker = "checking", "reading", "somebody"
        run.bytes_read, run.rows_read, run.lease_until = run.size // 2, 12_345, FAR
    expect(page.get_by_text("12,345 rows read")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 50)
    axe(page)
    go_by_menu(page, "Imports")
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 50)
    axe(page)
    page.get_by_role("link", name=path.name).click()
    page.get_by_role("button", name="Cancel the check").click()
    expect(page.get_by_text("It stops within seconds")).to_be_visible()
    with sessions.begin() as session:
        session.scalars(select(ImportRun)).one().state = "canceled"
    expect(page.get_by_role("heading", name="This import was canceled")).to_be_visible()
    axe(page)


def test_what_failed_says_why_and_can_be_mended(
    site: Site, open_page: OpenPage, axe: Axe, sessions: Sessions
) -> None:
    page = open_page({**DESKTOP, "color_scheme": "dark"})
    site.enter(page, "organizer", at="/imports")
    path = sample("nc")
    _send(page, path.name, path.read_bytes())
    page.get_by_role("button", name="Import without a check").click()
    expect(page.get_by_role("heading", name="The file is imported")).to_be_visible()
    with sessions.begin() as session:
        run = session.scalars(select(ImportRun)).one()
        run.state, run.message = "failed", "the database’s disk is full; make room, then try again"
    expect(page.get_by_role("alert")).to_contain_text("The database’s disk is full")
    axe(page)
    page.get_by_role("button", name="Change the mapping").click()
    expect(page.get_by_label("How are its columns to be read?")).to_have_value("shipped:nc")
    page.get_by_label("How are its columns to be read?").select_option("own")
    expect(page.get_by_label("ncid", exact=True)).to_have_value("source_id")
    page.get_by_label("Voters on file whom").select_option("withdraw")
    expect(page.get_by_text("will be withdrawn")).to_be_visible()
    axe(page)


def test_a_file_goes_in_without_scripts(
    site: Site, open_page: OpenPage, sessions: Sessions
) -> None:
    page = open_page({**PHONE, "java_script_enabled": False})
    site.enter(page, "organizer", at="/imports")
    _send(page, "club list.csv", ODD)
    page.get_by_label("Who", exact=True).select_option(label="Whole name in one column")
    page.get_by_role("button", name="Show the rows again").click()
    expect(_rows(page).nth(1)).to_contain_text("María José Fernández")
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("heading", name="The whole file is checked")).to_be_visible()
    with sessions() as session:
        run = session.scalars(select(ImportRun)).one()
    assert (run.state, run.layout) == ("check_queued", "own mapping")
    assert run.mapping["columns"]["full_name"] == ["Who"]
