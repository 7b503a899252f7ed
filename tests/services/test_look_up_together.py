"""Look-ups of a batch: what a dead worker had before it is settled at once, each text by itself."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.channels.port import Sent
from app.domain.channel import Channel
from app.services.dispatch import claim_batch
from app.services.look_up import ACCEPTS_WITHIN, Patience, look_up
from app.services.pace import pace
from app.services.receive import StatusNews, receive_status
from app.store.engine import Sessions
from app.store.queue import Try
from app.store.unanswered import look_again
from tests.books import violations
from tests.engine_room import Ledger, Message
from tests.factories import NOON
from tests.processes import until
from tests.scene import ATTEMPTS, CLAIMER, TOUCHES, apart, column, counts, planned, texting

PATIENCE = Patience(timedelta(seconds=30))
EARLY, LATE = NOON + timedelta(minutes=1), NOON + ACCEPTS_WITHIN + timedelta(minutes=1)
OLDER = NOON - timedelta(hours=1)
WAITING = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
USED = "SELECT day_used FROM senders WHERE channel = 'text'"


class Carrier(Ledger):
    """A carrier that calls back of one text while it is asked of `meanwhile`."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__()
        self.sessions, self.meanwhile = sessions, list[Try]()

    async def sent_to(self, address: str) -> list[Sent]:
        """The list, as it was before."""
        for item in self.meanwhile:
            if item.touch.address == address:
                news = StatusNews(item.id, "SM9", "sent", None, {})
                receive_status(self.sessions, news, now=LATE)
        return await super().sent_to(address)

    def lists(self, item: Try, words: str) -> None:
        """Has the text, with these words."""
        [price] = column(self.sessions, "SELECT max(price) FROM senders")
        said = Message("SM1", item.touch.address, words, item.id, 1, NOON, "delivered", price)
        self.messages["SM1"] = said


@pytest.fixture
def batch(sessions: Sessions) -> list[Try]:
    """Six texts of which nobody has heard since their worker died."""
    with sessions.begin() as session:
        campaign, _ = texting(session, 6)
        planned(session, campaign, Channel.TEXT, NOON, 6)
        session.execute(text("UPDATE senders SET per_day = 1000 WHERE channel = 'text'"))
    pace(sessions, NOON)
    found = claim_batch(sessions, Channel.TEXT, CLAIMER, now=NOON, wall=NOON)
    assert found is not None
    assert len(found.tries) == 6
    return list(found.tries)


@pytest.fixture
def carrier(sessions: Sessions) -> Carrier:
    """One that has nothing yet, and was looked at once."""
    return Carrier(sessions)


def settled(sessions: Sessions, carrier: Carrier) -> int:
    """How many a late look settles, after a first one that settles none."""
    assert apart(look_up(sessions, carrier, now=EARLY, wall=EARLY, patience=PATIENCE)) == 0
    return apart(look_up(sessions, carrier, now=LATE, wall=LATE, patience=PATIENCE))


def waits(sessions: Sessions) -> bool:
    """Whether somebody waits for a lock in this database."""
    return bool(column(sessions, WAITING))


def right(sessions: Sessions) -> bool:
    with sessions() as session:
        return violations(session) == []


@pytest.mark.usefixtures("batch")
def test_all_that_the_carrier_does_not_have_goes_out_again_and_the_day_has_room_for_it(
    sessions: Sessions, carrier: Carrier
) -> None:
    assert column(sessions, USED) == [6]
    assert settled(sessions, carrier) == 6
    assert counts(sessions, ATTEMPTS) == {"absent": 6}
    assert counts(sessions, TOUCHES) == {"ready": 6}
    assert column(sessions, USED) == [0]
    assert right(sessions)
    again = claim_batch(sessions, Channel.TEXT, CLAIMER, now=LATE, wall=LATE)
    assert again is not None
    assert len(again.tries) == 6


def test_one_that_it_has_is_found_and_one_in_doubt_waits_for_another_look(
    sessions: Sessions, carrier: Carrier, batch: list[Try]
) -> None:
    carrier.lists(batch[2], "Other words, of that time")
    assert settled(sessions, carrier) == 5
    assert counts(sessions, ATTEMPTS) == {"absent": 5, "attempting": 1}
    assert column(sessions, "SELECT looks FROM attempts WHERE state = 'attempting'") == [2]
    carrier.lists(batch[2], batch[2].body)
    later = LATE + timedelta(minutes=10)
    assert apart(look_up(sessions, carrier, now=later, wall=later, patience=PATIENCE)) == 1
    assert counts(sessions, ATTEMPTS) == {"absent": 5, "accepted": 1}
    assert right(sessions)


def test_one_of_which_a_callback_tells_meanwhile_is_not_sent_again(
    sessions: Sessions, carrier: Carrier, batch: list[Try]
) -> None:
    assert apart(look_up(sessions, carrier, now=EARLY, wall=EARLY, patience=PATIENCE)) == 0
    carrier.meanwhile = batch[3:4]
    assert apart(look_up(sessions, carrier, now=LATE, wall=LATE, patience=PATIENCE)) == 5
    assert counts(sessions, ATTEMPTS) == {"absent": 5, "sent": 1}
    assert counts(sessions, TOUCHES) == {"ready": 5, "accepted": 1}
    assert column(sessions, USED) == [1]
    assert right(sessions)


@pytest.mark.usefixtures("batch")
def test_a_sign_of_doubt_that_comes_while_they_are_locked_keeps_all_from_going_out_again(
    sessions: Sessions, carrier: Carrier
) -> None:
    with ThreadPoolExecutor(1) as other:
        assert apart(look_up(sessions, carrier, now=EARLY, wall=EARLY, patience=PATIENCE)) == 0
        with sessions.begin() as session:
            session.execute(text("SELECT FROM targets ORDER BY voter_id LIMIT 1 FOR UPDATE"))
            late = other.submit(
                asyncio.run, look_up(sessions, carrier, now=LATE, wall=LATE, patience=PATIENCE)
            )
            until(lambda: waits(sessions), "a look-up that waits for the lock")
            # Of one the carrier was not heard: it may have all that it took in at that time.
            session.execute(
                text(
                    "UPDATE attempts SET state = 'unknown' "
                    "WHERE touch_id = (SELECT max(id) FROM touches)"
                )
            )
        assert late.result() == 0
    assert counts(sessions, ATTEMPTS) == {"attempting": 5, "unknown": 1}


def test_whoever_leaves_texts_alone_takes_their_locks_in_order(
    sessions: Sessions, batch: list[Try]
) -> None:
    last_first = {item.id: LATE for item in reversed(batch)}

    def leave_alone() -> None:
        with sessions.begin() as session:
            look_again(session, last_first, looked=True)

    with ThreadPoolExecutor(1) as other:
        with sessions.begin() as session:
            session.execute(text("SELECT FROM touches ORDER BY id LIMIT 1 FOR UPDATE"))
            left = other.submit(leave_alone)
            until(lambda: waits(sessions), "one that waits for the lock")
            # It holds none of the others meanwhile: nobody waits in a ring.
            session.execute(text("SELECT FROM touches ORDER BY id OFFSET 1 FOR UPDATE NOWAIT"))
        left.result()
    assert column(sessions, "SELECT DISTINCT looks FROM attempts") == [1]
