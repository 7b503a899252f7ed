"""Ballots: who has voted in which election. A ballot strikes the voter from every list."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant


class Ballot(Base):
    """One voter's ballot for one polling day, recorded once."""

    __tablename__ = "ballots"

    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    polling_day: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str]  # file | desk | call | text
    recorded_by: Mapped[Big | None]
    recorded_at: Mapped[Instant]

    __table_args__ = (Index("ix_ballots_day", "polling_day", "recorded_at"),)
