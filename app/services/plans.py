"""Plans: makes them, keeps them, sketches what a change would bring, applies advice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.ramp import RampRule
from app.domain.report import Report
from app.store.engine import Sessions
from app.store.plans import Plan


@dataclass(frozen=True)
class Made:
    """A plan as it was made."""

    id: int
    made_at: datetime
    why: tuple[str, ...]
    solver: str
    seconds: float
    report: Report


class PlanRefused(ValueError):
    """A change that makes no plan: which input, why, and what would make it feasible."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(problems.values()))


def latest(session: Session, campaign_id: int) -> Made | None:
    """The plan in force; None before the first."""
    row = session.scalars(
        select(Plan).where(Plan.campaign_id == campaign_id).order_by(Plan.id.desc()).limit(1)
    ).first()
    return None if row is None else _made(row)


def history(session: Session, campaign_id: int, most: int = 20) -> list[Made]:
    """The last plans, newest first."""
    rows = session.scalars(
        select(Plan).where(Plan.campaign_id == campaign_id).order_by(Plan.id.desc()).limit(most)
    )
    return [_made(row) for row in rows]


def _made(row: Plan) -> Made:
    report = Report.from_json(row.report)
    return Made(row.id, row.made_at, tuple(row.why), row.solver, row.seconds, report)


def make_plan(
    sessions: Sessions, campaign_id: int, *, now: datetime, wall: datetime, why: tuple[str, ...]
) -> Report:
    """Makes the campaign's plan from now on, and stores it with its report."""
    raise NotImplementedError


def sketch(
    sessions: Sessions, campaign_id: int, ramps: Mapping[Channel, RampRule], *, now: datetime
) -> Report:
    """What the plan would be with these ramps: a coarser program, and nothing is stored.

    Raises PlanRefused.
    """
    raise NotImplementedError


def ramps_of(session: Session, campaign_id: int) -> dict[Channel, RampRule]:
    """The campaign's ramps as they stand."""
    raise NotImplementedError


def set_ramps(
    sessions: Sessions,
    campaign_id: int,
    ramps: Mapping[Channel, RampRule],
    *,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> Report:
    """Stores the ramps and makes the plan anew; raises PlanRefused."""
    raise NotImplementedError


def apply_advice(
    sessions: Sessions,
    campaign_id: int,
    plan_id: int,
    place: int,
    *,
    by: int | None,
    now: datetime,
    wall: datetime,
) -> str:
    """Does what the advice at this place of a plan's list says and makes the plan anew.

    Returns what was done, in words. Raises PlanRefused when the plan is no longer in force or
    when only people can do it.
    """
    raise NotImplementedError
