"""The service worker: a new release comes to phones, and sends what waits without a page."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.store.engine import Sessions
from tests import factories
from tests.browser.caller import (
    CALL,
    HOME,
    CallerOf,
    recorded,
    save,
    site_of_its_own,
    two_calls,
    waits_here,
)
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.launch import FRESH, ROOT
from tests.processes import Running, until

PARTS = ("app", "templates", "translations")
"""What of the program a web process needs."""
Release = Callable[[Running], None]
START_MS = 60_000
"""A release begins from nothing; until it answers, a page asks again after 3, 6, 12 … seconds."""


@pytest.fixture
def release(tmp_path: Path) -> Iterator[Release]:
    """Start a release with another script in the place of one that has ended, at its address."""
    started: list[subprocess.Popen[bytes]] = []

    def replace(old: Running) -> None:
        for part in PARTS:
            shutil.copytree(ROOT / part, tmp_path / part)
        with (tmp_path / "app/web/static/call.js").open("a") as script:
            script.write("document.documentElement.dataset.release = 'next';\n")
        with old.log.open("ab") as log:
            command = [sys.executable, "-c", FRESH, "web"]
            env = {**old.environment, "PYTHONPATH": os.fspath(tmp_path)}
            made = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=log, stderr=log)
        started.append(made)

    yield replace
    for one in started:
        one.kill()
        one.wait()


def test_a_new_release_comes_to_a_phone_on_which_a_result_waits(
    start_web: StartWeb, caller_of: CallerOf, release: Release, sessions: Sessions
) -> None:
    site, servers = site_of_its_own(start_web, sessions)
    caller = caller_of(site, two_calls(sessions), service_workers="allow")
    page = caller.start()
    [before] = page.evaluate(RELEASES)
    servers[0].hurry()
    servers[0].wait()
    save(page, "busy")
    waits_here(page)
    caller.phone.clear_cookies()  # the sign-in ends, too: the old page cannot send it
    release(servers[0])
    page.locator("#kept a").click(timeout=START_MS)
    expect(page.locator("#kept")).to_contain_text("1 result is saved on this phone.")
    until(lambda: before not in page.evaluate(RELEASES), "the new release is on the phone")
    [after] = page.evaluate(RELEASES)
    assert recorded(sessions) == []
    caller.sign_in()
    page = caller.open(CALL)
    expect(page.locator("html")).to_have_attribute("data-release", "next")
    expect(page.locator("#kept")).to_contain_text("All that was saved on this phone is sent")
    assert recorded(sessions) == [("busy", "")]
    assert page.evaluate(RELEASES) == [after]
    caller.phone.set_offline(True)
    caller.open(HOME)
    expect(page.get_by_role("heading", level=1)).to_have_text("No signal")


def test_what_waits_is_sent_while_no_page_is_open(
    start_web: StartWeb, caller_of: CallerOf, sessions: Sessions
) -> None:
    site = Site(start_web, sessions)
    campaign = two_calls(sessions)
    caller = caller_of(site, campaign, service_workers="allow")
    page = caller.start()
    page.evaluate(RELEASES)
    caller.phone.set_offline(True)
    save(page, "left_message")
    waits_here(page)
    until(lambda: page.evaluate(WISHES) == ["send-kept"], "the browser is asked to wake the worker")
    page.close()
    # Else the browser, which wakes the worker by itself once it has a line, would send it at once.
    caller.phone.clear_cookies()
    caller.phone.set_offline(False)
    caller.sign_in(factories.person(sessions, "volunteer", campaign.id, "Ben"))
    wake(caller.borrowed)  # what Ana saved is not Ben's to send
    assert recorded(sessions) == []
    caller.sign_in()

    def is_sent_once_woken() -> bool:
        wake(caller.borrowed)  # again, as the browser does while there is something to send
        return recorded(sessions) == [("left_message", "")]

    until(is_sent_once_woken, "the result is there")
    page = caller.open(HOME)
    expect(page.locator("#kept")).to_be_hidden()
    assert recorded(sessions) == [("left_message", "")]


def wake(page: Page) -> None:
    """Wake the service worker of a site, of which this tab shows no page of ours, as the browser
    does when it has a line again; and give it a moment."""
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    until(lambda: page.wait_for_timeout(20) or found, "the worker is registered")
    wish = {"registrationId": found[0], "tag": "send-kept", "lastChance": False}
    origin = page.url.removesuffix("/health")
    devtools.send("ServiceWorker.dispatchSyncEvent", {"origin": origin, **wish})
    devtools.detach()
    page.wait_for_timeout(500)


RELEASES = """async () => {
  await navigator.serviceWorker.ready;
  return (await caches.keys()).sort();
}"""
WISHES = "async () => (await navigator.serviceWorker.ready).sync.getTags()"
