"""Attempts that nobody answered: which to ask about, what was found, and what is in doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.arrays import array_of
from app.store.outcomes import lock_attempts, lock_sent
from app.store.sql import sql


@dataclass(frozen=True)
class Stuck:
    """An attempt whose outcome nobody has told in time."""

    id: UUID
    sender_id: int | None
    address: str
    body: str
    attempted_at: datetime  # campaign time
    handed_at: datetime  # machine time
    expires_at: datetime  # campaign time: the end of its open hours
    looks: int  # how often the carrier's list was looked at and did not have it


def stuck_attempts(
    session: Session, channel: Channel, *, before: datetime, wall: datetime | None, limit: int
) -> list[Stuck]:
    """Attempts handed over before `before` and still without an outcome, the oldest first; at a
    `wall` only those that whoever looked last does not want left alone for longer."""
    rows = session.execute(
        sql(
            "SELECT a.id, a.sender_id, a.address, a.body, a.attempted_at, "
            "a.handed_at, q.expires_at, a.looks "
            "FROM attempts a JOIN touches q ON q.id = a.touch_id "
            "WHERE a.state IN ('attempting', 'unknown') AND a.channel = :channel "
            "AND a.handed_at < :before AND (CAST(:wall AS timestamptz) IS NULL "
            "OR q.lease_until IS NULL OR q.lease_until <= :wall) "
            "ORDER BY a.handed_at, a.id LIMIT :limit"
        ),
        {"channel": channel.value, "before": before, "wall": wall, "limit": limit},
    )
    return [Stuck(*row) for row in rows]


_LEAVE_ALONE = """
WITH left_alone AS (
    SELECT a.id, a.touch_id, said.until
    FROM unnest(CAST(:ids AS uuid[]), CAST(:untils AS timestamptz[])) AS said(id, until)
    JOIN attempts a ON a.id = said.id WHERE a.state IN ('attempting', 'unknown')
), waiting AS (
    UPDATE touches SET state = 'unknown', lease_until = left_alone.until FROM left_alone
    WHERE touches.id = left_alone.touch_id AND touches.state IN ('attempting', 'unknown')
)
-- More looks than this are one long wait: the number may not outgrow its column.
UPDATE attempts SET looks = least(looks + 1, 1000) FROM left_alone
WHERE attempts.id = left_alone.id AND :looked
"""


def look_again(session: Session, until: Mapping[UUID, datetime], *, looked: bool) -> None:
    """Leaves attempts alone, each until a machine time, if they are still without an outcome, after
    a look at the carrier's list or a try at one.

    The attempt of a worker that died stays `attempting`: of it nobody knows that the carrier was
    silent (`carrier_was_silent`).
    """
    lock_sent(session, list(until))
    binds = {"ids": array_of(until), "untils": list(until.values()), "looked": looked}
    session.execute(sql(_LEAVE_ALONE), binds)


def still_stuck(session: Session, attempts: Sequence[UUID]) -> set[UUID]:
    """Those of the attempts that are still without an outcome; locks all with their touches and
    targets."""
    lock_attempts(session, attempts)
    query = (
        "SELECT id FROM attempts "
        "WHERE id = ANY(CAST(:ids AS uuid[])) AND state IN ('attempting', 'unknown')"
    )
    return set(session.scalars(sql(query), {"ids": array_of(attempts)}))


def known_sids(session: Session, sids: Sequence[str]) -> set[str]:
    """Which of these carrier ids already belong to an attempt."""
    if not sids:
        return set()
    query = sql("SELECT sid FROM attempts WHERE sid = ANY(:sids)")
    return set(session.scalars(query, {"sids": list(sids)}))


_SILENT = """
SELECT item.handed_at, item.attempted_at
FROM unnest(CAST(:handed AS timestamptz[]), CAST(:tried AS timestamptz[]))
     AS item(handed_at, attempted_at)
WHERE EXISTS (
    -- Nobody heard from the carrier of this text, or of one of that time or later …
    SELECT FROM attempts a WHERE a.state = 'unknown' AND a.channel = 'text'
      AND a.handed_at >= item.handed_at - CAST(:grace AS interval)
) AND NOT EXISTS (
    -- … and of what was handed over after it, it has taken nothing, or only just now.
    SELECT FROM campaigns c CROSS JOIN LATERAL (
        SELECT FROM attempts a WHERE a.campaign_id = c.id AND a.attempted_at >= item.attempted_at
          AND a.channel = 'text' AND a.state IN ('accepted', 'sent', 'delivered', 'undelivered')
          AND a.handed_at > item.handed_at + CAST(:grace AS interval) AND a.handed_at <= :before
        LIMIT 1) taken
)
"""


def carrier_was_silent(
    session: Session, items: Sequence[Stuck], *, grace: timedelta, before: datetime
) -> set[UUID]:
    """Those of the attempts around which, or since, the carrier gave no answer, and has not been
    seen to work again before a machine time.

    It is seen to work by a text, of whatever campaign, that it took and that was handed over when
    nobody could send this one any more (`grace` after it). A carrier that only sat on its work has
    by then taken in what came before.
    """
    # All of a batch were handed over at once.
    moments = sorted({(item.handed_at, item.attempted_at) for item in items})
    binds = {
        "handed": [handed_at for handed_at, _ in moments],
        "tried": [attempted_at for _, attempted_at in moments],
        "grace": grace,
        "before": before,
    }
    silent = {(row.handed_at, row.attempted_at) for row in session.execute(sql(_SILENT), binds)}
    return {item.id for item in items if (item.handed_at, item.attempted_at) in silent}


_GIVE_UP = """
WITH was AS (
    SELECT id, touch_id, campaign_id, held FROM attempts
    WHERE id = :id AND state IN ('attempting', 'unknown') FOR UPDATE
), unsure AS (
    UPDATE attempts SET state = 'unsure', settled_at = :now, held = 0, price = was.held
    FROM was WHERE attempts.id = was.id
), over AS (
    UPDATE touches SET state = 'undelivered', reason = :reason, lease_until = NULL,
           settled_at = :now
    FROM was WHERE touches.id = was.touch_id AND touches.state IN ('attempting', 'unknown')
)
UPDATE campaigns SET reserved = reserved - was.held, spent = spent + was.held FROM was
WHERE campaigns.id = was.campaign_id AND was.held <> 0
"""
MAY_HAVE_ARRIVED = "it may have arrived: the carrier never said"


def give_up(session: Session, attempt_id: UUID, now: datetime) -> None:
    """Ends a text of which nobody will know whether it arrived, with its touch: it counts in the
    voter's caps and as paid for, at its estimate, and is not sent again. A late callback still
    tells what became of it."""
    binds = {"id": attempt_id, "now": now, "reason": MAY_HAVE_ARRIVED}
    session.execute(sql(_GIVE_UP), binds)
