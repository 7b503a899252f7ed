"""Voters whom a newer file withdraws or brings back, and the targets that follow them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.domain.layout import CONFIDENTIAL, MISSING, withdrawn_statuses
from app.domain.touch import TouchState
from app.store import forgotten
from app.store.arrivals import cursor
from app.store.bulk import is_empty
from app.store.pool import end_pending
from app.store.precincts import place_sql

CANCELED = "taken out by a newer voter file"

_EMPTIED = (
    *("first_name", "middle_name", "last_name", "suffix", "gender", "party"),
    *("address", "city", "postcode", "county", "precinct", "zones"),
    *("phone_kind", "phone2_kind", "phone3_kind", "first_key", "last_key"),
)

_BLANK = {
    **dict.fromkeys(_EMPTIED, "''"),
    **dict.fromkeys(("birth_year", "registered_on", "phone", "phone2", "phone3"), "NULL"),
    **dict.fromkeys(("email", "turnout"), "NULL"),
    **dict.fromkeys(("language", "votes", "extra"), "DEFAULT"),
}
"""All that a file says of a person but the id and the state."""

_OUT = f"""
CASE WHEN targets.out NOT IN ('', '{CONFIDENTIAL}', 'no longer registered') THEN targets.out
     WHEN voters.status = '{CONFIDENTIAL}' THEN '{CONFIDENTIAL}'
     WHEN voters.status = ANY(:withdrawn) THEN 'no longer registered'
     ELSE '' END
"""
"""Who refused, moved or died stays out for that, whatever the file says."""


_ENDS = "(voters.status = ANY(:withdrawn) OR voters.id IN (SELECT voter_id FROM bereft))"
"""Whose pending contacts are canceled: who leaves, and who had the phone of one whom the law hides;
the pacer releases that one's own anew."""


def stage_leaving(connection: Connection, lines: Iterable[str]) -> None:
    """Bring in who is to leave; each line an id, a tab and the status. Confidential outranks."""
    connection.execute(
        text("CREATE TEMP TABLE leaving_rows (source_id text, status text) ON COMMIT DROP")
    )
    with cursor(connection).copy("COPY leaving_rows FROM STDIN") as copy:
        for line in lines:
            copy.write(line)
    connection.execute(
        text(
            f"""
            CREATE TEMP TABLE leaving ON COMMIT DROP AS
            SELECT source_id, CASE WHEN bool_or(status = '{CONFIDENTIAL}') THEN '{CONFIDENTIAL}'
                              ELSE max(status) END AS status
            FROM leaving_rows GROUP BY source_id
            """
        )
    )
    connection.execute(text("ANALYZE leaving"))


def drop_confidential(connection: Connection) -> Iterator[int]:
    """Take rows out of staging that another row of the file calls confidential; their numbers."""
    if is_empty(connection, "leaving"):
        return
    yield from connection.scalars(
        text(
            "DELETE FROM arriving USING leaving WHERE leaving.source_id = arriving.source_id "
            f"AND leaving.status = '{CONFIDENTIAL}' RETURNING row_number"
        )
    )


_ON_FILE = "voters.source = :source AND NOT voters.status = ANY(:withdrawn)"

_MISSING = f"""
{_ON_FILE} AND NOT EXISTS (SELECT FROM arriving WHERE arriving.source_id = voters.source_id)
AND NOT EXISTS (SELECT FROM leaving WHERE leaving.source_id = voters.source_id)
"""


def _binds(source: str) -> dict[str, object]:
    return {"source": source, "withdrawn": sorted(withdrawn_statuses())}


def count_missing(connection: Connection, source: str) -> int:
    """How many voters on file the new file does not have at all."""
    query = text(f"SELECT count(*) FROM voters WHERE {_MISSING}")
    return connection.scalar(query, _binds(source)) or 0


def stage_missing(connection: Connection, source: str) -> None:
    """Have them leave as well, because the organizer said that the file is complete."""
    connection.execute(
        text(
            f"INSERT INTO leaving SELECT voters.source_id, '{MISSING}' FROM voters WHERE {_MISSING}"
        ),
        _binds(source),
    )


def count(connection: Connection, source: str) -> int:
    """How many voters on file `withdraw` would mark."""
    query = text(
        "SELECT count(*) FROM leaving JOIN voters USING (source_id) "
        "WHERE voters.source = :source AND voters.status <> leaving.status AND NOT EXISTS ("
        "SELECT FROM arriving WHERE arriving.source_id = leaving.source_id)"
    )
    return connection.scalar(query, {"source": source}) or 0


def withdraw(connection: Connection, source: str, at: datetime) -> int:
    """Mark the voters on file who leave; returns how many were not marked so before.

    An id that another row of the file has as registered stays: a move to another county leaves
    the old registration in the file. The hash goes, so that a later file writes the voter anew.
    """
    connection.execute(
        text("DELETE FROM leaving USING arriving WHERE arriving.source_id = leaving.source_id")
    )
    same = "voters.source = :source AND voters.source_id = leaving.source_id"
    marked = connection.execute(
        text(
            "UPDATE voters SET status = leaving.status, row_hash = '', imported_at = :at "
            f"FROM leaving WHERE {same} AND voters.status <> leaving.status"
        ),
        {"source": source, "at": at},
    ).rowcount
    forgotten.note_hidden(connection, source)
    blank = ", ".join(f"{name} = {value}" for name, value in _BLANK.items())
    connection.execute(
        text(
            f"UPDATE voters SET {blank} FROM leaving WHERE {same} "
            f"AND leaving.status = '{CONFIDENTIAL}' "
            "AND (last_name <> '' OR phone IS NOT NULL OR email IS NOT NULL)"
        ),
        {"source": source},
    )
    forgotten.forget(connection)
    return marked


def follow(connection: Connection, source: str, at: datetime) -> None:
    """Targets take household, place and whether they are out from the voters of this import.

    What is pending for those withdrawn is canceled. Runs after `settle`, near the commit: its
    locks keep the pacer and the workers waiting.
    """
    if is_empty(connection, "targets"):
        return
    binds: dict[str, object] = {"source": source, "withdrawn": sorted(withdrawn_statuses())}
    connection.execute(
        text("CREATE TEMP TABLE followers (campaign_id bigint, voter_id bigint) ON COMMIT DROP")
    )
    place = place_sql(connection, "voters")
    followed = f"coalesce(voters.household_id, voters.id), {place.key}, {_OUT}"
    # Targets before touches, by id: the order in which everybody locks them.
    found = connection.execute(
        text(
            f"""
            INSERT INTO followers
            SELECT targets.campaign_id, targets.voter_id
            FROM targets JOIN voters ON voters.id = targets.voter_id {place.join}
            WHERE voters.id IN (
                SELECT id FROM arriving UNION ALL SELECT id FROM neighbors UNION ALL
                SELECT voter_id FROM bereft UNION ALL
                SELECT left_.id FROM voters AS left_ JOIN leaving USING (source_id)
                WHERE left_.source = :source
            ) AND (
                (targets.household_id, targets.place, targets.out) IS DISTINCT FROM ({followed})
                OR {_ENDS} AND EXISTS (
                    SELECT FROM touches
                    WHERE touches.campaign_id = targets.campaign_id
                      AND touches.voter_id = targets.voter_id
                      AND touches.state IN ('ready', 'claimed'))
            )
            ORDER BY targets.campaign_id, targets.voter_id
            FOR UPDATE OF targets
            """
        ),
        binds,
    ).rowcount
    if not found:
        return
    connection.execute(
        text(
            f"""
            UPDATE targets SET (household_id, place, out) = ROW({followed})
            FROM followers JOIN voters ON voters.id = followers.voter_id {place.join}
            WHERE targets.campaign_id = followers.campaign_id
              AND targets.voter_id = followers.voter_id
            """
        ),
        binds,
    )
    _cancel(connection, at, binds)


def _cancel(connection: Connection, at: datetime, binds: dict[str, object]) -> None:
    """End what is pending for such followers; few, since the pool holds hours only."""
    pending = connection.execute(
        text(
            f"""
            SELECT DISTINCT campaign_id, voter_id
            FROM followers JOIN touches USING (campaign_id, voter_id)
            JOIN voters ON voters.id = voter_id
            WHERE {_ENDS} AND touches.state IN ('ready', 'claimed')
            """
        ),
        binds,
    ).all()
    if pending:
        with Session(connection, join_transaction_mode="rollback_only") as session:
            end_pending(
                session,
                "voters",
                voters=_each(row.voter_id for row in pending),
                campaigns=_each(row.campaign_id for row in pending),
                state=TouchState.CANCELED,
                reason=CANCELED,
                now=at,
            )


def _each(ids: Iterable[int]) -> list[int]:
    return sorted(set(ids))
