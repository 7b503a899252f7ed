"""What organizers changed of the rules and of the model, with who and why."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.rule import RuleKind
from app.store.base import Base, Big, Instant, Json, Serial, by_value


class RuleChange(Base):
    """One change to a campaign's hours; it holds until it is taken back. See domain.rule."""

    __tablename__ = "rule_changes"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[RuleKind] = mapped_column(by_value(RuleKind))
    scope: Mapped[str] = mapped_column(server_default="")  # state or country; empty: everywhere
    value: Mapped[Json]
    note: Mapped[str]  # why; never empty
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    made_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]  # taken back
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_rule_changes_campaign", "campaign_id"),)


class ChangedFigure(Base):
    """A figure of the model that an organizer set for a campaign. See domain.figure."""

    __tablename__ = "changed_figures"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]
    note: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    made_at: Mapped[Instant]


class LearnedFigure(Base):
    """A figure as the campaign's own records have it, weighed with the default."""

    __tablename__ = "learned_figures"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]
    seen: Mapped[int]  # from how many attempts, hours or shifts
    learned_at: Mapped[Instant]
