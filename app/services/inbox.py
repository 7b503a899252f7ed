"""The inbox: replies that wait for a person."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from app.store.messages import Inbound


def mark_handled(sessions: sessionmaker[Session], reply_id: int, *, by: int, now: datetime) -> bool:
    """Take a reply out of the inbox; False when somebody had done so before."""
    with sessions.begin() as session:
        taken = session.scalar(
            update(Inbound)
            .where(Inbound.id == reply_id, Inbound.handled_at.is_(None))
            .values(handled_at=now, handled_by=by)
            .returning(Inbound.id)
        )
    return taken is not None
