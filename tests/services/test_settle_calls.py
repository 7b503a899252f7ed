"""Calls that nobody spoke of: asked about, settled honestly, priced; no touch stays open."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.channels.port import NoAnswer
from app.channels.voice import Placed
from app.domain.disposition import Disposition
from app.domain.touch import AttemptState, TouchState
from app.domain.voice import NOT_KNOWN, NOT_REACHED, NOT_RECORDED, TOLD
from app.services.claim import NoCall, next_call
from app.services.settle_calls import price_calls
from app.store.engine import Sessions
from tests.booth import LEASE, Booth, calling
from tests.factories import NOON
from tests.scene import column

D = Disposition
SOON = timedelta(seconds=25)
LATER = timedelta(hours=2)


@pytest.fixture
def booth(sessions: Sessions) -> Booth:
    return Booth(sessions, calling(sessions))


def placed(sid: str, status: str, price: str | None = None, **facts: object) -> Placed:
    """A call as the carrier lists it."""
    known = {"created_at": NOON, "answered_by": "", "seconds": None, **facts}
    return Placed(sid, status, price=Decimal(price) if price else None, **known)  # type: ignore[arg-type]


CLOSED = [
    ("busy", "", None, D.BUSY, TOLD, timedelta(minutes=30)),
    ("no-answer", "", None, D.NOT_HOME, TOLD, timedelta(hours=3)),
    ("completed", "machine_start", 9, D.ANSWERING_MACHINE, TOLD, timedelta(hours=6)),
    ("completed", "human", 90, None, NOT_RECORDED, timedelta(hours=20)),
    ("failed", "", None, None, NOT_REACHED, timedelta(hours=20)),
]


@pytest.mark.parametrize(("status", "by", "seconds", "result", "note", "rest"), CLOSED)
def test_a_tab_that_was_closed_leaves_no_call_open(
    booth: Booth,
    status: str,
    by: str,
    seconds: int | None,
    result: Disposition | None,
    note: str,
    rest: timedelta,
) -> None:
    booth.ring()
    booth.pick_up()
    booth.voter(by=by) if by else None
    booth.voter(status, seconds=seconds)
    booth.caller("completed")
    assert booth.settle(SOON) == 0  # she is still writing
    assert booth.settle(LATER) == 1
    assert booth.settle(LATER) == 0
    [attempt] = booth.attempts()
    assert (attempt.state, attempt.note) == (AttemptState.DONE, note)
    assert attempt.disposition == (result.value if result else "")
    assert (booth.touch().state, booth.touch().tries) == (TouchState.DONE, 1)
    target = booth.target()
    assert (target.calls, target.next_call_at) == (1, NOON + LATER + rest)
    assert column(booth.sessions, "SELECT count(*) FROM dead_addresses") == [0]


def test_what_the_volunteer_says_later_counts_all_the_same(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    booth.voter("busy")
    booth.settle(LATER)
    assert not booth.save(D.REFUSED, note="picked up in the end").already
    [attempt] = booth.attempts()
    assert (attempt.disposition, attempt.note) == ("refused", "picked up in the end")
    assert (booth.target().calls, booth.target().out) == (1, "refused")
    assert booth.save(D.BUSY).already


def test_what_was_recorded_is_not_settled_again(booth: Booth) -> None:
    booth.talk()
    booth.save(D.CANVASSED)
    assert booth.settle(LATER) == 0
    assert booth.attempts()[0].disposition == "canvassed"


def test_while_they_talk_nothing_is_settled(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    booth.voter("in-progress")
    assert booth.settle(LEASE + timedelta(seconds=1)) == 0
    assert booth.touch().state is TouchState.ATTEMPTING


def test_a_process_that_died_before_the_carrier_answered_loses_nothing(booth: Booth) -> None:
    booth.line.answers = [NoAnswer("TimeoutError")]
    booth.ring()
    assert booth.settle(timedelta(seconds=10)) == 0  # the carrier may still answer
    assert booth.settle(SOON) == 1
    [attempt] = booth.attempts()
    assert (attempt.state, booth.target().calls) == (AttemptState.ABSENT, 0)
    assert booth.touch().state is TouchState.CLAIMED
    assert "did not come about" in attempt.note


def test_a_call_without_an_answer_is_found_in_the_carriers_list(booth: Booth) -> None:
    booth.line.answers = [NoAnswer("TimeoutError")]
    booth.ring()
    old = placed("CA0", "completed", created_at=NOON - timedelta(hours=1))
    booth.line.placed = [placed("CA1", "ringing"), old]
    assert booth.settle(SOON) == 0
    assert (booth.call().sid, booth.call().status) == ("CA1", "ringing")
    booth.line.placed = [placed("CA1", "no-answer"), old]
    assert booth.settle(LEASE + SOON) == 1
    assert [one.state for one in booth.attempts()] == [AttemptState.ABSENT]
    assert booth.touch().state is TouchState.READY


def test_when_all_callbacks_are_lost_the_carrier_is_asked_for_both_legs(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    booth.line.placed = [placed("CA1", "completed")]
    booth.line.legs = [placed("CA2", "completed", answered_by="human", seconds=70)]
    assert booth.settle(LATER) == 0  # she may still write up what came of it
    call = booth.call()
    assert (call.voter_sid, call.voter_status, call.seconds) == ("CA2", "completed", 70)
    assert booth.settle(LATER + LEASE) == 1
    assert booth.attempts()[0].note == NOT_RECORDED


def test_they_talk_longer_than_the_lease_and_no_callback_came(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    booth.line.placed = [placed("CA1", "in-progress")]
    booth.line.legs = [placed("CA2", "in-progress")]
    assert booth.settle(LATER) == 0
    assert booth.settle(LATER + timedelta(minutes=1)) == 0
    assert booth.touch().state is TouchState.ATTEMPTING


def test_a_voter_who_was_to_be_rung_and_never_was_has_not_been_tried(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    booth.caller("completed")
    booth.line.placed = [placed("CA1", "completed")]
    assert booth.settle(SOON) == 1
    assert [one.state for one in booth.attempts()] == [AttemptState.ABSENT]
    # … until the carrier says that it was, after all.
    assert booth.voter("completed", seconds=40) == "applied"
    assert [one.state for one in booth.attempts()] == [AttemptState.ATTEMPTING]
    assert (booth.target().calls, booth.touch().state) == (1, TouchState.CANCELED)
    assert booth.settle(LATER) == 1
    assert booth.attempts()[0].note == NOT_RECORDED


def test_with_the_carrier_down_and_no_word_at_all_it_is_said_so(booth: Booth) -> None:
    booth.ring()
    booth.pick_up()
    booth.line.silent = True
    assert booth.settle(SOON) == 0
    assert booth.settle(LATER) == 1
    [attempt] = booth.attempts()
    assert (attempt.state, attempt.note) == (AttemptState.DONE, NOT_KNOWN)
    assert booth.touch().state is TouchState.DONE


def test_with_the_carrier_down_who_was_not_to_be_rung_was_not_tried(booth: Booth) -> None:
    booth.line.answers = [NoAnswer("TimeoutError")]
    booth.ring()
    booth.line.silent = True
    assert booth.settle(SOON) == 0
    assert booth.settle(LATER) == 1
    assert booth.target().calls == 0
    card = next_call(booth.sessions, 1, booth.user.id, now=NOON + LATER, wall=NOON + LATER)
    assert not isinstance(card, NoCall)


def test_a_call_is_priced_when_the_carrier_tells_it_and_the_rest_is_freed(
    sessions: Sessions,
) -> None:
    booth = Booth(sessions, calling(sessions, price="0.03"))
    booth.talk(70)
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.09")]
    booth.line.placed = [placed("CA1", "completed", "0.028")]
    booth.line.legs = [placed("CA2", "completed")]
    assert price_calls(sessions, booth.line, wall=NOON + SOON) == 0
    booth.line.legs = [placed("CA2", "completed", "0.0265")]
    assert price_calls(sessions, booth.line, wall=NOON + SOON) == 1
    assert price_calls(sessions, booth.line, wall=NOON + SOON) == 0
    booth.save(D.CANVASSED)
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]
    assert column(sessions, "SELECT spent FROM campaigns") == [Decimal("0.0545")]
    assert column(sessions, "SELECT price FROM attempts") == [Decimal("0.0545")]


def test_a_leg_that_nobody_picked_up_costs_nothing(sessions: Sessions) -> None:
    booth = Booth(sessions, calling(sessions, price="0.03"))
    booth.ring()
    booth.caller("no-answer")
    booth.line.placed = [placed("CA1", "no-answer")]
    assert price_calls(sessions, booth.line, wall=NOON + SOON) == 1
    assert column(sessions, "SELECT reserved + spent FROM campaigns") == [0]


def test_a_price_that_nobody_tells_is_estimated_after_a_day(sessions: Sessions) -> None:
    booth = Booth(sessions, calling(sessions, price="0.03"))
    booth.talk(70)
    booth.line.silent = True
    assert price_calls(sessions, booth.line, wall=NOON + LATER) == 0
    assert price_calls(sessions, None, wall=NOON + timedelta(days=2)) == 1
    assert column(sessions, "SELECT spent FROM campaigns") == [Decimal("0.09")]
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]


def test_an_idle_run_asks_nobody_anything(booth: Booth) -> None:
    booth.line.silent = True
    assert booth.settle(LATER) == 0
    assert price_calls(booth.sessions, booth.line, wall=NOON) == 0
