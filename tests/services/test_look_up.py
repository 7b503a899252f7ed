"""Look-ups: a text is absent only when two looks, five seconds apart, did not find it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from app.channels.port import Sent
from app.clock import ManualClock
from app.domain.channel import Channel
from app.services.dispatch import claim_batch
from app.services.look_up import SURE, look_up
from app.services.pace import pace
from app.store.engine import Sessions
from app.store.queue import Try
from tests.engine_room import Ledger, Message
from tests.factories import NOON
from tests.scene import ATTEMPTS, CLAIMER, TOUCHES, apart, column, counts, planned, texting

GRACE = timedelta(seconds=30)
FIRST = NOON + GRACE + timedelta(seconds=1)
"""When it is looked up first."""
SECOND = timedelta(seconds=1)


@pytest.fixture
def text(sessions: Sessions) -> Try:
    """A text that was posted, and of which nobody has heard since."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 1)
        planned(session, campaign, Channel.TEXT, NOON, 1)
    pace(sessions, NOON)
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert batch is not None
    [item] = batch.tries
    return item


def look(sessions: Sessions, carrier: Ledger, wall: datetime) -> int:
    return apart(look_up(sessions, carrier, now=wall, wall=wall, grace=GRACE))


def surfaces(carrier: Ledger, item: Try) -> None:
    """The carrier, which hung, has the text in its list."""
    sid, price = "SM1", Decimal(0)
    message = Message(sid, item.touch.address, item.body, item.id, 1, NOON, "delivered", price)
    carrier.messages[sid] = message


def goes_out_again(sessions: Sessions, now: datetime) -> bool:
    return claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now) is not None


def test_a_text_that_shows_between_two_looks_is_not_sent_twice(
    sessions: Sessions, text: Try
) -> None:
    carrier = Ledger()
    assert look(sessions, carrier, FIRST) == 0
    assert counts(sessions, TOUCHES) == {"unknown": 1}
    assert not goes_out_again(sessions, FIRST)
    surfaces(carrier, text)
    assert look(sessions, carrier, FIRST + SURE) == 1
    assert column(sessions, "SELECT sid FROM attempts") == ["SM1"]
    assert not goes_out_again(sessions, FIRST + SURE)


LATER = [(timedelta(0), 0), (SURE - SECOND, 0), (SURE, 1), (SURE * 100, 1)]


@pytest.mark.parametrize(("later", "settled"), LATER, ids=[str(later) for later, _ in LATER])
def test_what_two_looks_far_enough_apart_do_not_find_goes_out_again(
    sessions: Sessions, text: Try, later: timedelta, settled: int
) -> None:
    carrier = Ledger()
    assert look(sessions, carrier, FIRST) == 0
    assert look(sessions, carrier, FIRST + later) == settled
    assert counts(sessions, ATTEMPTS) == {"absent" if settled else "unknown": 1}
    assert goes_out_again(sessions, FIRST + later) == bool(settled)


def test_before_the_grace_is_over_nobody_looks(sessions: Sessions, text: Try) -> None:
    for _ in range(2):
        assert look(sessions, Ledger(), NOON + GRACE) == 0
    assert counts(sessions, ATTEMPTS) == {"attempting": 1}


def test_a_carrier_that_cannot_be_asked_has_not_said_that_a_text_is_absent(
    sessions: Sessions, text: Try
) -> None:
    carrier = Ledger()
    carrier.unreachable = True
    assert look(sessions, carrier, FIRST) == 0
    carrier.unreachable = False
    assert look(sessions, carrier, FIRST + SURE) == 0, "this is the first look"
    assert look(sessions, carrier, FIRST + 2 * SURE) == 1


def test_the_five_seconds_begin_when_the_carrier_has_answered(
    sessions: Sessions, text: Try
) -> None:
    clock = ManualClock(FIRST)

    class Slow(Ledger):
        async def sent_to(self, address: str) -> list[Sent]:
            clock.at += 10 * SECOND
            return await super().sent_to(address)

    apart(look_up(sessions, Slow(), now=FIRST, wall=FIRST, grace=GRACE, clock=clock))
    for later, settled in ((SURE, 0), (10 * SECOND + SURE, 1)):
        assert look(sessions, Ledger(), FIRST + later) == settled
