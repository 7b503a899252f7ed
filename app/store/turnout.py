"""The turnout score of all voters of a source at once: the formula of domain/turnout.py as SQL.

`prepare` goes over the voters once and leaves two temporary tables: `turnout_records`, what each
could have voted in and did, as bits, and `turnout_cells`, the rate of each precinct and age band.
From them a score is two joins away, in an INSERT or an UPDATE.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, text

from app.domain.layout import withdrawn_statuses
from app.domain.turnout import (
    ADULT,
    BAND_STARTS,
    HELD_SHARE,
    MOST_ELECTIONS,
    NO_DATA,
    PULL_OF_BAND,
    PULL_OF_HALF,
    PULL_OF_PRECINCT,
    SUREST,
    Counted,
    counted,
)
from app.domain.turnout import Election as PastElection
from app.store.arrivals import NO_SCORE, Score
from app.store.voters import Election

WORTH_WRITING = 0.005
"""A score that moved by less stays as it is: to write the row would cost more than it tells."""

FACTS = ("votes", "registered_on", "birth_year", "state", "county", "precinct")

STAYING = """
voters.source = :source AND voters.status <> ALL(:withdrawn) AND voters.merged_into IS NULL
"""
"""Whose votes count. Those withdrawn are nobody's neighbors, and some have their votes removed."""

VOTERS = f"SELECT id, {', '.join(FACTS)} FROM voters WHERE {STAYING}"

_VOTED = f"(CAST(:weights AS float8[]))[1 + (marks >> {MOST_ELECTIONS})]"
_COULD = f"({_VOTED} + (CAST(:weights AS float8[]))[1 + (marks & held)])"
"""The sums of weights that the bits of `marks` stand for, looked up among all that there can be.
Upper bits are elections voted in, lower ones those that one could have voted in and did not."""

_SCORE = f"""
CAST(least(greatest(({_VOTED} + {PULL_OF_PRECINCT} * rate) / ({_COULD} + {PULL_OF_PRECINCT}),
                    {1 - SUREST}), {SUREST}) AS real)
"""

SCORED = f"""
SELECT id AS scored_id, NULL::text[] AS votes, {_SCORE} AS score
FROM turnout_records JOIN turnout_cells USING (precinct_key, band)
"""
"""Every voter that was prepared, with the score and no news of votes; for `write`. Its values are
`Prepared.binds`."""


MOVED = f"abs(coalesce(voters.turnout, -1) - scored.score) > CAST({WORTH_WRITING} AS real)"
"""Whether a score is worth writing over the one on file; one that is not known never is."""


@dataclass(frozen=True)
class Prepared:
    """The two temporary tables are made, from these elections; see `prepare`."""

    elections: tuple[Counted, ...]  # oldest first; never none

    @property
    def binds(self) -> dict[str, Any]:
        """The values of SCORED."""
        return {"weights": _weights(self.elections)}


def prepare(
    connection: Connection, source: str, today: date, rows: str = VOTERS, *, keep: bool = False
) -> Prepared | None:
    """Make the temporary tables from `rows`; None, at no cost, while no election is known.

    `rows` is a query for id and FACTS. The tables end with the transaction, or with the connection
    if told to `keep` them; one pair a connection, so a second call replaces the first's.
    """
    elections = _elections(connection, source, today)
    if not elections:
        return None
    lasting = "" if keep else "ON COMMIT DROP"
    binds = {
        "source": source,
        "withdrawn": sorted(withdrawn_statuses()),
        "weights": _weights(elections),
        "year": today.year,
    }
    connection.execute(text("SET LOCAL client_min_messages = warning"))
    connection.execute(text("DROP TABLE IF EXISTS pg_temp.turnout_records, pg_temp.turnout_cells"))
    made = f"CREATE TEMP TABLE turnout_records {lasting} AS {_records(elections, rows)}"
    connection.execute(text(made), binds)
    connection.execute(text("ANALYZE turnout_records (id, precinct_key, county_key, band)"))
    made = f"CREATE TEMP TABLE turnout_cells {lasting} AS {_cells(len(elections))}"
    connection.execute(text(made), binds)
    connection.execute(text("ANALYZE turnout_cells"))
    return Prepared(elections)


def score_arriving(
    connection: Connection, source: str, fields: frozenset[str], today: date
) -> Score:
    """How `arriving` is scored in the statement that stores it, as neighbors of who stays.

    For when voters on file have their id in `arriving` already and unchanged ones are gone from
    it. What the file cannot say (not in `fields`) is taken from the voter on file.
    """
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM arriving)")):
        return NO_SCORE
    facts = [f"arriving.{name}" if name in fields else _known(name) for name in FACTS]
    known = "" if fields.issuperset(FACTS) else "LEFT JOIN voters ON voters.id = arriving.id"
    rows = f"""
        {VOTERS} AND NOT EXISTS (SELECT FROM arriving WHERE arriving.id = voters.id)
        UNION ALL SELECT arriving.id, {", ".join(facts)} FROM arriving {known}
    """
    prepared = prepare(connection, source, today, rows)
    if prepared is None:
        return NO_SCORE
    joins = f"LEFT JOIN ({SCORED}) AS scored ON scored.scored_id = arriving.id"
    return Score(joins, "scored.score", prepared.binds)


def rescore_others(connection: Connection, score: Score) -> int:
    """After `arriving` is stored: bring up to date those who stayed; how many rows that wrote.

    From the tables that `score_arriving` made, so it costs a join, not another pass.
    """
    if score is NO_SCORE:
        return 0
    return write(connection, SCORED, score.binds)


def rescore(connection: Connection, source: str, today: date) -> int:
    """Bring the scores of a source up to date in one go; how many rows that wrote."""
    prepared = prepare(connection, source, today)
    return 0 if prepared is None else write(connection, SCORED, prepared.binds)


def rescore_range(connection: Connection, prepared: Prepared, first_id: int, last_id: int) -> int:
    """Bring voters from `first_id` to `last_id` up to date; how many rows that wrote.

    With `prepare(…, keep=True)` a caller may commit piece by piece, to hold no locks for long.
    """
    return connection.execute(
        text(
            f"""
            UPDATE voters SET turnout = scored.score
            FROM ({SCORED} WHERE id BETWEEN :first_id AND :last_id) AS scored
            WHERE voters.id = scored.scored_id AND {MOVED}
            """
        ),
        {**prepared.binds, "first_id": first_id, "last_id": last_id},
    ).rowcount


def write(connection: Connection, query: str, binds: Mapping[str, Any]) -> int:
    """Write votes and scores from a query like SCORED where they moved; how many rows."""
    connection.execute(text("DROP TABLE IF EXISTS pg_temp.scored"))
    connection.execute(text(f"CREATE TEMP TABLE scored ON COMMIT DROP AS {query}"), binds)
    connection.execute(text("ANALYZE scored (scored_id)"))
    # In the order of ids the table is written page by page; from a hash, at random, which takes
    # twice as long.
    connection.execute(text("SET LOCAL enable_hashjoin = off"))
    written = connection.execute(
        text(
            f"""
            UPDATE voters SET votes = coalesce(scored.votes, voters.votes),
                              turnout = coalesce(scored.score, voters.turnout)
            FROM scored
            WHERE voters.id = scored.scored_id AND (scored.votes <> voters.votes OR {MOVED})
            """
        )
    ).rowcount
    connection.execute(text("SET LOCAL enable_hashjoin = on"))
    return written


def drop_prepared(connection: Connection) -> None:
    """Remove the tables that were kept."""
    connection.execute(text("DROP TABLE IF EXISTS pg_temp.turnout_records, pg_temp.turnout_cells"))


def _elections(connection: Connection, source: str, today: date) -> tuple[Counted, ...]:
    query = select(Election.day, Election.kind).where(Election.source == source)
    return counted((PastElection(day, kind) for day, kind in connection.execute(query)), today)


def _weights(elections: Sequence[Counted]) -> list[float]:
    """The sum of weights for every set of elections, by the number whose bits name them."""
    sums = [0.0]
    for election in elections:
        sums += [sum_ + election.weight for sum_ in sums]
    return sums


def _known(name: str) -> str:
    return f"coalesce(voters.{name}, arriving.{name})"


def _records(elections: Sequence[Counted], rows: str) -> str:
    """One row a voter: whose neighbor, of what age, and the marks of each election.

    Precincts and counties are 64-bit hashes of their names: a tenth of the bytes to sort and join,
    and two of a million meet by chance once in 30 million files.
    """
    marks = " + ".join(_mark(place, day) for place, (day, _) in enumerate(elections))
    starts = ", ".join(map(str, BAND_STARTS))
    return f"""
        SELECT id,
               hashtextextended(concat_ws('|', state, county, precinct), 0) AS precinct_key,
               hashtextextended(concat_ws('|', state, county), 0) AS county_key,
               CAST(coalesce(1 + width_bucket(:year - birth_year, ARRAY[{starts}]), 0) AS smallint)
                   AS band,
               {marks} AS marks
        FROM ({rows}) AS facts
    """


def _mark(place: int, day: date) -> str:
    bit = 1 << place
    return f"""
        CASE WHEN '{day}' = ANY(votes) THEN {bit << MOST_ELECTIONS}
             WHEN registered_on > DATE '{day}' OR birth_year > {day.year - ADULT} THEN 0
             ELSE {bit} END
    """


def _cells(elections: int) -> str:
    """One row a precinct and age band: its rate, and the elections held there, as bits."""
    held = " + ".join(_held(1 << place) for place in range(elections))
    return f"""
        WITH counties AS (
            SELECT county_key, {held} AS held FROM turnout_records GROUP BY county_key
        ),
        sums AS (
            SELECT precinct_key, band, min(held) AS held,
                   sum({_VOTED}) AS voted, sum({_COULD}) AS could
            FROM turnout_records JOIN counties USING (county_key)
            GROUP BY precinct_key, band
        ),
        bands AS (
            SELECT band, (sum(voted) + {PULL_OF_HALF * NO_DATA}) / (sum(could) + {PULL_OF_HALF})
                   AS rate
            FROM sums GROUP BY band
        )
        SELECT precinct_key, band, held,
               (voted + {PULL_OF_BAND} * rate) / (could + {PULL_OF_BAND}) AS rate
        FROM sums JOIN bands USING (band)
    """


def _held(bit: int) -> str:
    voted = bit << MOST_ELECTIONS
    return f"""
        CASE WHEN count(*) FILTER (WHERE marks & {voted} <> 0)
               >= CAST({HELD_SHARE} AS float8) * count(*) FILTER (WHERE marks & {voted | bit} <> 0)
             THEN {bit} ELSE 0 END
    """
