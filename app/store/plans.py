"""Plans as data: each plan that was made, what it rests on, and who makes the next one."""

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial, Strings


class Plan(Base):
    """One plan as it was made; the hours in force stand in plan_hours."""

    __tablename__ = "plans"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    made_at: Mapped[Instant]  # campaign clock
    why: Mapped[Strings]  # what had changed, in words
    solver: Mapped[str]  # highs | greedy
    seconds: Mapped[float]  # machine time, counting and solving
    report: Mapped[Json]  # see domain.report
    hours: Mapped[Json]  # channel → hour (ISO, UTC) → attempts

    __table_args__ = (Index("ix_plans_campaign", "campaign_id", "id"),)


class PlanState(Base):
    """What the plan in force rests on, and the lease of whoever makes the next one."""

    __tablename__ = "plan_states"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    rests_on: Mapped[Json] = mapped_column(server_default="{}")  # input → its digest
    planned_at: Mapped[Instant | None]  # campaign clock
    planned_on: Mapped[Instant | None]  # machine time, for the pause between two plans
    counted_from: Mapped[Instant | None]  # the hour from which the pacer compares plan and done
    lease_until: Mapped[Instant | None]  # machine time
    holder: Mapped[str] = mapped_column(server_default="")
    problem: Mapped[str] = mapped_column(server_default="")  # why the last try made no plan
    cells: Mapped[list[object]] = mapped_column(JSONB, server_default="[]")  # as last counted
    cells_at: Mapped[Instant | None]


def lock_state(session: Session, campaign_id: int) -> PlanState:
    """The campaign's row, made if there is none, locked until the transaction ends."""
    session.execute(insert(PlanState).values(campaign_id=campaign_id).on_conflict_do_nothing())
    locked = select(PlanState).where(PlanState.campaign_id == campaign_id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def forget_old(session: Session, campaign_id: int, keep: int) -> None:
    """Deletes all plans of a campaign but the last `keep`."""
    session.execute(
        text(
            "DELETE FROM plans WHERE campaign_id = :campaign AND id <= ("
            "SELECT id FROM plans WHERE campaign_id = :campaign "
            "ORDER BY id DESC OFFSET :keep LIMIT 1)"
        ),
        {"campaign": campaign_id, "keep": keep},
    )
