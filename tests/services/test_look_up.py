"""Look-ups: a text is absent only when a carrier that works had its time and does not show it."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.channels.port import Accepted, NoAnswer, Sent
from app.clock import ManualClock
from app.domain.carrier_error import NEVER_SENT
from app.domain.channel import Channel
from app.services.dispatch import claim_batch
from app.services.look_up import ACCEPTS_WITHIN, SURE, Patience, look_up
from app.services.pace import expire, pace
from app.services.receive import StatusNews, receive_status
from app.services.settle import record_outcomes
from app.services.watch import watch
from app.store.engine import Sessions
from app.store.queue import Try
from app.store.unanswered import Stuck
from tests.books import violations
from tests.engine_room import Ledger, Message
from tests.factories import NOON
from tests.scene import ATTEMPTS, CLAIMER, TOUCHES, apart, column, counts, planned, texting

GRACE = timedelta(seconds=30)
PATIENCE = Patience(GRACE)
FIRST = NOON + GRACE + timedelta(seconds=1)
"""When it is looked up first."""
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
NIGHT = NOON + timedelta(hours=12)


def claimed(sessions: Sessions, now: datetime) -> Try:
    batch = claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)
    assert batch is not None
    [item] = batch.tries
    return item


@pytest.fixture
def posted(sessions: Sessions) -> Try:
    """A text that was posted, and of which nobody has heard since: its worker died."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 2)
        planned(session, campaign, Channel.TEXT, NOON, 1)
    pace(sessions, NOON)
    return claimed(sessions, NOON)


@pytest.fixture
def hung(sessions: Sessions, posted: Try) -> Try:
    """One that the carrier gave no answer to."""
    record_outcomes(
        sessions, Channel.TEXT, [(posted.id, NoAnswer("TimeoutError"))], now=NOON, speed=1
    )
    return posted


def look(sessions: Sessions, carrier: Ledger, wall: datetime) -> int:
    return apart(look_up(sessions, carrier, now=wall, wall=wall, patience=PATIENCE))


def looks_until(sessions: Sessions, carrier: Ledger, begin: datetime, end: datetime) -> int:
    """Looks up every half minute, as a worker does more often; how many were settled."""
    settled, at = 0, begin
    while at <= end:
        settled += look(sessions, carrier, at)
        at += MINUTE / 2
    return settled


def surfaces(carrier: Ledger, item: Try) -> None:
    """The carrier, which hung, has the text in its list."""
    sid, price = "SM1", Decimal(0)
    message = Message(sid, item.touch.address, item.body, item.id, 1, NOON, "delivered", price)
    carrier.messages[sid] = message


def another(sessions: Sessions, at: datetime) -> UUID:
    """Another text goes out, and the carrier takes it."""
    with sessions.begin() as session:
        session.execute(text("UPDATE plan_hours SET planned = planned + 1"))
    pace(sessions, at)
    item = claimed(sessions, at)
    said = Accepted("SM2", 1, None, "queued")
    record_outcomes(sessions, Channel.TEXT, [(item.id, said)], now=at, speed=1)
    return item.id


OF_ANOTHER = """
WITH copied AS (
    INSERT INTO campaigns (name, zone, polling_day, polls_open, polls_close, starts_at, budget,
                           reserve_share, created_at)
    SELECT 'Another', zone, polling_day, polls_open, polls_close, starts_at, budget, reserve_share,
           created_at FROM campaigns LIMIT 1 RETURNING id
)
UPDATE attempts SET campaign_id = copied.id FROM copied WHERE attempts.id = :id
"""
"""The attempt is one of another campaign, at the same carrier."""


def goes_out_again(sessions: Sessions, now: datetime) -> bool:
    return claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now) is not None


SHOWS = [timedelta(seconds=40), timedelta(minutes=3), timedelta(minutes=9, seconds=50)]


@pytest.mark.parametrize("after", SHOWS, ids=str)
def test_a_text_that_the_carrier_takes_in_late_is_not_sent_twice(
    sessions: Sessions, posted: Try, after: timedelta
) -> None:
    carrier = Ledger()
    assert looks_until(sessions, carrier, FIRST, NOON + after) == 0
    assert counts(sessions, TOUCHES) == {"unknown": 1}
    assert not goes_out_again(sessions, NOON + after)
    surfaces(carrier, posted)
    assert looks_until(sessions, carrier, NOON + after, NOON + 2 * ACCEPTS_WITHIN) == 1
    assert column(sessions, "SELECT sid FROM attempts") == ["SM1"]
    assert not goes_out_again(sessions, NOON + 2 * ACCEPTS_WITHIN)


def test_what_a_dead_worker_had_goes_out_again_when_the_carrier_had_its_time(
    sessions: Sessions, posted: Try
) -> None:
    carrier = Ledger()
    assert looks_until(sessions, carrier, FIRST, NOON + ACCEPTS_WITHIN - SECOND) == 0
    assert not goes_out_again(sessions, NOON + ACCEPTS_WITHIN - SECOND)
    assert looks_until(sessions, carrier, NOON + ACCEPTS_WITHIN, NOON + 2 * ACCEPTS_WITHIN) == 1
    assert counts(sessions, ATTEMPTS) == {"absent": 1}
    assert goes_out_again(sessions, NOON + 2 * ACCEPTS_WITHIN)


def test_one_look_is_not_enough_however_late(sessions: Sessions, posted: Try) -> None:
    late = NOON + 3 * ACCEPTS_WITHIN
    assert look(sessions, Ledger(), late) == 0
    assert look(sessions, Ledger(), late + SURE - SECOND) == 0
    assert look(sessions, Ledger(), late + SURE) == 1


def test_while_the_carrier_answers_nothing_it_is_not_sent_again(
    sessions: Sessions, hung: Try
) -> None:
    carrier = Ledger()
    assert looks_until(sessions, carrier, FIRST, NOON + 3 * ACCEPTS_WITHIN) == 0
    surfaces(carrier, hung)
    assert looks_until(sessions, carrier, NOON + 3 * ACCEPTS_WITHIN, NOON + timedelta(hours=1)) == 1
    assert counts(sessions, ATTEMPTS) == {"accepted": 1}


def test_nor_is_what_another_was_answered_nothing_of(sessions: Sessions, posted: Try) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE plan_hours SET planned = 2"))
    pace(sessions, NOON)
    second = claimed(sessions, NOON)
    record_outcomes(
        sessions, Channel.TEXT, [(second.id, NoAnswer("TimeoutError"))], now=NOON, speed=1
    )
    assert looks_until(sessions, Ledger(), FIRST, NOON + 3 * ACCEPTS_WITHIN) == 0


def test_once_it_takes_what_came_later_it_has_its_time_and_then_it_is_sent_again(
    sessions: Sessions, hung: Try
) -> None:
    carrier, works = Ledger(), NOON + 20 * MINUTE
    assert looks_until(sessions, carrier, FIRST, works) == 0
    elsewhere = another(sessions, works)
    with sessions.begin() as session:
        session.execute(text(OF_ANOTHER), {"id": elsewhere})
    assert looks_until(sessions, carrier, works, works + ACCEPTS_WITHIN - SECOND) == 0
    assert looks_until(sessions, carrier, works + ACCEPTS_WITHIN, works + 20 * MINUTE) == 1
    assert counts(sessions, ATTEMPTS) == {"accepted": 1, "absent": 1}


def test_a_message_of_that_time_with_other_words_is_a_doubt(
    sessions: Sessions, posted: Try
) -> None:
    carrier = Ledger()
    surfaces(carrier, posted)
    carrier.messages["SM1"].body = "Hi, other words"
    assert looks_until(sessions, carrier, FIRST, NOON + 3 * ACCEPTS_WITHIN) == 0
    carrier.messages["SM1"].created_at = NOON - MINUTE
    assert looks_until(sessions, carrier, NOON + 3 * ACCEPTS_WITHIN, NOON + timedelta(hours=1)) == 1
    assert counts(sessions, ATTEMPTS) == {"absent": 1}, "what is older is not of it"


@pytest.fixture
def doubtful(sessions: Sessions, hung: Try) -> Try:
    """One whose open hours ended while nobody knew."""
    looks_until(sessions, Ledger(), FIRST, FIRST + 20 * MINUTE)
    expire(sessions, NIGHT)
    assert looks_until(sessions, Ledger(), NIGHT, NIGHT + 10 * MINUTE) == 1
    return hung


def test_what_stays_in_doubt_ends_with_its_open_hours(sessions: Sessions, doubtful: Try) -> None:
    assert counts(sessions, ATTEMPTS) == {"unsure": 1}
    assert counts(sessions, TOUCHES) == {"undelivered": 1}
    assert column(sessions, "SELECT sum(texts) FROM targets") == [1], "it counts in the caps"
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]
    paid = "SELECT spent > 0 AND spent = (SELECT sum(price) FROM attempts) FROM campaigns"
    assert column(sessions, paid) == [True], "it may have arrived, and been paid for"
    with sessions() as session:
        assert violations(session) == []


def test_and_organizers_are_told_once(sessions: Sessions, doubtful: Try) -> None:
    for at in (NIGHT + 15 * MINUTE, NIGHT + 16 * MINUTE):
        watch(sessions, now=at, wall=at)
    told = "SELECT said FROM incidents WHERE kind = 'unsure' AND closed_at IS NULL"
    assert len(column(sessions, told)) == 1
    watch(sessions, now=NIGHT + timedelta(hours=3), wall=NIGHT + timedelta(hours=3))
    assert column(sessions, told) == []


def test_a_callback_still_tells_what_became_of_it(sessions: Sessions, doubtful: Try) -> None:
    late = NIGHT + timedelta(hours=1)
    for status in ("sent", "delivered"):
        news = StatusNews(doubtful.id, "SM1", status, None, {"MessageStatus": status})
        assert receive_status(sessions, news, now=late) == "applied"
    assert counts(sessions, ATTEMPTS) == {"delivered": 1}
    assert column(sessions, "SELECT sum(texts) FROM targets") == [1]
    with sessions() as session:
        assert violations(session) == []


def test_before_the_grace_is_over_nobody_looks(sessions: Sessions, posted: Try) -> None:
    for _ in range(2):
        assert look(sessions, Ledger(), NOON + GRACE) == 0
    assert counts(sessions, ATTEMPTS) == {"attempting": 1}
    assert column(sessions, "SELECT looks FROM attempts") == [0]


class Meanwhile(Ledger):
    """A carrier that calls back of one text while it is asked."""

    def __init__(self, sessions: Sessions, of: Try) -> None:
        super().__init__()
        self.sessions, self.of = sessions, of

    async def sent_to(self, address: str) -> list[Sent]:
        """The list, as it was before."""
        if address == self.of.touch.address:
            news = StatusNews(self.of.id, "SM3", "sent", None, {})
            receive_status(self.sessions, news, now=FIRST)
        return await super().sent_to(address)


def test_of_several_at_once_each_is_settled_or_waits_by_itself(
    sessions: Sessions, posted: Try
) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE plan_hours SET planned = planned + 1"))
    pace(sessions, NOON)
    other = claimed(sessions, NOON)
    carrier = Meanwhile(sessions, other)
    assert look(sessions, carrier, FIRST) == 0
    assert counts(sessions, ATTEMPTS) == {"attempting": 1, "sent": 1}
    assert counts(sessions, TOUCHES) == {"accepted": 1, "unknown": 1}
    assert column(sessions, "SELECT looks FROM attempts ORDER BY state") == [1, 0]
    surfaces(carrier, posted)
    assert look(sessions, carrier, FIRST + MINUTE) == 1


def test_a_carrier_that_cannot_be_asked_has_not_said_that_a_text_is_absent(
    sessions: Sessions, posted: Try
) -> None:
    carrier, late = Ledger(), NOON + 2 * ACCEPTS_WITHIN
    carrier.unreachable = True
    assert looks_until(sessions, carrier, FIRST, late) == 0
    carrier.unreachable = False
    assert look(sessions, carrier, late + MINUTE) == 0, "this is the first look"
    assert look(sessions, carrier, late + 2 * MINUTE) == 1


def test_one_of_which_the_carrier_can_never_be_asked_ends_too(
    sessions: Sessions, posted: Try
) -> None:
    carrier = Ledger()
    carrier.unreachable = True
    assert look(sessions, carrier, NIGHT) == 0
    assert look(sessions, carrier, NIGHT + timedelta(hours=12)) == 1
    assert counts(sessions, TOUCHES) == {"undelivered": 1}


def test_the_five_seconds_begin_when_the_carrier_has_answered(
    sessions: Sessions, posted: Try
) -> None:
    late = NOON + 2 * ACCEPTS_WITHIN
    clock = ManualClock(late)

    class Slow(Ledger):
        async def sent_to(self, address: str) -> list[Sent]:
            clock.at += 10 * SECOND
            return await super().sent_to(address)

    apart(look_up(sessions, Slow(), now=late, wall=late, patience=PATIENCE, clock=clock))
    for later, settled in ((SURE, 0), (10 * SECOND + SURE, 1)):
        assert look(sessions, Ledger(), late + later) == settled


@given(st.integers(0, 1000), st.timedeltas(GRACE, timedelta(hours=30)))
def test_each_look_has_a_next_one_later_and_one_falls_when_the_time_is_over(
    looks: int, after: timedelta
) -> None:
    item = Stuck(UUID(int=1), 1, "", "", NOON, NOON, NIGHT, looks)
    answered = NOON + after
    then = PATIENCE.next_look(item, answered)
    assert SECOND * 5 <= then - answered <= 5 * MINUTE
    over = NOON + ACCEPTS_WITHIN
    assert not answered < over < then or then <= answered + SURE


@given(st.timedeltas(timedelta(0), timedelta(hours=1)), st.timedeltas(GRACE, timedelta(hours=1)))
def test_nothing_is_valid_at_the_carrier_any_more_when_it_is_sent_again(
    grace: timedelta, accepts_within: timedelta
) -> None:
    patience = Patience(grace, SURE, accepts_within)
    item = Stuck(UUID(int=1), 1, "", "", NOON, NOON, NIGHT, looks=1)
    left_us = NOON + grace  # at the latest
    over = left_us + patience.valid_for
    assert not patience.is_over(item, over - timedelta(microseconds=1))
    assert patience.is_over(item, max(over, NOON + accepts_within))


def test_what_the_carrier_took_in_too_late_to_send_it_keeps_nothing_from_going_out(
    sessions: Sessions, posted: Try
) -> None:
    late = NOON + 2 * ACCEPTS_WITHIN
    assert looks_until(sessions, Ledger(), FIRST, late) == 1
    news = StatusNews(posted.id, "SM1", "failed", NEVER_SENT, {"MessageStatus": "failed"})
    assert receive_status(sessions, news, now=late) == "stale"
    assert counts(sessions, ATTEMPTS) == {"absent": 1}
    assert column(sessions, "SELECT sid FROM attempts") == ["SM1"], "nobody takes it for another"
    assert goes_out_again(sessions, late)
    with sessions() as session:
        assert violations(session) == []


def test_what_waited_at_the_carrier_until_it_was_not_valid_any_more_is_tried_again(
    sessions: Sessions, posted: Try
) -> None:
    said = Accepted("SM1", 1, None, "queued")
    record_outcomes(sessions, Channel.TEXT, [(posted.id, said)], now=NOON, speed=1)
    late = NOON + ACCEPTS_WITHIN
    news = StatusNews(posted.id, "SM1", "failed", NEVER_SENT, {"MessageStatus": "failed"})
    assert receive_status(sessions, news, now=late) == "applied"
    assert counts(sessions, ATTEMPTS) == {"failed": 1}
    assert column(sessions, "SELECT reserved + spent FROM campaigns") == [0]
    again = "SELECT min(next_text_at) - CAST(:late AS timestamptz) FROM targets WHERE texts = 1"
    assert column(sessions, again, late=late) == [timedelta(hours=2)]
