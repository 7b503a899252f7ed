"""Voting plans: when and how a voter said they would vote; their reminders rest on it."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant


class VotingPlan(Base):
    """What a voter told us of their plan; the latest word stands."""

    __tablename__ = "voting_plans"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    votes_at: Mapped[Instant | None]  # when they mean to vote; empty: they pledged to, no time
    how: Mapped[str] = mapped_column(server_default="")  # polls | early | mail; empty: not said
    with_whom: Mapped[str] = mapped_column(server_default="")
    ride: Mapped[bool] = mapped_column(server_default="false")  # needs a ride
    source: Mapped[str]  # call | text | answer
    made_by: Mapped[Big | None]  # the volunteer
    made_at: Mapped[Instant]

    __table_args__ = (Index("ix_voting_plans_time", "campaign_id", "votes_at"),)
