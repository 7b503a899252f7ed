"""Dispatch: texts a second that one process sends, against the bare SDK and a Celery sender.

    .venv/bin/python -m benchmarks.dispatch [--texts 5000] [--rounds 5]

Ours is `drain_texts`: claim, bar, words, attempt, send, outcome, on a durable PostgreSQL. The
yardsticks send as many texts without a database, in processes of their own: a loop over the same
`messages.create_async` by the SDK's own client; the same loop by ours, which takes less time a
request (`bare_texts`); and a worker of Celery and Redis with one task a message, if that is
installed (`celery_sender`). All have 200 connections but the last, which has one a process, and all
send to a carrier in a process of its own that accepts everything at once. Afterwards the carrier's
count, the attempts and the targets' own counts must agree.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import requests

from app.channels.twilio_text import TwilioTexts
from app.clock import ManualClock
from app.config import Settings
from app.domain.channel import Channel
from app.garbage import collect_seldom
from app.services.dispatch import Claimer
from app.services.send_texts import drain_texts
from benchmarks import celery_sender
from benchmarks.bare_texts import PUBLIC_URL, TIMEOUT, WORDS
from benchmarks.bench import AT, SENDER, Compared, Database, add_campaign, database, release, show
from benchmarks.bench import seconds as seconds_of
from tests.processes import ACCOUNT_SID, AUTH_TOKEN, ROOT, Running, environment

OURS, SDK, SAME = "drain_texts, one process", "the SDK alone", "the SDK alone, by our client"
CELERY = "Celery and Redis, a task a text"
BARS = {SDK: "0.7", SAME: "none", CELERY: "5"}


@contextmanager
def sink() -> Iterator[str]:
    """A carrier that accepts every text at once; its address."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["carrier", "--sink", "--port", "0", "--smtp-port", "0"]
        running = Running(options, environment(), Path(folder) / "carrier.log", fresh=True)
        try:
            ports = running.wait_for(r"carrier ready http=(\d+)")
            yield f"http://127.0.0.1:{ports[1]}"
        finally:
            running.stop()


def received(url: str) -> int:
    """How many texts the sink has accepted so far."""
    answer = requests.get(f"{url}/_carrier/summary", auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=10)
    return int(answer.json()["text"]["total"])


def drain(base: Database, url: str) -> int:
    """Sends all that is due, as the worker does; the attempts made."""

    async def work() -> int:
        texts = TwilioTexts(ACCOUNT_SID, AUTH_TOKEN, url, PUBLIC_URL, TIMEOUT)
        chosen = Settings()
        lease = timedelta(seconds=chosen.text_lease_seconds)
        claimer = Claimer("worker:benchmark:1", lease, chosen.send_batch)
        made = await drain_texts(base.sessions, texts, ManualClock(AT), claimer)
        await texts.close()
        return made

    return asyncio.run(work())


def bare(url: str, texts: int, by: str) -> float:
    """Texts a second by the SDK alone, in a process of its own; see `bare_texts`."""
    command = [sys.executable, "-m", "benchmarks.bare_texts", url, str(texts), by]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return texts / float(told.stdout)


def celery(url: str, texts: int) -> float:
    """Texts a second by Celery and Redis, from the first in the queue to the last that arrived."""
    words = {"body": WORDS, "sender": SENDER, "status_callback": f"{PUBLIC_URL}/{uuid4()}"}
    with celery_sender.worker(url, lambda: received(url)) as send_all:
        return texts / send_all(texts, words)


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Dispatch: texts a second.")
    parser.add_argument("--texts", type=int, default=5_000, help="a round (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    chosen = parser.parse_args()
    collect_seldom()  # as a worker does
    texts: int = chosen.texts
    with database() as base, sink() as url:
        campaign = add_campaign(base, texts * (chosen.rounds + 1))

        def ours() -> float:
            assert release(base, campaign, Channel.TEXT, texts) == texts
            base.tidy("touches", "attempts")
            before = received(url)
            made: list[int] = []
            took = seconds_of(lambda: made.append(drain(base, url)))
            assert made == [texts], f"{made[0]} attempts of {texts} texts"
            arrived = received(url) - before
            assert arrived == texts, f"{texts} attempts, but {arrived} messages at the carrier"
            return texts / took

        yardsticks: dict[str, Callable[[], float]] = {
            SDK: lambda: bare(url, texts, "sdk"),
            SAME: lambda: bare(url, texts, "ours"),
        }
        if celery_sender.is_installed():
            yardsticks[CELERY] = lambda: celery(url, texts)
        rates = in_turns(chosen.rounds, {OURS: ours, **yardsticks})
        check(base)
    for name in yardsticks:
        found = Compared(rates[OURS], rates[name])
        show(
            f"Dispatch: {texts:,} texts to a loopback sink",
            "texts/s",
            OURS,
            name,
            found,
            BARS[name],
        )
    if CELERY not in yardsticks:
        print(f"\nNot compared with Celery and Redis; install them: {celery_sender.HOW}")


def in_turns(rounds: int, all_of_them: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Rates of each, once a round and in changing order; a first round warms up and is dropped."""
    rates: dict[str, list[float]] = {name: [] for name in all_of_them}
    for number in range(rounds + 1):
        for name in list(rates)[:: -1 if number % 2 else 1]:
            rate = all_of_them[name]()
            if number:
                rates[name].append(rate)
    return rates


def check(base: Database) -> None:
    """Every attempt was accepted under a carrier's id of its own, once for each touch."""
    attempts = base.ask("SELECT count(*) FROM attempts")
    for what, query in (
        ("touches accepted", "SELECT count(*) FROM touches WHERE state = 'accepted'"),
        ("attempts accepted", "SELECT count(*) FROM attempts WHERE state = 'accepted'"),
        ("carrier's ids", "SELECT count(DISTINCT sid) FROM attempts"),
        ("touches attempted", "SELECT count(DISTINCT touch_id) FROM attempts"),
        ("texts counted on targets", "SELECT sum(texts) FROM targets"),
    ):
        count = base.ask(query)
        assert count == attempts, f"{attempts} attempts, but {count} {what}"


if __name__ == "__main__":
    main()
