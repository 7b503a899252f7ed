"""Several senders over real HTTP: the sick get less, the stopped nothing, and nothing is lost."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.channels.port import Outcome, Refused, Sent, TextOut
from app.channels.twilio_text import TwilioTexts
from app.domain.channel import Channel
from app.services.pace import pace
from app.services.receive import StatusNews, receive_status
from app.services.send_texts import drain_texts
from app.services.sender_health import measure_senders
from app.store.campaigns import Sender
from app.store.engine import Sessions
from app.store.rates import settle_room, take_room
from tests.factories import NOON
from tests.processes import Carrier
from tests.scene import ATTEMPTS, CLAIMER, SENDER, TOUCHES, Desk, apart, column, counts, planned
from tests.scene import texting as texting_scene

OTHER = "+19195550143"
FULL, NOT_OURS = "+15005550008", "+15005550007"
"""Twilio's numbers from which everything is refused: the queue is full; not the account's."""
BY_SENDER = (
    "SELECT s.address, count(*) FROM attempts a JOIN senders s ON s.id = a.sender_id "
    "WHERE a.state <> 'absent' GROUP BY 1"
)


def scene(sessions: Sessions, carrier: Carrier, number: int, *others: str, **facts: Any) -> Desk:
    """So many texts due, to go out by SENDER and the others."""
    with sessions.begin() as session:
        campaign, _ = texting_scene(session, number)
        for address in others:
            row = {"per_second": 10_000, "price": Decimal("0.0079"), **facts}
            session.add(
                Sender(
                    campaign_id=campaign.id,
                    channel=Channel.TEXT,
                    name=address,
                    address=address,
                    **row,
                )
            )
        session.flush()
        # The others have never sent, so that it is their turn.
        session.execute(
            text("UPDATE senders SET next_free_at = :at WHERE address = :address"),
            {"at": NOON, "address": SENDER},
        )
        planned(session, campaign, Channel.TEXT, NOON, number)
    pace(sessions, NOON)
    return Desk(sessions, carrier)


def run(desk: Desk, statement: str, **binds: Any) -> None:
    with desk.sessions.begin() as session:
        session.execute(text(statement), binds)


def sent(desk: Desk) -> Counter[str]:
    """The carrier's own ledger: messages by sender."""
    ledger = desk.carrier.ledger(kind="text")
    assert len({entry["to"] for entry in ledger}) == len(ledger), "somebody was texted twice"
    return Counter(entry["from"] for entry in ledger)


def test_what_one_sender_may_not_send_goes_out_by_the_other_at_once(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 30, FULL)
    desk.send_texts()
    assert sent(desk) == {SENDER: 30}
    assert counts(sessions, TOUCHES) == {"accepted": 30}
    assert column(sessions, f"SELECT slow_downs FROM senders WHERE address = '{FULL}'") == [1]


def test_a_sender_that_is_slowed_rests_longer_each_time_and_recovers_with_the_first_success(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 4)
    run(desk, "UPDATE senders SET address = :full WHERE channel = 'text'", full=FULL)
    rests = []
    for _ in range(8):
        assert desk.send_texts() == 4
        assert desk.send_texts() == 0, "it rests"
        until = column(sessions, "SELECT slow_until FROM senders WHERE channel = 'text'")[0]
        rests.append((until - desk.clock.at).total_seconds())
        desk.clock.at = until
    wholes = [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(whole / 2 <= rest <= whole for rest, whole in zip(rests, wholes, strict=True))
    assert counts(sessions, TOUCHES) == {"ready": 4}
    run(desk, "UPDATE senders SET address = :well WHERE channel = 'text'", well=SENDER)
    desk.send_texts()
    assert sent(desk) == {SENDER: 4}
    assert column(sessions, "SELECT slow_downs FROM senders WHERE channel = 'text'") == [0]


def test_several_batches_that_hit_the_same_limit_are_one_slow_down(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 150)  # three lanes of fifty at the same time
    run(desk, "UPDATE senders SET address = :full WHERE channel = 'text'", full=FULL)
    desk.send_texts()
    assert column(sessions, "SELECT slow_downs FROM senders WHERE channel = 'text'") == [1]


def test_a_sender_that_the_carrier_refuses_is_stopped_and_the_other_goes_on(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 30, NOT_OURS)
    desk.send_texts()
    assert sent(desk) == {SENDER: 30}
    stopped = counts(sessions, "SELECT address, stopped FROM senders WHERE channel = 'text'")
    assert stopped[SENDER] == ""
    assert stopped[NOT_OURS].startswith("21606")
    assert column(sessions, "SELECT sum(texts) FROM targets") == [30]


class Picky:
    """The carrier, but for one of whose senders nobody can be reached: a port of its own."""

    def __init__(self, carrier: TwilioTexts, *refused: str) -> None:
        self._carrier, self._refused = carrier, refused

    async def send(self, text: TextOut) -> Outcome:
        """Refuses what comes from some senders, as Twilio does for some countries and networks."""
        if text.sender in self._refused:
            return Refused(21612, "not reachable from this sender")
        return await self._carrier.send(text)

    async def sent_to(self, address: str) -> list[Sent]:
        """As the carrier says."""
        return await self._carrier.sent_to(address)

    async def fetch(self, sid: str) -> Sent | None:
        """As the carrier says."""
        return await self._carrier.fetch(sid)

    async def close(self) -> None:
        """Closes the carrier's connections."""
        await self._carrier.close()


def send_picky(desk: Desk, *refused: str) -> int:
    async def work() -> int:
        port = Picky(desk.texts(), *refused)
        try:
            return await drain_texts(desk.sessions, port, desk.clock, CLAIMER)
        finally:
            await port.close()

    return apart(work())


def test_whom_one_sender_cannot_reach_another_tries(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 10, OTHER)
    send_picky(desk, OTHER)
    assert sent(desk) == {SENDER: 10}
    assert counts(sessions, TOUCHES) == {"accepted": 10}
    assert column(sessions, "SELECT max(tries) FROM touches") == [2], "each sender tried once"


def test_whom_no_sender_can_reach_fails_once_all_have_tried(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 10, OTHER)
    assert send_picky(desk, SENDER, OTHER) == 20
    assert sent(desk) == {}
    assert counts(sessions, TOUCHES) == {"failed": 10}
    assert counts(sessions, ATTEMPTS) == {"absent": 10, "failed": 10}
    assert column(sessions, "SELECT reserved FROM campaigns") == [0]
    assert column(sessions, "SELECT count(*) FROM dead_addresses") == [0]


def test_a_stopped_sender_is_no_other_sender(sessions: Sessions, carrier_process: Carrier) -> None:
    desk = scene(sessions, carrier_process, 3, OTHER, stopped="by hand")
    send_picky(desk, SENDER)
    assert counts(sessions, TOUCHES) == {"failed": 3}


def tell(desk: Desk, address: str, status: str, code: int | None = None) -> None:
    """The carrier's callbacks for all that this sender has on its way."""
    with desk.sessions() as session:
        rows = session.execute(
            text(
                "SELECT a.id, a.sid FROM attempts a JOIN senders s ON s.id = a.sender_id "
                "WHERE s.address = :address AND a.state = 'accepted'"
            ),
            {"address": address},
        ).all()
    for row in rows:
        news = StatusNews(row.id, row.sid, status, code, {})
        receive_status(desk.sessions, news, now=desk.clock.at)


def measure(desk: Desk) -> None:
    """As the worker does, every ten seconds for a minute."""
    for _ in range(6):
        desk.clock.at += timedelta(seconds=10)
        at = desk.clock.at
        assert measure_senders(desk.sessions, now=at, wall=at, speed=1.0) > 0
        assert measure_senders(desk.sessions, now=at, wall=at, speed=1.0) == 0, "done by another"


def test_work_moves_away_from_a_sick_sender_and_slowly_back(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 160, OTHER)
    run(desk, "UPDATE senders SET per_second = 10 WHERE channel = 'text'")
    for _ in range(3):
        desk.send_texts()
        desk.clock.at += timedelta(seconds=1)
    before = counts(sessions, BY_SENDER)
    assert before == {SENDER: 30, OTHER: 30}, "the well share alike"
    tell(desk, OTHER, "undelivered", 30007)
    tell(desk, SENDER, "delivered")
    measure(desk)
    health = counts(sessions, "SELECT address, health FROM senders WHERE channel = 'text'")
    assert health[SENDER] > 0.9
    assert health[OTHER] < 0.1
    for _ in range(3):
        desk.send_texts()
        desk.clock.at += timedelta(seconds=1)
    after = counts(sessions, BY_SENDER)
    assert after[SENDER] - before[SENDER] == 30, "the well one sends at its rate"
    assert 1 <= after[OTHER] - before[OTHER] <= 6, "the sick one is tried now and then"
    tell(desk, OTHER, "delivered")
    desk.clock.at += timedelta(minutes=4)  # what failed lies behind
    measure(desk)
    again = column(sessions, f"SELECT health FROM senders WHERE address = '{OTHER}'")[0]
    assert health[OTHER] < again <= health[OTHER] + 0.2
    sent(desk)


def test_what_all_senders_suffer_slows_none_of_them(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 80, OTHER)
    run(desk, "UPDATE senders SET per_second = 10, health = 0.02 WHERE channel = 'text'")
    assert desk.send_texts() == 20


def test_limits_hold_whoever_takes_room_at_the_same_time(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 1)
    run(desk, "UPDATE senders SET per_second = 100, per_minute = 610, per_day = 1000")

    def worker(number: int) -> list[tuple[float, int]]:
        taken = []
        for turn in range(60):
            at = turn + number / 10
            with sessions.begin() as session:
                room = take_room(session, 1, 7, NOON + timedelta(seconds=at))
            if room is not None:
                used = room.segments if turn % 3 else 0
                with sessions.begin() as session:
                    settle_room(session, room, used)
                taken.append((at, used))
        return taken

    with ThreadPoolExecutor(4) as threads:
        found = [one for taken in threads.map(worker, range(4)) for one in taken]
    assert sum(used for _, used in found) <= 1000
    used = column(sessions, "SELECT day_used FROM senders WHERE id = 1")
    assert used == [sum(used for _, used in found)]


def test_a_carrier_out_of_reach_does_not_use_the_day_up_and_is_not_asked_all_the_time(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 6)
    run(desk, "UPDATE senders SET per_day = 10 WHERE channel = 'text'")
    desk.carrier.running.kill()
    tries = 0
    for _ in range(60):
        tries += desk.send_texts()
        desk.clock.at += timedelta(seconds=5)
    assert 6 * 6 <= tries <= 6 * 14
    assert column(sessions, "SELECT day_used FROM senders WHERE channel = 'text'") == [0]
    assert counts(sessions, TOUCHES) == {"ready": 6}


def test_the_days_limit_is_counted_in_segments_and_no_text_is_split(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    with sessions.begin() as session:
        campaign, _ = texting_scene(session, 5)
        session.execute(text("UPDATE scripts SET body = body || repeat(' vote', 60)"))
        session.execute(text("UPDATE senders SET per_day = 8 WHERE channel = 'text'"))
        planned(session, campaign, Channel.TEXT, NOON, 5)
    pace(sessions, NOON)
    desk = Desk(sessions, carrier_process)
    assert desk.send_texts() == 2
    assert desk.send_texts() == 0
    assert column(sessions, "SELECT day_used FROM senders WHERE channel = 'text'") == [6]
    assert counts(sessions, TOUCHES) == {"accepted": 2, "ready": 3}
    desk.clock.at += timedelta(hours=9, minutes=-1)  # past midnight in UTC, evening for the voter
    assert desk.send_texts() == 2


def test_money_is_held_for_the_dearest_sender_that_may_send(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 4, OTHER, price=Decimal("0.02"))
    assert column(sessions, "SELECT reserved FROM campaigns") == [Decimal("0.08")]
    desk.send_texts()
    held = "SELECT sum(held) FROM attempts"
    assert column(sessions, held) == column(sessions, "SELECT reserved FROM campaigns")


@pytest.mark.parametrize(("budget", "sent_by"), [("20000", 4), ("0.0527", 0)])
def test_a_dearer_sender_added_later_sends_only_what_the_money_lasts_for(
    sessions: Sessions, carrier_process: Carrier, budget: str, sent_by: int
) -> None:
    desk = scene(sessions, carrier_process, 4)  # a budget of 0.0527 less its reserve: 0.03162
    run(desk, "UPDATE senders SET price = 0.02 WHERE channel = 'text'")
    run(desk, "UPDATE campaigns SET budget = :budget", budget=Decimal(budget))
    assert desk.send_texts() == sent_by
    reserved = column(sessions, "SELECT reserved FROM campaigns")[0]
    assert reserved == (Decimal("0.08") if sent_by else Decimal("0.0316"))
    assert desk.send_texts() == 0, "what cannot be paid is not asked about all the time"
    state = "accepted" if sent_by else "ready"
    assert counts(sessions, TOUCHES) == {state: 4}


def test_a_text_that_is_too_late_once_it_has_a_connection_does_not_leave(
    sessions: Sessions, carrier_process: Carrier
) -> None:
    desk = scene(sessions, carrier_process, 0)

    async def work() -> list[Outcome]:
        port = desk.texts()
        ids = ["00000000-0000-4000-8000-00000000000" + str(number) for number in range(4)]
        try:
            return [
                await port.send(
                    TextOut(key, "+19195550199", SENDER, "Vote", 60, leave_within=within)  # type: ignore[arg-type]
                )
                # New connection and late; kept connection and in time; kept and late; in time.
                for key, within in zip(ids, (0.0, 60.0, 0.0, 60.0), strict=True)
            ]
        finally:
            await port.close()

    said = [type(one).__name__ for one in apart(work())]
    assert said == ["NotProcessed", "Accepted", "NotProcessed", "Accepted"]
    assert len(desk.carrier.ledger(kind="text")) == 2
