"""Texts that wait for a person's tap: who takes which, what came of it, and who is at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.purpose import BY_HAND
from app.store.queue import Claimed
from app.store.sql import sql

SKIPPED = "text skipped"
"""In the audit log: this person would rather not send this one."""

_TONGUE = (
    "CASE WHEN t.language <> '' THEN t.language "
    "WHEN v.language <> '' AND b.words -> v.language IS NOT NULL THEN v.language ELSE 'en' END"
)
"""What whoever sends it needs to speak, for the answer comes in it."""
_WAITING = f"""
FROM touches q
JOIN targets t ON t.campaign_id = q.campaign_id AND t.voter_id = q.voter_id
JOIN voters v ON v.id = q.voter_id
JOIN blasts b ON b.campaign_id = q.campaign_id AND q.purpose = 'blast:' || b.id
WHERE q.campaign_id = :campaign AND q.channel = 'text' AND q.state = 'ready'
  AND q.due_at = :by_hand AND q.expires_at > :now AND b.by_hand AND b.state = 'scheduled'
  AND NOT EXISTS (SELECT FROM audit a WHERE a.subject = 'touch:' || q.id
                  AND a.user_id = :user AND a.action = '{SKIPPED}')
"""
_MINE = f"AND {_TONGUE} = ANY(SELECT unnest(languages) FROM users WHERE id = :user)"
_CLAIM = f"""
WITH next AS (
    SELECT q.id {_WAITING} {_MINE} AND q.id <> ALL(:passed)
    ORDER BY q.value DESC, q.id LIMIT :limit FOR UPDATE OF q, t SKIP LOCKED
)
UPDATE touches q SET state = 'claimed', claimed_by = :by, lease_until = :lease, fence = fence + 1
FROM next WHERE q.id = next.id
RETURNING q.id, q.voter_id, q.address, q.expires_at, q.held, q.purpose, q.tapped_by, q.fence,
          q.value
"""


@dataclass(frozen=True)
class InHand:
    """A text that a person holds, and how often it was taken up before it was theirs."""

    touch: Claimed
    fence: int
    value: float


def by(user_id: int) -> str:
    """How a claim names a person."""
    return f"user:{user_id}"


def lock_person(session: Session, user_id: int) -> None:
    """Two requests of one person at once take turns, so that they get one stack."""
    key = {"key": f"bank:{user_id}"}
    session.execute(sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


def claim(
    session: Session,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    lease_until: datetime,
    limit: int,
    passed: Sequence[int] = (),
) -> list[InHand]:
    """Takes up to `limit` texts in the person's languages, the best first; what others are taking
    is passed over."""
    rows = session.execute(
        sql(_CLAIM),
        {
            **_binds(campaign_id, user_id, now),
            "by": by(user_id),
            "lease": lease_until,
            "passed": list(passed),
            "limit": limit,
        },
    )
    return _in_order(rows.all())


def held(session: Session, campaign_id: int, user_id: int, wall: datetime) -> list[InHand]:
    """What a person holds at machine time `wall`, in its order."""
    rows = session.execute(
        sql(
            "SELECT id, voter_id, address, expires_at, held, purpose, tapped_by, fence, value "
            "FROM touches WHERE state = 'claimed' AND channel = 'text' AND claimed_by = :by "
            "AND campaign_id = :campaign AND lease_until > :wall"
        ),
        {"by": by(user_id), "campaign": campaign_id, "wall": wall},
    )
    return _in_order(rows.all())


def _in_order(rows: Sequence[Any]) -> list[InHand]:
    found = [InHand(Claimed(*row[:7]), row.fence, row.value) for row in rows]
    return sorted(found, key=lambda one: (-one.value, one.touch.id))


def renew(session: Session, user_id: int, lease_until: datetime) -> None:
    """Whoever is at it keeps what they hold."""
    session.execute(
        sql(
            "UPDATE touches SET lease_until = :lease WHERE state = 'claimed' AND channel = 'text' "
            "AND claimed_by = :by AND lease_until < :lease"
        ),
        {"by": by(user_id), "lease": lease_until},
    )


def put_back(session: Session, user_id: int, ids: Sequence[int] | None = None) -> int:
    """What a person holds, or these of it, waits for others again; how many. The fence of whoever
    takes one up next is higher."""
    done = session.execute(
        sql(
            "UPDATE touches SET state = 'ready', lease_until = NULL FROM (SELECT id FROM touches "
            "WHERE state = 'claimed' AND channel = 'text' AND claimed_by = :by "
            "AND (CAST(:ids AS bigint[]) IS NULL OR id = ANY(:ids)) ORDER BY id FOR UPDATE) mine "
            "WHERE touches.id = mine.id RETURNING touches.id"
        ),
        {"by": by(user_id), "ids": list(ids) if ids is not None else None},
    )
    return len(done.all())


@dataclass(frozen=True)
class Touched:
    """A text as it stands when somebody taps it; locked with its target."""

    touch: Claimed
    campaign_id: int
    state: str
    claimed_by: str
    fence: int
    lease_until: datetime | None
    blast_id: int
    goes_on: bool  # its blast is neither paused nor over


def lock(session: Session, touch_id: int) -> Touched | None:
    """A text by hand, whatever its state, locked with its target until the transaction ends."""
    binds = {"id": touch_id}
    session.execute(
        sql(
            "SELECT FROM targets t JOIN touches q USING (campaign_id, voter_id) "
            "WHERE q.id = :id FOR UPDATE OF t"
        ),
        binds,
    )
    row = session.execute(
        sql(
            "SELECT q.id, q.voter_id, q.address, q.expires_at, q.held, q.purpose, q.tapped_by, "
            "q.campaign_id, q.state, q.claimed_by, q.fence, q.lease_until, b.id, "
            "b.state = 'scheduled' FROM touches q "
            "JOIN blasts b ON b.campaign_id = q.campaign_id AND q.purpose = 'blast:' || b.id "
            "WHERE q.id = :id AND b.by_hand FOR UPDATE OF q"
        ),
        binds,
    ).first()
    return Touched(Claimed(*row[:7]), *row[7:]) if row is not None else None


def tap(session: Session, touch_id: int, user_id: int, now: datetime) -> None:
    """Lets a text that a person holds go: due at once, for whichever worker comes first."""
    session.execute(
        sql(
            "UPDATE touches SET state = 'ready', due_at = :now, tapped_by = :user, "
            "lease_until = NULL WHERE id = :id AND state = 'claimed'"
        ),
        {"id": touch_id, "user": user_id, "now": now},
    )


def untap(session: Session, ids: Sequence[int]) -> None:
    """Texts that were tapped wait for another tap."""
    session.execute(
        sql(
            "UPDATE touches SET state = 'ready', due_at = :by_hand, tapped_by = NULL "
            "WHERE id = ANY(:ids) AND state IN ('ready', 'claimed')"
        ),
        {"ids": list(ids), "by_hand": BY_HAND},
    )


def waiting(session: Session, campaign_id: int, user_id: int, now: datetime) -> int:
    """How many texts a person could take up."""
    query = sql(f"SELECT count(*) {_WAITING} {_MINE}")
    return int(session.scalar(query, _binds(campaign_id, user_id, now)) or 0)


def in_other_tongues(
    session: Session, campaign_id: int, user_id: int, now: datetime
) -> dict[str, int]:
    """How many texts wait for somebody who speaks another language, by language."""
    query = sql(f"SELECT {_TONGUE}, count(*) {_WAITING} GROUP BY 1 ORDER BY 2 DESC, 1")
    rows = session.execute(query, _binds(campaign_id, user_id, now)).all()
    return {tongue: number for tongue, number, *_ in rows}


def _binds(campaign_id: int, user_id: int, now: datetime) -> dict[str, object]:
    return {"campaign": campaign_id, "user": user_id, "now": now, "by_hand": BY_HAND}


@dataclass(frozen=True)
class AtIt:
    """How a blast by hand stands with its volunteers."""

    waiting: int  # for a tap, also those that somebody holds
    volunteers: int  # who hold some
    reported: int  # whose words somebody said were wrong


def at_it(session: Session, campaign_id: int, purpose: str, wall: datetime) -> AtIt:
    """Who is at a blast by hand, and how many texts wait for them."""
    row = session.execute(
        sql(
            "SELECT count(*) FILTER (WHERE state IN ('ready', 'claimed') AND tapped_by IS NULL), "
            "count(DISTINCT claimed_by) FILTER (WHERE state = 'claimed' AND lease_until > :wall), "
            "count(*) FILTER (WHERE state = 'skipped' AND reason = :reported) "
            "FROM touches WHERE campaign_id = :campaign AND purpose = :purpose "
            "AND purpose <> 'ramp'"
        ),
        {"campaign": campaign_id, "purpose": purpose, "wall": wall, "reported": REPORTED},
    ).one()
    return AtIt(*row)


REPORTED = "words reported as wrong"
"""Why a text ended that nobody was to send."""


def reports(session: Session, blast_id: int, most: int = 5) -> list[tuple[datetime, str, str]]:
    """What volunteers said was wrong with the words of a blast: (when, who, what), newest first."""
    rows = session.execute(
        sql(
            "SELECT a.at, coalesce(u.name, ''), coalesce(a.details ->> 'why', '') FROM audit a "
            "LEFT JOIN users u ON u.id = a.user_id WHERE a.subject = :subject "
            "AND a.action = 'words reported' ORDER BY a.id DESC LIMIT :most"
        ),
        {"subject": f"blast:{blast_id}", "most": most},
    )
    return [(at, who, why) for at, who, why in rows]


TAPPED = "text tapped"
"""In the audit log: this person sent this text, in words of this digest."""


def shown_digests(session: Session, touches: Sequence[int]) -> dict[int, str]:
    """The digest of the words that were on the screen when each of these was tapped last."""
    rows = session.execute(
        sql(
            "SELECT subject, details ->> 'words' FROM audit "
            "WHERE subject = ANY(:subjects) AND action = :tapped ORDER BY id"
        ),
        {"subjects": [f"touch:{one}" for one in touches], "tapped": TAPPED},
    )
    return {int(subject.removeprefix("touch:")): words for subject, words in rows}


def sent_today(session: Session, campaign_id: int, user_id: int, since: datetime) -> int:
    """How many texts a person has sent by hand since then, whatever became of them."""
    return int(
        session.scalar(
            sql(
                "SELECT count(*) FROM attempts WHERE user_id = :user AND campaign_id = :campaign "
                "AND attempted_at >= :since AND channel = 'text' AND state <> 'absent'"
            ),
            {"user": user_id, "campaign": campaign_id, "since": since},
        )
        or 0
    )


@dataclass(frozen=True)
class ByHand:
    """A blast by hand that is not over, for whoever finds nothing to send."""

    starts_at: datetime  # on the voter's clock, without a zone
    paused: bool
    held: int  # texts of it that others hold


def by_hand_blasts(session: Session, campaign_id: int) -> list[ByHand]:
    """The blasts by hand of a campaign that are scheduled or paused."""
    rows = session.execute(
        sql(
            "SELECT b.starts_at, b.state = 'paused', (SELECT count(*) FROM touches q "
            "WHERE q.campaign_id = b.campaign_id AND q.purpose = 'blast:' || b.id "
            "AND q.purpose <> 'ramp' AND q.state = 'claimed') FROM blasts b "
            "WHERE b.campaign_id = :campaign AND b.by_hand AND b.state IN ('scheduled', 'paused') "
            "ORDER BY b.starts_at, b.id"
        ),
        {"campaign": campaign_id},
    )
    return [ByHand(*row) for row in rows]


def initials_of(session: Session, voters: Sequence[int]) -> dict[int, str]:
    """The initials of each voter: “M. F.”."""
    rows = session.execute(
        sql(
            "SELECT id, upper(left(first_name, 1)), upper(left(last_name, 1)) FROM voters "
            "WHERE id = ANY(:ids)"
        ),
        {"ids": list(voters)},
    )
    return {
        voter: " ".join(f"{letter}." for letter in (first, last) if letter)
        for voter, first, last in rows
    }
