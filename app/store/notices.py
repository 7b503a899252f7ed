"""Notices: what volunteers are told by text or email about their shifts."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channel import Channel
from app.store.base import Base, Big, Instant, Serial, by_value


class Notice(Base):
    """One message to one person: told once, tried until it has gone out or is too late."""

    __tablename__ = "notices"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    user_id: Mapped[Big] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    shift_id: Mapped[Big | None]
    kind: Mapped[str]  # reminder | missed | offer | asked
    key: Mapped[str] = mapped_column(unique=True)  # what it is about, so that it is told once
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # text or email
    address: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="ready")  # ready | sent | failed | dropped
    due_at: Mapped[Instant]  # campaign time
    expires_at: Mapped[Instant]  # campaign time after which it helps nobody
    try_at: Mapped[Instant | None]  # machine time; moved on by a lease, and by each failure
    tries: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]

    __table_args__ = (
        Index("ix_notices_due", "due_at", postgresql_where=text("state = 'ready'")),
        Index("ix_notices_campaign", "campaign_id", "due_at"),
    )
