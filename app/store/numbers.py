"""A voter's further numbers: when the first is found dead, the next takes its place."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from app.store.reach_marks import show

_DEAD = "EXISTS (SELECT FROM dead_addresses d WHERE d.address = {0} AND d.channel <> 'email')"

_OTHER_LIVES = f"""
{_DEAD.format("v.phone")}
AND (v.phone2 IS NOT NULL AND NOT {_DEAD.format("v.phone2")}
     OR v.phone3 IS NOT NULL AND NOT {_DEAD.format("v.phone3")})
"""

_TURN = """
phone = voters.phone2, phone_kind = voters.phone2_kind,
phone2 = coalesce(voters.phone3, voters.phone),
phone2_kind = CASE WHEN voters.phone3 IS NULL THEN voters.phone_kind ELSE voters.phone3_kind END,
phone3 = CASE WHEN voters.phone3 IS NULL THEN NULL ELSE voters.phone END,
phone3_kind = CASE WHEN voters.phone3 IS NULL THEN '' ELSE voters.phone_kind END
"""
"""The dead number goes to the end, so that a newer file with the same numbers changes nothing."""

TURNS = 2
"""A voter has three numbers at the most."""

MOST = 1_000


def turn_arrived(connection: Connection) -> int:
    """Put live numbers first for the voters of this import; how many turns that took."""
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM dead_addresses)")):
        return 0
    return _turn(connection, "SELECT id FROM arriving", {})


def turn_found(connection: Connection, since: datetime) -> list[int]:
    """Put a live number first where the first was found dead after `since`; whose, at most MOST.

    Voters that an import holds are passed over; it turns them itself, or the next call does.
    """
    found = connection.scalars(
        text(
            f"""
            SELECT v.id FROM voters v
            WHERE v.phone IN (SELECT address FROM dead_addresses WHERE found_at > :since)
              AND {_OTHER_LIVES}
            LIMIT {MOST} FOR UPDATE OF v SKIP LOCKED
            """
        ),
        {"since": since},
    ).all()
    if found:
        _turn(connection, "SELECT unnest(CAST(:ids AS bigint[]))", {"ids": list(found)})
    return list(found)


def _turn(connection: Connection, whom: str, binds: dict[str, object]) -> int:
    turn = text(
        f"UPDATE voters SET {_TURN} WHERE id IN ("
        f"SELECT v.id FROM voters v WHERE v.id IN ({whom}) AND {_OTHER_LIVES})"
    )
    return sum(connection.execute(turn, binds).rowcount for _ in range(TURNS))


def free_targets(connection: Connection, voters: Sequence[int]) -> int:
    """Let these voters be called again, now that they have another number; how many targets."""
    show(connection, voters)
    return connection.execute(
        text(
            """
            WITH freed AS (
                SELECT campaign_id, voter_id FROM targets
                WHERE voter_id = ANY(:voters) AND no_calls = 'bad number'
                ORDER BY campaign_id, voter_id FOR UPDATE
            )
            UPDATE targets SET no_calls = '' FROM freed
            WHERE targets.campaign_id = freed.campaign_id AND targets.voter_id = freed.voter_id
            """
        ),
        {"voters": list(voters)},
    ).rowcount
