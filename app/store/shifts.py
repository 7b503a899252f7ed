"""Shifts: a volunteer's booked blocks of time."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channel import Channel
from app.store.base import Base, Big, Instant, Serial, Strings, by_value


class Shift(Base):
    """One volunteer's block of time for one campaign."""

    __tablename__ = "shifts"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    user_id: Mapped[Big] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # what is done in it
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    languages: Mapped[Strings] = mapped_column(server_default="{}")  # empty: the volunteer's own
    created_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("user_id", "starts_at"),
        Index("ix_shifts_campaign_time", "campaign_id", "starts_at"),
    )
