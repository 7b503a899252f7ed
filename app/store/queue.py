"""The touch row is the queue: claims under a lease, and attempts that begin."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.carrier_error import OTHER_SENDER_CODES
from app.domain.channel import Channel
from app.store.arrays import array_of
from app.store.sql import sql


@dataclass(slots=True)
class Claimed:
    """A touch that this transaction holds.

    Not frozen, for thousands are made in a second and freezing triples what each takes.
    """

    id: int
    voter_id: int
    address: str
    expires_at: datetime
    held: Decimal
    purpose: str  # whose words go out
    tapped_by: int | None = None  # the person whose tap sends it


_CLAIM = """
WITH due AS (
    -- By the index and first: joined, all that is due would be joined and sorted for each batch.
    SELECT id, campaign_id, voter_id, address, expires_at, held, purpose, tapped_by, due_at
    FROM touches
    WHERE campaign_id = :campaign AND channel = :channel AND state = 'ready' AND due_at <= :now
      -- An answer goes out from the number that they wrote to.
      AND (sender_id IS NULL OR sender_id = :sender)
      -- What the carrier will not take from this sender waits for another.
      AND (tries = 0 OR NOT EXISTS (
           SELECT FROM attempts a WHERE a.touch_id = touches.id AND a.sender_id = :sender
           AND a.error_code = ANY(CAST(:other_sender AS int[]))))
      -- Asked once: what came back from a sender since its blast was stopped is not put off yet.
      AND purpose <> ALL(ARRAY(SELECT 'blast:' || b.id FROM blasts b
           WHERE b.campaign_id = :campaign AND b.state IN ('paused', 'canceled')))
    ORDER BY due_at, id LIMIT :near
    FOR UPDATE SKIP LOCKED
)
-- The target too: whoever strikes it waits for us, or we pass it over, but never both.
SELECT due.id, due.voter_id, due.address, due.expires_at, due.held, due.purpose, due.tapped_by
FROM due JOIN targets USING (campaign_id, voter_id)
ORDER BY due.due_at, due.id LIMIT :limit
FOR UPDATE OF targets SKIP LOCKED
"""
SPARE = 50
"""So many more are held for the moment, in place of those whose targets others hold."""


def claim_due(
    session: Session,
    campaign_id: int,
    channel: Channel,
    *,
    sender_id: int,
    now: datetime,
    limit: int,
) -> list[Claimed]:
    """Up to `limit` touches that are due, held with their targets until the transaction ends; rows
    held by others are passed over."""
    rows = session.execute(
        sql(_CLAIM),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "sender": sender_id,
            "other_sender": array_of(OTHER_SENDER_CODES),
            "now": now,
            "near": limit + SPARE,
            "limit": limit,
        },
    )
    return [Claimed(*row) for row in rows]


def postpone(session: Session, ids: Sequence[int], until: datetime) -> None:
    """Puts touches that are ready or claimed back, due at `until`."""
    session.execute(
        sql(
            "UPDATE touches SET state = 'ready', due_at = :until, lease_until = NULL "
            "WHERE id = ANY(:ids) AND state IN ('ready', 'claimed')"
        ),
        {"ids": list(ids), "until": until},
    )


@dataclass(slots=True)
class Try:
    """An attempt about to be made; committed before the network is touched."""

    id: UUID
    touch: Claimed
    subject: str
    body: str
    segments: int
    language: str = ""  # of the words
    script_id: int | None = None  # whose words they are; None: ours, a blast's or a person's


_BEGIN = """
WITH new AS (
    SELECT * FROM json_to_recordset(CAST(:tries AS json)) AS new(
        id uuid, touch_id bigint, subject text, body text, segments int, held numeric,
        script_id bigint)
), begun AS (
    UPDATE touches SET state = 'attempting', claimed_by = :by, lease_until = :lease,
           fence = fence + 1, tries = tries + 1, held = 0
    FROM new WHERE touches.id = new.touch_id
    RETURNING touches.id, touches.voter_id, touches.address, touches.tapped_by
), counted AS (
    UPDATE targets SET {channel}s = {channel}s + 1, last_attempt_at = :now,
           next_{channel}_at = :rest
    FROM begun WHERE targets.campaign_id = :campaign AND targets.voter_id = begun.voter_id
)
INSERT INTO attempts (campaign_id, channel, sender_id, state, attempted_at, handed_at, user_id,
                      id, touch_id, voter_id, address, subject, body, segments, held,
                      script_id)
SELECT :campaign, :channel, :sender, 'attempting', :now, :wall, begun.tapped_by, new.id, begun.id,
       begun.voter_id, begun.address, new.subject, new.body, new.segments, new.held,
       new.script_id
FROM new JOIN begun ON begun.id = new.touch_id
"""


def begin_attempts(
    session: Session,
    campaign_id: int,
    channel: Channel,
    tries: Sequence[Try],
    *,
    by: str,
    sender_id: int,
    lease_until: datetime,
    now: datetime,
    wall: datetime,
    rest_until: datetime,
) -> None:
    """Writes the attempts, moves their touches, claimed in the same transaction, to attempting and
    counts them on the targets."""
    if not tries:
        return
    new = [
        {
            "id": str(item.id),
            "touch_id": item.touch.id,
            "subject": item.subject,
            "body": item.body,
            "segments": item.segments,
            "held": str(item.touch.held),
            "script_id": item.script_id,
        }
        for item in tries
    ]
    session.execute(
        sql(_BEGIN.format(channel=channel.value)),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "by": by,
            "sender": sender_id,
            "lease": lease_until,
            "now": now,
            "wall": wall,
            "rest": rest_until,
            "tries": json.dumps(new),
        },
    )


def count_attempts(
    session: Session,
    campaign_id: int,
    channel: Channel,
    voters: Sequence[int],
    *,
    now: datetime,
    rest_until: datetime | None,
) -> None:
    """Counts one attempt on each target and sets when the channel may be used again."""
    name = channel.value
    session.execute(
        sql(
            f"UPDATE targets SET {name}s = {name}s + 1, last_attempt_at = :now, "
            f"next_{name}_at = :rest WHERE campaign_id = :campaign AND voter_id = ANY(:voters)"
        ),
        {"campaign": campaign_id, "voters": list(voters), "now": now, "rest": rest_until},
    )


_WANTED = """
SELECT a.id FROM attempts a
JOIN targets t USING (campaign_id, voter_id)
JOIN campaigns c ON c.id = a.campaign_id
JOIN touches q ON q.id = a.touch_id
LEFT JOIN senders s ON s.id = a.sender_id
WHERE a.id = ANY(CAST(:ids AS uuid[])) AND a.state = 'attempting'
  -- Whoever wrote to us is answered, though they have voted.
  AND (q.purpose LIKE 'written:%' OR t.voted_at IS NULL AND t.out = '')
  AND (c.state = 'running' OR c.state = 'paused' AND c.paused_until <= :now)
  AND coalesce(s.paused_until <= :now, true)
  AND coalesce(CAST(c.paused_channels ->> a.channel AS timestamptz) <= :now, true)
  AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.address = a.address AND o.channel = a.channel)
  AND NOT EXISTS (SELECT FROM dead_addresses d
                  WHERE d.address = a.address AND d.channel = a.channel)
  AND NOT EXISTS (SELECT FROM blasts b WHERE b.campaign_id = a.campaign_id
                  AND q.purpose = 'blast:' || b.id AND b.state IN ('paused', 'canceled'))
"""


def wanted_of(session: Session, attempts: Collection[UUID], now: datetime) -> set[UUID]:
    """Which attempts that wait to go still may: nobody struck the voter, who did not opt out and
    whose address is not dead, and neither campaign, channel, sender nor blast was stopped."""
    return set(session.scalars(sql(_WANTED), {"ids": array_of(attempts), "now": now}))


def end_leases(session: Session, wall: datetime) -> int:
    """Puts claimed touches whose lease ran out back to ready; nothing of them has gone out."""
    done = session.execute(
        sql(
            "WITH late AS (SELECT id FROM touches WHERE state = 'claimed' "
            "AND lease_until < :wall FOR UPDATE SKIP LOCKED) "
            "UPDATE touches SET state = 'ready', lease_until = NULL FROM late "
            "WHERE touches.id = late.id RETURNING touches.id"
        ),
        {"wall": wall},
    )
    return len(done.all())
