"""The touch row is the queue: claims under a lease, attempts, outcomes, what got stuck."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.carrier_error import OTHER_SENDER_CODES
from app.domain.channel import Channel
from app.domain.purpose import PROMISED
from app.domain.touch import TOUCH_OF_ATTEMPT, AttemptState
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


def is_wanted(session: Session, attempt_id: UUID, now: datetime) -> bool:
    """Whether an attempt that waits to go still may: nobody struck the voter, who did not opt out
    and whose address is not dead, and neither campaign, channel, sender nor blast was stopped."""
    return bool(
        session.scalar(
            sql(
                "SELECT EXISTS (SELECT FROM attempts a "
                "JOIN targets t USING (campaign_id, voter_id) "
                "JOIN campaigns c ON c.id = a.campaign_id "
                "JOIN touches q ON q.id = a.touch_id "
                "LEFT JOIN senders s ON s.id = a.sender_id "
                # Whoever wrote to us is answered, though they have voted.
                "WHERE a.id = :id AND a.state = 'attempting' "
                "AND (q.purpose LIKE 'written:%' OR t.voted_at IS NULL AND t.out = '') "
                "AND (c.state = 'running' OR c.state = 'paused' AND c.paused_until <= :now) "
                "AND coalesce(s.paused_until <= :now, true) "
                "AND coalesce(CAST(c.paused_channels ->> a.channel AS timestamptz) <= :now, true) "
                "AND NOT EXISTS (SELECT FROM opt_outs o "
                "WHERE o.address = a.address AND o.channel = a.channel) "
                "AND NOT EXISTS (SELECT FROM dead_addresses d "
                "WHERE d.address = a.address AND d.channel = a.channel) "
                "AND NOT EXISTS (SELECT FROM blasts b WHERE b.campaign_id = a.campaign_id "
                "AND q.purpose = 'blast:' || b.id AND b.state IN ('paused', 'canceled')))"
            ),
            {"id": attempt_id, "now": now},
        )
    )


@dataclass(frozen=True)
class Settled:
    """What the network answered for one attempt."""

    attempt_id: UUID
    state: AttemptState
    sid: str | None = None
    segments: int | None = None
    error_code: int | None = None
    note: str = ""


_SETTLE = """
WITH o AS MATERIALIZED (
    -- All by their keys and first: else the planner goes through all that is on its way.
    SELECT said.*, a.touch_id,
           a.state IN ('attempting', 'unknown') AS open,
           a.state IN ('attempting', 'unknown') AND q.state IN ('attempting', 'unknown') AS moves
    FROM json_to_recordset(CAST(:outcomes AS json)) AS said(
        id uuid, state text, touch text, sid text, segments int, error_code int, note text,
        ends bool)
    JOIN attempts a ON a.id = said.id JOIN touches q ON q.id = a.touch_id
), moved AS (
    UPDATE touches SET state = o.touch, lease_until = NULL,
        settled_at = CASE WHEN o.ends THEN :now ELSE settled_at END
    FROM o WHERE touches.id = o.touch_id AND o.moves
)
UPDATE attempts a SET
    state = CASE WHEN o.open THEN o.state ELSE a.state END,
    sid = coalesce(a.sid, o.sid),
    segments = coalesce(o.segments, a.segments),
    error_code = coalesce(a.error_code, o.error_code),
    note = CASE WHEN o.note = '' THEN a.note ELSE o.note END,
    settled_at = CASE WHEN o.ends AND a.settled_at IS NULL THEN :now ELSE a.settled_at END
FROM o WHERE a.id = o.id
"""

_ENDED = frozenset({AttemptState.DELIVERED, AttemptState.UNDELIVERED, AttemptState.FAILED})


def settle(session: Session, outcomes: Sequence[Settled], now: datetime) -> None:
    """Writes outcomes that end the uncertainty; never overwrites what a callback already said.

    Touches and attempts have been locked before (`lock_attempts`, `lock_sent`).
    """
    if not outcomes:
        return
    said = [
        {
            "id": str(item.attempt_id),
            "state": item.state.value,
            "touch": TOUCH_OF_ATTEMPT[item.state].value,
            "sid": item.sid or None,
            "segments": item.segments,
            "error_code": item.error_code,
            "note": item.note,
            "ends": item.state in _ENDED,
        }
        for item in outcomes
    ]
    session.execute(sql(_SETTLE), {"outcomes": json.dumps(said), "now": now})


def lock_attempts(session: Session, attempts: Sequence[UUID]) -> None:
    """Locks targets, touches and attempts, in that order and by id.

    Everybody who needs several of them takes them in this order, so that nobody waits in a ring.
    """
    binds = {"ids": array_of(attempts)}
    for query in (_LOCK_TARGETS, _LOCK_TOUCHES, _LOCK_ATTEMPTS):
        session.execute(sql(query), binds)


def lock_sent(session: Session, attempts: Sequence[UUID]) -> bool:
    """Locks touches and attempts, in that order and by id; False if the touch of one of them had
    been put back meanwhile, so that its target is needed too."""
    return True not in session.scalars(sql(_LOCK_SENT), {"ids": array_of(attempts)}).all()


PUT_BACK = "a.state IN ('absent', 'unsure')"
"""Attempts whose touch was ended or given another try before their own answer was known."""

_LOCK_TARGETS = """
SELECT FROM targets t JOIN attempts a USING (campaign_id, voter_id)
WHERE a.id = ANY(CAST(:ids AS uuid[])) ORDER BY t.campaign_id, t.voter_id FOR UPDATE OF t
"""
_LOCK_TOUCHES = """
SELECT FROM touches q JOIN attempts a ON a.touch_id = q.id
WHERE a.id = ANY(CAST(:ids AS uuid[])) ORDER BY q.id FOR UPDATE OF q
"""
_LOCK_ATTEMPTS = (
    f"SELECT {PUT_BACK} FROM attempts a WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"
)
_LOCK_SENT = f"""
WITH locked AS MATERIALIZED ({_LOCK_TOUCHES})
SELECT {PUT_BACK} FROM attempts a
-- Counted first, so that the touches are locked before any attempt is.
WHERE id = ANY(CAST(:ids AS uuid[])) AND (SELECT count(*) FROM locked) >= 0
ORDER BY id FOR UPDATE
"""


def mark_unknown(session: Session, attempts: Sequence[UUID], note: str) -> None:
    """Marks attempts without an answer; their touches wait for a callback or a look-up."""
    if not attempts:
        return
    binds = {"ids": list(attempts), "note": note}
    session.execute(
        sql(
            "UPDATE touches SET state = 'unknown' FROM attempts a WHERE a.id = ANY(:ids) "
            "AND touches.id = a.touch_id AND touches.state = 'attempting' "
            "AND a.state = 'attempting'"
        ),
        binds,
    )
    session.execute(
        sql(
            "UPDATE attempts SET state = 'unknown', note = :note "
            "WHERE id = ANY(:ids) AND state = 'attempting'"
        ),
        binds,
    )


_ABSENT = """
WITH was AS (
    SELECT id, touch_id, campaign_id, voter_id, channel, held FROM attempts
    WHERE id = ANY(:ids) AND state IN ('attempting', 'unknown') AND sid IS NULL FOR UPDATE
), absent AS (
    UPDATE attempts SET state = :state, settled_at = :now, note = :note, held = 0,
           error_code = :code
    FROM was WHERE attempts.id = was.id
    RETURNING was.*
), back AS (
    UPDATE touches SET state = 'ready', due_at = :due, lease_until = NULL, held = absent.held
    FROM absent WHERE touches.id = absent.touch_id
      AND touches.state IN ('attempting', 'unknown')
    RETURNING absent.id
), freed AS (
    -- Another try of the touch has gone out meanwhile: nothing will be paid for this one.
    UPDATE campaigns SET reserved = reserved - sums.held
    FROM (SELECT campaign_id, sum(held) AS held FROM absent
          WHERE id NOT IN (SELECT id FROM back) GROUP BY campaign_id) sums
    WHERE campaigns.id = sums.campaign_id AND sums.held <> 0
), uncounted AS (
    -- What waits for no rest had none to end: one that was on before stays.
    UPDATE targets SET
        texts = texts - (absent.channel = 'text')::int,
        emails = emails - (absent.channel = 'email' AND :state = 'absent')::int,
        next_text_at = CASE WHEN absent.channel = 'text' AND NOT q.promised THEN NULL
                            ELSE next_text_at END,
        next_email_at = CASE WHEN absent.channel = 'email' AND NOT q.promised THEN NULL
                             ELSE next_email_at END
    FROM absent JOIN (
        SELECT id, purpose = ANY(:promised) OR purpose LIKE 'blast:%'
                   OR purpose LIKE 'written:%' AS promised FROM touches
    ) q ON q.id = absent.touch_id
    WHERE targets.campaign_id = absent.campaign_id AND targets.voter_id = absent.voter_id
)
SELECT count(*) FROM absent
"""


def put_back(
    session: Session,
    attempts: Sequence[UUID],
    *,
    due_at: datetime,
    now: datetime,
    note: str,
    code: int | None = None,
    counts: bool = False,
) -> int:
    """Ends attempts that never reached the carrier, or were sent away with `code`; their touches
    are ready again at `due_at`. Returns how many ended.

    What may have arrived `counts`: it stays in the voter's caps.
    """
    if not attempts:
        return 0
    state = AttemptState.UNSURE if counts else AttemptState.ABSENT
    binds = {"ids": list(attempts), "due": due_at, "now": now, "note": note, "code": code}
    binds |= {"state": state.value}
    done = session.execute(sql(_ABSENT), binds | {"promised": sorted(PROMISED)})
    return int(done.scalar_one())


def put_back_among(session: Session, attempts: Sequence[UUID]) -> list[UUID]:
    """Those of the attempts that had been declared absent, or without an answer."""
    rows = session.execute(
        sql(f"SELECT id FROM attempts a WHERE id = ANY(:ids) AND {PUT_BACK}"),
        {"ids": list(attempts)},
    )
    return list(rows.scalars())


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
