"""Click-to-call: calls that the carrier places, first to the volunteer, then to the voter."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Money, Serial


class VoiceCall(Base):
    """One call through the carrier. Its id is that of the attempt, which is committed first."""

    __tablename__ = "voice_calls"

    id: Mapped[UUID] = mapped_column(
        ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True
    )
    touch_id: Mapped[Big]
    fence: Mapped[int]
    user_id: Mapped[Big]
    caller: Mapped[str]  # E.164 of the volunteer's phone
    sid: Mapped[str | None]  # the leg to the volunteer
    status: Mapped[str] = mapped_column(server_default="")  # of the leg to the volunteer
    voter_sid: Mapped[str | None]  # the leg to the voter
    voter_status: Mapped[str] = mapped_column(server_default="")
    answered_by: Mapped[str] = mapped_column(server_default="")  # human | machine_start | …
    seconds: Mapped[int | None]  # that the voter's leg lasted
    price: Mapped[Money | None]
    asked_at: Mapped[Instant]  # campaign time
    asked_wall: Mapped[Instant]  # machine time
    ended_at: Mapped[Instant | None]  # campaign time

    __table_args__ = (Index("ix_voice_calls_user", "user_id", "asked_wall"),)


class VoiceRate(Base):
    """When the next call may be placed: the carrier takes one a second."""

    __tablename__ = "voice_rates"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), unique=True
    )
    caller_id: Mapped[str] = mapped_column(server_default="")  # E.164 that the voter sees
    per_second: Mapped[float] = mapped_column(server_default="1")
    price: Mapped[Money] = mapped_column(server_default="0")  # estimate a minute, both legs
    next_free_at: Mapped[Instant | None]  # machine time
