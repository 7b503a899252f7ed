"""Chromium on a phone's and on a desktop's screen, and an accessibility check for a page."""

import itertools
import json
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect
from sqlalchemy import Engine, text

from app.store.campaigns import Campaign
from tests.browser import chromium
from tests.browser.caller import Caller, CallerOf
from tests.browser.chromium import PATIENCE_MS, Tabs
from tests.browser.site import Site, set_clock
from tests.conftest import StartWeb
from tests.processes import Running, environment, free_port, until, web_settings

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passed is not described: half the time
    "preload": {"assets": ["media"]},  # no rule of these reads style sheets
}
PARSE_COLORS_ONCE = """
;(() => {
  const { Color } = axe.commons.color;
  const parse = Color.prototype.parseString;
  const known = new Map();
  Color.prototype.parseString = function (words) {
    if (!known.has(words)) known.set(words, parse.call(new Color(), words));
    const { r, g, b, alpha } = known.get(words);
    return Object.assign(this, { r, g, b, alpha });
  };
})();
"""
"""A page has a dozen colors, which axe reads from their names thousands of times: a quarter of the
time that it takes."""
CHECK = """
async ([part, rules]) => {
  const { violations } = await axe.run(part ?? document, rules);
  const root = document.documentElement;
  return [violations, root.scrollWidth > root.clientWidth];
}
"""
BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
ADDRESSES = (str(IPv4Address("10.0.0.0") + number) for number in itertools.count(1))
"""Of the people whose browsers these are: how often one may try is counted for each."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of this test worker."""
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    """Its tabs on loan; their pages have axe at hand as text, since sending it costs more."""
    return Tabs(browser, f"window.axeAtHand = {json.dumps(Axe().axe_script + PARSE_COLORS_ONCE)}")


@pytest.fixture(scope="session")
def uploads_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared web process puts the files that people send."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="session")
def shared_web(
    connections: Engine,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    uploads_dir: Path,
) -> Iterator[tuple[Running, str]]:
    """One web process for all browser tests of this test worker, as they share its database."""
    with connections.begin() as connection:
        set_clock(connection)
    chosen = web_settings(free_port())
    told = environment(database_url, LASTMILE_UPLOADS_DIR=uploads_dir, **chosen)
    running = Running(["web"], told, tmp_path_factory.mktemp("web") / "web.log")
    url = str(chosen["LASTMILE_PUBLIC_URL"])
    running.wait_until_up(f"{url}/health")
    yield running, url
    running.hurry()
    running.wait()


@pytest.fixture
def start_web(
    start_web: StartWeb, shared_web: tuple[Running, str], engine: Engine
) -> Iterator[StartWeb]:
    """The shared web process; with settings of a test's own, one that starts and ends with it."""
    process, url = shared_web
    known = len(process.said())
    if process.process.poll() is not None:  # a test that ends it may have failed before the restart
        process.start()
        process.wait_until_up(f"{url}/health")
    yield lambda **settings: start_web(**settings) if settings else shared_web
    # A page that has just closed may have asked for something; the next test begins with nothing.
    until(lambda: not _busy(engine), "the web process has answered everything")
    print(process.said()[known:])  # pytest shows it where the test failed


def _busy(engine: Engine) -> int:
    """How many other connections to this test worker's database are in a transaction."""
    with engine.connect() as connection:
        return connection.execute(text(BUSY)).scalar_one()


@pytest.fixture
def open_page(tabs: Tabs) -> Iterator[Callable[[dict[str, Any]], Page]]:
    """Open a page with cookies of its own: `open_page(PHONE)`; a script error fails the test."""
    opened: list[Page] = []
    errors: list[str] = []

    def hear_error(error: Error) -> None:
        errors.append(str(error))

    def hear_words(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            errors.append(said.text)

    def tell_of_failure(request: Request) -> None:
        print("no answer:", request.method, request.url, request.failure)

    def open_page(screen: dict[str, Any]) -> Page:
        page = tabs.borrow(screen, next(ADDRESSES))
        page.on("requestfailed", tell_of_failure)
        page.on("pageerror", hear_error)
        page.on("console", hear_words)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        tabs.give_back(page)
        page.remove_listener("requestfailed", tell_of_failure)
        page.remove_listener("pageerror", hear_error)
        page.remove_listener("console", hear_words)
    assert not errors, errors


@pytest.fixture
def page_phone(open_page: Callable[[dict[str, Any]], Page]) -> Page:
    """A page 390 pixels wide, under a finger."""
    return open_page(PHONE)


@pytest.fixture
def caller_of(open_page: Callable[[dict[str, Any]], Page]) -> Iterator[CallerOf]:
    """Give a volunteer a phone; with `service_workers="allow"`, one that may wake by itself."""
    callers: list[Caller] = []

    def caller_of(site: Site, campaign: Campaign, **allowed: str) -> Caller:
        callers.append(Caller(site, open_page({**PHONE, **allowed}), campaign))
        return callers[-1]

    yield caller_of
    for caller in callers:
        caller.phone.set_offline(False)
        caller.tab.close()


@pytest.fixture
def page_desktop(open_page: Callable[[dict[str, Any]], Page]) -> Page:
    """A page 1280 pixels wide."""
    return open_page(DESKTOP)


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """`axe(page)` fails with what a person with a disability could not use on the page.

    With `wide=True` it looks again as on a desktop's screen: layouts differ, and what a test does
    between two looks does not. With `part=".note"` it looks at these elements only, where the rest
    of the page is as it was.
    """

    def load(page: Page) -> None:
        devtools = page.context.new_cdp_session(page)  # which our policy for scripts does not bind
        devtools.send("Runtime.evaluate", {"expression": "(0, eval)(axeAtHand)"})
        devtools.detach()

    def look(page: Page, part: str | None) -> None:
        violations, wider = page.evaluate(CHECK, [part, RULES])
        found = AxeResults({"violations": violations})
        assert not violations, found.generate_report()
        assert not wider, "the page scrolls sideways"

    def check(page: Page, part: str | None = None, *, wide: bool = False) -> None:
        # Half a page has no main part: wait until it has all arrived.
        expect(page.locator("main h1")).to_be_visible()
        page.wait_for_load_state("load")
        if not page.evaluate("'axe' in window"):
            load(page)
        look(page, part)
        if wide:
            page.set_viewport_size(DESKTOP["viewport"])
            look(page, part)
            page.set_viewport_size(PHONE["viewport"])

    return check
