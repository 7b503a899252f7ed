"""Phases of a campaign: early voting, ballot chase, and the rounds of polling day."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.phase import PhaseKind
from app.store.base import Base, Big, Instant, Json, Serial, Strings, by_value


class Phase(Base):
    """A stretch of a campaign with its own goal and its own people, who are tried first in it."""

    __tablename__ = "phases"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[PhaseKind] = mapped_column(by_value(PhaseKind))
    name: Mapped[str]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    goal: Mapped[int] = mapped_column(server_default="0")  # ballots (early, chase), voters (round)
    channels: Mapped[Strings] = mapped_column(server_default="{}")  # empty: all
    filter: Mapped[Json] = mapped_column(server_default="{}")  # a universe; see domain.universe
    marked_at: Mapped[Instant | None]  # when its people were marked; empty: not yet begun
    people: Mapped[int] = mapped_column(server_default="0")  # how many were marked

    __table_args__ = (Index("ix_phases_campaign_time", "campaign_id", "starts_at"),)
