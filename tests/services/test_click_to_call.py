"""Click-to-call over real HTTP: a web and a carrier process, both legs, faults on the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from app.channels.port import Outcome
from app.channels.twilio_voice import TwilioVoice
from app.channels.voice import Placed, RingOut
from app.clock import Clock
from app.domain.disposition import Disposition
from app.domain.timeline import Anchor
from app.domain.touch import AttemptState, TouchState
from app.services.settle_calls import price_calls
from app.store.clocks import save_anchor
from app.store.engine import Sessions
from tests.booth import CALLER_ID, OWN_PHONE, Booth, calling
from tests.carrier.conftest import eventually
from tests.conftest import StartCarrier, StartWeb
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import column

D = Disposition
SOON = timedelta(seconds=25)
PRICES = "SELECT reserved = 0 AND spent > 0 FROM campaigns"
Result = TypeVar("Result")


class Apart:
    """The port over HTTP, in a thread of its own: a browser test may have left a loop in ours."""

    def __init__(self, carrier: Carrier, web: str) -> None:
        sid, token = carrier.account_sid, carrier.auth_token
        self._port = TwilioVoice(sid, token, carrier.url, web, timeout=0.5)

    def ring(self, call: RingOut) -> Outcome:
        return _apart(lambda: self._port.ring(call))

    def placed_to(self, number: str) -> list[Placed]:
        return _apart(lambda: self._port.placed_to(number))

    def legs_of(self, sid: str) -> list[Placed]:
        return _apart(lambda: self._port.legs_of(sid))

    def fetch(self, sid: str) -> Placed | None:
        return _apart(lambda: self._port.fetch(sid))


def _apart(work: Callable[[], Result]) -> Result:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


@pytest.fixture
def carrier(start_carrier: StartCarrier) -> Carrier:
    return start_carrier("--delivery-seconds", 0.1, "--callback-backoff", 0.05)


@pytest.fixture
def booth(sessions: Sessions, carrier: Carrier, start_web: StartWeb) -> Booth:
    """A volunteer whose taps reach the carrier's process, which asks a web process what to do."""
    wall = Clock().wall()
    with sessions.kw["bind"].begin() as connection:
        save_anchor(connection, Anchor(NOON, wall, 1.0))
    made = Booth(sessions, calling(sessions, 3, price="0.03"), wall)
    _, url = start_web(**carrier.settings)
    made.line = Apart(carrier, url)
    return made


def voters_leg(booth: Booth, carrier: Carrier) -> dict[str, Any]:
    """The leg to the voter, by the carrier's own ledger, which has one at most."""
    [leg] = carrier.ledger(kind="call", to=booth.card.phone)
    return leg


OUTCOMES = [
    ({"answered": 1.0}, "completed", "human", D.CANVASSED),
    ({"answered": 0.0, "busy": 1.0}, "busy", "", D.BUSY),
    ({"answered": 0.0, "machine": 1.0}, "completed", "machine_start", D.ANSWERING_MACHINE),
]


def test_the_volunteer_is_rung_and_then_the_voter(booth: Booth, carrier: Carrier) -> None:
    for shares, status, by, result in OUTCOMES:
        carrier.turn(voters={"on": True, "busy": 0.0, **shares})
        booth.ring()
        eventually(lambda: booth.call().status == "completed")
        eventually(lambda status=status: booth.call().voter_status == status)
        eventually(lambda by=by: booth.call().answered_by == by)
        leg = voters_leg(booth, carrier)
        assert (leg["from"], leg["parent_call_sid"]) == (CALLER_ID, booth.call().sid)
        assert booth.save(result).message.startswith("Saved")
        if result is not D.ANSWERING_MACHINE:
            booth.turn_to_next()
    own = carrier.ledger(kind="call", to=OWN_PHONE)
    assert [(call["from"], call["status"]) for call in own] == [(CALLER_ID, "completed")] * 3
    price_calls(booth.sessions, booth.line, wall=booth.wall)
    assert column(booth.sessions, PRICES) == [True]
    assert [one.state for one in booth.attempts()] == [AttemptState.DONE] * 3


def test_faults_on_the_way_ring_nobody_twice_and_lose_no_call(
    booth: Booth, carrier: Carrier
) -> None:
    carrier.turn(voters={"on": True, "answered": 0.0, "busy": 1.0})
    # Callbacks come twice, and the carrier's answer never.
    carrier.fault(
        timeout_after_accept={"count": 1, "seconds": 1.0}, double_callbacks={"probability": 1.0}
    )
    booth.ring()
    eventually(lambda: booth.call().voter_status == "busy" and booth.call().status == "completed")
    assert voters_leg(booth, carrier)["status"] == "busy"
    booth.save(D.BUSY)
    # All callbacks are lost, and the tab is closed.
    carrier.heal()
    carrier.fault(drop_callbacks={"probability": 1.0})
    booth.turn_to_next()
    booth.ring()
    eventually(lambda: len(carrier.ledger(kind="call", to=booth.card.phone)) == 1)
    eventually(lambda: carrier.ledger(kind="call", to=OWN_PHONE)[-1]["status"] == "completed")
    assert booth.call().voter_status == "dialing"
    booth.settle(timedelta(hours=1))
    assert booth.call().voter_status == "busy"
    assert booth.settle(timedelta(hours=2)) == 1
    assert booth.attempt().disposition == "busy"
    assert booth.touch().state is TouchState.DONE
    # The carrier hangs up before it has taken anything.
    carrier.heal()
    carrier.fault(hang_before={"count": 1, "seconds": 1.0})
    booth.turn_to_next()
    booth.ring()
    assert booth.call().status == ""
    assert booth.settle(SOON) == 1
    assert booth.attempt().state is AttemptState.ABSENT
    assert booth.touch().state is TouchState.CLAIMED
    assert not carrier.ledger(kind="call", to=booth.card.phone)


def test_who_does_not_pick_up_can_tap_again(booth: Booth, carrier: Carrier) -> None:
    carrier.turn(voters={"on": True, "picks_up": 0.0})
    booth.ring()
    eventually(lambda: booth.touch().state is TouchState.CLAIMED)
    assert "You did not pick up" in booth.attempt().note
    carrier.turn(voters={"picks_up": 0.0, "voicemail": 1.0})
    booth.wall += timedelta(seconds=1)
    booth.key = booth.ring()
    eventually(lambda: "voicemail" in booth.attempt().note)
    carrier.fault(http_429={"count": 1})
    booth.wall += timedelta(seconds=1)
    booth.key = booth.ring()
    assert "too many calls" in booth.attempt().note
    assert [call["to"] for call in carrier.ledger(kind="call")] == [OWN_PHONE] * 2
