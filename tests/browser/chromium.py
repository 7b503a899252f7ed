"""Chromium as tests start it, without what only a person would need, and its tabs on loan."""

import runpy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes import ROOT

UNWANTED = (
    # Pages of the browser's own, as heavy as ours, which every window makes and nobody sees; and
    # a process kept ready for a site that nobody visits. Together: half of Chromium's time.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "PreloadTopChromeWebUI",
    "SpareRendererForSitePerProcess",
    # A new frame for each page of the same site: a sixth of what it costs to open one.
    "RenderDocument",
    # What Playwright switches off as well: of two such flags, Chromium heeds the last.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(UNWANTED)}",
    # To compile a script while it runs pays on pages that stay, not on those that a test looks at;
    # nor does memory that is given out sparingly. Each is a tenth of a check for accessibility.
    "--js-flags=--no-opt,--no-maglev,--min-semi-space-size=16",
]
MOST: dict[str, Any] = {
    "locale": "en-US",
    # It fetches all files anew in each test, stands between pages and files, and sends what waits
    # when it likes: for the tests that look at it only.
    "service_workers": "block",
    # A color on its way to another would be measured as it is halfway.
    "reduced_motion": "reduce",
}
CHANGING = ("color_scheme", "viewport")
"""What of a screen a tab can change."""
PATIENCE_MS = 15_000


@contextmanager
def running() -> Iterator[Browser]:
    """A Chromium, ended at the end of the block."""
    program = runpy.run_path(str(ROOT / "deploy" / "find_chromium.py"))
    path = program["find"]()
    assert path is not None, program["ADVICE"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=FLAGS, chromium_sandbox=False
        )
        yield chromium
        chromium.close()


class Tabs:
    """Tabs that tests borrow in turn, since a new window costs as much as three pages.

    A tab keeps its screen and copies of our style sheets, scripts and pictures, as a person's
    does; cookies and all else that a site can store are gone before the next test has it.
    """

    def __init__(self, browser: Browser, at_hand: str) -> None:
        """`at_hand` is run in each page before its own scripts."""
        self._browser, self._at_hand = browser, at_hand
        self._free: dict[str, list[Page]] = defaultdict(list)
        self._screens: dict[Page, str] = {}

    def borrow(self, screen: dict[str, Any], address: str) -> Page:
        """A tab with such a screen and theme, nobody's yet, as if of a browser at `address`."""
        fixed = {key: value for key, value in screen.items() if key not in CHANGING}
        kind = repr(sorted(fixed.items()))
        page = self._free[kind].pop() if self._free[kind] else self._open(fixed)
        self._screens[page] = kind
        page.context.set_extra_http_headers({"X-Forwarded-For": address})
        page.emulate_media(color_scheme=screen.get("color_scheme", "light"))
        page.set_viewport_size(screen["viewport"])
        return page

    def give_back(self, page: Page) -> None:
        """Leave the page that the tab shows, and forget what it stored."""
        kind, address = self._screens.pop(page), urlsplit(page.url)
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.context.set_offline(False)
        page.unroute_all()
        page.goto("about:blank")
        page.context.clear_cookies()
        if address.netloc:
            site = f"{address.scheme}://{address.netloc}"
            devtools = page.context.new_cdp_session(page)
            devtools.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": "all"})
            devtools.detach()
        if _is_alone(page):
            self._free[kind].append(page)
        else:
            page.context.close()

    def _open(self, screen: dict[str, Any]) -> Page:
        context = self._browser.new_context(**{**MOST, **screen})
        context.add_init_script(self._at_hand)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        return page


def _is_alone(page: Page) -> bool:
    """Whether no service worker is left beside the tab: one that is woken for results that wait,
    and forgotten in that moment, may never answer, and whoever tells the tab something new waits
    for its answer without end."""
    for _ in range(50):
        if not page.context.service_workers:
            return True
        page.wait_for_timeout(20)
    return False
