"""Voting plans: when and how a voter said they would vote; their reminders rest on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.follow import Intention
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


@dataclass(frozen=True)
class Word:
    """A plan that was told: by whom, how it came to us and when."""

    plan: Intention
    source: str  # call | text | answer
    by: int | None
    at: datetime


def plan_of(session: Session, campaign_id: int, voter_id: int) -> VotingPlan | None:
    """The plan of one voter; None when they told none."""
    return session.get(VotingPlan, (campaign_id, voter_id))


def write(session: Session, campaign_id: int, voter_id: int, word: Word) -> bool:
    """Stores a plan in place of an earlier one; False when a later word stands already."""
    said = {
        "votes_at": word.plan.votes_at,
        "how": word.plan.how.value if word.plan.how else "",
        "with_whom": word.plan.with_whom,
        "ride": word.plan.ride,
        "source": word.source,
        "made_by": word.by,
        "made_at": word.at,
    }
    done = session.execute(
        insert(VotingPlan)
        .values(campaign_id=campaign_id, voter_id=voter_id, **said)
        .on_conflict_do_update(
            index_elements=["campaign_id", "voter_id"],
            set_=said,
            where=VotingPlan.made_at <= word.at,
        )
        .returning(VotingPlan.voter_id)
    )
    return done.first() is not None


def times_of(
    session: Session, campaign_id: int, voters: Sequence[int]
) -> dict[int, datetime | None]:
    """When those of these voters who told a plan mean to vote; None: they told no time."""
    rows = session.execute(
        text(
            "SELECT voter_id, votes_at FROM voting_plans "
            "WHERE campaign_id = :campaign AND voter_id = ANY(:voters)"
        ),
        {"campaign": campaign_id, "voters": list(voters)},
    )
    return {row.voter_id: row.votes_at for row in rows}
