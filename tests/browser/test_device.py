"""The call screen in a volunteer's hands: keys, undo, the survey's way, the number, its weight."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, text

from app.domain.channel import Channel
from app.domain.language import names
from app.domain.rule import Blackout, RuleKind
from app.domain.rule_json import to_json
from app.services.surveys import set_survey
from app.store.engine import Sessions
from app.store.rule_changes import RuleChange
from app.store.touches import Attempt
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON

Axe = Callable[[Page], None]
WITHIN_5_SECONDS = 5_000
MOST_BYTES = 60 * 1024
OPTED_OUT = """
INSERT INTO opt_outs (address, channel, source, opted_out_at)
SELECT phone, 'call', 'call', now() FROM voters WHERE source_id = 'AA000001'
"""
SURVEY: list[dict[str, Any]] = [
    {
        "key": "will_vote",
        "words": "Will you vote?",
        "answers": [
            {"key": "yes", "words": "Yes", "next": "way", "result": "canvassed"},
            {"key": "no", "words": "Never", "result": "canvassed"},
        ],
    },
    {
        "key": "way",
        "words": "How will you get there?",
        "answers": [{"key": "bus", "words": "By bus"}, {"key": "foot", "words": "On foot"}],
    },
]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    return Site(start_web, sessions)


def begin(site: Site, page: Page) -> int:
    """A volunteer on the first of three calls; the campaign."""
    with site.sessions.begin() as session:
        campaign = factories.call_list(session, 3)
    set_survey(site.sessions, campaign.id, SURVEY, by=None, now=NOON)
    site.enter(page, "volunteer", campaign.id)
    page.get_by_role("button", name="Start calling").click()
    expect(page.locator("#call")).to_be_visible()
    page.wait_for_load_state("load")  # until then the keyboard is not heard
    return campaign.id


def recorded(sessions: Sessions) -> list[tuple[str | None, str]]:
    with sessions() as session:
        found = session.scalars(select(Attempt).order_by(Attempt.handed_at)).all()
    return [(one.disposition, one.note) for one in found]


def test_an_hour_without_a_mouse(
    site: Site, page_desktop: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_desktop
    begin(site, page)
    press, name = page.keyboard.press, page.get_by_role("heading", level=1)
    for _ in range(page.locator("main button, main textarea, main summary").count() + 4):
        press("Tab")
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML")
    page.evaluate("document.activeElement.blur()")
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Save, next voter")
    axe(page)
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    way = page.get_by_role("group", name="How will you get there?")
    expect(way).to_be_hidden()
    press("q")
    expect(way).to_be_visible()
    expect(page.locator("#r-canvassed")).to_be_checked()
    press("w")
    expect(page.get_by_label("On foot")).to_be_checked()
    press("n")
    page.keyboard.type("12 uses?")
    press("Tab")
    expect(page.get_by_label("Note")).to_have_value("12 uses?")
    press("Enter")
    expect(name).to_have_text("Luz Voter2")
    expect(name).to_be_focused()
    assert page.title() == "Luz Voter2 · Lastmile"
    expect(page.locator("#toast")).to_contain_text("Saved: Talked for Luz.")
    press("u")
    expect(name).to_have_text("Luz Voter1")
    expect(page.get_by_label("On foot")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("12 uses?")
    press("4")
    press("Enter")
    expect(name).to_have_text("Luz Voter2")
    press("1")
    press("Enter")
    press("Enter")  # once too often
    expect(name).to_have_text("Luz Voter3")
    stood = [one for one in recorded(sessions) if one[0]]
    assert stood == [("busy", "12 uses?"), ("not_home", "")]


def test_the_number_is_seen_while_it_is_called(site: Site, page_phone: Page) -> None:
    page = page_phone
    begin(site, page)
    page.evaluate(HOLD_THE_DIALER)
    dial = page.locator("#dial")
    expect(dial).to_have_text("Call (919) •••-••01")
    dial.click()
    expect(dial).to_have_text("Call (919) 555-0001")
    assert page.evaluate("dialed") == "tel:+19195550001"
    page.locator("label[for=r-not_home]").click()
    expect(dial).to_have_text("Call (919) •••-••01")


def test_the_next_card_is_watched_as_the_first_was(
    site: Site, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    page = page_phone
    campaign = begin(site, page)
    with sessions.begin() as session:
        session.execute(text(OPTED_OUT))
    expect(page.get_by_role("alert")).to_contain_text(
        "Luz asked not to be called. Do not call.", timeout=WITHIN_5_SECONDS
    )
    page.locator("label[for=r-not_home]").click()
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    with sessions.begin() as session:
        hours = Blackout(NOON - timedelta(hours=1), NOON + timedelta(hours=6), (Channel.CALL,))
        session.add(
            RuleChange(
                campaign_id=campaign,
                kind=RuleKind.BLACKOUT,
                value=to_json(hours),
                note="storm",
                made_at=NOON,
            )
        )
    expect(page.get_by_role("alert")).to_contain_text(
        "Calling hours are over where Luz lives. Do not call now.", timeout=WITHIN_5_SECONDS
    )
    expect(page.locator("#dial")).to_be_disabled()
    axe(page)
    page.locator("label[for=r-left_message]").click()
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No call right now")
    axe(page)
    assert [one for one, _ in recorded(sessions)] == ["not_home", "left_message"]


def test_the_page_is_light_and_nothing_on_it_jumps(site: Site, page_phone: Page) -> None:
    page = page_phone
    begin(site, page)
    devtools = page.context.new_cdp_session(page)
    weights, kinds = {}, {}
    devtools.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
    devtools.on(
        "Network.loadingFinished",
        lambda e: weights.update({e["requestId"]: e["encodedDataLength"]}),
    )
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    devtools.send("Network.emulateNetworkConditions", SLOW_4G)
    page.add_init_script(WATCH_SHIFTS)
    page.reload(wait_until="networkidle")
    devtools.send("Network.emulateNetworkConditions", {**SLOW_4G, **AS_FAST_AS_IT_IS})
    assert page.evaluate(LATE) == [], "asked for only once another file was there"
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": False})
    first_load = sum(
        size for request, size in weights.items() if kinds.get(request) != "Stylesheet"
    )
    assert 0 < first_load < MOST_BYTES
    page.locator("label[for=q-will_vote-yes]").click()
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    page.wait_for_timeout(600)  # a shift so long after a tap is no answer to it
    assert page.evaluate("shifts") == []
    devtools.detach()


def test_a_phone_may_show_everything_at_twice_its_size(
    site: Site, open_page: Callable[[dict[str, Any]], Page]
) -> None:
    page = open_page({"viewport": {"width": PHONE["viewport"]["width"] // 2, "height": 422}})
    begin(site, page)
    page.goto(site.url)
    page.get_by_role("button", name="Español").click()  # its words are longer
    for path in ("/", "/shifts", "/tour/1", "/tour/3", "/bank", "/replies", "/calls/current"):
        page.goto(f"{site.url}{path}")
        expect(page.locator("main h1")).to_be_visible()
        assert page.evaluate(CUT) == [], path
    page.get_by_text("Más…").click()
    page.locator("label[for=r-other_language]").click()
    assert page.evaluate(CUT) == []
    language = page.get_by_label("¿Qué idioma habla Luz?")
    expect(language.locator("option[value=am]")).to_have_text("Amárico")
    assert sorted(filter(None, language.evaluate(OFFERED))) == sorted(names())
    page.locator("label[for=r-busy]").click()
    save = page.get_by_role("button", name="Guardar, siguiente votante")
    expect(save).to_be_in_viewport()
    page.locator("label[for=r-other_language]").click()
    language.select_option("am")
    save.click()
    undo = page.locator("#toast button")
    expect(undo).to_be_in_viewport()
    assert page.evaluate(CUT) == []
    undo.click()
    expect(language.locator("option:checked")).to_have_text("Amárico")


SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 90_000,
}
"""In milliseconds and bytes a second."""
AS_FAST_AS_IT_IS = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
LATE = r"""() => {
  const files = performance.getEntriesByType("resource").filter(
    ({ name }) => /\.(js|css)(\?|$)/.test(name) && !name.endsWith("/sw.js"));
  const first = Math.min(...files.map(({ responseEnd }) => responseEnd));
  return files.length < 15 ? ["too few"]
    : files.filter(({ startTime }) => startTime > first).map(({ name }) => name);
}"""
"""Files that the call page finds out about late: each would cost a slow line another round."""
OFFERED = "choice => [...choice.options].map(({ value }) => value)"
SEEN = """() => {
  const here = document.activeElement;
  const shown = here.type === "radio" ? here.labels[0] : here;
  return here === document.body || getComputedStyle(shown).outlineStyle === "solid";
}"""
"""Whether it is to be seen where the keyboard is."""
CUT = """() => {
  const root = document.documentElement;
  const wide = root.scrollWidth > root.clientWidth ? ["the page"] : [];
  const cut = [...document.querySelectorAll("h1, .btn, .choice")].filter(
    (each) => each.checkVisibility() && each.scrollWidth > each.clientWidth + 1);
  return [...wide, ...cut.map((each) => each.textContent.trim())];
}"""
"""What reaches beyond its box or the screen."""
HOLD_THE_DIALER = """
document.addEventListener("click", (event) => {
  if (event.target.protocol !== "tel:") return;
  window.dialed = event.target.href;
  event.preventDefault();  // else the browser asks which program to open, and hears nothing else
})
"""
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (!hadRecentInput) shifts.push([value, ...sources.map(({ node }) => node?.outerHTML)]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
