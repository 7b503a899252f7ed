"""Search as one types: milliseconds in the server for what people type, a million voters on file.

    .venv/bin/python -m benchmarks.search [--voters 1000000] [--rounds 40]

Surnames are as uneven as in life: a few hundred frequent ones, and as many again with rare endings
and second parts. The voters lie in the order of their surnames, as counties deliver them, which is
the worst for whoever walks the table. Each query is parsed and looked up again and again in turns;
the yardstick is the look-up of one voter by primary key in the same run.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.search import parse
from app.domain.tables import table
from app.store.search import find
from benchmarks.bench import AT, Database, database

BAR_MS = 100

ASKED = (
    ("smith", "a frequent surname"),
    ("s", "one letter"),
    ("s m", "two letters, both frequent"),
    ("s zq", "a frequent and a rare beginning"),
    ("z q", "two rare beginnings"),
    ("mar zz", "a frequent beginning, and nobody"),
    ("garc mar", "two beginnings, last name first"),
    ("maría garcía", "a whole name with accents"),
    ("García, Ma", "with a comma"),
    ("jo de la cruz sm", "five words"),
    ("xyzzy nobody", "nobody"),
    ("(919) 000-01", "the beginning of a phone"),
    ("919", "an area code that all have"),
    ("+19190001234", "a whole phone"),
    ("B12345", "the beginning of an id"),
    ("b77@vot", "the beginning of an email"),
)

_VOTERS = """
INSERT INTO voters (source, source_id, first_name, last_name, first_key, last_key, birth_year,
                    address, city, state, phone, phone2, email, zones, household_id, imported_at)
SELECT 'nc', 'B' || n, first, last, lower(first), lower(last), 1930 + n % 78,
       n / 2 || ' Main St', 'Raleigh', 'NC', '+1919' || lpad(n::text, 7, '0'),
       CASE WHEN n % 10 = 0 THEN '+1704' || lpad(n::text, 7, '0') END,
       'b' || n || '@voters.example', 'America/New_York', n - (n - 1) % 2, :at
FROM (
    SELECT n, firsts[1 + floor(cardinality(firsts) * power(random(), 2))] AS first,
           lasts[1 + floor(cardinality(lasts) * power(random(), 2))] || CASE
               WHEN random() < 0.3 THEN
                   chr(97 + floor(26 * random())::int) || chr(97 + floor(26 * random())::int)
               WHEN random() < 0.1 THEN ' ' || lasts[1 + floor(cardinality(lasts) * random())]
               ELSE '' END AS last
    FROM generate_series(1, CAST(:voters AS bigint)) AS n,
         (SELECT CAST(:firsts AS text[]) AS firsts, CAST(:lasts AS text[]) AS lasts) AS names
) AS made ORDER BY last
"""


def add_voters(base: Database, voters: int) -> None:
    """Voters with made-up names; surnames and given names independent of each other."""
    rows = table("made_up_names")
    firsts = [row["name"].title() for row in rows if row["kind"] in ("woman", "man")]
    lasts = [row["name"].title() for row in rows if row["kind"] == "last"]
    base.run("SELECT setseed(0.5)")
    base.run(_VOTERS, voters=voters, firsts=firsts, lasts=lasts, at=AT)
    base.tidy("voters")


def milliseconds(session: Session, work: Callable[[], object]) -> float:
    """How long `work` takes in a transaction of its own, as in a request."""
    begin = time.perf_counter()
    work()
    session.rollback()
    return 1000 * (time.perf_counter() - begin)


def show(name: str, what: str, hits: int, times: list[float]) -> None:
    """One line of the table."""
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
    print(f"  {name:18} {what:38} {hits:4}{p95:9.1f}{max(times):9.1f}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Search as one types.")
    parser.add_argument("--voters", type=int, default=1_000_000, help="on file (%(default)s)")
    parser.add_argument("--rounds", type=int, default=40, help="of each query (%(default)s)")
    chosen = parser.parse_args()
    with database() as base:
        add_voters(base, chosen.voters)
        ids = random.Random(1)
        times: dict[str, list[float]] = {typed: [] for typed, _ in ASKED}
        yardstick: list[float] = []
        hits = {}
        by_key = text("SELECT * FROM voters WHERE id = :id")
        with base.sessions() as session:
            for _ in range(chosen.rounds):
                for typed, _what in ASKED:
                    asked = lambda typed=typed: find(session, parse(typed))  # noqa: E731
                    hits[typed] = len(asked())
                    session.rollback()
                    times[typed].append(milliseconds(session, asked))
                    one = {"id": ids.randint(1, chosen.voters)}
                    yardstick.append(
                        milliseconds(session, lambda one=one: session.execute(by_key, one).one())
                    )
    print(f"\nFind a voter, {chosen.voters:,} on file: ms in the server, {chosen.rounds} rounds")
    print(f"  {'typed':18} {'':38} hits      p95      max")
    for typed, what in ASKED:
        show(typed, what, hits[typed], times[typed])
    everything = [one for each in times.values() for one in each]
    show("all of them", "", sum(hits.values()), everything)
    show("yardstick", "one voter by primary key", 1, yardstick)
    print(f"  {'bar: p95 of each':57} {BAR_MS:13}")


if __name__ == "__main__":
    main()
