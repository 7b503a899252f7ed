"""Second tries: what came of the try before, a touch once more, an attempt that was not absent."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.purpose import BY_HAND
from app.store.outcomes import PUT_BACK
from app.store.sql import sql
from app.store.touches import Attempt


def code_before(session: Session, attempt: Attempt) -> int | None:
    """The error code of the voter's try on this channel before this one; None for none."""
    found = session.scalar(
        sql(
            "SELECT error_code FROM attempts WHERE voter_id = :voter AND campaign_id = :campaign "
            "AND channel = :channel AND state <> 'absent' AND id <> :id AND attempted_at <= :at "
            "ORDER BY attempted_at DESC, id LIMIT 1"
        ),
        {
            "voter": attempt.voter_id,
            "campaign": attempt.campaign_id,
            "channel": attempt.channel.value,
            "id": attempt.id,
            "at": attempt.attempted_at,
        },
    )
    return None if found is None else int(found)


@dataclass(frozen=True)
class Tried:
    """A touch that was tried."""

    id: int
    purpose: str
    expires_at: datetime


def touch_of(session: Session, attempt: Attempt) -> Tried:
    """The touch of an attempt."""
    row = session.execute(
        sql("SELECT id, purpose, expires_at FROM touches WHERE id = :id"),
        {"id": attempt.touch_id},
    ).one()
    return Tried(*row)


def let_rest_until(session: Session, attempt: Attempt, until: datetime) -> None:
    """Lets a voter be tried again at `until` on the attempt's channel, if it would be later."""
    name = attempt.channel.value
    session.execute(
        sql(
            f"UPDATE targets SET next_{name}_at = :until WHERE campaign_id = :campaign "
            f"AND voter_id = :voter AND next_{name}_at > :until"
        ),
        {"until": until, "campaign": attempt.campaign_id, "voter": attempt.voter_id},
    )


def release_again(
    session: Session, touch: Tried, *, due_at: datetime, held: Decimal, now: datetime
) -> bool:
    """Releases another touch like one that has ended; False when one is open already. A text of a
    blast by hand waits for another tap: the first has sent what it was for."""
    added = session.execute(
        sql(
            "INSERT INTO touches (campaign_id, voter_id, household_id, channel, purpose, state, "
            "address, value, due_at, expires_at, held, released_at, sender_id, tapped_by) "
            "SELECT campaign_id, voter_id, household_id, channel, purpose, 'ready', "
            "address, value, CASE WHEN tapped THEN :by_hand ELSE :due END, expires_at, :held, "
            ":now, sender_id, CASE WHEN NOT tapped THEN tapped_by END "
            "FROM (SELECT *, tapped_by IS NOT NULL AND purpose LIKE 'blast:%' AS tapped "
            "FROM touches WHERE id = :id) touch "
            "ON CONFLICT DO NOTHING RETURNING id"
        ),
        {"id": touch.id, "due": due_at, "held": held, "now": now, "by_hand": BY_HAND},
    )
    return added.first() is not None


_REVIVE = f"""
WITH was AS (
    SELECT a.id, a.touch_id, a.campaign_id, a.voter_id, a.channel, q.held,
           (a.state = 'absent')::int AS uncounted,
           q.state IN ('ready', 'claimed') AND a.price IS NULL AS waits,
           -- What is paid already owes nothing, and its touch gives back what it holds.
           CASE WHEN a.price IS NULL THEN a.segments * coalesce((
               SELECT price FROM senders s WHERE s.id = a.sender_id), 0) ELSE 0 END AS owes
    FROM attempts a JOIN touches q ON q.id = a.touch_id
    WHERE a.id = :id AND {PUT_BACK} FOR UPDATE
), moved AS (
    UPDATE touches SET held = 0 FROM was WHERE touches.id = was.touch_id AND was.waits
), counted AS (
    UPDATE targets SET texts = texts + was.uncounted * (was.channel = 'text')::int,
                       emails = emails + was.uncounted * (was.channel = 'email')::int
    FROM was WHERE targets.campaign_id = was.campaign_id AND targets.voter_id = was.voter_id
), owed AS (
    UPDATE campaigns SET reserved = reserved + was.owes
    FROM was WHERE campaigns.id = was.campaign_id AND NOT was.waits AND was.owes <> 0
), revived AS (
    UPDATE attempts SET state = 'unknown', settled_at = NULL,
           held = CASE WHEN was.waits THEN was.held ELSE was.owes END
    FROM was WHERE attempts.id = was.id
)
SELECT touch_id FROM was
"""


def revive(session: Session, attempt_id: UUID) -> int | None:
    """Makes an attempt whose touch was put back one without an outcome: counts it, and moves the
    money back that its touch holds while it waits. Where another try has that money, its price is
    reserved whatever the budget says: it has gone out and will be charged. Returns its touch; None
    when it was not put back."""
    found = session.scalar(sql(_REVIVE), {"id": attempt_id})
    return None if found is None else int(found)


_TAKE_SID = """
WITH other AS (
    SELECT id, price FROM attempts WHERE sid = :sid AND id <> :id FOR UPDATE
), robbed AS (
    UPDATE attempts SET sid = NULL, price = NULL, state = 'unknown', settled_at = NULL,
           error_code = NULL
    FROM other WHERE attempts.id = other.id
)
SELECT price FROM other
"""
_GIVE_SID = """
WITH was AS (
    SELECT id, campaign_id, held FROM attempts WHERE id = :id FOR UPDATE
), paid AS (
    UPDATE campaigns SET reserved = reserved - was.held FROM was
    WHERE campaigns.id = was.campaign_id AND CAST(:price AS numeric) IS NOT NULL AND was.held <> 0
)
UPDATE attempts SET sid = :sid, price = coalesce(:price, price),
       held = CASE WHEN CAST(:price AS numeric) IS NULL THEN attempts.held ELSE 0 END
FROM was WHERE attempts.id = was.id
"""


def take_sid(session: Session, attempt_id: UUID, sid: str) -> None:
    """Gives an attempt the carrier's id of its message, and the price if it is booked already.

    An attempt that a look-up gave this id to has lost all that was known of it: it is looked up
    again.
    """
    binds = {"id": attempt_id, "sid": sid}
    price = session.scalar(sql(_TAKE_SID), binds)
    session.execute(sql(_GIVE_SID), {**binds, "price": price})
