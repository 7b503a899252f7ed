"""Real processes, really killed: nothing is lost and nothing goes out twice."""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from app.store.engine import Sessions
from tests.conftest import StartCarrier, StartWeb, StartWorker
from tests.factories import NOON
from tests.processes import Carrier, Running
from tests.scene import column, counts, planned, texting

TEXTS = 120
TOUCHES = "SELECT state, count(*) FROM touches WHERE channel = 'text' GROUP BY state"
"""The pacer mails a few besides, so that nothing is ever silent."""
QUICK = {
    "LASTMILE_TEXT_LEASE_SECONDS": 2,
    "LASTMILE_TWILIO_TIMEOUT_SECONDS": 2,
    "LASTMILE_SEND_BATCH": 40,
}


def until(done: Callable[[], bool], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"not in {seconds} s: {what}"
        time.sleep(0.05)


@pytest.fixture
def carrier(sessions: Sessions, start_carrier: StartCarrier) -> Carrier:
    """A slow carrier, and texts and mails planned for the hour that has just passed."""
    with sessions.begin() as session:
        campaign, _ = texting(session, TEXTS)
        planned(session, campaign, Channel.TEXT, NOON, TEXTS)
        session.execute(text("UPDATE senders SET per_second = 60"))
        save_anchor(session.connection(), Anchor(NOON, Clock().wall(), 1.0))
    return start_carrier("--voters", "off", "--delivery-seconds", 3, "--latency-ms", 800)


def ledger(carrier: Carrier) -> list[str]:
    return [entry["to"] for entry in carrier.ledger(kind="text")]


def rate(sessions: Sessions, per_second: int) -> None:
    with sessions.begin() as session:
        session.execute(text("UPDATE senders SET per_second = :rate"), {"rate": per_second})


def is_in_the_middle(sessions: Sessions, worker: Running) -> bool:
    """Whether the worker has sent some texts and is about to send others."""
    query = "SELECT state, count(*) FROM touches WHERE claimed_by LIKE :its GROUP BY state"
    its = counts(sessions, query, its=f"%:{worker.process.pid}")
    return its.pop("attempting", 0) > 0 and len(its) > 0


def test_a_worker_killed_in_the_middle_of_sending_loses_nothing_and_sends_nothing_twice(
    sessions: Sessions, carrier: Carrier, start_web: StartWeb, start_worker: StartWorker
) -> None:
    _, url = start_web()
    settings = {**carrier.settings, **QUICK, "LASTMILE_PUBLIC_URL": url}
    rate(sessions, 20)  # so slow that each of them gets into the middle
    cut_off = 0
    for _ in range(3):
        worker = start_worker(**settings)
        until(partial(is_in_the_middle, sessions, worker), "a worker in the middle of sending")
        worker.kill()
        cut_off += counts(sessions, TOUCHES).get("attempting", 0)
    assert cut_off > 0, "no kill hit a batch"
    rate(sessions, 60)
    start_worker(**settings)
    until(lambda: counts(sessions, TOUCHES) == {"delivered": TEXTS}, "all delivered")
    assert sorted(ledger(carrier)) == sorted(set(ledger(carrier)))
    assert len(ledger(carrier)) == TEXTS
    assert column(sessions, "SELECT sum(texts) FROM targets") == [TEXTS]


def test_a_worker_that_slept_past_its_lease_does_not_send_what_another_took_over(
    sessions: Sessions, carrier: Carrier, start_web: StartWeb, start_worker: StartWorker
) -> None:
    _, url = start_web()
    settings = {**carrier.settings, **QUICK, "LASTMILE_PUBLIC_URL": url}
    sleeper = start_worker(**settings)
    until(lambda: len(ledger(carrier)) >= TEXTS // 4, "a quarter at the carrier")
    sleeper.process.send_signal(signal.SIGSTOP)
    start_worker(**settings)
    until(
        lambda: set(counts(sessions, TOUCHES)) <= {"delivered", "accepted"},
        "the other worker has finished",
    )
    sleeper.process.send_signal(signal.SIGCONT)
    time.sleep(2)
    until(lambda: counts(sessions, TOUCHES) == {"delivered": TEXTS}, "all delivered")
    assert sorted(ledger(carrier)) == sorted(set(ledger(carrier)))


def test_a_worker_told_to_end_finishes_what_it_holds_and_takes_up_nothing_more(
    sessions: Sessions, carrier: Carrier, start_worker: StartWorker
) -> None:
    rate(sessions, 20)
    worker = start_worker(**carrier.settings, **QUICK)
    until(lambda: len(ledger(carrier)) > 0, "the first batch at the carrier")
    assert worker.stop(30) == 0
    left = counts(sessions, TOUCHES)
    assert set(left) == {"ready", "accepted"}, left
    assert left["ready"] > TEXTS // 4, "it went on as long as anything was due"
    assert left["accepted"] == len(ledger(carrier))
    assert column(sessions, "SELECT ended_at IS NOT NULL FROM workers") == [True]


def test_two_workers_share_the_work_and_double_nothing(
    sessions: Sessions, carrier: Carrier, start_worker: StartWorker
) -> None:
    rate(sessions, 20)  # slow enough for both
    for _ in range(2):
        start_worker(**carrier.settings, **QUICK)
    until(lambda: counts(sessions, TOUCHES) == {"accepted": TEXTS}, "all accepted")
    assert sorted(ledger(carrier)) == sorted(set(ledger(carrier)))
    names = column(sessions, "SELECT DISTINCT claimed_by FROM touches WHERE channel = 'text'")
    assert len(names) == 2
    beats = column(sessions, "SELECT beat_at FROM workers")
    assert all(Clock().wall() - at < timedelta(seconds=10) for at in beats)
