"""Past votes on their way in: gathered by voter, merged with what is on file, scored."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.domain.layout import CONFIDENTIAL
from app.domain.turnout import Election
from app.store import turnout

COLUMNS = ("source_id", "day", "kind", "name")
"""Of `arriving`: one vote a row. `day` is ISO, NULL where nobody voted; `kind` and `name` of the
election as the file says, else empty."""

TYPES = {"day": 'text COLLATE "C"'}  # days sort as bytes, three times as fast as as words


class Gathered(NamedTuple):
    """What the rows in staging come to, before anything is written."""

    staged: int
    new: int  # votes, each of one voter in one election, that were not on file
    matched: int  # rows of voters on file
    no_vote: int  # rows of a ballot that was not cast
    hidden: int  # rows of confidential voters, of whom nothing is kept

    @property
    def unknown(self) -> int:
        """Rows of ids that nobody on file has."""
        return self.staged - self.no_vote - self.matched - self.hidden


class StatedElection(NamedTuple):
    """An election as a history file states it."""

    day: date
    kind: str  # empty where the file does not say
    name: str


def sources(connection: Connection) -> list[str]:
    """The sources that voters on file come from."""
    return list(connection.scalars(text("SELECT DISTINCT source FROM voters ORDER BY source")))


def gather(connection: Connection, source: str) -> Gathered:
    """Make the temporary table `voting` from `arriving`: each voter with all votes, old and new.

    One sort and one pass, whatever the number of rows. A history file adds votes and never takes
    one away. Votes of a double go to the voter who was kept.
    """
    binds = {"source": source, "hidden": CONFIDENTIAL}
    connection.execute(text("ANALYZE arriving (source_id, day)"))
    connection.execute(
        text(
            """
            CREATE TEMP TABLE voting ON COMMIT DROP AS
            SELECT id, found.rows, cardinality(voters.votes) AS had,
                   CASE WHEN voters.votes = '{}' THEN found.days
                        ELSE (SELECT array_agg(DISTINCT day ORDER BY day)
                              FROM unnest(voters.votes || found.days) AS days (day))
                        END AS votes
            FROM (
                SELECT coalesce(voters.merged_into, voters.id) AS id, count(*) AS rows,
                       array_agg(DISTINCT day ORDER BY day) COLLATE "default" AS days
                FROM arriving JOIN voters
                  ON voters.source = :source AND voters.source_id = arriving.source_id
                WHERE arriving.day IS NOT NULL AND voters.status <> :hidden
                GROUP BY 1
            ) AS found JOIN voters USING (id)
            """
        ),
        binds,
    )
    connection.execute(text("ANALYZE voting (id)"))
    return Gathered(
        *connection.execute(
            text(
                """
                SELECT staged, new, matched, no_vote, hidden
                FROM (SELECT count(*) AS staged, count(*) FILTER (WHERE day IS NULL) AS no_vote
                      FROM arriving) AS rows,
                     (SELECT coalesce(sum(cardinality(votes) - had), 0)::bigint AS new,
                             coalesce(sum(rows), 0)::bigint AS matched FROM voting) AS votes,
                     (SELECT count(*) AS hidden FROM arriving JOIN voters
                        ON voters.source = :source AND voters.source_id = arriving.source_id
                      WHERE arriving.day IS NOT NULL AND voters.status = :hidden) AS kept_out
                """
            ),
            binds,
        ).one()
    )


def first_unknown(connection: Connection, source: str, most: int) -> Iterator[tuple[int, str]]:
    """The first rows of the file whose id nobody on file has: number and id."""
    rows = connection.execute(
        text(
            """
            SELECT row_number, source_id FROM arriving
            WHERE day IS NOT NULL AND NOT EXISTS (
                SELECT FROM voters
                WHERE voters.source = :source AND voters.source_id = arriving.source_id
            )
            ORDER BY row_number LIMIT :most
            """
        ),
        {"source": source, "most": most},
    )
    yield from ((number, source_id) for number, source_id in rows)


def stated_elections(connection: Connection) -> list[StatedElection]:
    """The elections in `arriving`; each with the kind and the name that most of its rows give."""
    rows = connection.execute(
        text(
            """
            SELECT DISTINCT ON (day) CAST(day AS date), kind, name
            FROM arriving WHERE day IS NOT NULL
            GROUP BY day, kind, name
            ORDER BY day, count(*) DESC, kind DESC, name
            """
        )
    )
    return [StatedElection(*row) for row in rows]


def upsert_elections(connection: Connection, source: str, elections: Iterable[Election]) -> int:
    """Have these elections on file, as the columns of a voter file name them; how many are new.

    One that is known keeps its kind and its name.
    """
    return sum(
        connection.execute(
            text(
                "INSERT INTO elections (source, day, kind) VALUES (:source, :day, :kind) "
                "ON CONFLICT DO NOTHING"
            ),
            {"source": source, "day": day, "kind": kind},
        ).rowcount
        for day, kind in elections
    )


def name_elections(
    connection: Connection, source: str, elections: Iterable[StatedElection]
) -> None:
    """Write the kind and the name that a history file states of elections on file."""
    named = [
        {"source": source, "day": day, "kind": kind, "name": name}
        for day, kind, name in elections
        if kind or name
    ]
    if named:
        connection.execute(
            text(
                "UPDATE elections SET kind = coalesce(nullif(:kind, ''), kind), "
                "name = coalesce(nullif(:name, ''), name) WHERE source = :source AND day = :day"
            ),
            named,
        )


def store(connection: Connection, source: str, today: date) -> int:
    """Write `voting` to the voters, and every score of the source that it moved; how many rows.

    One statement writes both, since to write a voter costs the same for one column or two.
    `row_hash` stays: votes of a history file are none of the voter file's.
    """
    facts = ", ".join(f"voters.{name}" for name in turnout.FACTS if name != "votes")
    prepared = turnout.prepare(
        connection,
        source,
        today,
        f"SELECT id, coalesce(voting.votes, voters.votes) AS votes, {facts} "
        f"FROM voters LEFT JOIN voting USING (id) WHERE {turnout.STAYING}",
    )
    scored = turnout.SCORED if prepared else _NO_SCORES
    return turnout.write(
        connection,
        f"""
        SELECT coalesce(voting.id, scored_id) AS scored_id, voting.votes, score
        FROM voting FULL JOIN ({scored}) AS found ON found.scored_id = voting.id
        """,
        prepared.binds if prepared else {},
    )


_NO_SCORES = "SELECT NULL::bigint AS scored_id, NULL::real AS score WHERE false"
