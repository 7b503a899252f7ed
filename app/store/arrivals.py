"""Rows on their way in: the staging table, and of voters the one statement that stores them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, text

from app.domain.layout import MISSING
from app.domain.voter import VoterRow
from app.store import bulk, households
from app.store.imports import RejectedRow

VOTERS_LOCK = 6_912_377_201
"""The advisory lock of imports that write voters, of which a second waits. Other kinds of list
have locks of their own, so that ballots need not wait for a voter file."""

SPARSE = frozenset({"ix_voters_phone2", "ix_voters_phone3", "ix_voters_merged_into"})
"""Indexes of columns that few voters have."""

STAGED = (*VoterRow._fields, "row_hash")

TYPES = {
    "birth_year": "integer",
    "registered_on": "date",
    "votes": "text[]",
    "extra": "jsonb",
}


class Settled(NamedTuple):
    """What the rows in staging came to."""

    new: int
    changed: int
    unchanged: int  # as they are on file


class Score(NamedTuple):
    """How the turnout of a row in staging is computed: SQL to join, the expression, its values."""

    joins: str
    expression: str
    binds: Mapping[str, Any]


NO_SCORE = Score("", "NULL::real", {})


class Rejected(NamedTuple):
    """A row that stays out; `raw` without NUL, at most 2,000 characters."""

    row_number: int
    reason: str
    raw: str


class Repeat(NamedTuple):
    """A row whose id an earlier row of the same file had, with different content."""

    row_number: int
    first_row: int
    raw: str


def try_lock(connection: Connection, key: int) -> bool:
    """Take an import lock until the transaction ends, if nobody holds it."""
    lock = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.scalar(lock, {"key": key}))


def make_staging(
    connection: Connection, columns: Sequence[str], types: Mapping[str, str], *, ids: bool = False
) -> None:
    """An empty table `arriving` that ends with the transaction, with `row_number` first.

    With `ids` each row brings the id along that it would have as a voter.
    """
    connection.execute(text("SET LOCAL work_mem = '128MB'"))
    connection.execute(text("SET LOCAL client_min_messages = warning"))
    written = ", ".join(f"{name} {types.get(name, 'text')}" for name in columns)
    # Looked up once: as an expression it would be looked up for every row.
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence('voters', 'id')"))
    id_column = f"id bigint NOT NULL DEFAULT nextval('{sequence}'), "
    connection.execute(
        text(
            f"CREATE TEMP TABLE arriving ({id_column if ids else ''}row_number integer, {written}) "
            "ON COMMIT DROP"
        )
    )


def copy_staged(
    connection: Connection, columns: Sequence[str]
) -> AbstractContextManager[psycopg.Copy]:
    """COPY into staging, in text format: the row's number, then `columns`."""
    return cursor(connection).copy(f"COPY arriving (row_number, {', '.join(columns)}) FROM STDIN")


def copy_rejected(connection: Connection, run_id: int, rows: Iterable[Rejected]) -> None:
    """Store rejected rows under their run."""
    table = RejectedRow.__tablename__
    columns = "import_run_id, row_number, reason, raw"
    with cursor(connection).copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((run_id, *row))


def cursor(connection: Connection) -> psycopg.Cursor[Any]:
    """The driver's own cursor, for COPY, in the transaction of `connection`."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # make_engine allows no other
    return driver.cursor()


class Repeats(NamedTuple):
    """Rows taken out of staging because an earlier row has their id."""

    same: int  # how many say just the same
    different: Iterator[Repeat]


def drop_repeats(connection: Connection) -> Repeats:
    """Keep the first row of each id in staging."""
    connection.execute(text("ANALYZE arriving (id, source_id, address, city, postcode, phone)"))
    found = connection.execute(
        text(
            """
            CREATE TEMP TABLE repeats ON COMMIT DROP AS
            SELECT later.row_number, first.row_number AS first_row,
                   later.row_hash = first.row_hash AS same,
                   concat_ws(' ', later.source_id, later.first_name, later.last_name) AS raw
            FROM (
                SELECT source_id, min(row_number) AS row_number
                FROM arriving GROUP BY source_id HAVING count(*) > 1
            ) AS kept
            JOIN arriving AS first USING (source_id, row_number)
            JOIN arriving AS later
              ON later.source_id = first.source_id AND later.row_number > first.row_number
            """
        )
    ).rowcount
    if not found:
        return Repeats(0, iter(()))
    connection.execute(
        text("DELETE FROM arriving USING repeats WHERE arriving.row_number = repeats.row_number")
    )
    same = connection.scalar(text("SELECT count(*) FROM repeats WHERE same")) or 0
    return Repeats(same, _different(connection))


def _different(connection: Connection) -> Iterator[Repeat]:
    query = text(
        "SELECT row_number, first_row, raw FROM repeats WHERE NOT same ORDER BY row_number"
    )
    with connection.execute(query, execution_options={"yield_per": 1000}) as rows:
        for row in rows:
            yield Repeat(*row)


def unchanged_and_changed(
    connection: Connection, source: str, lasting: frozenset[str]
) -> tuple[int, int]:
    """Take out of staging what is on file as it is; how many, and how many are on file otherwise.

    Nothing is written of a voter whose status is in `lasting`.
    """
    values = {"source": source, "lasting": sorted(lasting)}
    unchanged = connection.execute(
        text(
            """
            DELETE FROM arriving USING voters
            WHERE voters.source = :source AND voters.source_id = arriving.source_id
              AND (voters.row_hash = arriving.row_hash OR voters.status = ANY(:lasting))
            """
        ),
        values,
    ).rowcount
    changed = connection.scalar(
        text(
            "SELECT count(*) FROM arriving JOIN voters "
            "ON voters.source = :source AND voters.source_id = arriving.source_id"
        ),
        values,
    )
    return unchanged, changed or 0


def has_voters(connection: Connection, source: str) -> bool:
    """Whether any voter of this source is on file."""
    query = text("SELECT EXISTS (SELECT FROM voters WHERE source = :source)")
    return bool(connection.scalar(query, {"source": source}))


def settle(
    connection: Connection,
    source: str,
    fields: frozenset[str],
    lasting: frozenset[str],
    at: datetime,
    score: Callable[[], Score],
) -> Settled:
    """Bring staging into voters: new rows in, changed ones up to date, households made.

    Of a voter already known only `fields` are written: what the file cannot know stays, and
    nothing is written of one whose status is in `lasting`. `score` is asked when staging holds
    just who is to be written. Runs after `withdrawn.withdraw`.
    """
    unchanged = changed = 0
    first = bulk.is_empty(connection, "voters")
    if not first and has_voters(connection, source):
        unchanged, changed = unchanged_and_changed(connection, source, lasting)
        if changed:
            _take_ids(connection, source, fields)
    if first:
        households.no_neighbors(connection)
    else:
        households.find_neighbors(connection, source)
    households.label(connection)
    scored = score()
    with bulk.without_indexes(connection, "voters", SPARSE) if first else nullcontext():
        stored = _store(connection, source, fields, at, first, scored)
    households.move_neighbors(connection)
    return Settled(new=stored - changed, changed=changed, unchanged=unchanged)


def _take_ids(connection: Connection, source: str, fields: frozenset[str]) -> None:
    """Those on file keep their id, and what decides on their household where the file is mute."""
    kept = [name for name in households.SHARED if name != "id" and name not in fields]
    connection.execute(
        text(
            f"""
            UPDATE arriving SET {", ".join(f"{name} = voters.{name}" for name in ("id", *kept))}
            FROM voters
            WHERE voters.source = :source AND voters.source_id = arriving.source_id
            """
        ),
        {"source": source},
    )


def _store(
    connection: Connection,
    source: str,
    fields: frozenset[str],
    at: datetime,
    first: bool,
    score: Score,
) -> int:
    """The one statement that writes voters; how many rows it wrote."""
    cells = ", ".join(f"arriving.{name}" for name in VoterRow._fields)
    written = [name for name in VoterRow._fields if name in fields and name != "source_id"]
    sets = [f"{name} = excluded.{name}" for name in written]
    if "status" not in written:  # whoever was missing and is there again has no status to take
        sets.append(f"status = CASE voters.status WHEN '{MISSING}' THEN '' ELSE voters.status END")
    update = f"""
        ON CONFLICT (source, source_id) DO UPDATE SET
            {", ".join(sets)},
            row_hash = excluded.row_hash,
            household_id = excluded.household_id,
            turnout = coalesce(excluded.turnout, voters.turnout),
            imported_at = excluded.imported_at
        WHERE voters.row_hash <> excluded.row_hash
    """
    return connection.execute(
        text(
            f"""
            INSERT INTO voters (
                id, source, {", ".join(VoterRow._fields)}, row_hash, household_id, turnout,
                imported_at
            )
            SELECT arriving.id, :source, {cells}, row_hash,
                   coalesce(roots.root, labels.label), {score.expression}, :at
            FROM arriving JOIN labels USING (id) LEFT JOIN roots USING (label) {score.joins}
            {"" if first else update}
            """
        ),
        {**score.binds, "source": source, "at": at},
    ).rowcount
