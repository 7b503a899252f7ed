"""Blasts: one text or email to a universe at a set time, or over a stretch of it."""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channel import Channel
from app.store.base import Base, Big, Instant, Json, Serial, by_value


class Blast(Base):
    """A text or email to a universe. Its touches have the purpose `blast:<id>`.

    Its times are times of the day on each voter's own clock, so they are kept without a zone.
    """

    __tablename__ = "blasts"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(by_value(Channel))  # text or email
    name: Mapped[str]
    filter: Mapped[Json] = mapped_column(server_default="{}")  # a universe; see domain.universe
    words: Mapped[Json]  # {language: {"subject": …, "body": …}}; "en" is there
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=False))  # on the voter's clock
    spread_minutes: Mapped[int] = mapped_column(server_default="0")  # released evenly over so long
    done_by: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))  # voter's clock
    state: Mapped[str] = mapped_column(server_default="draft")
    # draft | scheduled | paused | canceled | done
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]

    __table_args__ = (Index("ix_blasts_campaign_time", "campaign_id", "starts_at"),)
