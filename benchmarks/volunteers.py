"""The volunteers' hour: 200 people on call screens, each a real session over HTTP, at 30 s a call.

    .venv/bin/python -m benchmarks.volunteers [--people 200] [--seconds 120] [--call 30]
                                              [--news 3] [--rounds 5]

The web process is the program's own: gunicorn with two workers of eight threads. Every volunteer
signs in by a link, takes a call, and saves one result after the other as the page's script does;
meanwhile each screen asks every three seconds for news, as the page does. Measured is the time from
sending a result to having read the answer with the next voter's card. Afterwards no household was
called twice, and every result that was answered with success is there.

Then flat out: how many results a second the same two workers save with the next card, and claims a
second by `next_call`, as two workers ask it for 200 volunteers, against bare SKIP LOCKED claims by
pgbench with 200 clients.
"""

import argparse
import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from app.clock import Clock
from app.config import Settings
from app.domain.timeline import Anchor
from app.services.people import NewPerson, add_person
from app.store.clocks import save_anchor
from app.store.people import User
from app.web.app import create_app
from app.web.sign_in import link_for
from app.wiring import Parts
from benchmarks import claims
from benchmarks.bench import AT, Database, add_campaign, database
from tests.processes import SECRET_KEY, Running, environment, free_port

WORKERS, THREADS = 2, 8
CLIENTS = 16  # flat out
BAR_MS = 100
RESULTS = ("not_home",) * 5 + ("answering_machine",) * 3 + ("canvassed",) * 2
"""About one in five dials reaches somebody."""
_FIELD = re.compile(r'name="(key|touch_id|fence)" value="([^"]+)"')
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@contextmanager
def web(base: Database) -> Iterator[str]:
    """The program's own web process; its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(
            base.url,
            LASTMILE_WEB_PORT=port,
            LASTMILE_PUBLIC_URL=url,
            LASTMILE_WEB_PROCESSES=WORKERS,
            LASTMILE_WEB_THREADS=THREADS,
        )
        running = Running(["web"], settings, Path(folder) / "web.log", fresh=True)
        try:
            running.wait_until_up(f"{url}/health")
            yield url
        finally:
            running.stop()


@dataclass
class Screen:
    """One volunteer's browser, and what it did."""

    url: str
    link: str
    number: int
    session: aiohttp.ClientSession
    random: Random
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)  # of each save-and-next
    news: list[float] = field(default_factory=list)
    saved: dict[str, int] = field(default_factory=dict)  # key → touch

    async def come_in(self) -> None:
        """Sign in and take the first call."""
        # One address each: the door lets 30 a minute in from one place.
        place = {"X-Forwarded-For": f"10.1.{self.number // 250}.{self.number % 250 + 1}"}
        async with self.session.get(self.link, headers=place) as answer:
            page = await answer.text()
            assert answer.status == 200, f"{answer.status}: {page[:500]}"
        found = _TOKEN.search(page)
        assert found is not None, page[:500]
        self.headers = {"Accept": "application/json", "X-CSRFToken": found[1], **place}
        self._show(await self._post("/calls", {}))

    async def save(self) -> None:
        """Save a result; the next card comes with the answer."""
        form = {**self.form, "result": self.random.choice(RESULTS)}
        begun = time.perf_counter()
        told = await self._post("/calls/current", form)
        self.seconds.append(time.perf_counter() - begun)
        assert told["saved"], told
        self.saved[form["key"]] = int(form["touch_id"])
        self._show(told)

    async def ask(self) -> None:
        """Ask for news, as the page does every three seconds."""
        begun = time.perf_counter()
        news = f"{self.url}/calls/current/news?touch={self.form['touch_id']}"
        async with self.session.get(news, headers=self.headers) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
        self.news.append(time.perf_counter() - begun)

    def _show(self, told: dict[str, Any]) -> None:
        assert told["html"], f"no call: {told['none']}"
        card = told["html"][told["html"].index('id="record"') :]
        self.form = dict(_FIELD.findall(card))

    async def _post(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        async with self.session.post(self.url + path, data=form, headers=self.headers) as answer:
            assert answer.status == 200, f"{path}: {answer.status} {await answer.text()}"
            told: dict[str, Any] = await answer.json()
            return told


def links(base: Database, url: str, campaign: int, people: int) -> list[str]:
    """A link for each of so many new volunteers to come in by."""
    clock = Clock()
    emails = [f"caller{number}@volunteers.example" for number in range(people)]
    for number, email in enumerate(emails):
        made = NewPerson(email, f"Caller {number}", "volunteer", campaign, agreed_at=clock.wall())
        add_person(base.sessions, made, wall=clock.wall())
    with _app(base, url).app_context(), base.sessions() as session:
        users = session.scalars(select(User).where(User.email.in_(emails)).order_by(User.id))
        return [link_for(user) for user in users]


def _app(base: Database, url: str) -> Flask:
    settings = Settings(
        _env_file=None, secret_key=SecretStr(SECRET_KEY), public_url=url, secure_cookies=False
    )
    return create_app(Parts(settings, base.engine, base.sessions, Clock()))


async def come_in(url: str, links: list[str]) -> list[Screen]:
    """All of them signed in, each with a call; a few at a time."""
    room = asyncio.Semaphore(CLIENTS)

    async def one(number: int, link: str) -> Screen:
        # Cookies of its own, and a connection of its own for each request, as after half a minute.
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=aiohttp.CookieJar(unsafe=True),
        )
        screen = Screen(url, link, number, session, Random(number))
        async with room:
            await screen.come_in()
        return screen

    return list(await asyncio.gather(*(one(*pair) for pair in enumerate(links))))


async def paced(screens: list[Screen], *, seconds: float, call: float, news: float) -> None:
    """Each saves a result after each call, for so many seconds; the first at a time of its own."""
    end = time.perf_counter() + seconds

    async def calls(screen: Screen) -> None:
        await asyncio.sleep(screen.random.uniform(0, call))
        while time.perf_counter() < end:
            await screen.save()
            await asyncio.sleep(screen.random.uniform(0.7, 1.3) * call)

    async def asks(screen: Screen) -> None:
        await asyncio.sleep(screen.random.uniform(0, news))
        while time.perf_counter() < end:
            await screen.ask()
            await asyncio.sleep(news)

    await asyncio.gather(*map(calls, screens), *(map(asks, screens) if news else ()))


async def flat_out(screens: list[Screen], each: int) -> float:
    """Results saved a second, with nobody pausing."""

    async def turn(screen: Screen) -> None:
        for _ in range(each):
            await screen.save()

    begun = time.perf_counter()
    await asyncio.gather(*map(turn, screens))
    return len(screens) * each / (time.perf_counter() - begun)


def check(base: Database, screens: list[Screen]) -> None:
    """No household was called twice, by whomever; no result that was answered is missing."""
    saved = {key: touch for screen in screens for key, touch in screen.saved.items()}
    stored = base.ask("SELECT count(*) FROM attempts WHERE state = 'done'")
    assert stored == len(saved), f"{stored} stored, {len(saved)} answered with success"
    with base.engine.connect() as connection:
        keys = {str(key) for key in connection.exec_driver_sql("SELECT id FROM attempts").scalars()}
    assert keys == set(saved), "the results stored are not those that were saved"
    twice = base.ask(
        "SELECT count(*) FROM (SELECT q.household_id FROM touches q WHERE q.channel = 'call' "
        "AND (q.claimed_by <> '' OR q.state = 'done') GROUP BY 1 HAVING count(*) > 1) doubled"
    )
    assert not twice, f"{twice} households were handed out twice"


def report(name: str, seconds: list[float]) -> None:
    """Percentiles in milliseconds."""
    if len(seconds) < 2:
        return
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    p50, p90, p99 = (cuts[at] * 1000 for at in (49, 89, 98))
    most = max(seconds) * 1000
    print(
        f"  {name:34} p50 {p50:7.1f} ms   p90 {p90:7.1f} ms   p99 {p99:7.1f} ms   "
        f"longest {most:7.1f} ms   of {len(seconds):,}"
    )


async def hour(base: Database, url: str, made: list[str], chosen: argparse.Namespace) -> None:
    """The volunteers at work: paced, then a few of them flat out."""
    screens = await come_in(url, made)
    try:
        await paced(screens, seconds=chosen.seconds, call=chosen.call, news=chosen.news)
        print(f"\nSave and next: {len(screens)} volunteers, {chosen.call:g} s a call")
        report("save and next", [one for screen in screens for one in screen.seconds])
        report("news of the open call", [one for screen in screens for one in screen.news])
        print(f"  {'bar: p99 of save and next':34} {BAR_MS} ms")
        rate = await flat_out(screens[:CLIENTS], chosen.each)
        print(
            f"  flat out, {CLIENTS} at once: {rate:,.0f} results saved with the next card a second"
        )
        check(base, screens)
        print("  no household twice, no result lost", flush=True)
    finally:
        await asyncio.gather(*(screen.session.close() for screen in screens))


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Volunteers on call screens, over HTTP.")
    parser.add_argument("--people", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=120, help="that it lasts (%(default)s)")
    parser.add_argument("--call", type=float, default=30, help="seconds a call (%(default)s)")
    parser.add_argument("--news", type=float, default=3, help="seconds between asks; 0: none")
    parser.add_argument("--each", type=int, default=25, help="saved by each flat out (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of the claims (%(default)s)")
    chosen = parser.parse_args()
    expected = int(chosen.people * (chosen.seconds / chosen.call + 2) * 1.5) + CLIENTS * chosen.each
    with database() as base:
        campaign = add_campaign(base, 4 * expected + 1000)
        with base.engine.begin() as connection:
            save_anchor(connection, Anchor(AT, Clock().wall(), 1.0))
        base.tidy()
        with web(base) as url:
            made = links(base, url, campaign, chosen.people)
            asyncio.run(hour(base, url, made, chosen))
    if chosen.rounds:
        claims.against_pgbench(chosen.rounds, 5, records=False)


if __name__ == "__main__":
    main()
