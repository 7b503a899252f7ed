"""Click-to-call in a real browser, with the carrier's process behind the pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.store.engine import Sessions
from app.store.touches import Attempt
from app.store.voice_calls import VoiceRate
from tests import factories
from tests.booth import CALLER_ID, OWN_PHONE
from tests.browser.site import Site
from tests.conftest import StartCarrier, StartWeb
from tests.processes import Carrier

Axe = Callable[[Page], None]


@pytest.fixture
def carrier(start_carrier: StartCarrier) -> Carrier:
    return start_carrier("--delivery-seconds", 2, "--callback-backoff", 0.05)


@pytest.fixture
def site(carrier: Carrier, start_web: StartWeb, sessions: Sessions) -> Site:
    return Site(lambda: start_web(**carrier.settings), sessions)


def test_a_tap_rings_both_phones_and_the_machine_is_chosen_as_the_result(
    site: Site, carrier: Carrier, page_phone: Page, axe: Axe, sessions: Sessions
) -> None:
    carrier.turn(voters={"on": True, "answered": 0.0, "busy": 0.0, "machine": 1.0})
    with sessions.begin() as session:
        campaign = factories.call_list(session, 2)
        session.add(VoiceRate(campaign_id=campaign.id, caller_id=CALLER_ID))
    page = page_phone
    site.enter(page, "volunteer", campaign.id)
    page.get_by_role("button", name="Start calling").click()
    dial = page.get_by_role("button", name="Call (919) •••-••01")
    expect(dial).to_be_visible()
    page.wait_for_load_state("networkidle")  # the sheets and scripts are there, and have run
    assert (dial.bounding_box() or {})["height"] >= 56
    below = page.locator("#record").bounding_box()
    page.get_by_label("The phone you hold, which we ring first").fill("919 555 0190")
    axe(page)
    dial.click()
    told = page.locator("#ringing")
    expect(told).to_contain_text("Your phone rings. Pick up, and we ring Luz.")
    expect(dial).to_be_disabled()
    axe(page)
    expect(told).to_contain_text("Ringing Luz.")
    expect(told).to_contain_text("“Machine” is chosen below")
    expect(page.locator("#r-answering_machine")).to_be_checked()
    assert page.locator("#record").bounding_box() == below  # nothing moved under the finger
    axe(page)
    page.get_by_role("button", name="Save, next voter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luz Voter2")
    expect(page.get_by_text("We ring you first, then Luz.")).to_be_visible()
    expect(page.get_by_label("The phone you hold")).to_have_count(0)
    expect(page.get_by_text("1 call · 0 conversations · 0 plans")).to_be_visible()
    with sessions() as session:
        [attempt] = session.scalars(select(Attempt)).all()
    assert attempt.disposition == "answering_machine"
    calls = [(call["from"], call["to"]) for call in carrier.ledger(kind="call")]
    assert calls == [(CALLER_ID, OWN_PHONE), (CALLER_ID, "+19195550001")]
