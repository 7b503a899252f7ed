"""Answers that people write: their words, their touch, and what is known of whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.store.replies import Known
from app.store.sql import sql


@dataclass(frozen=True)
class Open:
    """A text to a voter that is on its way or waits."""

    id: int
    purpose: str
    state: str
    due_at: datetime


def open_text(session: Session, campaign_id: int, voter_id: int) -> Open | None:
    """The open text to a voter, locked; there is one at most."""
    row = session.execute(
        sql(
            "SELECT id, purpose, state, due_at FROM touches WHERE campaign_id = :campaign "
            "AND voter_id = :voter AND channel = 'text' "
            "AND state IN ('ready', 'claimed', 'attempting', 'unknown') FOR UPDATE"
        ),
        {"campaign": campaign_id, "voter": voter_id},
    ).first()
    return Open(*row) if row is not None else None


def key_known(session: Session, key: str) -> bool:
    """Whether an answer was written under this key of the client's before."""
    return bool(
        session.scalar(sql("SELECT EXISTS (SELECT FROM written WHERE key = :key)"), {"key": key})
    )


def write(
    session: Session, conversation_id: int, key: str, user_id: int, body: str, now: datetime
) -> int | None:
    """Keeps the words of an answer; None when its key is known."""
    found = session.scalar(
        sql(
            "INSERT INTO written (conversation_id, key, user_id, body, written_at) "
            "VALUES (:id, :key, :user, :body, :now) ON CONFLICT (key) DO NOTHING RETURNING id"
        ),
        {"id": conversation_id, "key": key, "user": user_id, "body": body, "now": now},
    )
    return None if found is None else int(found)


def put_out(
    session: Session,
    of: Known,
    *,
    purpose: str,
    user_id: int,
    now: datetime,
    expires_at: datetime,
    held: Decimal,
) -> None:
    """The touch of an answer, due at once, from the number that they wrote to if it is a sender's
    of this campaign."""
    session.execute(
        sql(
            "INSERT INTO touches (campaign_id, voter_id, household_id, channel, purpose, state, "
            "address, due_at, expires_at, held, released_at, tapped_by, sender_id) "
            "VALUES (:campaign, :voter, :household, 'text', :purpose, 'ready', :address, :now, "
            ":expires, :held, :now, :user, (SELECT id FROM senders WHERE campaign_id = :campaign "
            "AND channel = 'text' AND address = :ours ORDER BY id LIMIT 1))"
        ),
        {
            "campaign": of.campaign_id,
            "voter": of.voter_id,
            "household": of.household_id,
            "purpose": purpose,
            "address": of.address,
            "now": now,
            "expires": expires_at,
            "held": held,
            "user": user_id,
            "ours": of.our_address,
        },
    )


def words_written(session: Session, written_id: int) -> str:
    """The words of an answer; empty when there is no such any more."""
    found = session.scalar(sql("SELECT body FROM written WHERE id = :id"), {"id": written_id})
    return str(found or "")


@dataclass(frozen=True)
class Asker:
    """Somebody who wrote to us: when last, and what they wish."""

    at: datetime | None
    opted_out: bool
    dead: bool


def askers(session: Session, campaign_id: int, addresses: Sequence[str]) -> dict[str, Asker]:
    """What is known of each of these addresses."""
    rows = session.execute(
        sql(
            "SELECT asked.address, (SELECT max(received_at) FROM inbound i "
            " WHERE i.from_address = asked.address AND i.campaign_id = :campaign), "
            "EXISTS (SELECT FROM opt_outs o WHERE o.address = asked.address "
            " AND o.channel = 'text'), "
            "EXISTS (SELECT FROM dead_addresses d WHERE d.address = asked.address "
            " AND d.channel = 'text') "
            "FROM unnest(CAST(:addresses AS text[])) AS asked(address)"
        ),
        {"campaign": campaign_id, "addresses": list(addresses)},
    )
    return {address: Asker(at, out, dead) for address, at, out, dead in rows}
