"""The call page on a slow phone line: how long until somebody can call, and what it weighs.

    .venv/bin/python -m benchmarks.slow_line [--rounds 7] [--latency 150] [--down 1.6] [--up 0.75]

Chromium on a phone's screen asks the program's own web process, straight and over HTTP/1.1, through
the throttle of its developer tools: "slow 4G" as Lighthouse defines it, 1.6 Mbit/s down, 750 kbit/s
up, 150 ms for each request. (The preset of that name in the developer tools holds each request back
for 562 ms, to make up for connections and losses, which its throttle does not know: `--latency
562`.) The processor is not throttled. Measured is the time from asking for the page until the
button "Call" is to be seen and enabled and its script listens, as the median of the rounds:

- the first load, with nothing on the device but the sign-in;
- the first load from the home page, as it happens: what all pages share is there;
- the next load, with all files there and no service worker.
"""

import argparse
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from benchmarks.bench import AT, add_campaign, database, release
from benchmarks.volunteers import links, web
from tests.browser.chromium import running

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BAR_MS, BAR_KB = 1000, 60
PATIENCE_MS = 60_000
CALL = "/calls/current"
NOTHING, FROM_HOME, AGAIN = (
    "First, with nothing there",
    "First, from the home page",
    "The next load",
)
USABLE = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) shifted += value;
}).observe({ type: "layout-shift", buffered: true });
const look = () => {
  const dial = document.getElementById("dial");
  const ready = performance.getEntriesByName("call-ready").length;
  if (ready && dial?.checkVisibility() && !dial.disabled) window.usable = performance.now();
  else requestAnimationFrame(look);
};
look();
"""
"""Notes when the button can be used; looked at before each frame, so up to 17 ms late."""


@dataclass(frozen=True)
class Load:
    """One load of the page: milliseconds, and bytes over the wire by kind of file."""

    usable: float
    painted: float
    shifted: float
    bytes: Counter[str]
    requests: int

    @property
    def weight(self) -> float:
        """kB beyond the style sheets."""
        return (self.bytes.total() - self.bytes["Stylesheet"]) / 1024


@dataclass(frozen=True)
class Line:
    """What the throttle is told."""

    latency: float  # milliseconds
    down: float  # Mbit/s
    up: float


def load(page: Page, address: str, line: Line) -> Load:
    """Opens the page through the throttle, and waits until somebody can call."""
    weights: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    devtools.on(
        "Network.loadingFinished",
        lambda e: weights.update({kinds.get(e["requestId"], "Other"): e["encodedDataLength"]}),
    )
    devtools.send("Network.enable")
    _throttle(devtools, line)
    page.add_init_script(USABLE)
    page.goto(address, wait_until="load", timeout=PATIENCE_MS)
    page.wait_for_function("window.usable", timeout=PATIENCE_MS)
    usable, shifted, painted, requests = page.evaluate(
        "() => [usable, shifted, performance.getEntriesByName('first-contentful-paint')[0]"
        "?.startTime ?? 0, performance.getEntriesByType('resource')"
        ".filter(({ transferSize }) => transferSize).length + 1]"
    )
    devtools.detach()
    return Load(usable, painted, shifted, weights, requests)


def _throttle(devtools: CDPSession, line: Line) -> None:
    bytes_of = 1_000_000 / 8
    told = {"downloadThroughput": line.down * bytes_of, "uploadThroughput": line.up * bytes_of}
    devtools.send(
        "Network.emulateNetworkConditions", {"offline": False, "latency": line.latency, **told}
    )


@contextmanager
def phone(browser: Browser, url: str, link: str) -> Iterator[BrowserContext]:
    """A phone on which nothing is but the sign-in of a volunteer who has a call.

    Its service worker is kept away: it would take the files over while the page is measured.
    """
    device = browser.new_context(**PHONE, service_workers="block")  # type: ignore[arg-type]
    try:
        device.request.get(link, max_redirects=0)
        token = device.request.get(f"{url}/").text().partition('name="csrf-token" content="')[2]
        form = {"csrf_token": token.partition('"')[0]}
        taken = device.request.post(f"{url}/calls", form=form)
        assert taken.url == f"{url}{CALL}", taken.url
        yield device
    finally:
        device.close()


def loads(browser: Browser, url: str, links: Sequence[str], line: Line) -> dict[str, list[Load]]:
    """Each case once for each link, on a phone of its own."""
    found: dict[str, list[Load]] = {NOTHING: [], FROM_HOME: [], AGAIN: []}
    for link in links:
        with phone(browser, url, link) as device:
            found[NOTHING].append(load(device.new_page(), f"{url}{CALL}", line))
            found[AGAIN].append(load(device.new_page(), f"{url}{CALL}", line))
        with phone(browser, url, link) as device:
            device.new_page().goto(url, wait_until="load")
            found[FROM_HOME].append(load(device.new_page(), f"{url}{CALL}", line))
    return found


def show(name: str, rounds: Sequence[Load]) -> None:
    """Prints the median and the least of the times, and the weight."""

    def times(of: Callable[[Load], float]) -> str:
        every = [of(one) for one in rounds]
        return f"{statistics.median(every):6.0f} ms (least {min(every):.0f})"

    one = rounds[-1]
    kinds = ", ".join(f"{kind} {size / 1024:.1f}" for kind, size in one.bytes.most_common())
    print(f"\n{name}: {one.requests} requests")
    print(f"  {'usable':12} {times(lambda each: each.usable)}, bar {BAR_MS} ms")
    print(f"  {'painted':12} {times(lambda each: each.painted)}")
    print(
        f"  {'over the wire':12} {one.weight:.1f} kB without style sheets, bar {BAR_KB} kB: {kinds}"
    )
    print(f"  {'shifted':12} {max(each.shifted for each in rounds):.3f}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The call page on a slow line.")
    parser.add_argument("--rounds", type=int, default=7, help="(%(default)s)")
    parser.add_argument("--latency", type=float, default=150, help="ms a request (%(default)s)")
    parser.add_argument("--down", type=float, default=1.6, help="Mbit/s (%(default)s)")
    parser.add_argument("--up", type=float, default=0.75, help="Mbit/s (%(default)s)")
    chosen = parser.parse_args()
    line = Line(chosen.latency, chosen.down, chosen.up)
    with database() as base:
        campaign = add_campaign(base, 1000)
        with base.engine.begin() as connection:
            save_anchor(connection, Anchor(AT, Clock().wall(), 1.0))
        release(base, campaign, Channel.CALL, 4 * chosen.rounds)
        with web(base) as url, running() as browser:
            made = links(base, url, campaign, chosen.rounds)
            for name, rounds in loads(browser, url, made, line).items():
                show(name, rounds)


if __name__ == "__main__":
    main()
