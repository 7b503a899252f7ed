"""Next call: claims a second by 200 volunteers, against bare SKIP LOCKED claims by pgbench.

    .venv/bin/python -m benchmarks.claims [--claims 5] [--rounds 5]

Ours are claims alone, and claims with `record_call`, as the web process makes them for so many
volunteers: by eight threads in each of two processes, where those who ask in the same moment are
served in one transaction (`ready_calls`). The yardstick claims row after row by
one conditional update with SKIP LOCKED, out of a table with the columns of touches and as many
rows, by pgbench with as many clients as there are volunteers. Afterwards no household has been
called twice and no record is missing.
"""

import argparse
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from sqlalchemy import text

from app.cli.processes import as_the_web
from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.services.claim import Asks, CallCard, ready_calls
from app.services.record import CallRecord, record_call
from app.store.cluster import programs
from app.store.engine import PREPARED, Sessions, make_engine, make_sessions
from app.web.together import Together
from benchmarks.bench import AT, Database, add_campaign, compare, database, release, seconds, show

VOLUNTEERS = 200
PROCESSES, THREADS = 2, 8  # of the web
WARM = 10  # claims on each connection before, since the server settles on its plans after some six
AHEAD = PROCESSES * THREADS * WARM
BARE_CLAIMS = 50  # by each client of pgbench, so that what it does once does not count
BAR = 0.3
Claims = Together[Asks, CallCard | None]

_PEOPLE = """
INSERT INTO users (email, name, fs_uniquifier)
SELECT 'v' || n || '@volunteers.example', 'Volunteer ' || n, 'volunteer-' || n
FROM generate_series(1, CAST(:people AS int)) AS n
"""

_CLAIM = """
UPDATE bare SET state = 'claimed', claimed_by = 'user:' || :client_id, fence = fence + 1,
       lease_until = now() + interval '20 minutes'
WHERE id = (SELECT id FROM bare WHERE campaign_id = {campaign} AND state = 'ready'
            ORDER BY value DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, voter_id, address;
"""


@dataclass(frozen=True)
class Done:
    """What one process did: the touches claimed, and the keys of the records."""

    claimed: list[int]
    recorded: list[UUID]


@dataclass(frozen=True)
class Post:
    """One process of the web: who calls there, and what for."""

    url: str
    campaign: int
    people: Sequence[int]  # each claims once, in this order
    records: bool

    def work(self, begin: Barrier, said: "Queue[Done]") -> None:
        """Claims for everybody as fast as it can, once all processes are there."""
        engine = make_engine(self.url, prepared=PREPARED)
        done = Done([], [])
        as_the_web()
        with ThreadPoolExecutor(THREADS) as threads:
            sessions = make_sessions(engine)
            claims = Together(partial(ready_calls, sessions))
            call = partial(self._call, sessions, claims, done)
            list(threads.map(call, self.people[: WARM * THREADS]))
            begin.wait()
            list(threads.map(call, self.people[WARM * THREADS :]))
        begin.wait()
        engine.dispose()
        said.put(done)

    def _call(self, sessions: Sessions, claims: Claims, done: Done, user: int) -> None:
        card = claims.do(Asks(self.campaign, user, now=AT, wall=AT))
        assert isinstance(card, CallCard), card
        done.claimed.append(card.touch_id)
        if self.records:
            record = CallRecord(uuid4(), card.touch_id, card.fence, user, Disposition.NOT_HOME)
            saved = record_call(sessions, record, now=AT, wall=AT)
            assert not saved.already
            done.recorded.append(record.key)


class Bench:
    """The pool, the volunteers and what they did."""

    def __init__(self, base: Database, campaign: int, claims: int) -> None:
        self.base, self.campaign = base, campaign
        self.people = VOLUNTEERS * claims + AHEAD  # a person claims once a round
        self.pool = max(VOLUNTEERS * BARE_CLAIMS, self.people)
        self.claimed: list[int] = []
        self.recorded: list[UUID] = []
        base.run(_PEOPLE, people=self.people)

    def fill(self) -> None:
        """Has the pacer fill the pool again."""
        ready = "SELECT count(*) FROM touches WHERE channel = 'call' AND state = 'ready'"
        while missing := self.pool - self.base.ask(ready):
            assert release(self.base, self.campaign, Channel.CALL, missing), "no more targets"
        self.base.tidy("touches", "targets", "attempts", "audit")

    def claims(self) -> float:
        """Claims a second."""
        rate = self._rate(records=False)
        self.put_away()
        return rate

    def calls(self) -> float:
        """Calls a second, each claimed, then recorded as not answered."""
        return self._rate(records=True)

    def bare(self) -> float:
        """Claims a second by pgbench, out of a pool as full."""
        self.fill()
        return bare_claims(self.base, self.campaign, self.pool)

    def _rate(self, *, records: bool) -> float:
        self.fill()
        spawn = get_context("spawn")
        begin, said = spawn.Barrier(PROCESSES + 1), spawn.Queue()
        everybody = range(1, self.people + 1)
        posts = [
            Post(self.base.url, self.campaign, everybody[number::PROCESSES], records)
            for number in range(PROCESSES)
        ]
        processes = [spawn.Process(target=post.work, args=(begin, said)) for post in posts]
        for process in processes:
            process.start()
        begin.wait()
        took = seconds(begin.wait)
        for _ in processes:
            done: Done = said.get()
            self.claimed += done.claimed
            self.recorded += done.recorded
        for process in processes:
            process.join()
        return (self.people - AHEAD) / took

    def put_away(self) -> None:
        """Ends the calls that were claimed and will not be recorded; their households rest."""
        self.base.run(
            "UPDATE targets SET next_call_at = :later FROM touches q WHERE q.state = 'claimed' "
            "AND q.campaign_id = targets.campaign_id AND q.household_id = targets.household_id",
            later=AT + timedelta(days=2),
        )
        self.base.run("UPDATE touches SET state = 'canceled' WHERE state = 'claimed'")

    def check(self) -> None:
        """Nobody was handed out twice; every record that was saved is there."""
        twice = [touch for touch, n in Counter(self.claimed).items() if n > 1]
        assert not twice, f"calls handed out twice: {twice}"
        query = text(
            "SELECT count(DISTINCT household_id) FROM touches WHERE id = ANY(:ids)"
        ).bindparams(ids=self.claimed)
        with self.base.engine.connect() as connection:
            households = connection.scalar(query)
            attempts = set(connection.execute(text("SELECT id FROM attempts")).scalars())
        assert households == len(self.claimed), (
            f"{households} households, {len(self.claimed)} calls"
        )
        assert attempts == set(self.recorded), "the attempts are not what was recorded"


@contextmanager
def room() -> Iterator[Database]:
    """A database whose server lets as many clients in as there are volunteers."""
    with database() as base:
        autocommit = base.engine.execution_options(isolation_level="AUTOCOMMIT")
        with autocommit.connect() as connection:
            connection.execute(text(f"ALTER SYSTEM SET max_connections = {VOLUNTEERS + 50}"))
        base.engine.dispose()
        base.server.shut_down()
        base.server.start()
        yield base


def bare_claims(base: Database, campaign: int, pool: int) -> float:
    """Claims a second by pgbench out of a fresh table of `pool` rows."""
    base.run("DROP TABLE IF EXISTS bare")
    base.run("CREATE TABLE bare (LIKE touches INCLUDING DEFAULTS)")
    base.run(
        "INSERT INTO bare SELECT * FROM touches WHERE channel = 'call' AND state = 'ready' "
        "LIMIT :pool",
        pool=pool,
    )
    base.run("ALTER TABLE bare ADD PRIMARY KEY (id)")
    base.run(
        "CREATE INDEX ON bare (campaign_id, value DESC, id) WHERE state = 'ready'",
    )
    base.tidy("bare")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "claim.sql"
        script.write_text(_CLAIM.format(campaign=campaign).replace("\n", " ").strip() + "\n")
        address = urlsplit(base.url)
        said = subprocess.run(
            [
                str(programs() / "pgbench"),
                *("--no-vacuum", "--protocol", "prepared", "--file", str(script)),
                *("--client", str(VOLUNTEERS), "--jobs", "2"),
                *("--transactions", str(BARE_CLAIMS)),
                *("--host", parse_qs(address.query)["host"][0], "--username", "postgres"),
                address.path.lstrip("/"),
            ],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    claimed = base.ask("SELECT count(*) FROM bare WHERE state = 'claimed'")
    expected = VOLUNTEERS * BARE_CLAIMS
    assert claimed == expected, f"pgbench claimed {claimed}, not {expected}"
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, said
    return float(found[1])


def against_pgbench(rounds: int, claims: int, *, records: bool) -> None:
    """Measures, checks and prints the claims, and if wanted claims and records."""
    with room() as base:
        each = VOLUNTEERS * claims + AHEAD
        wanted = 2 * (VOLUNTEERS * BARE_CLAIMS + each * (rounds + 1) * (1 + records))
        bench = Bench(base, add_campaign(base, 2 * wanted), claims)
        found = compare(rounds, bench.claims, bench.bare)
        recorded = compare(rounds, bench.calls, bench.bare) if records else None
        bench.check()
    title = f"Next call: {VOLUNTEERS} volunteers, {bench.pool:,} calls ready"
    bare = f"SKIP LOCKED by pgbench, {VOLUNTEERS} clients"
    show(title, "claims/s", "ready_calls", bare, found, f"{BAR}")
    if recorded is not None:
        show(title, "claims/s", "ready_calls and record_call", bare, recorded, f"{BAR}")


def main() -> None:
    """Measure, check and print."""
    parser = argparse.ArgumentParser(description="Next call: claims a second.")
    parser.add_argument("--claims", type=int, default=5, help="by each volunteer (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    chosen = parser.parse_args()
    against_pgbench(chosen.rounds, chosen.claims, records=True)


if __name__ == "__main__":
    main()
