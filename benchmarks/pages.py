"""Pages: how long the server takes for each that GET opens, in a campaign of a million targets.

    .venv/bin/python -m benchmarks.pages [--voters 1000000] [--attempts 300000] [--rounds 20]
                                         [--only ENDPOINT …]

The campaign has a dozen of everything that pages list, and a history of attempts. Each page is
asked for again and again by an admin through the whole application in this process: sign-in,
queries, template. The yardstick is the page of the rules of conduct, which asks the database only
who it is that looks; the bar itself is in milliseconds.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from flask_security.passwordless import generate_login_token
from sqlalchemy import event

from app.clock import ManualClock
from app.config import Settings
from app.web.app import create_app
from app.wiring import Parts
from benchmarks.bench import Database, add_campaign, database
from tests import factories
from tests.factories import NOON
from tests.full_house import House, addresses, furnish, looks_on

BAR_MS = 100
YARDSTICK = "conduct.show"
TOUCHES = """
INSERT INTO touches (campaign_id, voter_id, household_id, channel, state, address, due_at,
                     expires_at, released_at)
SELECT t.campaign_id, t.voter_id, t.household_id,
       CASE WHEN t.voter_id % 4 = 0 THEN 'call' ELSE 'text' END,
       CASE WHEN t.voter_id % 4 = 0 THEN 'done' ELSE 'delivered' END, v.phone,
       CAST(:now AS timestamptz) - (:voters - t.voter_id) * interval '1 second',
       CAST(:now AS timestamptz) + interval '1 day', CAST(:now AS timestamptz)
FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign AND t.voter_id > :voters - :attempts
"""
ATTEMPTS = """
INSERT INTO attempts (id, touch_id, campaign_id, voter_id, channel, address, user_id, sender_id,
                      state, attempted_at, handed_at, disposition)
SELECT gen_random_uuid(), q.id, q.campaign_id, q.voter_id, q.channel, q.address,
       CASE WHEN channel = 'call' THEN person + q.id % 12 END,
       CASE WHEN channel = 'text' THEN sender END,
       CASE WHEN channel = 'call' THEN 'done' WHEN q.id % 50 = 0 THEN 'undelivered'
            ELSE 'delivered' END, q.due_at, q.due_at,
       CASE WHEN channel <> 'call' THEN '' WHEN q.id % 5 = 0 THEN 'canvassed' ELSE 'not_home' END
FROM touches q, (SELECT min(id) FROM users) u (person), (SELECT min(id) FROM senders) s (sender)
WHERE q.campaign_id = :campaign AND q.voter_id > :voters - :attempts
"""
"""A second between two of them, so that the last are of this moment."""


@dataclass(frozen=True)
class Timed:
    """One page, asked for several times."""

    endpoint: str
    seconds: Sequence[float]
    first: float  # with nothing kept
    queries: int  # of the first
    size: int

    @property
    def p95(self) -> float:
        """Seconds within which nineteen of twenty are answered."""
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[18]


def build(base: Database, voters: int, attempts: int) -> House:
    """The campaign with its history and a dozen of everything."""
    campaign = add_campaign(base, voters)
    base.run("DELETE FROM ramps")
    base.run("DELETE FROM plan_hours")
    base.run("DELETE FROM plans")
    base.run("DELETE FROM plan_states")
    house = furnish(base.sessions, campaign)
    of = {"campaign": campaign, "attempts": attempts, "voters": voters}
    base.run(TOUCHES, **of, now=NOON)
    base.tidy("touches")
    base.run(ATTEMPTS, **of)
    base.tidy()
    return house


def come_in(app: Flask, base: Database, house: House) -> FlaskClient:
    """An admin of the campaign, with a call in hand and a shift."""
    person = factories.person(base.sessions, "admin", house.campaign_id)
    with base.sessions.begin() as session:
        looks_on(session, house, person)
    with app.app_context():
        token = generate_login_token(person)  # type: ignore[no-untyped-call]
    client = app.test_client()
    assert client.get(f"/s/{token}").status_code == 303
    assert client.post("/calls").status_code == 303
    return client


def timed(
    client: FlaskClient, endpoint: str, address: str, rounds: int, asked: Callable[[], int]
) -> Timed:
    """The page as often as that."""
    before = asked()
    first, size = _once(client, address)
    queries = asked() - before
    return Timed(endpoint, [_once(client, address)[0] for _ in range(rounds)], first, queries, size)


def _once(client: FlaskClient, address: str) -> tuple[float, int]:
    begun = time.perf_counter()
    answer = client.get(address)
    took = time.perf_counter() - begun
    assert answer.status_code < 500, f"{address}: {answer.status_code}"
    return took, len(answer.data)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Every page at a million targets.")
    parser.add_argument("--voters", type=int, default=1_000_000, help="(%(default)s)")
    parser.add_argument("--attempts", type=int, default=300_000, help="(%(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="(%(default)s)")
    parser.add_argument("--only", nargs="*", help="endpoints")
    chosen = parser.parse_args(arguments)
    with database() as base:
        house = build(base, chosen.voters, chosen.attempts)
        settings = Settings(_env_file=None, secret_key="a key of the bench", secure_cookies=False)
        app = create_app(Parts(settings, base.engine, base.sessions, ManualClock(NOON)))
        app.config.update(WTF_CSRF_ENABLED=False)
        client = come_in(app, base, house)
        counted: list[None] = []
        event.listen(base.engine, "before_cursor_execute", lambda *_: counted.append(None))
        with base.engine.connect() as connection:
            pages = list(addresses(app, connection, house))
        found = [
            timed(client, *page, chosen.rounds, lambda: len(counted))
            for page in pages
            if not chosen.only or page[0] in (*chosen.only, YARDSTICK)
        ]
    show(found, chosen.voters)


def show(found: Sequence[Timed], voters: int) -> None:
    """The pages, the slowest first."""
    yardstick = next(one.p95 for one in found if one.endpoint == YARDSTICK)
    print(f"\nPages at {voters:,} targets: milliseconds in the server")
    print(
        f"  {'page':32} {'p50':>7} {'p95':>7} {'first':>7} {'× bare':>7} {'queries':>7} {'kB':>6}"
    )
    for one in sorted(found, key=lambda it: -it.p95):
        p50 = statistics.median(one.seconds)
        print(
            f"  {one.endpoint:32} {p50 * 1000:7.1f} {one.p95 * 1000:7.1f} {one.first * 1000:7.1f} "
            f"{one.p95 / yardstick:7.1f} {one.queries:7} {one.size / 1000:6.1f}"
            f"{'   over the bar' if one.p95 * 1000 > BAR_MS else ''}"
        )
    over = sum(one.p95 * 1000 > BAR_MS for one in found)
    print(f"  {over} of {len(found)} pages over the bar of {BAR_MS} ms (p95)", flush=True)


if __name__ == "__main__":
    main()
