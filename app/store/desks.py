"""Reads for the desks: a volunteer's day, people, imports. Nothing here writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.disposition import CONTACTS
from app.store.imports import ImportRun, RejectedRow
from app.store.people import User


@dataclass(frozen=True)
class Tally:
    """A volunteer's day: calls made, conversations among them, and plans to vote made in these."""

    calls: int
    conversations: int
    plans: int = 0


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
