"""The line goes, the server restarts, the sign-in ends: no result is lost, none is stored twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from app.domain.channel import Channel
from app.domain.rule import Blackout, RuleKind
from app.domain.rule_json import to_json
from app.services.strike import strike_ids
from app.store.engine import Sessions
from app.store.rule_changes import RuleChange
from app.store.touches import Attempt, Target
from tests import factories
from tests.browser.caller import (
    CALL,
    HOME,
    CallerOf,
    choose,
    recorded,
    save,
    site_of_its_own,
    two_calls,
    waits_here,
)
from tests.browser.site import Site
from tests.conftest import StartWeb
from tests.factories import NOON, POLLING_DAY

Axe = Callable[[Page], None]


@pytest.fixture
def site(start_web: StartWeb, sessions: Sessions) -> Site:
    return Site(start_web, sessions)


def test_an_answer_that_is_lost_on_the_way_back_is_no_second_attempt(
    site: Site, caller_of: CallerOf, sessions: Sessions, axe: Axe
) -> None:
    caller = caller_of(site, two_calls(sessions))
    page = caller.start()

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/calls/current", lose_the_answer)
    page.get_by_label("Note").fill("asks for the morning")
    save(page, "left_message")
    waits_here(page)
    axe(page)
    page.unroute("**/calls/current")
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    assert recorded(sessions) == [("left_message", "asks for the morning")]


def test_a_tunnel_a_second_thought_a_closed_tab_and_a_struck_voter(
    site: Site, caller_of: CallerOf, sessions: Sessions
) -> None:
    caller = caller_of(site, two_calls(sessions))
    page = caller.start()
    caller.phone.set_offline(True)
    expect(page.locator("#line")).to_have_text("○ no signal")
    page.get_by_label("Note").fill("rang twice")
    save(page, "not_home")
    waits_here(page)
    expect(page.locator("#toast")).to_contain_text("No answer for Luz: saved on this phone.")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter1")
    expect(page.get_by_label("Note")).to_have_value("rang twice")
    expect(page.locator("#r-not_home")).to_be_checked()
    save(page, "left_message")
    waits_here(page)
    page.close()
    strike_ids(sessions, POLLING_DAY, ["AA000001"], by=None, source="desk", at=NOON)
    caller.phone.set_offline(False)
    page = caller.open(HOME)
    expect(page.locator("#kept")).to_contain_text("All that was saved on this phone is sent")
    assert recorded(sessions) == [("left_message", "rang twice")]


def test_a_server_that_restarts_in_the_middle_of_a_save(
    start_web: StartWeb, caller_of: CallerOf, sessions: Sessions
) -> None:
    site, servers = site_of_its_own(start_web, sessions)
    caller = caller_of(site, two_calls(sessions))
    page = caller.start()
    servers[0].hurry()
    servers[0].wait()
    save(page, "busy")
    waits_here(page)
    expect(page.locator("#line")).to_have_text("○ no signal")
    servers[0].start()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    assert page.locator("#line").inner_text() == "● on"
    assert recorded(sessions) == [("busy", "")]


def test_a_sign_in_that_ended_keeps_the_result_for_its_owner_alone(
    site: Site, caller_of: CallerOf, sessions: Sessions, axe: Axe
) -> None:
    campaign = two_calls(sessions)
    caller = caller_of(site, campaign)
    page = caller.start()
    caller.phone.clear_cookies()
    save(page, "busy")
    expect(page.locator("#kept a")).to_have_text("Sign in to send 1 saved result")
    axe(page)
    page.locator("#kept a").click()
    expect(page.locator("#kept")).to_contain_text("1 result is saved on this phone.")
    caller.sign_in(factories.person(sessions, "volunteer", campaign.id, "Ben"))
    caller.open(CALL)
    expect(page.locator("#call, #waiting")).to_be_visible()
    expect(page.locator("#kept")).to_be_hidden()
    assert recorded(sessions) == []
    caller.phone.clear_cookies()
    caller.sign_in()
    caller.open(HOME)
    expect(page.locator("#kept")).to_contain_text("All that was saved on this phone is sent")
    assert recorded(sessions) == [("busy", "")]
    with sessions() as session:
        assert session.scalars(select(Attempt.user_id)).all() == [caller.person.id]


def test_half_an_answer_outlives_its_tab(
    site: Site, caller_of: CallerOf, sessions: Sessions
) -> None:
    caller = caller_of(site, two_calls(sessions))
    page = caller.start()
    choose(page, "canvassed")
    page.get_by_label("With whom?").fill("Luis")
    page.get_by_label("Note").fill("wants a ride")
    page.wait_for_timeout(300)  # longer than a pause in typing
    page.close()
    page = caller.open(CALL)
    expect(page.get_by_label("Note")).to_have_value("wants a ride")
    expect(page.get_by_label("With whom?")).to_have_value("Luis")
    expect(page.locator("#r-canvassed")).to_be_checked()
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    expect(page.get_by_label("Note")).to_have_value("")
    assert recorded(sessions) == [("canvassed", "wants a ride")]


def test_the_hours_end_meanwhile_and_what_cannot_be_promised_comes_back(
    site: Site, caller_of: CallerOf, sessions: Sessions, axe: Axe
) -> None:
    campaign = two_calls(sessions)
    caller = caller_of(site, campaign)
    page = caller.start()
    caller.phone.set_offline(True)
    choose(page, "call_back")
    page.locator("#callback_at").fill("2026-10-29T15:00")
    page.get_by_role("button", name="Save, next voter").click()
    waits_here(page)
    with sessions.begin() as session:
        session.add(_dark(campaign.id))
    caller.phone.set_offline(False)
    page.get_by_role("button", name="Mend 1 saved result").click()
    expect(page.locator("#kept")).to_contain_text("What you saved about Luz was not taken.")
    axe(page)
    page.get_by_label("Call back when, on the voter’s clock?").fill("2026-10-30T10:00")
    page.get_by_role("button", name="Send it again").click()
    expect(page.locator("#kept")).to_contain_text("All that was saved on this phone is sent")
    assert recorded(sessions) == [("call_back", "")]
    with sessions() as session:
        again = session.scalars(select(Target.next_call_at).order_by(Target.voter_id)).first()
    assert again == NOON + timedelta(hours=22)


def _dark(campaign: int) -> RuleChange:
    hours = Blackout(NOON - timedelta(hours=1), NOON + timedelta(hours=6), (Channel.CALL,))
    return RuleChange(
        campaign_id=campaign,
        kind=RuleKind.BLACKOUT,
        value=to_json(hours),
        note="storm",
        made_at=NOON,
    )


def test_without_a_line_the_app_still_opens_and_keeps_no_voter(
    site: Site, caller_of: CallerOf, sessions: Sessions, axe: Axe
) -> None:
    caller = caller_of(site, two_calls(sessions), service_workers="allow")
    page = caller.start()
    kept = page.evaluate(KEPT_ADDRESSES)
    assert kept
    assert all(one.startswith(("/static/", "/bootstrap/", "/offline")) for one in kept), kept
    caller.phone.set_offline(True)
    caller.open(HOME)
    expect(page.get_by_role("heading", level=1)).to_have_text("No signal")
    axe(page)
    caller.phone.set_offline(False)
    expect(page.get_by_role("heading", level=1)).not_to_have_text("No signal")


KEPT_ADDRESSES = """async () => {
  const worker = navigator.serviceWorker;
  if (!worker.controller) await new Promise((done) => { worker.oncontrollerchange = done; });
  const found = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) found.push(new URL(url).pathname);
  }
  return found;
}"""
