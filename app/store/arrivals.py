"""Voters on their way in: the staging table, one upsert, households; and the runs that did it."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, insert, text, update

from app.domain.layout import CONFIDENTIAL
from app.domain.voter import VoterRow
from app.store.imports import ImportRun, RejectedRow

IMPORT_LOCK = 6_912_377_201
"""The advisory lock that one import holds, so that a second waits."""

CROWD = 30
"""An address or a phone that more voters share is a nursing home, a dormitory or an office: it
joins nobody. Residents of a large address may still share a phone."""

PLACE = "coalesce(nullif({0}postcode, ''), {0}city)"
"""With the street it makes an address one of its kind; the city stands in where no postcode is."""

STAGED = ("row_number", *VoterRow._fields, "row_hash")

_TYPES = {
    "row_number": "integer",
    "birth_year": "integer",
    "registered_on": "date",
    "votes": "text[]",
    "extra": "jsonb",
}


class Settled(NamedTuple):
    """What the rows in staging came to."""

    new: int
    changed: int
    unchanged: int


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


def try_lock(connection: Connection) -> bool:
    """Take the import lock until the transaction ends, if nobody holds it."""
    lock = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.scalar(lock, {"key": IMPORT_LOCK}))


def lock(connection: Connection) -> None:
    """Take the import lock until the transaction ends; waits for whoever holds it."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})


def fail_dead_runs(connection: Connection, at: datetime) -> None:
    """Mark as failed what is said to run. Only for the holder of the lock: nobody else can run."""
    connection.execute(
        update(ImportRun)
        .where(ImportRun.state == "running")
        .values(
            state="failed",
            ended_at=at,
            message="its process ended in the middle; nothing of it was stored",
        )
    )


def begin_run(connection: Connection, filename: str, layout: str, at: datetime) -> int:
    """A new run, in the state running; its id."""
    run = insert(ImportRun).values(
        filename=filename, layout=layout, state="running", started_at=at, counts={}, message=""
    )
    return int(connection.execute(run.returning(ImportRun.id)).scalar_one())


def end_run(
    connection: Connection,
    run_id: int,
    state: str,
    at: datetime,
    counts: dict[str, Any],
    message: str = "",
) -> None:
    """What came of a run."""
    connection.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(state=state, ended_at=at, counts=counts, message=message)
    )


def make_staging(connection: Connection) -> None:
    """An empty staging table that ends with the transaction; each row brings a voter id along."""
    connection.execute(text("SET LOCAL work_mem = '64MB'"))
    connection.execute(text("SET LOCAL client_min_messages = warning"))
    columns = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in STAGED)
    connection.execute(
        text(
            "CREATE TEMP TABLE arriving ("
            "id bigint NOT NULL DEFAULT nextval(pg_get_serial_sequence('voters', 'id')), "
            f"{columns}) ON COMMIT DROP"
        )
    )


def copy_staged(connection: Connection) -> AbstractContextManager[psycopg.Copy]:
    """COPY into staging, in text format; columns as in STAGED."""
    return cursor(connection).copy(f"COPY arriving ({', '.join(STAGED)}) FROM STDIN")


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


def drop_repeats(connection: Connection) -> Iterator[Repeat]:
    """Keep the first row of each id in staging; yields the later ones that differ from it."""
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
        return
    connection.execute(
        text("DELETE FROM arriving USING repeats WHERE arriving.row_number = repeats.row_number")
    )
    different = text(
        "SELECT row_number, first_row, raw FROM repeats WHERE NOT same ORDER BY row_number"
    )
    with connection.execute(different, execution_options={"yield_per": 1000}) as rows:
        for row in rows:
            yield Repeat(*row)


def settle(
    connection: Connection,
    source: str,
    fields: frozenset[str],
    lasting: frozenset[str],
    at: datetime,
) -> Settled:
    """Bring staging into voters: new rows in, changed ones up to date, households made.

    Of a voter already known only `fields` are written: what the file cannot know stays, and
    nothing is written of one whose status is in `lasting`. Runs after `withdrawn.withdraw`.
    """
    values = {"source": source, "at": at, "lasting": sorted(lasting)}
    unchanged = changed = 0
    if connection.scalar(text("SELECT EXISTS (SELECT FROM voters WHERE source = :source)"), values):
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
        kept = [name for name in ("address", "city", "postcode", "phone") if name not in fields]
        changed = connection.execute(
            text(
                f"""
                UPDATE arriving SET {", ".join(f"{name} = voters.{name}" for name in ("id", *kept))}
                FROM voters
                WHERE voters.source = :source AND voters.source_id = arriving.source_id
                """
            ),
            values,
        ).rowcount
    _find_neighbors(connection, source)
    _label_households(connection)
    cells = ", ".join(f"arriving.{name}" for name in VoterRow._fields)
    written = [name for name in VoterRow._fields if name in fields and name != "source_id"]
    stored = connection.execute(
        text(
            f"""
            INSERT INTO voters (
                id, source, {", ".join(VoterRow._fields)}, row_hash, household_id, imported_at
            )
            SELECT arriving.id, :source, {cells}, row_hash,
                   coalesce(roots.root, labels.label), :at
            FROM arriving JOIN labels USING (id) LEFT JOIN roots USING (label)
            ON CONFLICT (source, source_id) DO UPDATE SET
                {", ".join(f"{name} = excluded.{name}" for name in written)},
                row_hash = excluded.row_hash,
                household_id = excluded.household_id,
                imported_at = excluded.imported_at
            WHERE voters.row_hash <> excluded.row_hash
            """
        ),
        values,
    ).rowcount
    connection.execute(
        text(
            """
            UPDATE voters SET household_id = coalesce(roots.root, labels.label)
            FROM neighbors JOIN labels USING (id) LEFT JOIN roots USING (label)
            WHERE voters.id = neighbors.id
              AND voters.household_id IS DISTINCT FROM coalesce(roots.root, labels.label)
            """
        )
    )
    return Settled(new=stored - changed, changed=changed, unchanged=unchanged)


def _find_neighbors(connection: Connection, source: str) -> None:
    """Known voters whose household may change, since someone joins or leaves it."""
    connection.execute(
        text(
            "CREATE TEMP TABLE neighbors ON COMMIT DROP AS "
            "SELECT id, address, city, postcode, phone FROM arriving WITH NO DATA"
        )
    )
    connection.execute(
        text(
            f"""
            INSERT INTO neighbors
            WITH homes AS (
                SELECT household_id FROM voters JOIN leaving USING (source_id)
                WHERE voters.source = :source AND leaving.status = '{CONFIDENTIAL}'
                UNION
                SELECT household_id FROM voters JOIN arriving USING (id)
                UNION
                SELECT household_id FROM voters JOIN arriving USING (phone)
                UNION
                SELECT household_id FROM voters JOIN arriving
                  ON arriving.address = voters.address
                 AND {PLACE.format("arriving.")} = {PLACE.format("voters.")}
                WHERE arriving.address <> ''
            )
            SELECT id, address, city, postcode, phone
            FROM voters JOIN homes USING (household_id)
            WHERE NOT EXISTS (SELECT FROM arriving WHERE arriving.id = voters.id)
            """
        ),
        {"source": source},
    )


def _label_households(connection: Connection) -> None:
    """Households as connected groups: `labels` by address, `roots` where phones tie labels.

    A label is the smallest voter id at the address. Few labels are tied by a phone, so the walk
    from label to label, until nothing changes, goes over those alone.
    """
    connection.execute(
        text(
            f"""
            CREATE TEMP TABLE labels ON COMMIT DROP AS
            WITH people AS (
                SELECT id, address, {PLACE.format("")} AS place, phone FROM arriving
                UNION ALL
                SELECT id, address, {PLACE.format("")} AS place, phone FROM neighbors
            ),
            homes AS (
                SELECT address, place, min(id) AS label FROM people
                WHERE address <> ''
                GROUP BY address, place HAVING count(*) BETWEEN 2 AND {CROWD}
            )
            SELECT id, coalesce(label, id) AS label, phone
            FROM people LEFT JOIN homes USING (address, place)
            """
        )
    )
    connection.execute(
        text(
            f"""
            CREATE TEMP TABLE ties ON COMMIT DROP AS
            SELECT DISTINCT labels.label, shared.label AS other
            FROM labels JOIN (
                SELECT phone, min(label) AS label FROM labels
                WHERE phone IS NOT NULL
                GROUP BY phone HAVING count(*) <= {CROWD} AND min(label) < max(label)
            ) AS shared USING (phone)
            WHERE labels.label <> shared.label
            """
        )
    )
    connection.execute(
        text(
            """
            CREATE TEMP TABLE roots ON COMMIT DROP AS
            SELECT label, label AS root FROM (SELECT label FROM ties UNION SELECT other FROM ties)
            AS tied
            """
        )
    )
    spread = text(
        """
        UPDATE roots SET root = nearest.root
        FROM (
            SELECT ways.label, min(roots.root) AS root
            FROM (SELECT label, other FROM ties UNION ALL SELECT other, label FROM ties) AS ways
            JOIN roots ON roots.label = ways.other
            GROUP BY ways.label
        ) AS nearest
        WHERE nearest.label = roots.label AND nearest.root < roots.root
        """
    )
    jump = text(
        """
        UPDATE roots SET root = farther.root FROM roots AS farther
        WHERE farther.label = roots.root AND farther.root < roots.root
        """
    )
    while connection.execute(spread).rowcount:
        while connection.execute(jump).rowcount:
            pass
