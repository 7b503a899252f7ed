"""What came of the senders' last attempts, counted, and where their health is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.carrier_error import SENDERS_FAULT
from app.domain.channel import Channel
from app.domain.sender_health import SLOW_SECONDS, WINDOW_SECONDS, Signs
from app.store.sql import sql

MOST = 20_000
"""So many of a campaign's newest attempts are looked at, however many it makes in the window."""


@dataclass(frozen=True)
class Due:
    """A sender whose health is to be measured."""

    id: int
    campaign_id: int
    health: float
    measured_at: datetime | None


def due_for_measure(session: Session, before: datetime) -> list[Due]:
    """Senders of campaigns that are not closed, last measured before a machine time."""
    rows = session.execute(
        sql(
            "SELECT s.id, s.campaign_id, s.health, s.measured_at FROM senders s "
            "JOIN campaigns c ON c.id = s.campaign_id WHERE c.state <> 'closed' "
            "AND (s.measured_at IS NULL OR s.measured_at <= :before) ORDER BY s.id"
        ),
        {"before": before},
    )
    return [Due(*row) for row in rows]


_SIGNS = """
WITH newest AS (
    SELECT sender_id, state, error_code, note, attempted_at, handed_at, settled_at
    FROM attempts WHERE campaign_id = :campaign AND attempted_at > :since AND channel <> :call
    ORDER BY attempted_at DESC LIMIT :most
)
SELECT sender_id,
       count(*) FILTER (WHERE state <> 'absent' OR error_code IS NOT NULL
           OR note = :absent) AS seen,
       count(*) FILTER (WHERE error_code = ANY(:faults)) AS faults,
       count(*) FILTER (WHERE state IN ('unknown', 'unsure')
           OR (state = 'absent' AND note = :absent)) AS silent,
       count(*) FILTER (WHERE (state = 'accepted' AND handed_at < :late)
           OR (state = 'delivered' AND settled_at - attempted_at > :slow)) AS late
FROM newest WHERE sender_id IS NOT NULL AND handed_at > :handed
GROUP BY sender_id
"""


def signs_of(
    session: Session, campaign_id: int, *, now: datetime, wall: datetime, speed: float, absent: str
) -> Mapping[int, Signs]:
    """Sender → what came of its attempts in the window before `wall`.

    `absent` is the note of attempts that had no answer and were not in the carrier's list. Those
    that never got as far as the carrier say nothing of the sender.
    """
    window = timedelta(seconds=WINDOW_SECONDS)
    rows = session.execute(
        sql(_SIGNS),
        {
            "campaign": campaign_id,
            # The index is on campaign time.
            "since": now - window * max(speed, 1.0) - timedelta(minutes=1),
            "handed": wall - window,
            "late": wall - timedelta(seconds=SLOW_SECONDS),
            "slow": timedelta(seconds=SLOW_SECONDS * speed),
            "faults": list(SENDERS_FAULT),
            "absent": absent,
            "call": Channel.CALL.value,
            "most": MOST,
        },
    )
    return {row.sender_id: Signs(row.seen, row.faults, row.silent, row.late) for row in rows}


def write_health(
    session: Session, found: Sequence[tuple[int, float]], *, before: datetime, wall: datetime
) -> int:
    """Stores the health of senders that nobody else has measured since `before`; how many."""
    done = session.execute(
        sql(
            "UPDATE senders SET health = n.health, measured_at = :wall "
            "FROM unnest(CAST(:ids AS bigint[]), CAST(:healths AS float8[])) AS n(id, health) "
            "WHERE senders.id = n.id AND (measured_at IS NULL OR measured_at <= :before) "
            "RETURNING senders.id"
        ),
        {
            "ids": [key for key, _ in found],
            "healths": [health for _, health in found],
            "before": before,
            "wall": wall,
        },
    )
    return len(done.all())
