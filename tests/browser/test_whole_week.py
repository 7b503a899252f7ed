"""The organizer's week from an empty database: set-up by the pages, polling day, its report."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.clock import Clock
from app.domain.timeline import Anchor
from app.store.engine import Sessions
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.evening import SICK, WELL, WORK_MS, set_up
from tests.browser.headquarters import EAST, EASTERN, VOTERS, WEST, Headquarters, phone_of
from tests.conftest import StartCarrier
from tests.processes import Running, free_port, until, web_settings
from tests.scene import column

OpenPage = Callable[[dict[str, Any]], Page]
EVE = datetime(2026, 11, 2, 21, 30, tzinfo=EASTERN)
"""The campaign is set up at night, when nobody may be called or written to."""
AFTERNOON = datetime(2026, 11, 3, 17, 0, tzinfo=EASTERN)
CLOSE = datetime(2026, 11, 3, 19, 30, tzinfo=EASTERN)
MORNING = datetime(2026, 11, 4, 6, 30, tzinfo=EASTERN)
SPEED = 200.0
LATE = timedelta(seconds=SPEED / 2)
"""From the last look at the clock to the carrier's ledger a text may take half a second."""
OF_TOUCH = """
SELECT source_id, precinct FROM voters v JOIN touches t ON t.voter_id = v.id WHERE t.id = :touch
"""


def test_a_week_from_an_empty_database_to_the_report_of_polling_day(
    start: Callable[..., Running],
    start_carrier: StartCarrier,
    sessions: Sessions,
    database_url: str,
    open_page: OpenPage,
    tmp_path: Path,
) -> None:
    chosen = web_settings(free_port())
    url = str(chosen["LASTMILE_PUBLIC_URL"])
    carrier = start_carrier(
        *("--voters", "off", "--delivery-seconds", 0.1),
        *("--inbound-url", f"{url}/webhooks/inbound"),
    )
    told = {
        "database_url": database_url,
        **chosen,
        **carrier.settings,
        "LASTMILE_UPLOADS_DIR": tmp_path / "uploads",
        "LASTMILE_NAMESERVER": "127.0.0.1:9",
    }
    place = Headquarters(start, url, carrier, sessions, told)
    place.begin(EVE, 0.01)
    desk, vera, petra = open_page(DESKTOP), open_page(PHONE), open_page(PHONE)
    set_up(desk, vera, petra, place, AFTERNOON)
    assert len(place.texts()) == 1, "nothing but the test goes out at night"
    carrier.fault(failed_30001={"probability": 1.0, "sender": SICK})
    day = place.begin(AFTERNOON, SPEED)
    voter, struck_at = _volunteers(vera, petra, place)
    sick_at = _watch(desk)
    until(lambda: place.now() > CLOSE + timedelta(minutes=5), "the polls have closed", 90)
    _look_back(place, day, voter, struck_at, sick_at)
    place.begin(MORNING, 1.0)
    _read(desk, place)


def _volunteers(vera: Page, petra: Page, place: Headquarters) -> tuple[str, datetime]:
    """Vera has a voter on the line whom Petra strikes; who it was, and when."""
    vera.goto(place.url)
    vera.get_by_role("button", name="Start calling").click()
    voter = _call_until(vera, place.sessions, EAST)
    _strike(petra, place.url, voter)
    struck_at = Clock().wall()
    expect(vera.get_by_role("alert")).to_contain_text("has voted. Do not call.")
    vera.get_by_role("button", name="Next voter", exact=True).click()
    expect(vera.locator("#banner")).to_be_hidden()
    _call_until(vera, place.sessions, WEST)
    _save(vera, "canvassed")
    return voter, struck_at


def _watch(desk: Page) -> datetime:
    """The war room tells of the sick sender; when it did. Then polling day, until the close."""
    desk.get_by_role("link", name="Overview").click()
    trouble = desk.locator("#troubles")
    expect(trouble).to_contain_text(f"{SICK} lets little through", timeout=WORK_MS)
    sick_at = Clock().wall()
    desk.get_by_role("link", name="Polling day", exact=True).first.click()
    expect(desk.get_by_role("row", name="Eastside School")).to_contain_text("Petra")
    return sick_at


def _look_back(
    place: Headquarters, day: Anchor, voter: str, struck_at: datetime, sick_at: datetime
) -> None:
    """What the carrier's own ledger says of the day."""
    texts = place.texts()[1:]
    mails = _mails(place)
    for one in texts + mails:
        at = day.at(datetime.fromisoformat(one["at"]))
        assert AFTERNOON <= at <= CLOSE + LATE, one
    struck = {phone_of(voter), f"w{int(voter[1:])}@example.com"}
    soon = struck_at + timedelta(seconds=1)  # what was on its way may still go
    late = [one for one in texts + mails if datetime.fromisoformat(one["at"]) > soon]
    assert late
    assert not [one for one in late if one["to"] in struck]
    reached = {one["to"] for one in texts if one["status"] == "delivered"}
    spanish = {phone_of(f"W{n:03}") for n in range(0, VOTERS, 10)}
    assert reached & spanish
    for one in texts:
        words = "Hola Luz" if one["to"] in spanish else "Robin"
        if "STOP" in one["body"]:  # the last texts, to stay in line, have none
            assert words in one["body"]
    since = [one["from"] for one in texts if datetime.fromisoformat(one["at"]) > sick_at]
    assert since.count(WELL) > 2 * since.count(SICK), since
    failed = {one["to"] for one in texts if one["from"] == SICK}
    assert failed & reached, "whom the sick sender lost were reached by the other"
    kinds = column(place.sessions, "SELECT kind FROM incidents WHERE subject LIKE 'sender:%'")
    assert kinds == ["sender"]


def _read(page: Page, place: Headquarters) -> None:
    """The report of the day, against the tables."""
    page.get_by_role("link", name="The report of the day", exact=True).click()
    until(lambda: _loaded(page), "the report is written")
    whole = page.locator(".big-facts")
    for channel, count in _tried(place).items():
        fact = whole.locator("div", has_text=channel).locator("dd").first
        expect(fact).to_have_text(re.compile(rf"^{count}of "))
    expect(whole.locator("div", has_text="Voted, of our voters")).to_contain_text(f"1of {VOTERS}")
    expect(page.get_by_text("These numbers stay as they are.")).to_be_visible()
    page.get_by_role("link", name="Reports", exact=True).first.click()
    page.get_by_role("link", name="Audit").first.click()


def _tried(place: Headquarters) -> dict[str, int]:
    """What the carrier and the table of attempts know of, by the words of the report."""
    calls = column(place.sessions, "SELECT count(*) FROM attempts WHERE channel = 'call'")
    return {"calls": calls[0], "texts": len(place.texts()) - 1, "emails": len(_mails(place))}


def _mails(place: Headquarters) -> list[dict[str, Any]]:
    """Mails to voters, as the relay took them in."""
    return [one for one in place.carrier.ledger(kind="mail") if one["to"].startswith("w")]


def _loaded(page: Page) -> bool:
    page.reload()
    return page.locator(".big-facts").count() > 0


def _call_until(page: Page, sessions: Sessions, precinct: str) -> str:
    """Call on until a voter of this precinct is on the screen; their number in the voter file."""
    for _ in range(VOTERS):
        touch = page.locator("#call").get_attribute("data-touch")
        with sessions() as session:
            number, where = session.execute(text(OF_TOUCH), {"touch": touch}).one()
        if where == precinct:
            return str(number)
        _save(page, "not_home")
    raise AssertionError(f"nobody of {precinct}")


def _save(page: Page, result: str) -> None:
    """Say what came of the call, and wait for the next voter."""
    call = page.locator("#call")
    touch = call.get_attribute("data-touch") or ""
    page.locator(f"label[for=r-{result}]").click()
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.locator("#call, #waiting").first).not_to_have_attribute("data-touch", touch)


def _strike(page: Page, url: str, voter: str) -> datetime:
    page.goto(f"{url}/strike")
    page.get_by_label("Name, number or street").press_sequentially(voter)
    found = page.locator("#results li").get_by_role("button")
    expect(found).to_have_count(1)
    found.click()
    expect(page.locator("#results li")).to_contain_text("struck")
    return Clock().wall()
