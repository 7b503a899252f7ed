"""Messages to our own people: reserved before they leave, booked at the carrier's price, once."""

from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.channels.port import Accepted, MailOut, NoAnswer, Outcome, TextOut
from app.channels.webhook import Webhooks
from app.domain.alarm import Trouble
from app.domain.lookout import Kind
from app.services.alerts import MOST_TRIES, Outbox, send_alerts
from app.services.own_prices import PRICE_PATIENCE, book_own_prices
from app.store import incident_desk
from app.store.campaigns import Campaign
from app.store.dearest import dearest
from app.store.engine import Sessions
from app.store.own_messages import ABSENT_AFTER, ASKED_AFTER, paid_for_own, settle_own
from app.store.pool import hold_money
from app.store.voters import Voter
from tests import factories
from tests.books import violations
from tests.engine_room import Ledger, Message
from tests.factories import NOON
from tests.scene import apart, column, run, texting

ESTIMATE, PRICE = Decimal("0.02"), Decimal("0.0083")
PHONE = "+19195550199"
SECOND = timedelta(seconds=1)


class Carrier(Ledger):
    """Takes texts, or loses them, and answers or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = self.answers = True
        self.asked = 0

    async def send(self, text: TextOut) -> Outcome:
        sid = f"SM{uuid4().hex}"
        if self.takes:
            self.messages[sid] = Message(
                sid, text.to, text.body, text.attempt_id, 1, NOON, "delivered"
            )
        return Accepted(sid, 1) if self.answers else NoAnswer("TimeoutError")

    async def sent_to(self, address: str) -> list[Any]:
        self.asked += 1
        return await super().sent_to(address)

    def price(self, each: Decimal) -> None:
        """Tells what all texts were charged."""
        for one in self.messages.values():
            one.price = each


class Relay:
    """Never says whether it has taken a mail."""

    def send(self, mails: Sequence[MailOut], wanted: Any = None) -> list[Outcome]:
        return [NoAnswer("TimeoutError")] * len(mails)

    def close(self) -> None:
        """Has nothing open."""


class Desk:
    """One alert to one address, told and paid for."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions, self.carrier = sessions, Carrier()

    def tell(self, wall: datetime = NOON) -> int:
        def going(work: Coroutine[Any, Any, Any]) -> Any:
            return apart(work)

        outbox = Outbox(self.carrier, Relay(), Webhooks(2), going, "a key", "https://v.example.org")
        return send_alerts(self.sessions, outbox, wall=wall)

    def book(self, after: timedelta) -> int:
        return apart(book_own_prices(self.sessions, self.carrier, wall=NOON + after))  # type: ignore[no-any-return]

    def money(self) -> tuple[Decimal, Decimal]:
        """What is spent and reserved; the books add up."""
        with self.sessions() as session:
            assert violations(session) == []
            spent, reserved = (
                column(self.sessions, f"SELECT {name} FROM campaigns")[0]
                for name in ("spent", "reserved")
            )
            assert paid_for_own(session, 1) == spent + reserved
        return spent, reserved


def alerting(sessions: Sessions, way: tuple[str, str]) -> Desk:
    with sessions.begin() as session:
        texting(session, 1)
        trouble = Trouble(Kind.SILENCE, "", "Nothing has gone out.", NOON, "pool_dry")
        made = incident_desk.open_incident(session, 1, trouble, now=NOON, wall=NOON)
        assert made is not None
        incident_desk.add_alerts(session, made, "opened", "Eastside: silent.", [way], NOON)
    run(sessions, "UPDATE senders SET price = 0.02")
    return Desk(sessions)


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """An alert that is to go by text."""
    return alerting(sessions, ("text", PHONE))


def test_a_text_is_reserved_at_the_estimate_and_booked_at_the_carriers_price_once(
    desk: Desk,
) -> None:
    assert desk.tell() == 1
    assert desk.money() == (0, ESTIMATE)
    assert desk.book(ASKED_AFTER) == 1
    assert desk.money() == (0, ESTIMATE), "the carrier has not told it yet"
    for price in (PRICE, PRICE * 2):
        desk.carrier.price(price)
        desk.book(timedelta(hours=1))
        assert desk.money() == (PRICE, 0)
    (entry,) = column(desk.sessions, "SELECT details FROM audit WHERE action LIKE 'own messages%'")
    assert entry == {"what": "alert", "channel": "text", "parts": 1, "cost": "0.0083"}


def test_a_dearer_price_raises_what_later_ones_hold(desk: Desk) -> None:
    desk.tell()
    desk.carrier.price(ESTIMATE * 2)
    desk.book(ASKED_AFTER)
    assert desk.money() == (ESTIMATE * 2, 0)
    with desk.sessions() as session:
        assert dearest(session, 1) == ESTIMATE * 2


def test_a_price_that_nobody_tells_is_booked_as_estimated_after_a_day(desk: Desk) -> None:
    desk.tell()
    desk.book(PRICE_PATIENCE - SECOND)
    assert desk.money() == (0, ESTIMATE)
    desk.book(PRICE_PATIENCE + timedelta(hours=1))
    assert desk.money() == (ESTIMATE, 0)


def test_what_nobody_answered_leaves_no_room_for_it_in_the_budget(desk: Desk) -> None:
    run(desk.sessions, "UPDATE campaigns SET budget = 0.02")
    desk.carrier.answers = False
    assert desk.tell() == 0
    assert desk.money() == (0, ESTIMATE)
    with desk.sessions.begin() as session:
        assert not hold_money(session, 1, PRICE, limit=Decimal(1))


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "absent"])
def test_an_alert_that_gives_up_without_an_answer_is_booked_if_the_carrier_has_it(
    desk: Desk, taken: bool
) -> None:
    run(desk.sessions, f"UPDATE alerts SET tries = {MOST_TRIES - 1}")
    desk.carrier.takes, desk.carrier.answers = taken, False
    # The list is asked before another try; nothing has gone out yet, so it shows none.
    desk.tell()
    assert column(desk.sessions, "SELECT state FROM alerts") == ["failed"]
    desk.carrier.price(PRICE)
    desk.book(ABSENT_AFTER - SECOND)
    assert desk.money() == (0, ESTIMATE), "it may still go out"
    for late in (timedelta(0), timedelta(hours=2)):
        desk.book(ABSENT_AFTER + late)
    assert desk.money() == ((PRICE if taken else 0), 0)


def test_each_try_that_may_have_gone_out_is_held_and_settled_by_itself(desk: Desk) -> None:
    desk.carrier.takes = desk.carrier.answers = False
    desk.tell()
    desk.carrier.takes = desk.carrier.answers = True
    assert desk.tell(NOON + timedelta(minutes=5)) == 1
    assert desk.money() == (0, ESTIMATE * 2)
    desk.carrier.price(PRICE)
    for hours in (1, 3, 5):
        desk.book(timedelta(hours=hours))
    assert desk.money() == (PRICE, 0)


def test_one_that_the_carrier_turns_out_to_have_is_not_paid_twice(desk: Desk) -> None:
    desk.carrier.answers = False
    desk.tell()
    desk.carrier.answers = True
    assert desk.tell(NOON + timedelta(minutes=5)) == 1
    assert len(desk.carrier.messages) == 1
    assert desk.money() == (0, ESTIMATE)
    desk.carrier.price(PRICE)
    for hours in (2, 4):
        desk.book(timedelta(hours=hours))
    assert desk.money() == (PRICE, 0)


def test_a_voters_text_to_the_same_number_is_not_taken_for_it(desk: Desk) -> None:
    desk.carrier.takes = desk.carrier.answers = False
    desk.tell()
    with desk.sessions.begin() as session:
        campaign, voters = session.scalars(select(Campaign)).one(), session.scalars(select(Voter))
        (touch,) = factories.calls(session, campaign, voters.all())
        sid = f"SM{uuid4().hex}"
        factories.attempt(session, touch, sid=sid, price=Decimal(0), segments=1)
        desk.carrier.messages[sid] = Message(sid, PHONE, "Hi", uuid4(), 1, NOON, "delivered")
    desk.carrier.price(PRICE)
    for hours in (2, 4):
        desk.book(timedelta(hours=hours))
    assert column(desk.sessions, "SELECT spent + reserved FROM campaigns") == [0]


def test_a_text_of_long_before_to_the_same_number_is_not_taken_for_it(desk: Desk) -> None:
    desk.carrier.takes = desk.carrier.answers = False
    desk.tell()
    sid, before = f"SM{uuid4().hex}", NOON - timedelta(hours=1)
    desk.carrier.messages[sid] = Message(sid, PHONE, "Hi", uuid4(), 1, before, "delivered")
    desk.carrier.price(PRICE)
    for hours in (2, 4):
        desk.book(timedelta(hours=hours))
    assert desk.money() == (0, 0)


def test_two_who_settle_the_same_book_it_once(desk: Desk) -> None:
    desk.tell()
    for cost in (PRICE, PRICE * 2, None):
        with desk.sessions.begin() as session:
            settle_own(session, {"alert:1:1": cost}, NOON)
        assert desk.money() == (PRICE, 0)


def test_a_carrier_that_cannot_be_asked_proves_nothing_absent(desk: Desk) -> None:
    desk.carrier.takes = desk.carrier.answers = False
    desk.tell()
    desk.carrier.unreachable = True
    desk.book(ABSENT_AFTER)
    assert desk.money() == (0, ESTIMATE)
    desk.book(PRICE_PATIENCE + timedelta(hours=1))
    assert desk.money() == (ESTIMATE, 0)


def test_a_mail_without_an_answer_counts_as_sent(sessions: Sessions) -> None:
    desk = alerting(sessions, ("email", "ana@example.org"))
    assert desk.tell() == 0
    assert desk.money() == (0, ESTIMATE)
    desk.book(ABSENT_AFTER)
    assert desk.money() == (ESTIMATE, 0)


def test_workers_at_once_book_it_once_and_ask_once(desk: Desk) -> None:
    desk.carrier.answers = False
    desk.tell()
    desk.carrier.price(PRICE)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: desk.book(ABSENT_AFTER), range(4)))
    desk.book(ABSENT_AFTER)  # found by one of them, and priced by the next
    assert desk.carrier.asked == 1
    assert desk.money() == (PRICE, 0)
