"""Universes: the count by channel with four conditions, against a bare count of the voters.

    .venv/bin/python -m benchmarks.universes [--voters 1000000] [--rounds 5]

Ours is what the builder asks as one edits: the filter to SQL, voters counted by channel, with
opt-outs, dead addresses and a consent to texts for each voter on file. The yardstick is
SELECT count(*) FROM voters on the same table. Each filter is asked for its rate a second.
"""

import argparse
import statistics
from typing import Any

from app.domain.condition_json import read
from app.store.universe_sql import Asking
from app.store.universes import count_universe, overlap
from app.web.filter_words import in_words
from benchmarks.bench import AT, POLLING_DAY, Database, database, seconds

BAR_SECONDS = 1.0
ASKING = Asking(POLLING_DAY, AT)

FOUR: dict[str, Any] = {
    "all": [
        {"field": "party", "is": ["DEM", "UNA"]},
        {"field": "age", "from": 18, "to": 60},
        {"voted": {"at_least": 2, "of_last": 4, "kind": "general"}},
        {"turnout": {"from": 0.2, "to": 0.8}},
    ]
}
NESTED: dict[str, Any] = {
    "all": [
        {"field": "party", "is": ["DEM", "UNA"]},
        {"any": [{"field": "age", "to": 35}, {"not": {"voted": {"in": "2022"}}}]},
        {"reach": ["text"]},
        {"not": {"field": "county", "is": ["County 7", "County 8"]}},
    ]
}
SAMPLED: dict[str, Any] = {
    "all": [
        {"field": "postcode", "starts": ["276", "277"]},
        {"field": "registered_on", "from": "2010-01-01"},
        {"extra": {"name": "Support Score", "from": 50}},
        {"sample": {"share": 0.1, "seed": 7}},
    ]
}
FILTERS = (FOUR, NESTED, SAMPLED, {})

_VOTERS = """
INSERT INTO voters (source, source_id, first_name, last_name, gender, birth_year, party, status,
                    address, city, state, postcode, county, precinct, phone, phone_kind, email,
                    zones, votes, turnout, extra, registered_on, household_id, imported_at)
SELECT 'nc', 'B' || n, 'First' || n % 999, 'Last' || n % 9973, (ARRAY['F', 'M', 'X'])[1 + n % 3],
       1926 + n * 31 % 83, (ARRAY['DEM', 'REP', 'UNA', 'LIB', 'UNA', 'DEM', 'REP'])[1 + n * 13 % 7],
       CASE WHEN n % 50 = 1 THEN 'removed' WHEN n % 9 = 0 THEN 'inactive' ELSE 'active' END,
       n / 2 || ' Main St', 'City ' || n * 17 % 500, 'NC', (27000 + n % 900)::text,
       'County ' || n * 11 % 100, lpad((n % 60)::text, 2, '0'),
       CASE WHEN n % 5 < 4 THEN '+1919' || lpad(n::text, 7, '0') END,
       (ARRAY['mobile', 'landline', '', 'mobile'])[1 + n % 4],
       CASE WHEN n % 3 = 0 THEN 'b' || n || '@voters.example' END, 'America/New_York',
       CAST(ARRAY(SELECT day FROM unnest(CAST(:days AS text[])) WITH ORDINALITY AS one (day, k)
                  WHERE (n * 2654435761 >> (8 + k::int)) & 1 = 1) AS text[]),
       n * 7919 % 1000 / 1000.0, jsonb_build_object('Support Score', (n % 100)::text),
       DATE '1990-01-01' + CAST(n * 37 % 13000 AS integer), n - (n - 1) % 2, :at
FROM generate_series(1, CAST(:voters AS bigint)) AS n
"""
_CONSENTS = """
INSERT INTO consents (address, channel, basis, source, given_on)
SELECT '+1919' || lpad(n::text, 7, '0'), 'text', 'form', 'benchmark', '2026-01-02'
FROM generate_series(1, CAST(:voters AS bigint)) AS n
"""
_OPT_OUTS = """
INSERT INTO opt_outs (address, channel, source, opted_out_at)
SELECT phone, channel, 'reply', :at FROM voters, unnest(ARRAY['text', 'call']) AS channel
WHERE phone IS NOT NULL AND id % 50 = 3
"""
_ELECTIONS = """
INSERT INTO elections (source, day, kind)
SELECT 'nc', CAST(day AS date), CASE WHEN day LIKE '%-11-%' THEN 'general' ELSE 'primary' END
FROM unnest(CAST(:days AS text[])) AS day
"""
DAYS = ["2016-11-08", "2018-11-06", "2020-03-03", "2020-11-03", "2022-11-08", "2024-11-05"]


def add_voters(base: Database, voters: int) -> None:
    """Voters who differ in all that is asked, each with a consent on file, one in fifty with an
    opt-out."""
    base.run(_VOTERS, voters=voters, at=AT, days=DAYS)
    base.run(_CONSENTS, voters=voters)
    base.run(_OPT_OUTS, at=AT)
    base.run(_ELECTIONS, days=DAYS)
    base.tidy()


def count(base: Database, said: dict[str, Any], rough: bool = False) -> int:
    """How many voters the filter has."""
    with base.sessions() as session:
        return count_universe(session, read(said), ASKING, rough=rough).voters


def median(rounds: int, work: Any) -> float:
    """The median of so many times, after one that warms up."""
    work()
    return statistics.median(seconds(work) for _ in range(rounds))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Universes: counts as one edits.")
    parser.add_argument("--voters", type=int, default=1_000_000, help="on file (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    chosen = parser.parse_args()
    with database() as base:
        add_voters(base, chosen.voters)
        bare = median(chosen.rounds, lambda: base.ask("SELECT count(*) FROM voters"))
        print(f"\nUniverses: counts by channel, {chosen.voters:,} voters, as many consents")
        print(f"  {'SELECT count(*) FROM voters':60} {bare:8.3f} s")
        for said in FILTERS:
            found = count(base, said)
            took = median(chosen.rounds, lambda said=said: count(base, said))
            words = in_words(read(said))
            words = words if len(words) <= 58 else f"{words[:57]}…"
            print(f"  {words:60} {took:8.3f} s  × {took / bare:5.1f}  ({found:,} voters)")
        rough = median(chosen.rounds, lambda: count(base, FOUR, rough=True))
        print(f"  {'the first, estimated from 1 % of the pages':60} {rough:8.3f} s")
        four = [read(said) for said in FILTERS[:3]]
        with base.sessions() as session:
            took = median(1, lambda: overlap(session, [one for one in four if one], ASKING))
        print(f"  {'overlap of the first three':60} {took:8.3f} s")
        print(f"  {'bar of a count with four conditions at 1,000,000':60} {BAR_SECONDS:8.3f} s")


if __name__ == "__main__":
    main()
