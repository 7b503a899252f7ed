"""Dispatch: texts a second that one process sends, against the bare SDK and a Celery sender.

    .venv/bin/python -m benchmarks.dispatch [--texts 5000] [--rounds 5]

Ours is `drain_texts`: claim, bar, words, attempt, send, outcome, on a durable PostgreSQL. The
yardsticks send as many texts without a database: a loop over the same `messages.create_async` by
the SDK's own client; the same loop by ours, which takes less time a request; and a worker of Celery
and Redis with one task a message (see `celery_sender`), if that is installed. All have 200
connections but the last, which has one a process, and all send to a carrier in a process of its own
that accepts everything at once. Afterwards the carrier's count, the attempts and the targets' own
counts must agree.
"""

import argparse
import asyncio
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import requests
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from app.channels.twilio_text import CONNECTIONS, TWILIO, BoundedHttpClient, TwilioTexts
from app.clock import ManualClock
from app.config import Settings
from app.domain.channel import Channel
from app.services.dispatch import Claimer
from app.services.send_texts import drain_texts
from benchmarks import celery_sender
from benchmarks.bench import AT, SENDER, Compared, Database, add_campaign, database, release, show
from benchmarks.bench import seconds as seconds_of
from tests.processes import ACCOUNT_SID, AUTH_TOKEN, Running, environment

PUBLIC_URL = "https://campaign.example"
TIMEOUT = 10.0
WORDS = "Hi First1, this is Friends of Rosa Alvarez. " * 3
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


class SdkClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client as it comes, but to the sink and with as many connections as ours."""

    def __init__(self, url: str) -> None:
        super().__init__(pool_connections=False, timeout=TIMEOUT)
        self.url = url
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS))

    async def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        """One request, to the sink instead of Twilio."""
        return await super().request(method, url.replace(TWILIO, self.url, 1), *rest, **more)


def bare(made: Callable[[], AsyncTwilioHttpClient], texts: int) -> None:
    """Sends as many texts by the SDK alone, on as many connections."""

    async def lane(client: Client, numbers: Iterator[int]) -> None:
        for number in numbers:
            await client.messages.create_async(
                to=f"+1919{number:07}",
                body=WORDS,
                status_callback=f"{PUBLIC_URL}/webhooks/text-status/{uuid4()}",
                validity_period=3600,
                from_=SENDER,
            )

    async def work() -> None:
        http = made()
        client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=http)
        numbers = iter(range(texts))
        await asyncio.gather(*(lane(client, numbers) for _ in range(CONNECTIONS)))
        await http.close()

    asyncio.run(work())


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
    # The SDK's own client hands aiohttp what will not be taken some day.
    warnings.filterwarnings("ignore", "The 'auth' parameter", DeprecationWarning)
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
            SDK: lambda: texts / seconds_of(lambda: bare(lambda: SdkClient(url), texts)),
            SAME: lambda: (
                texts / seconds_of(lambda: bare(lambda: BoundedHttpClient(url, TIMEOUT), texts))
            ),
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
