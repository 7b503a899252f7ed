"""Ballots: who has voted, and how far each mail ballot has come."""

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


class MailBallot(Base):
    """How far one voter's mail ballot has come; `ballots` alone says who has voted."""

    __tablename__ = "mail_ballots"

    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    polling_day: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[str]  # requested | sent | returned | rejected | cured | voted
    stage_on: Mapped[date]
    requested_on: Mapped[date | None]
    sent_on: Mapped[date | None]
    returned_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(server_default="")  # why it was rejected
    recorded_at: Mapped[Instant]

    __table_args__ = (Index("ix_mail_ballots_stage", "polling_day", "stage"),)
