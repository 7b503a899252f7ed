"""Senders: a stopped one sends again once a person says so."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from app.store.campaigns import Sender
from app.store.people import AuditEntry


def start_sender(
    sessions: sessionmaker[Session], sender_id: int, *, by: int, now: datetime
) -> bool:
    """Let a stopped sender send again; False when it was not stopped.

    Whatever stopped it stops it again at the next attempt, unless it was put right.
    """
    with sessions.begin() as session:
        reason = session.scalar(
            select(Sender.stopped)
            .where(Sender.id == sender_id, Sender.stopped != "")
            .with_for_update()
        )
        if reason is None:
            return False
        session.execute(update(Sender).where(Sender.id == sender_id).values(stopped=""))
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action="sender started",
                subject=f"sender:{sender_id}",
                details={"was": reason},
            )
        )
    return True
