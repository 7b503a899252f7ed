"""Next call: claims a second by eight volunteers, against bare SKIP LOCKED claims by pgbench.

    .venv/bin/python -m benchmarks.claims [--pool 5000] [--claims 100] [--rounds 5]

Ours are `next_call` alone and `next_call` with `record_call`, by volunteers in threads of one
process, out of a pool of released calls. The yardstick claims row after row by one conditional
update with SKIP LOCKED, out of a table with the columns of touches and as many rows, by pgbench
with as many clients. Afterwards no household has been called twice and no record is missing.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from sqlalchemy import text

from app.cli.processes import SWITCH_SECONDS
from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.services.claim import CallCard, next_call
from app.services.record import CallRecord, record_call
from app.store.cluster import programs
from benchmarks.bench import AT, Database, add_campaign, compare, database, release, seconds, show

VOLUNTEERS = 8
PEOPLE = 200  # who each claim once: as many as the bar asks for
BAR = 0.3

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


class Bench:
    """The pool, the volunteers and what they did."""

    def __init__(self, base: Database, campaign: int, pool: int) -> None:
        self.base = base
        self.campaign = campaign
        self.pool = pool
        self.claimed: list[CallCard] = []
        self.recorded: list[UUID] = []

    def fill(self) -> None:
        """Has the pacer fill the pool again."""
        ready = "SELECT count(*) FROM touches WHERE channel = 'call' AND state = 'ready'"
        while missing := self.pool - self.base.ask(ready):
            assert release(self.base, self.campaign, Channel.CALL, missing), "no more targets"
        self.base.tidy("touches", "targets", "attempts", "audit")

    def claim(self, user: int) -> CallCard:
        """The next call of a volunteer."""
        card = next_call(self.base.sessions, self.campaign, user, now=AT, wall=AT)
        assert isinstance(card, CallCard), card
        self.claimed.append(card)
        return card

    def call(self, user: int) -> None:
        """One call: claimed, then recorded as not answered."""
        card = self.claim(user)
        record = CallRecord(uuid4(), card.touch_id, card.fence, user, Disposition.NOT_HOME)
        saved = record_call(self.base.sessions, record, now=AT, wall=AT)
        assert not saved.already
        self.recorded.append(record.key)

    def rate(self, work: Callable[[int], object], users: list[list[int]]) -> float:
        """How many times a second the threads do `work`, each for its own users in turn."""
        self.fill()

        def turn(mine: list[int]) -> None:
            for user in mine:
                work(user)

        with ThreadPoolExecutor(len(users)) as threads:
            took = seconds(lambda: list(threads.map(turn, users)))
        return sum(map(len, users)) / took

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
        twice = [touch for touch, n in Counter(c.touch_id for c in self.claimed).items() if n > 1]
        assert not twice, f"calls handed out twice: {twice}"
        query = text(
            "SELECT count(DISTINCT household_id) FROM touches WHERE id = ANY(:ids)"
        ).bindparams(ids=[card.touch_id for card in self.claimed])
        with self.base.engine.connect() as connection:
            households = connection.scalar(query)
            attempts = set(connection.execute(text("SELECT id FROM attempts")).scalars())
        assert households == len(self.claimed), (
            f"{households} households, {len(self.claimed)} calls"
        )
        assert attempts == set(self.recorded), "the attempts are not what was recorded"


def bare_claims(base: Database, campaign: int, pool: int, each: int) -> float:
    """Claims a second by pgbench, `each` by every client, out of a fresh table of `pool` rows."""
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
                *("--client", str(VOLUNTEERS), "--jobs", "2", "--transactions", str(each)),
                *("--host", parse_qs(address.query)["host"][0], "--username", "postgres"),
                address.path.lstrip("/"),
            ],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    claimed = base.ask("SELECT count(*) FROM bare WHERE state = 'claimed'")
    assert claimed == VOLUNTEERS * each, f"pgbench claimed {claimed}, not {VOLUNTEERS * each}"
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, said
    return float(found[1])


def as_on_the_web() -> None:
    """Threads take turns as often as in the web process."""
    sys.setswitchinterval(SWITCH_SECONDS)


def main() -> None:
    """Measure, check and print."""
    as_on_the_web()
    parser = argparse.ArgumentParser(description="Next call: claims a second.")
    parser.add_argument("--pool", type=int, default=5_000, help="calls ready (%(default)s)")
    parser.add_argument("--claims", type=int, default=100, help="by each volunteer (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    chosen = parser.parse_args()
    pool: int = chosen.pool
    used = VOLUNTEERS * chosen.claims + PEOPLE
    assert pool >= used, f"a pool of {pool} does not last for {used} claims"
    with database() as base:
        campaign = add_campaign(base, 2 * (pool + used * (chosen.rounds + 1)))
        base.run(_PEOPLE, people=PEOPLE)
        bench = Bench(base, campaign, pool)
        alone = [list(range(1 + n, PEOPLE + 1, VOLUNTEERS)) for n in range(VOLUNTEERS)]
        in_turn = [[1 + n] * chosen.claims for n in range(VOLUNTEERS)]

        def yardstick() -> float:
            bench.fill()
            return bare_claims(base, campaign, pool, chosen.claims)

        def only() -> float:
            rate = bench.rate(bench.claim, alone)
            bench.put_away()
            return rate

        claims = compare(chosen.rounds, only, yardstick)
        calls = compare(chosen.rounds, lambda: bench.rate(bench.call, in_turn), yardstick)
        bench.check()
    title = f"Next call: {VOLUNTEERS} volunteers, {pool:,} calls ready"
    bare = "SKIP LOCKED by pgbench"
    show(title, "claims/s", f"next_call, {PEOPLE} people once", bare, claims, f"{BAR}")
    show(title, "claims/s", "next_call and record_call", bare, calls, f"{BAR}")


if __name__ == "__main__":
    main()
