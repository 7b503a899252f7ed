"""An evening of an organizer: a campaign set up through its pages, from the first account to go."""

import re
from datetime import datetime
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.headquarters import EAST, VOTERS, Headquarters, consents, voter_file
from tests.processes import until

WELL, SICK = "+18335550142", "+18335550143"
OLGA, VERA, PETRA = "olga@example.org", "vera@example.org", "petra@example.org"
WORK_MS = 90_000
"""Work of the worker's: an import, a plan, a rehearsal."""
SPANISH = (
    "Hola {first_name}, las urnas cierran a las {polls_close}. "
    "Pagado por {organization}. STOP para salir"
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def set_up(desk: Page, vera: Page, petra: Page, place: Headquarters, starts_at: datetime) -> None:
    """From the first account to "go"; two volunteers join by the links that they are sent."""
    place.lastmile("user", "add", OLGA, "--name", "Olga", "--role", "admin")
    desk.goto(place.lastmile("sign-in-link", OLGA).strip())
    _begin(desk)
    _send(desk, "voters.xlsx", voter_file(), VOTERS)
    _send(desk, "consents.xlsx", consents(), 2 * VOTERS)
    _universe(desk)
    _senders(desk, place)
    _money_and_ramp(desk)
    _words(desk)
    desk.get_by_role("link", name="Invite").click()
    caller = _invite(desk, "Volunteer", shift=True)
    watcher = _invite(desk, "Poll watcher", shift=False)
    _join(vera, caller, "Vera", VERA)
    _join(petra, watcher, "Petra", PETRA)
    desk.get_by_role("link", name="Back to the set-up").click()
    # A few callers cannot fill every hour of a week.
    expect(desk.locator("#plan .tag")).to_have_text(re.compile("done|worth a look"))
    _start_on(desk, starts_at)
    _rehearse(desk)
    _go(desk)
    _stand_at(desk, "Petra", EAST)


def _start_on(page: Page, at: datetime) -> None:
    page.get_by_role("link", name="See the checklist").click()
    page.get_by_text("Begin at another time").click()
    page.get_by_label("Begins").fill(f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Save the time").click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    page.get_by_role("link", name="Set-up", exact=True).first.click()


def _begin(page: Page) -> None:
    page.get_by_role("link", name="Set up a campaign").first.click()
    page.get_by_label("Name of the campaign").fill("Rivera for Council 2026")
    page.get_by_label("Candidate or cause").fill("Ana Rivera")
    page.get_by_label("Who pays").fill("Friends of Rivera")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("States").fill("NC")
    page.get_by_label("Polling day").fill("2026-11-03")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Polls are open 6:30 am–7:30 pm")).to_be_visible()
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", name="Set-up", exact=True)).to_be_visible()


def _send(page: Page, name: str, content: bytes, count: int) -> None:
    page.get_by_role("link", name="Import a file").click()
    file: Any = {"name": name, "mimeType": XLSX, "buffer": content}
    page.get_by_label("Add a file").set_input_files(files=[file])
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name="Check the whole file").click()
    page.get_by_role("button", name=re.compile(f"Import {count} ")).click(timeout=WORK_MS)
    expect(page.get_by_role("heading", name="What went in")).to_be_visible(timeout=WORK_MS)
    page.get_by_role("link", name="Go on with the set-up").click()


def _press(page: Page, button: str) -> None:
    """Press a button, and wait for the page that comes of it."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def _universe(page: Page) -> None:
    page.get_by_role("link", name="Choose voters").click()
    expect(page.get_by_text(f"{VOTERS} voters: {VOTERS} with a phone to call")).to_be_visible()
    page.get_by_role("button", name="Choose these voters").click()
    expect(page.locator("#universe")).to_contain_text(f"{VOTERS} voters")


def _senders(page: Page, place: Headquarters) -> None:
    page.get_by_role("link", name="Set up senders").click()
    for channel in ("calls", "texts", "emails"):
        page.get_by_label(re.compile(channel)).check()
    _press(page, "Save the channels")
    for address in (WELL, SICK):
        if address == SICK:
            page.get_by_text("Add a sender for texts").click()
        page.get_by_label("Kind").select_option(label="Toll-free number")
        page.get_by_label("Number or service").fill(address)
        with page.expect_navigation():
            page.get_by_role("button", name="Add the sender").first.click()
    page.get_by_label("From address").fill("Team Rivera <hello@rivera.example>")
    with page.expect_navigation():
        page.get_by_role("button", name="Add the sender").last.click()
    for name in ("(833) 555-0142", "(833) 555-0143", "Team Rivera <hello@rivera.example>"):
        _press(page, f"Check {name}")
    page.get_by_label("Your own phone").first.fill("919 555 0100")
    page.get_by_role("button", name="Send a test by (833) 555-0142").click()
    expect(page.get_by_text("The test message is handed over")).to_be_visible()
    until(lambda: place.texts(), "the test has come")
    page.get_by_role("link", name="Back to the set-up").click()


def _money_and_ramp(page: Page) -> None:
    page.get_by_role("link", name="Set the money").click()
    page.get_by_label("Budget").fill("100")
    _press(page, "Set the money")
    page.get_by_role("link", name="Draw the ramp").click()
    for channel, total in (("calls", 40), ("texts", 60), ("emails", 20)):
        page.locator("#channels").get_by_text(channel).click()
        group = page.get_by_role("group", name=channel, exact=True)
        group.get_by_label("Measured by").select_option("total")
        group.get_by_label("Attempts in all").fill(str(total))
    expect(page.locator("#counting")).to_have_text("")
    page.get_by_role("button", name="Save the ramps").click()
    expect(page.locator("main > .note")).to_be_visible()
    page.get_by_role("link", name="Set-up", exact=True).first.click()


def _words(page: Page) -> None:
    page.get_by_role("link", name="Write the words").click()
    page.get_by_role("button", name="Save the words").click()
    expect(page.get_by_text("The words are saved.")).to_be_visible()
    page.get_by_role("link", name="Write the words").click()
    texts = page.locator("section.card-box", has=page.get_by_role("heading", name="texts"))
    texts.locator(".tongue", has_text="Spanish").first.click()
    expect(page.get_by_label("The text")).to_be_visible()
    page.wait_for_load_state("load")  # until then nobody counts as one types
    page.get_by_label("The text").fill(SPANISH)
    expect(page.get_by_text("1 segment").first).to_be_visible()
    page.get_by_role("button", name="Save as version").click()
    expect(page.locator("main > .note.good")).to_be_visible()
    page.get_by_role("link", name="Set-up", exact=True).first.click()


def _invite(page: Page, role: str, *, shift: bool) -> str:
    """The link of an invitation, as the organizer copies it."""
    page.get_by_label("As").select_option(label=role)
    if shift:
        page.get_by_text("Book them for a shift, too").click()
        page.get_by_label("Day", exact=True).fill("2026-11-03")
        page.get_by_label("From").fill("16:00")
        page.get_by_label("Until").fill("19:30")
    _press(page, "Make an invitation link")
    return page.get_by_label("Link", exact=True).input_value()


def _join(page: Page, link: str, name: str, address: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your phone or your email").fill(address)
    page.get_by_label("I keep to these rules").check()
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page).not_to_have_url(link)


def _rehearse(page: Page) -> None:
    page.get_by_role("link", name="Rehearse").click()
    page.get_by_label("Nothing at all").check()
    page.get_by_role("button", name="Start the rehearsal").click()
    expect(page.get_by_role("heading", name="Promises")).to_be_visible(timeout=WORK_MS)
    page.get_by_role("link", name="Set-up", exact=True).first.click()


def _go(page: Page) -> None:
    page.get_by_role("link", name="See the checklist").click()
    expect(page.get_by_role("heading", name="Checklist")).to_be_visible()
    for reason in page.get_by_label(re.compile("Or say why")).all():
        reason.fill("known, and meant so")
    page.get_by_role("button", name=re.compile("^Let it begin")).click()
    expect(page.get_by_text("has begun").first).to_be_visible()


def _stand_at(page: Page, name: str, precinct: str) -> None:
    page.get_by_role("link", name="Polling day", exact=True).last.click()
    page.get_by_role("link", name="Who stands where").click()
    page.get_by_label(f"Precincts {name}").fill(precinct)
    page.get_by_role("button", name=f"Save the precincts of {name}").click()
    expect(page.get_by_text("The precincts are saved.")).to_be_visible()
