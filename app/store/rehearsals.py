"""Rehearsals: a campaign's final week played through on a copy, and what came of it."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial, Strings


class Rehearsal(Base):
    """One rehearsal: wanted by an organizer or the command line, carried out by a process."""

    __tablename__ = "rehearsals"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    seed: Mapped[int]
    workers: Mapped[int] = mapped_column(server_default="3")
    faults: Mapped[Strings] = mapped_column(server_default="{}")  # names of domain.rehearsal.Fault
    state: Mapped[str] = mapped_column(server_default="wanted")  # wanted | running | done | failed
    progress: Mapped[float] = mapped_column(server_default="0")  # 0 to 1, of the week
    report: Mapped[Json] = mapped_column(server_default="{}")  # domain.rehearsal.Outcome as JSON
    problem: Mapped[str] = mapped_column(server_default="")  # why it failed
    wanted_by: Mapped[Big | None]
    wanted_at: Mapped[Instant]  # campaign time
    lease_until: Mapped[Instant | None]  # machine time
    holder: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[Instant | None]  # campaign time

    __table_args__ = (Index("ix_rehearsals_campaign", "campaign_id", "id"),)
