"""Calls through the carrier that wait for something: a settlement, or a price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.voice import RANK, Legs, is_over
from app.store.sql import sql


@dataclass(frozen=True)
class OpenCall:
    """A call through the carrier that nobody has settled."""

    id: UUID
    touch_id: int
    fence: int
    user_id: int
    caller: str
    sid: str | None
    legs: Legs
    asked_wall: datetime
    lease_until: datetime | None  # machine time
    ended: bool


_OPEN = """
SELECT v.id, v.touch_id, v.fence, v.user_id, v.caller, v.sid,
       v.status, v.voter_status, v.answered_by, v.seconds,
       v.asked_wall, q.lease_until, v.ended_at IS NOT NULL AS ended
FROM attempts a JOIN voice_calls v ON v.id = a.id JOIN touches q ON q.id = a.touch_id
WHERE a.state IN ('attempting', 'unknown') AND a.channel = 'call' AND {which}
ORDER BY a.handed_at, a.id LIMIT :limit
"""


_NEEDY = """
a.handed_at < :before AND (
    v.sid IS NULL OR q.lease_until IS NULL OR q.lease_until <= :wall
    OR v.ended_at IS NOT NULL AND v.voter_status <> ALL(:over))
"""


def open_calls(session: Session, before: datetime, wall: datetime, limit: int) -> list[OpenCall]:
    """Calls begun before `before` that nobody has settled and that need it at machine time `wall`:
    the lease is over, or the carrier has something to tell. The oldest first."""
    query = sql(_OPEN.format(which=_NEEDY))
    over = [status for status in RANK if is_over(status)]
    binds = {"before": before, "wall": wall, "over": over, "limit": limit}
    return [_open(row) for row in session.execute(query, binds)]


def open_call(session: Session, attempt_id: UUID) -> OpenCall | None:
    """One call, if it is not settled."""
    query = sql(_OPEN.format(which="a.id = :id"))
    row = session.execute(query, {"id": attempt_id, "limit": 1}).first()
    return _open(row) if row is not None else None


def _open(row: Row[Any]) -> OpenCall:
    return OpenCall(
        id=row.id,
        touch_id=row.touch_id,
        fence=row.fence,
        user_id=row.user_id,
        caller=row.caller,
        sid=row.sid,
        legs=Legs(row.status, row.voter_status, row.answered_by, row.seconds),
        asked_wall=row.asked_wall,
        lease_until=row.lease_until,
        ended=row.ended,
    )


@dataclass(frozen=True)
class Unpriced:
    """A call that has ended, and whose price nobody has told."""

    id: UUID
    campaign_id: int
    sids: tuple[str, ...]  # of its legs
    seconds: int | None
    asked_wall: datetime


def unpriced_calls(session: Session, old: datetime, limit: int) -> list[Unpriced]:
    """Calls that have ended, or were begun before `old`, and have no price; the newest first."""
    rows = session.execute(
        sql(
            "SELECT v.id, a.campaign_id, v.sid, v.voter_sid, v.seconds, v.asked_wall "
            "FROM voice_calls v JOIN attempts a ON a.id = v.id "
            "WHERE v.price IS NULL AND (v.ended_at IS NOT NULL OR v.asked_wall < :old) "
            "ORDER BY v.asked_wall DESC, v.id LIMIT :limit"
        ),
        {"old": old, "limit": limit},
    )
    return [
        Unpriced(row[0], row[1], tuple(sid for sid in row[2:4] if sid), row[4], row[5])
        for row in rows
    ]


def known_call_sids(session: Session, sids: Sequence[str]) -> set[str]:
    """Which of these carrier ids already belong to a call of ours."""
    rows = session.execute(
        sql(
            "SELECT unnest(ARRAY[sid, voter_sid]) FROM voice_calls "
            "WHERE sid = ANY(:sids) OR voter_sid = ANY(:sids)"
        ),
        {"sids": list(sids)},
    )
    return set(rows.scalars())
