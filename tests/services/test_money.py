"""Money: held at release, settled at the carrier's price, given back once, and it lasts."""

from datetime import datetime, timedelta
from decimal import Decimal
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import text

from app.channels.port import Accepted, NoAnswer
from app.domain.channel import Channel
from app.services.book_prices import BEGINNING, book_estimates, book_prices
from app.services.dispatch import Batch, claim_batch
from app.services.pace import expire, pace
from app.services.receive import StatusNews, receive_status
from app.services.settle import record_outcomes
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.outcomes import put_back
from app.store.pool import hold_money
from tests.books import violations
from tests.engine_room import Ledger, Message
from tests.factories import NOON
from tests.scene import CLAIMER, apart, column, planned, run, texting

PRICE = Decimal("0.0079")
EARLY = NOON - timedelta(days=3)  # before the final week


@pytest.fixture
def ten(sessions: Sessions) -> Campaign:
    """A campaign with ten texts planned, money for six, half of it for the final week."""
    return prepared(sessions, NOON)


def prepared(sessions: Sessions, at: datetime) -> Campaign:
    with sessions.begin() as session:
        campaign, _ = texting(session, 10, budget=PRICE * 6, reserve_share=Decimal("0.5"))
        planned(session, campaign, Channel.TEXT, at, 10)
    return campaign


def claim(sessions: Sessions, now: datetime = NOON) -> Batch:
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    assert batch is not None
    return batch


def accept(sessions: Sessions, batch: Batch) -> None:
    answers = [(item.id, Accepted(f"SM{item.id.hex}", 1)) for item in batch.tries]
    record_outcomes(sessions, Channel.TEXT, answers, now=NOON, speed=1.0)


def tell(sessions: Sessions, attempt: UUID, status: str = "delivered", sid: str = "") -> str:
    news = StatusNews(attempt, sid or f"SM{attempt.hex}", status, None, {})
    return receive_status(sessions, news, now=NOON)


def bill(sessions: Sessions, batch: Batch, price: Decimal) -> None:
    """The carrier tells this price of each text of a batch."""
    carrier = Ledger()
    for item in batch.tries:
        one = Message(
            f"SM{item.id.hex}", item.touch.address, item.body, item.id, 1, NOON, "", price
        )
        carrier.messages[one.sid] = one
    apart(book_prices(sessions, carrier, after=BEGINNING))


def money(sessions: Sessions) -> tuple[Decimal, Decimal]:
    """What is spent and what is reserved, in texts at the expected price."""
    with sessions() as session:
        assert violations(session) == []
        row = session.execute(text("SELECT spent, reserved FROM campaigns")).one()
    return row.spent / PRICE, row.reserved / PRICE


def test_the_reserve_is_locked_until_the_final_week(sessions: Sessions) -> None:
    prepared(sessions, EARLY)
    pace(sessions, EARLY)
    assert money(sessions) == (0, 3)
    pace(sessions, NOON)
    assert money(sessions) == (0, 6)


def test_at_once_they_hold_no_more_than_there_is(sessions: Sessions, ten: Campaign) -> None:
    workers = [Thread(target=lambda: pace(sessions, NOON)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    pace(sessions, NOON)
    assert money(sessions) == (0, 6)


def test_a_budget_that_was_lowered_meanwhile_counts(sessions: Sessions, ten: Campaign) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE campaigns SET budget = :low"), {"low": PRICE * 2})
        assert not hold_money(session, 1, PRICE * 3, limit=PRICE * 6)
        assert hold_money(session, 1, PRICE * 2, limit=PRICE * 6)


def test_what_is_paid_is_settled_once_whoever_tells_it_again(
    sessions: Sessions, ten: Campaign
) -> None:
    pace(sessions, NOON)
    batch = claim(sessions)
    accept(sessions, batch)
    assert money(sessions) == (0, 6)
    for item in batch.tries:
        tell(sessions, item.id)
    for price in (PRICE / 2, PRICE):
        bill(sessions, batch, price)
        assert money(sessions) == (3, 0)
    assert book_estimates(sessions, before=NOON + timedelta(days=2)) == 0
    assert money(sessions) == (3, 0)


def test_a_dearer_price_raises_what_the_next_hold(sessions: Sessions, ten: Campaign) -> None:
    run(sessions, "UPDATE campaigns SET budget = 0.0079 * 8")
    run(sessions, "UPDATE plan_hours SET planned = 2")
    pace(sessions, NOON)
    batch = claim(sessions)
    accept(sessions, batch)
    for item in batch.tries:
        tell(sessions, item.id)
    bill(sessions, batch, PRICE * 2)
    assert money(sessions) == (4, 0)
    run(sessions, "UPDATE plan_hours SET planned = 10")
    pace(sessions, NOON)
    assert money(sessions) == (4, 4)  # two, at what they will cost


def test_what_was_released_before_the_price_was_known_holds_more_or_waits(
    sessions: Sessions, ten: Campaign
) -> None:
    pace(sessions, NOON)
    run(sessions, "UPDATE touches SET due_at = '2026-10-29 16:01Z' WHERE id > 2")
    first = claim(sessions)
    accept(sessions, first)
    for item in first.tries:
        tell(sessions, item.id)
    bill(sessions, first, PRICE * 2)
    assert money(sessions) == (4, 4)  # two more than there is: they were on their way
    late = claim_batch(
        sessions,
        Channel.TEXT,
        CLAIMER,
        now=NOON + timedelta(minutes=1),
        wall=NOON + timedelta(minutes=1),
    )
    assert late is None or late.tries == []
    assert expire(sessions, NOON + timedelta(days=1)) == 4
    assert money(sessions) == (4, 0)


def test_an_absent_text_gives_its_money_back_to_its_touch(
    sessions: Sessions, ten: Campaign
) -> None:
    pace(sessions, NOON)
    batch = claim(sessions)
    with sessions.begin() as session:
        put_back(session, [batch.tries[0].id], due_at=NOON, now=NOON, note="x")
    assert money(sessions) == (0, 6)
    assert column(sessions, "SELECT held FROM touches WHERE state = 'ready'") == [PRICE]


def test_a_late_callback_takes_the_money_back_from_the_touch_that_waits(
    sessions: Sessions, ten: Campaign
) -> None:
    pace(sessions, NOON)
    batch = claim(sessions)
    first = batch.tries[0].id
    with sessions.begin() as session:
        put_back(session, [first], due_at=NOON, now=NOON, note="x")
    assert tell(sessions, first, "sent") == "applied"
    assert money(sessions) == (0, 6)
    binds = {"id": first}
    assert column(sessions, "SELECT held FROM attempts WHERE id = :id", **binds) == [PRICE]


def second_try(sessions: Sessions) -> tuple[Batch, Batch]:
    """One text was called absent and is tried again; the rest is out of the way."""
    run(sessions, "UPDATE plan_hours SET planned = 1")
    pace(sessions, NOON)
    first = claim(sessions)
    with sessions.begin() as session:
        put_back(session, [first.tries[0].id], due_at=NOON, now=NOON, note="x")
    return first, claim(sessions, NOON + timedelta(seconds=1))


def test_where_another_try_is_on_its_way_both_are_held_until_one_proves_absent(
    sessions: Sessions, ten: Campaign
) -> None:
    first, second = second_try(sessions)
    assert tell(sessions, first.tries[0].id, "sent") == "applied"
    assert money(sessions) == (0, 2)
    with sessions.begin() as session:
        put_back(session, [second.tries[0].id], due_at=NOON, now=NOON, note="x")
    assert money(sessions) == (0, 1)


def test_a_message_that_a_look_up_gave_to_the_wrong_try_takes_its_price_along(
    sessions: Sessions, ten: Campaign
) -> None:
    first, second = second_try(sessions)
    own = f"SM{first.tries[0].id.hex}"
    record_outcomes(
        sessions, Channel.TEXT, [(second.tries[0].id, NoAnswer("x"))], now=NOON, speed=1.0
    )
    found = [(second.tries[0].id, Accepted(own, 1))]  # as the look-up settles it
    record_outcomes(sessions, Channel.TEXT, found, now=NOON, speed=1.0)
    run(sessions, "UPDATE attempts SET settled_at = now() WHERE sid IS NOT NULL")
    bill(sessions, first, PRICE)
    assert money(sessions) == (1, 0)
    assert tell(sessions, first.tries[0].id) == "applied"
    assert money(sessions)[0] == 1
    run(sessions, "UPDATE attempts SET settled_at = now() WHERE sid IS NOT NULL")
    bill(sessions, first, PRICE)
    assert money(sessions)[0] == 1
    assert column(sessions, "SELECT state FROM attempts WHERE sid IS NULL") == ["unknown"]
