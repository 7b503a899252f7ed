"""Outcomes: what the network said of attempts, written once; and attempts that are put back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.purpose import PROMISED
from app.domain.touch import TOUCH_OF_ATTEMPT, AttemptState
from app.store.arrays import array_of
from app.store.sql import sql


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


_UNKNOWN = """
WITH was AS MATERIALIZED (
    SELECT id, touch_id FROM attempts
    WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'attempting'
), waiting AS (
    UPDATE touches SET state = 'unknown' FROM was
    WHERE touches.id = was.touch_id AND touches.state = 'attempting'
)
UPDATE attempts SET state = 'unknown', note = :note FROM was
WHERE attempts.id = was.id AND attempts.state = 'attempting'
"""


def mark_unknown(session: Session, attempts: Sequence[UUID], note: str) -> None:
    """Marks attempts without an answer, which the caller holds locked; their touches wait for a
    callback or a look-up."""
    if attempts:
        session.execute(sql(_UNKNOWN), {"ids": array_of(attempts), "note": note})


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
