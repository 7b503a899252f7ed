"""Reads for the desks: the inbox, a volunteer's day, people, imports. Nothing here writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.disposition import CONTACTS
from app.store.imports import ImportRun, RejectedRow
from app.store.messages import Inbound
from app.store.people import User


@dataclass(frozen=True)
class Reply:
    """A text that waits for a person, with what we had written before."""

    id: int
    received_at: datetime
    from_address: str
    body: str
    meaning: str
    voter: str
    sent_before: str


@dataclass(frozen=True)
class Tally:
    """A volunteer's day: calls made, conversations among them, and plans to vote made in these."""

    calls: int
    conversations: int
    plans: int = 0


def replies_waiting(session: Session) -> int:
    """How many replies nobody has handled yet."""
    waiting_ = select(func.count()).select_from(Inbound).where(Inbound.handled_at.is_(None))
    return session.scalar(waiting_) or 0


_REPLIES = text("""
    SELECT i.id, i.received_at, i.from_address, i.body, i.meaning,
           coalesce(trim(v.first_name || ' ' || v.last_name), '') AS voter,
           coalesce(a.body, '') AS sent_before
      FROM inbound i
      LEFT JOIN voters v ON v.id = i.voter_id
      LEFT JOIN LATERAL (
           SELECT body FROM attempts
            WHERE voter_id = i.voter_id AND campaign_id = i.campaign_id AND channel = 'text'
              AND attempted_at <= i.received_at
            ORDER BY attempted_at DESC LIMIT 1) a ON true
     WHERE i.handled_at IS NULL
     ORDER BY i.received_at DESC, i.id DESC LIMIT :most
""")


def replies(session: Session, most: int = 50) -> list[Reply]:
    """Replies that wait for a person, newest first."""
    return [Reply(*row) for row in session.execute(_REPLIES, {"most": most})]


# The plans by the keys of the voters talked to: there is no index by who made them.
_TALLY = text("""
    SELECT count(*) AS calls,
           count(*) FILTER (WHERE disposition = ANY(:contacts)) AS conversations,
           count(DISTINCT a.voter_id) FILTER (WHERE disposition = ANY(:contacts) AND EXISTS (
               SELECT FROM voting_plans p
                WHERE p.campaign_id = a.campaign_id AND p.voter_id = a.voter_id
                  AND p.made_by = a.user_id AND p.made_at >= :since)) AS plans
      FROM attempts a
     WHERE campaign_id = :campaign_id AND user_id = :user_id AND attempted_at >= :since
       AND disposition <> ''
""")


def tally(session: Session, campaign_id: int, user_id: int, since: datetime) -> Tally:
    """A volunteer's calls, conversations and plans since then."""
    facts = {"campaign_id": campaign_id, "user_id": user_id, "since": since}
    row = session.execute(_TALLY, {**facts, "contacts": [str(c) for c in CONTACTS]}).one()
    return Tally(row.calls, row.conversations, row.plans)


def people(session: Session) -> Sequence[User]:
    """All who have an account, by name; two queries, whatever their number."""
    return session.scalars(select(User).order_by(func.lower(User.name), User.email, User.id)).all()


def import_runs(session: Session, most: int = 50) -> Sequence[ImportRun]:
    """The last runs of the importer, newest first."""
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(most)).all()


def rejects(session: Session, run_id: int) -> Iterator[RejectedRow]:
    """The rejected rows of a run in the order of the file, a thousand at a time."""
    rows = select(RejectedRow).where(RejectedRow.import_run_id == run_id).order_by(RejectedRow.id)
    yield from session.scalars(rows.execution_options(yield_per=1000))
