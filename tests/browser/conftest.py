"""Chromium on a phone's and on a desktop's screen, and an accessibility check for a page."""

import runpy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import ROOT

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what passed is not described: half the time
}
PATIENCE_MS = 15_000

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of this test worker."""
    program = runpy.run_path(str(ROOT / "deploy" / "find_chromium.py"))
    path = program["find"]()
    assert path is not None, program["ADVICE"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=FLAGS, chromium_sandbox=False
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[dict[str, Any]], Page]]:
    """Open a page with cookies of its own: `open_page(PHONE)`; a script error fails the test."""
    opened: list[Page] = []
    errors: list[str] = []

    def open_page(screen: dict[str, Any]) -> Page:
        # A color on its way to another would be measured as it is halfway.
        still = {"locale": "en-US", "reduced_motion": "reduce"}
        page = browser.new_context(**screen, **still).new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if _forbidden(said.text) else None)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.context.close()
    assert not errors, errors


@pytest.fixture
def page_phone(open_page: Callable[[dict[str, Any]], Page]) -> Page:
    """A page 390 pixels wide, under a finger."""
    return open_page(PHONE)


@pytest.fixture
def page_desktop(open_page: Callable[[dict[str, Any]], Page]) -> Page:
    """A page 1280 pixels wide."""
    return open_page(DESKTOP)


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, open_page: Callable[[dict[str, Any]], Page]) -> Page:
    """The same test on both screens."""
    return open_page(request.param)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails with what a person with a disability could not use on the page."""
    engine = Axe()

    def check(page: Page) -> None:
        # Half a page has no main part: wait until it has all arrived.
        expect(page.locator("main h1")).to_be_visible()
        page.wait_for_load_state("load")
        results = engine.run(page, options=RULES)
        assert results.violations_count == 0, results.generate_report()
        assert not _wider_than_screen(page), "the page scrolls sideways"

    return check


def _wider_than_screen(page: Page) -> bool:
    root = "document.documentElement"
    return bool(page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


def _forbidden(said: str) -> bool:
    return "Content Security Policy" in said
