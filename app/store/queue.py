"""The touch row is the queue: claims under a lease, attempts, outcomes, what got stuck."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.carrier_error import OTHER_SENDER_CODES
from app.domain.channel import Channel
from app.domain.purpose import PROMISED
from app.domain.touch import TOUCH_OF_ATTEMPT, AttemptState
from app.store.precincts import POLLING_PLACE


@dataclass(frozen=True)
class Claimed:
    """A touch that this process holds until its lease ends."""

    id: int
    voter_id: int
    address: str
    fence: int
    expires_at: datetime
    held: Decimal
    first_name: str
    language: str
    precinct: str
    place: str
    polling_place: str  # with its address; empty where no list of precincts says
    purpose: str  # whose words go out


_CLAIM = f"""
WITH due AS (
    -- The target too: whoever strikes it waits for us, or we pass it over, but never both.
    SELECT touches.id FROM touches
    JOIN targets USING (campaign_id, voter_id)
    WHERE touches.campaign_id = :campaign AND touches.channel = :channel
      AND touches.state = 'ready' AND touches.due_at <= :now
      -- What the carrier will not take from this sender waits for another.
      AND (touches.tries = 0 OR NOT EXISTS (
           SELECT FROM attempts a WHERE a.touch_id = touches.id AND a.sender_id = :sender
           AND a.error_code = ANY(:other_sender)))
    ORDER BY touches.due_at, touches.id LIMIT :limit
    FOR UPDATE OF touches, targets SKIP LOCKED
), claimed AS (
    UPDATE touches SET state = 'claimed', claimed_by = :by, lease_until = :lease,
           fence = fence + 1
    FROM due WHERE touches.id = due.id
    RETURNING touches.*
)
SELECT c.id, c.voter_id, c.address, c.fence, c.expires_at, c.held,
       v.first_name, v.language, v.precinct, t.place, {POLLING_PLACE}, c.purpose
FROM claimed c JOIN voters v ON v.id = c.voter_id
JOIN targets t ON t.campaign_id = c.campaign_id AND t.voter_id = c.voter_id
ORDER BY c.due_at, c.id
"""


def claim_due(
    session: Session,
    campaign_id: int,
    channel: Channel,
    *,
    by: str,
    sender_id: int,
    now: datetime,
    lease_until: datetime,
    limit: int,
) -> list[Claimed]:
    """Claims up to `limit` touches that are due; rows held by others are passed over."""
    rows = session.execute(
        text(_CLAIM),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "by": by,
            "sender": sender_id,
            "other_sender": list(OTHER_SENDER_CODES),
            "now": now,
            "lease": lease_until,
            "limit": limit,
        },
    )
    return [Claimed(*row) for row in rows]


def postpone(session: Session, ids: Sequence[int], until: datetime) -> None:
    """Puts claimed touches back, due at `until`."""
    session.execute(
        text(
            "UPDATE touches SET state = 'ready', due_at = :until, lease_until = NULL "
            "WHERE id = ANY(:ids) AND state = 'claimed'"
        ),
        {"ids": list(ids), "until": until},
    )


def let_go(session: Session, ids: Sequence[int]) -> None:
    """Puts claimed touches back as they were."""
    if ids:
        session.execute(
            text(
                "UPDATE touches SET state = 'ready', lease_until = NULL "
                "WHERE id = ANY(:ids) AND state = 'claimed'"
            ),
            {"ids": list(ids)},
        )


@dataclass(frozen=True)
class Try:
    """An attempt about to be made; committed before the network is touched."""

    id: UUID
    touch: Claimed
    subject: str
    body: str
    segments: int


_BEGIN = """
INSERT INTO attempts (campaign_id, channel, sender_id, state, attempted_at, handed_at,
                      id, touch_id, voter_id, address, subject, body, segments, held)
SELECT :campaign, :channel, :sender, 'attempting', :now, :wall, new.*
FROM unnest(CAST(:ids AS uuid[]), CAST(:touches AS bigint[]), CAST(:voters AS bigint[]),
            CAST(:addresses AS text[]), CAST(:subjects AS text[]), CAST(:bodies AS text[]),
            CAST(:segments AS int[]), CAST(:held AS numeric[])) AS new
"""


def begin_attempts(
    session: Session,
    campaign_id: int,
    channel: Channel,
    tries: Sequence[Try],
    *,
    sender_id: int,
    now: datetime,
    wall: datetime,
    rest_until: datetime,
) -> None:
    """Writes the attempts, moves their touches to attempting and counts them on the targets."""
    if not tries:
        return
    session.execute(
        text(_BEGIN),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "sender": sender_id,
            "now": now,
            "wall": wall,
            "ids": [item.id for item in tries],
            "touches": [item.touch.id for item in tries],
            "voters": [item.touch.voter_id for item in tries],
            "addresses": [item.touch.address for item in tries],
            "subjects": [item.subject for item in tries],
            "bodies": [item.body for item in tries],
            "segments": [item.segments for item in tries],
            "held": [item.touch.held for item in tries],
        },
    )
    session.execute(
        text(
            "UPDATE touches SET state = 'attempting', tries = tries + 1, held = 0 "
            "WHERE id = ANY(:ids)"
        ),
        {"ids": [item.touch.id for item in tries]},
    )
    count_attempts(
        session,
        campaign_id,
        channel,
        [item.touch.voter_id for item in tries],
        now=now,
        rest_until=rest_until,
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
        text(
            f"UPDATE targets SET {name}s = {name}s + 1, last_attempt_at = :now, "
            f"next_{name}_at = :rest WHERE campaign_id = :campaign AND voter_id = ANY(:voters)"
        ),
        {"campaign": campaign_id, "voters": list(voters), "now": now, "rest": rest_until},
    )


def is_wanted(session: Session, attempt_id: UUID, now: datetime) -> bool:
    """Whether nobody has struck, opted out or paused the voter of an attempt that waits to go."""
    return bool(
        session.scalar(
            text(
                "SELECT EXISTS (SELECT FROM attempts a "
                "JOIN targets t USING (campaign_id, voter_id) "
                "JOIN campaigns c ON c.id = a.campaign_id "
                "WHERE a.id = :id AND a.state = 'attempting' AND t.voted_at IS NULL "
                "AND t.out = '' AND (c.state = 'running' OR c.paused_until <= :now) "
                "AND NOT EXISTS (SELECT FROM opt_outs o "
                "WHERE o.address = a.address AND o.channel = a.channel))"
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


_SETTLE_ATTEMPTS = """
UPDATE attempts a SET
    state = CASE WHEN a.state IN ('attempting', 'unknown') THEN o.state ELSE a.state END,
    sid = coalesce(a.sid, nullif(o.sid, '')),
    segments = coalesce(o.segments, a.segments),
    error_code = coalesce(a.error_code, o.error_code),
    note = CASE WHEN o.note = '' THEN a.note ELSE o.note END,
    settled_at = CASE WHEN o.ends AND a.settled_at IS NULL THEN :now ELSE a.settled_at END
FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:sids AS text[]),
            CAST(:segments AS int[]), CAST(:codes AS int[]), CAST(:notes AS text[]),
            CAST(:ends AS bool[]))
     AS o(id, state, sid, segments, error_code, note, ends)
WHERE a.id = o.id
"""

_SETTLE_TOUCHES = """
UPDATE touches t SET state = o.touch, lease_until = NULL,
    settled_at = CASE WHEN o.ends THEN :now ELSE t.settled_at END
FROM unnest(CAST(:ids AS uuid[]), CAST(:touches AS text[]), CAST(:ends AS bool[]))
     AS o(attempt_id, touch, ends)
JOIN attempts a ON a.id = o.attempt_id
WHERE t.id = a.touch_id AND t.state IN ('attempting', 'unknown')
  AND a.state IN ('attempting', 'unknown')
"""

_ENDED = frozenset({AttemptState.DELIVERED, AttemptState.UNDELIVERED, AttemptState.FAILED})


def settle(session: Session, outcomes: Sequence[Settled], now: datetime) -> None:
    """Writes outcomes that end the uncertainty; never overwrites what a callback already said."""
    if not outcomes:
        return
    binds = {
        "ids": [item.attempt_id for item in outcomes],
        "states": [item.state.value for item in outcomes],
        "touches": [TOUCH_OF_ATTEMPT[item.state].value for item in outcomes],
        "sids": [item.sid or "" for item in outcomes],
        "segments": [item.segments for item in outcomes],
        "codes": [item.error_code for item in outcomes],
        "notes": [item.note for item in outcomes],
        "ends": [item.state in _ENDED for item in outcomes],
        "now": now,
    }
    session.execute(text(_SETTLE_TOUCHES), binds)
    session.execute(text(_SETTLE_ATTEMPTS), binds)


def lock_attempts(session: Session, attempts: Sequence[UUID]) -> None:
    """Locks targets, touches and attempts, in that order and by id.

    Everybody who needs several of them takes them in this order, so that nobody waits in a ring.
    """
    binds = {"ids": list(attempts)}
    for query in _LOCKS:
        session.execute(text(query), binds)


_LOCKS = (
    "SELECT FROM targets t JOIN attempts a USING (campaign_id, voter_id) WHERE a.id = ANY(:ids) "
    "ORDER BY t.campaign_id, t.voter_id FOR UPDATE OF t",
    "SELECT FROM touches q JOIN attempts a ON a.touch_id = q.id WHERE a.id = ANY(:ids) "
    "ORDER BY q.id FOR UPDATE OF q",
    "SELECT FROM attempts WHERE id = ANY(:ids) ORDER BY id FOR UPDATE",
)


def mark_unknown(session: Session, attempts: Sequence[UUID], note: str) -> None:
    """Marks attempts without an answer; their touches wait for a callback or a look-up."""
    if not attempts:
        return
    binds = {"ids": list(attempts), "note": note}
    session.execute(
        text(
            "UPDATE touches SET state = 'unknown' FROM attempts a WHERE a.id = ANY(:ids) "
            "AND touches.id = a.touch_id AND touches.state = 'attempting' "
            "AND a.state = 'attempting'"
        ),
        binds,
    )
    session.execute(
        text(
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
    UPDATE attempts SET state = 'absent', settled_at = :now, note = :note, held = 0,
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
        emails = emails - (absent.channel = 'email')::int,
        next_text_at = CASE WHEN absent.channel = 'text' AND NOT q.promised THEN NULL
                            ELSE next_text_at END,
        next_email_at = CASE WHEN absent.channel = 'email' AND NOT q.promised THEN NULL
                             ELSE next_email_at END
    FROM absent JOIN (
        SELECT id, purpose = ANY(:promised) OR purpose LIKE 'blast:%' AS promised FROM touches
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
) -> int:
    """Ends attempts that never reached the carrier, or were sent away with `code`; their touches
    are ready again at `due_at`. Returns how many ended."""
    if not attempts:
        return 0
    binds = {"ids": list(attempts), "due": due_at, "now": now, "note": note, "code": code}
    done = session.execute(text(_ABSENT), binds | {"promised": sorted(PROMISED)})
    return int(done.scalar_one())


@dataclass(frozen=True)
class Stuck:
    """An attempt whose outcome nobody has told in time."""

    id: UUID
    sender_id: int | None
    address: str
    body: str
    handed_at: datetime
    looked: bool  # the carrier's list was looked at before and did not have it


LOOKED = "not in the carrier's list"
"""The note of an attempt that the carrier's list did not have when it was looked at first."""


def stuck_attempts(
    session: Session, channel: Channel, *, before: datetime, wall: datetime | None, limit: int
) -> list[Stuck]:
    """Attempts handed over before `before` and still without an outcome, the oldest first; at a
    `wall` only those that whoever looked last does not want left alone for longer."""
    rows = session.execute(
        text(
            "SELECT a.id, a.sender_id, a.address, a.body, a.handed_at, a.note = :looked "
            "FROM attempts a JOIN touches q ON q.id = a.touch_id "
            "WHERE a.state IN ('attempting', 'unknown') AND a.channel = :channel "
            "AND a.handed_at < :before AND (CAST(:wall AS timestamptz) IS NULL "
            "OR q.lease_until IS NULL OR q.lease_until <= :wall) "
            "ORDER BY a.handed_at, a.id LIMIT :limit"
        ),
        {
            "channel": channel.value,
            "before": before,
            "wall": wall,
            "looked": LOOKED,
            "limit": limit,
        },
    )
    return [Stuck(*row) for row in rows]


def look_again(session: Session, attempt_id: UUID, note: str, until: datetime) -> None:
    """Leaves an attempt without an outcome alone until a machine time."""
    mark_unknown(session, [attempt_id], note)
    binds = {"id": attempt_id, "note": note, "until": until}
    session.execute(
        text(
            "UPDATE touches SET lease_until = :until FROM attempts a WHERE a.id = :id "
            "AND touches.id = a.touch_id AND touches.state = 'unknown'"
        ),
        binds,
    )
    session.execute(
        text("UPDATE attempts SET note = :note WHERE id = :id AND state = 'unknown'"), binds
    )


def still_stuck(session: Session, attempt_id: UUID) -> bool:
    """Whether an attempt is still without an outcome; locks it with its touch and target."""
    lock_attempts(session, [attempt_id])
    row = session.execute(
        text("SELECT FROM attempts WHERE id = :id AND state IN ('attempting', 'unknown')"),
        {"id": attempt_id},
    ).first()
    return row is not None


def absent_among(session: Session, attempts: Sequence[UUID]) -> list[UUID]:
    """Those of the attempts that had been declared absent from the carrier."""
    rows = session.execute(
        text("SELECT id FROM attempts WHERE id = ANY(:ids) AND state = 'absent'"),
        {"ids": list(attempts)},
    )
    return list(rows.scalars())


def known_sids(session: Session, sids: Sequence[str]) -> set[str]:
    """Which of these carrier ids already belong to an attempt."""
    rows = session.execute(
        text("SELECT sid FROM attempts WHERE sid = ANY(:sids)"), {"sids": list(sids)}
    )
    return set(rows.scalars())


def end_leases(session: Session, wall: datetime) -> int:
    """Puts claimed touches whose lease ran out back to ready; nothing of them has gone out."""
    done = session.execute(
        text(
            "WITH late AS (SELECT id FROM touches WHERE state = 'claimed' "
            "AND lease_until < :wall FOR UPDATE SKIP LOCKED) "
            "UPDATE touches SET state = 'ready', lease_until = NULL FROM late "
            "WHERE touches.id = late.id RETURNING touches.id"
        ),
        {"wall": wall},
    )
    return len(done.all())
