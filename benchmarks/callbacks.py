"""Status callbacks a second over HTTP, against a Flask view that only validates the signature.

    .venv/bin/python -m benchmarks.callbacks [--callbacks 3000] [--connections 32] [--rounds 5]

Ours is the real web process, gunicorn with two workers of eight threads, that stores each callback
and applies it to its attempt and touch. The yardstick runs under the same gunicorn. Both get the
same signed requests, written beforehand, from a client that does little more than write bytes.
Afterwards every callback is stored once and applied.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import requests
from sqlalchemy import text
from twilio.request_validator import RequestValidator

from app.domain.channel import Channel
from benchmarks.bench import (
    AT,
    SENDER,
    Database,
    add_campaign,
    compare,
    database,
    process,
    release,
    seconds,
    show,
)
from tests.processes import ACCOUNT_SID, AUTH_TOKEN, Running, environment, free_port

PUBLIC_URL = "https://campaign.example"
WORKERS, THREADS = 2, 8
BAR = 0.5

_ATTEMPTS = """
INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, sender_id, state,
                      attempted_at, handed_at, body, segments, sid, held)
SELECT gen_random_uuid(), id, campaign_id, voter_id, channel, address, 1, 'accepted', :at, :at,
       'Hi', 1, 'SM' || lpad(id::text, 32, '0'), held
FROM touches WHERE state = 'ready'
"""

_COUNTED = """
UPDATE targets SET texts = texts + 1, last_attempt_at = :at, next_text_at = :rest FROM touches q
WHERE q.state = 'ready' AND q.campaign_id = targets.campaign_id AND q.voter_id = targets.voter_id
"""


@contextmanager
def real_web(base: Database) -> Iterator[int]:
    """The program's own web process; its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(
            base.url,
            LASTMILE_WEB_PORT=port,
            LASTMILE_PUBLIC_URL=PUBLIC_URL,
            LASTMILE_WEB_PROCESSES=WORKERS,
            LASTMILE_WEB_THREADS=THREADS,
        )
        running = Running(["web"], settings, Path(folder) / "web.log", fresh=True)
        try:
            running.wait_until_up(f"http://127.0.0.1:{port}/health")
            yield port
        finally:
            running.stop()


@contextmanager
def bare_web() -> Iterator[int]:
    """The bare view under the same gunicorn; its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        command += ["--worker-class", "gthread", "--workers", str(WORKERS)]
        command += ["--threads", str(THREADS), "--log-level", "warning", "--no-control-socket"]
        settings = {"TWILIO_AUTH_TOKEN": AUTH_TOKEN, "LASTMILE_PUBLIC_URL": PUBLIC_URL}
        log = Path(folder) / "bare.log"
        with process(*command, "benchmarks.bare_web:app", log=log, **settings):
            _wait_until_up(port, log)
            yield port


def _wait_until_up(port: int, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            requests.get(f"http://127.0.0.1:{port}/health", timeout=2)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def attempts(base: Database, campaign: int, number: int) -> list[tuple[str, str, str]]:
    """Texts that the carrier has accepted: attempt, carrier's id, voter's number."""
    assert release(base, campaign, Channel.TEXT, number) == number
    base.run(_ATTEMPTS, at=AT)
    base.run(_COUNTED, at=AT, rest=AT + timedelta(days=2))
    base.run("UPDATE touches SET state = 'accepted', tries = 1, held = 0 WHERE state = 'ready'")
    base.tidy("touches", "attempts", "callbacks")
    with base.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT a.id, a.sid, a.address FROM attempts a WHERE a.state = 'accepted' "
                "ORDER BY a.touch_id"
            )
        )
        return [(str(key), sid, address) for key, sid, address in rows]


def delivered(attempt: tuple[str, str, str]) -> bytes:
    """The whole request by which the carrier says that a text has arrived."""
    key, sid, to = attempt
    path = f"/webhooks/text-status/{key}"
    form = {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": SENDER,
        "MessageSid": sid,
        "MessageStatus": "delivered",
        "SmsSid": sid,
        "SmsStatus": "delivered",
        "To": to,
    }
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC_URL + path, form)
    body = urlencode(form)
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature}\r\n\r\n{body}"
    ).encode()


def post(port: int, calls: Sequence[bytes], connections: int) -> None:
    """Sends the requests, each connection one after the other; all must be answered with 204."""

    async def lane(waiting: Iterator[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for call in waiting:
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 204"), head
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    async def work() -> None:
        waiting = iter(calls)
        await asyncio.gather(*(lane(waiting) for _ in range(connections)))

    asyncio.run(work())


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Status callbacks a second.")
    parser.add_argument("--callbacks", type=int, default=3_000, help="a round (%(default)s)")
    parser.add_argument("--connections", type=int, default=32, help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    chosen = parser.parse_args()
    number: int = chosen.callbacks
    with database() as base:
        campaign = add_campaign(base, number * (chosen.rounds + 2))
        calls: list[bytes] = []

        def ours() -> float:
            calls[:] = [delivered(each) for each in attempts(base, campaign, number)]
            return number / seconds(lambda: post(web, calls, chosen.connections))

        def yardstick() -> float:
            return number / seconds(lambda: post(bare, calls, chosen.connections))

        with real_web(base) as web, bare_web() as bare:
            ours()  # the first requests for both
            found = compare(chosen.rounds, ours, yardstick)
        check(base, number * (chosen.rounds + 2))
    show(
        f"Status callbacks: {chosen.connections} connections, {WORKERS} processes",
        "callbacks/s",
        "stored and applied",
        "signature validated only",
        found,
        f"{BAR}",
    )


def check(base: Database, sent: int) -> None:
    """Every callback was stored once and applied."""
    for what, query in (
        ("callbacks applied", "SELECT count(*) FROM callbacks WHERE verdict = 'applied'"),
        ("attempts delivered", "SELECT count(*) FROM attempts WHERE state = 'delivered'"),
        ("touches delivered", "SELECT count(*) FROM touches WHERE state = 'delivered'"),
    ):
        count = base.ask(query)
        assert count == sent, f"{sent} callbacks, but {count} {what}"


if __name__ == "__main__":
    main()
