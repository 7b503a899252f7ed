"""Three workers, a web and a carrier, all real processes, at work on one campaign's texts."""

import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.clock import Clock
from app.domain.channel import Channel
from app.domain.timeline import Anchor
from app.store.clocks import load_anchor, save_anchor
from app.store.engine import Sessions
from tests.conftest import StartCarrier
from tests.factories import NOON
from tests.faults.ledgers import Entry, disagreements, never, read, unsettled
from tests.processes import Carrier, Running, free_port, until
from tests.scene import column, counts, planned, texting

QUICK = {
    "LASTMILE_TEXT_LEASE_SECONDS": 2,
    "LASTMILE_TWILIO_TIMEOUT_SECONDS": 1,
    "LASTMILE_LOOK_UP_SECONDS": 2.0,
    "LASTMILE_ACCEPT_MINUTES": 0.12,
    "LASTMILE_SEND_BATCH": 30,
}
"""What a dead or frozen worker had in hand is sent again some 8 seconds later: until then even the
carrier of a busy machine has taken in what was on its way."""
OPTIONS = (
    *("--voters", "off", "--latency-ms", 150, "--delivery-seconds", 0.5),
    *("--callback-retries", 40, "--callback-backoff", 0.1),
)

ENOUGH = 5
"""So many texts in hand make the middle of a batch."""

Start = Callable[..., Running]

_IN_HAND = """
SELECT claimed_by, count(*) FROM touches WHERE channel = 'text' AND state = 'attempting'
GROUP BY claimed_by
"""


def begin(sessions: Sessions, texts: int, per_second: int) -> None:
    """A campaign whose plan wanted so many texts in the hour that has just passed."""
    with sessions.begin() as session:
        campaign, _ = texting(session, texts)
        planned(session, campaign, Channel.TEXT, NOON, texts)
        session.execute(text("DELETE FROM scripts WHERE channel = 'email'"))
        session.execute(text("UPDATE senders SET per_second = :n"), {"n": per_second})
        save_anchor(session.connection(), Anchor(NOON, Clock().wall(), 1.0))


@dataclass
class Fleet:
    """The processes, and what their ledgers say."""

    sessions: Sessions
    carrier: Carrier
    web: Running
    workers: list[Running]
    texts: int

    def ledger(self) -> list[Entry]:
        """The texts that the carrier took in."""
        return list(self.carrier.ledger(kind="text"))

    def now(self) -> datetime:
        """Campaign time."""
        with self.sessions() as session:
            anchor = load_anchor(session.connection())
        return Clock(anchor).now()

    def pass_each_second(self, texts: int) -> None:
        """Let the sender pass so many texts a second from now on."""
        with self.sessions.begin() as session:
            session.execute(text("UPDATE senders SET per_second = :n"), {"n": texts})

    def in_hand(self) -> dict[int, int]:
        """By the number of a worker: how many texts it has committed and has no answer to."""
        held = counts(self.sessions, _IN_HAND)
        pids = {worker.process.pid: number for number, worker in enumerate(self.workers)}
        return {pids[int(name.rpartition(":")[2])]: n for name, n in held.items()}

    def freeze_the_busiest(self) -> Running:
        """Freezes the worker that has most in hand, in the middle of a batch, some of the campaign
        being out by then."""
        self.wait_for(self.texts // 8)
        found: list[Running] = []

        def caught() -> bool:
            held = self.in_hand()
            if not held:
                return False
            busiest = max(held, key=held.__getitem__)
            worker = self.workers[busiest]
            worker.process.send_signal(signal.SIGSTOP)
            if self.in_hand().get(busiest, 0) >= ENOUGH:
                found.append(worker)
            else:  # it had finished meanwhile
                worker.process.send_signal(signal.SIGCONT)
            return bool(found)

        until(caught, "a worker in the middle of a batch", every=0.01)
        return found[0]

    def wait_for(self, texts: int) -> None:
        """Wait until the carrier has so many texts."""
        until(lambda: len(self.ledger()) >= texts, f"{texts} texts at the carrier")

    def settles(self) -> None:
        """Wait until nothing is on its way, and hold the ledger against the database: all of it
        was delivered, once."""
        left: list[str] = []

        def settled() -> bool:
            ledger = self.ledger()
            left[:] = unsettled(ledger, read(self.sessions))
            return not left and len(ledger) >= self.texts

        try:
            until(settled, "all settled", 60, every=0.25)
        except AssertionError as error:
            raise AssertionError(f"{error}; left: {left}\n{self.said()}") from None
        ledger, found = self.ledger(), read(self.sessions)
        wrong = disagreements(ledger, found, self.now())
        assert not wrong, "\n".join(wrong)
        states = Counter(row.state for row in found.touches)
        assert states == {"delivered": self.texts}, states
        assert len(ledger) == self.texts

    def breaks_nothing(self) -> None:
        """Nothing has happened that never may, though much is on its way."""
        ledger = self.ledger()
        wrong = never(ledger, read(self.sessions))
        assert not wrong, "\n".join(wrong)

    def goes_on(self, *lost: Running) -> None:
        """All workers but those `lost` are the processes that they were, and still beat."""
        for worker in self.workers:
            if worker not in lost:
                assert worker.process.poll() is None, f"a worker has ended:\n{worker.said()}"
        since = Clock().wall() - timedelta(seconds=10)
        beating = column(self.sessions, "SELECT pid FROM workers WHERE beat_at > :at", at=since)
        pids = {worker.process.pid for worker in self.workers if worker not in lost}
        assert pids <= {*beating}, f"{pids} run, {beating} beat"
        names = column(self.sessions, "SELECT DISTINCT claimed_by FROM touches")
        assert len(names) > 1, f"only {names} have sent"

    def said(self) -> str:
        """What the workers and the web said last."""
        return "\n".join(one.said()[-1500:] for one in [*self.workers, self.web])


def fleet(
    sessions: Sessions,
    url: str,
    start: Start,
    start_carrier: StartCarrier,
    texts: int = 120,
    per_second: int = 30,
    **settings: Any,
) -> Fleet:
    """Starts all processes on the empty database at `url`."""
    begin(sessions, texts, per_second)
    carrier = start_carrier(*OPTIONS)
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    ours = {**carrier.settings, **QUICK, **settings, "LASTMILE_PUBLIC_URL": public}
    size = {"LASTMILE_WEB_PROCESSES": 1, "LASTMILE_WEB_THREADS": 4, "LASTMILE_WEB_PORT": port}
    web = start("web", database_url=url, **ours, **size)
    web.wait_until_up(f"{public}/health")
    workers = [start("worker", database_url=url, **ours) for _ in range(3)]
    return Fleet(sessions, carrier, web, workers, texts)
