"""The inbox: replies that wait for a person."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from app.store.engine import patiently
from app.store.messages import Inbound
from app.store.replies import settled


@patiently
def mark_handled(sessions: sessionmaker[Session], reply_id: int, *, by: int, now: datetime) -> bool:
    """Take a reply out of the inbox; False when somebody had done so before."""
    with sessions.begin() as session:
        taken = session.execute(
            update(Inbound)
            .where(Inbound.id == reply_id, Inbound.handled_at.is_(None))
            .values(handled_at=now, handled_by=by)
            .returning(Inbound.campaign_id, Inbound.from_address)
        ).first()
        if taken is not None and taken.campaign_id is not None:
            settled(session, taken.campaign_id, taken.from_address)
    return taken is not None
