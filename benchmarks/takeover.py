"""Take-over: how long after `kill -9` of the only busy worker another one makes the next attempt.

    .venv/bin/python -m benchmarks.takeover [--rounds 5]

Two real workers, with the settings they have by default but for the time that a carrier has to take
a text in, which nobody wants to wait for, on a durable PostgreSQL. All that is due
is in one worker's hands, at a carrier that hangs; the other has nothing to do. The busy one is
killed, and more becomes due, as it does every second of a campaign. Two things are measured from
the kill: the next attempt by the other, and the first attempt by another at what the dead worker
had in hand, none of which had reached the carrier. The second must wait: it might have.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from app.clock import Clock
from app.config import Settings
from app.domain.channel import Channel
from app.domain.timeline import Anchor
from app.store.clocks import save_anchor
from benchmarks.bench import AT, Database, add_campaign, database, release
from tests.processes import ACCOUNT_SID, AUTH_TOKEN, Carrier, Running, environment, until

_REAL_NUMBERS = (
    "UPDATE voters SET phone = replace(phone, '+1919000', '+1919555')",
    "UPDATE consents SET address = replace(address, '+1919000', '+1919555')",
)
"""The made-up ones are no numbers to a carrier that looks at them."""

TEXTS = 40
"""In hand at the kill; as many become due right after it."""
SPARE = timedelta(seconds=2)
HURRIED = {"LASTMILE_ACCEPT_MINUTES": 0.6}
"""Instead of ten minutes."""

_IN_HAND = """
SELECT CAST(split_part(claimed_by, ':', 3) AS int) AS pid, count(*) AS texts
FROM touches WHERE state = 'attempting' AND channel = 'text' GROUP BY 1
"""
_HELD = "SELECT id FROM touches WHERE state = 'attempting' AND channel = 'text'"
_NEXT = """
SELECT min(a.handed_at) FROM attempts a JOIN touches t ON t.id = a.touch_id
WHERE a.channel = 'text' AND a.handed_at > :killed AND t.claimed_by NOT LIKE :dead
  AND (:all OR t.id = ANY(:held))
"""


@dataclass(frozen=True)
class Fleet:
    """A database, a carrier, and the workers that run."""

    base: Database
    carrier: Carrier
    campaign: int
    folder: Path
    workers: list[Running]

    def start(self) -> None:
        """One more worker, once it beats."""
        before = self.base.ask("SELECT count(*) FROM workers")
        settings = environment(self.base.url, **self.carrier.settings, **HURRIED)
        log = self.folder / f"worker-{before}.log"
        self.workers.append(Running(["worker"], settings, log, fresh=True))
        until(lambda: self.base.ask("SELECT count(*) FROM workers") > before, "a worker that beats")

    def busy(self) -> Running | None:
        """The worker that has everything in hand."""
        with self.base.engine.connect() as connection:
            held = {row.pid: row.texts for row in connection.execute(text(_IN_HAND))}
        busy = [one for one in self.workers if held.get(one.process.pid) == TEXTS]
        return busy[0] if busy and len(held) == 1 else None

    def next_attempt(self, dead: int, killed: datetime, held: Sequence[int] | None) -> datetime:
        """When, by the database, another worker has made its first attempt since the kill, at any
        text or at one of those `held`."""
        binds = {
            "killed": killed,
            "dead": f"%:{dead}",
            "all": held is None,
            "held": list(held or []),
        }
        found: list[datetime] = []

        def made() -> bool:
            with self.base.engine.connect() as connection:
                at = connection.scalar(text(_NEXT), binds)
            if at is not None:
                found.append(at)
            return bool(found)

        until(made, "an attempt by another worker", 120)
        return found[0]


def one_round(fleet: Fleet) -> tuple[float, float]:
    """Seconds from the kill to the next attempt, and to one at what the dead worker had."""
    base, carrier = fleet.base, fleet.carrier
    while len(fleet.workers) < 2:
        fleet.start()
    carrier.fault(hang_before={"probability": 1.0, "seconds": 60})
    assert release(base, fleet.campaign, Channel.TEXT, TEXTS) == TEXTS
    until(fleet.busy, "a worker with everything in hand", every=0.005)
    victim = fleet.busy()
    assert victim is not None
    time.sleep(0.5)  # all of it is at the carrier, which hangs
    carrier.heal()
    with base.engine.connect() as connection:
        rows = connection.execute(text(_HELD))
        held = list(rows.scalars())
    assert len(held) == TEXTS
    killed = Clock().wall()
    victim.kill()
    fleet.workers.remove(victim)
    assert release(base, fleet.campaign, Channel.TEXT, TEXTS) == TEXTS
    dead = victim.process.pid
    any_text = fleet.next_attempt(dead, killed, None) - killed
    its_texts = fleet.next_attempt(dead, killed, held) - killed
    until(lambda: not open_texts(base), "all sent", 60)
    return any_text.total_seconds(), its_texts.total_seconds()


def open_texts(base: Database) -> int:
    """Texts that are not with the carrier."""
    waiting = "SELECT count(*) FROM touches WHERE channel = 'text' AND state <> 'accepted'"
    return base.ask(waiting)


def check(fleet: Fleet, rounds: int) -> None:
    """Everything went out once."""
    sent = [entry["to"] for entry in fleet.carrier.ledger(kind="text")]
    assert len(sent) == len(set(sent)) == 2 * TEXTS * rounds, (
        f"{len(sent)}, {len(set(sent))} differ"
    )


@contextmanager
def carrier(folder: Path) -> Iterator[Carrier]:
    """A carrier that can be told to hang."""
    options = ["carrier", "--port", "0", "--smtp-port", "0", "--voters", "off"]
    options += ["--account-sid", ACCOUNT_SID, "--auth-token", AUTH_TOKEN]
    running = Running(options, environment(), folder / "carrier.log", fresh=True)
    try:
        ports = running.wait_for(r"carrier ready http=(\d+) smtp=(\d+)")
        yield Carrier(running, f"http://127.0.0.1:{ports[1]}", int(ports[2]))
    finally:
        running.stop()


def show(name: str, found: Sequence[float], lease: float) -> None:
    """Prints seconds and their ratio to the lease."""
    middle, worst = statistics.median(found), max(found)
    print(
        f"  {name:52} median {middle:6.2f} s ({middle / lease:.2f} of the lease)"
        f"   worst {worst:6.2f} s ({worst / lease:.2f})"
    )


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Take-over after kill -9 of the busy worker.")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    rounds: int = parser.parse_args().rounds
    chosen = Settings(_env_file=None)
    lease = chosen.text_lease_seconds
    found: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name, database() as base, carrier(Path(name)) as sink:
        campaign = add_campaign(base, 2 * TEXTS * rounds)
        with base.sessions.begin() as session:
            save_anchor(session.connection(), Anchor(AT, Clock().wall(), 1.0))
            session.execute(text("DELETE FROM ramps"))  # nothing is due but what we release
            for statement in _REAL_NUMBERS:
                session.execute(text(statement))
        fleet = Fleet(base, sink, campaign, Path(name), [])
        try:
            found.extend(one_round(fleet) for _ in range(rounds))
            check(fleet, rounds)
        finally:
            for worker in fleet.workers:
                worker.stop()
    limit = lease + SPARE.total_seconds()
    print(f"\nTake-over after kill -9 of the only busy worker, {rounds} rounds, lease {lease:g} s")
    show("next attempt by another worker", [one for one, _ in found], lease)
    print(f"  {'bar':52} {limit:13.2f} s ({limit / lease:.2f})")
    show("what the dead worker had in hand, tried again", [two for _, two in found], lease)
    grace = lease + chosen.twilio_timeout_seconds + chosen.look_up_seconds
    print(
        f"    of which lease {lease:g}, time-out {chosen.twilio_timeout_seconds:g}, look-up "
        f"{chosen.look_up_seconds:g}: asked first {grace:g} s after the claim, then less and less "
        f"often, here for {60 * HURRIED['LASTMILE_ACCEPT_MINUTES']:g} s and else for "
        f"{chosen.accept_minutes:g} min",
        flush=True,
    )


if __name__ == "__main__":
    main()
