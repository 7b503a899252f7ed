"""Reads for the plan and the shifts: plans that were made, hours, phases, who is booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, cast, func, or_, select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import PlanHour
from app.store.people import User
from app.store.phases import Phase
from app.store.plans import Plan, PlanState
from app.store.shifts import Shift


@dataclass(frozen=True)
class Past:
    """A plan as the list of past plans has it."""

    id: int
    made_at: datetime
    why: tuple[str, ...]
    solver: str
    seconds: float


@dataclass(frozen=True)
class Booked:
    """A shift with the person who has it."""

    id: int
    user_id: int
    name: str
    email: str
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    languages: tuple[str, ...]  # the shift's own, else the person's


def past_plans(session: Session, campaign_id: int, most: int = 20) -> list[Past]:
    """The last plans, newest first, without what they say."""
    rows = session.execute(
        select(Plan.id, Plan.made_at, Plan.why, Plan.solver, Plan.seconds)
        .where(Plan.campaign_id == campaign_id)
        .order_by(Plan.id.desc())
        .limit(most)
    )
    return [Past(row.id, row.made_at, tuple(row.why), row.solver, row.seconds) for row in rows]


def plan_of(session: Session, campaign_id: int, plan_id: int) -> Plan | None:
    """One plan of a campaign, or None."""
    return session.scalar(select(Plan).where(Plan.id == plan_id, Plan.campaign_id == campaign_id))


def made_before(session: Session, campaign_id: int, plan_id: int) -> datetime | None:
    """When the plan before this one was made; None for the first."""
    return session.scalar(
        select(Plan.made_at)
        .where(Plan.campaign_id == campaign_id, Plan.id < plan_id)
        .order_by(Plan.id.desc())
        .limit(1)
    )


def newest(session: Session, campaign_id: int) -> int | None:
    """The number of the plan in force; None before the first."""
    return session.scalar(select(func.max(Plan.id)).where(Plan.campaign_id == campaign_id))


def state_of(session: Session, campaign_id: int) -> PlanState | None:
    """What stands in the way of the next plan, and who makes it now."""
    return session.get(PlanState, campaign_id, populate_existing=True)


def plan_hours(session: Session, campaign_id: int) -> Sequence[PlanHour]:
    """The hours in force, in the order of time and channel."""
    return session.scalars(
        select(PlanHour)
        .where(PlanHour.campaign_id == campaign_id)
        .order_by(PlanHour.hour_at, PlanHour.channel)
    ).all()


def phases(session: Session, campaign_id: int) -> Sequence[Phase]:
    """The campaign's phases in the order in which they begin."""
    return session.scalars(
        select(Phase)
        .where(Phase.campaign_id == campaign_id)
        .order_by(Phase.starts_at, Phase.ends_at, Phase.id)
    ).all()


def shifts(session: Session, campaign_id: int, begin: datetime, end: datetime) -> list[Booked]:
    """The shifts that touch [begin, end), in the order of start, person and channel."""
    rows = session.execute(
        select(Shift, User.name, func.coalesce(User.email, User.phone), User.languages)
        .join(User, User.id == Shift.user_id)
        .where(Shift.campaign_id == campaign_id, Shift.starts_at < end, Shift.ends_at > begin)
        .order_by(Shift.starts_at, Shift.ends_at, func.lower(User.name), Shift.id)
    )
    return [
        Booked(
            shift.id,
            shift.user_id,
            name or address,
            address,
            shift.channel,
            shift.starts_at,
            shift.ends_at,
            tuple(shift.languages or spoken),
        )
        for shift, name, address, spoken in rows
    ]


def shift_starts(session: Session, campaign_id: int) -> list[tuple[Channel, datetime, datetime]]:
    """All shifts of a campaign, without whose they are."""
    rows = session.execute(
        select(Shift.channel, Shift.starts_at, Shift.ends_at)
        .where(Shift.campaign_id == campaign_id)
        .order_by(Shift.starts_at)
    )
    return [(row.channel, row.starts_at, row.ends_at) for row in rows]


def shift_counts(session: Session, campaign_id: int, zone: str) -> dict[date, int]:
    """How many shifts begin on each day of the clock of `zone`."""
    day = cast(func.timezone(zone, Shift.starts_at), Date).label("day")
    rows = session.execute(
        select(day, func.count()).where(Shift.campaign_id == campaign_id).group_by("day")
    )
    return dict(rows.all())


def bookable(session: Session, campaign_id: int) -> Sequence[User]:
    """Whom a shift may be given to: active accounts of this campaign or of none, by name."""
    return session.scalars(
        select(User)
        .where(User.active, or_(User.campaign_id == campaign_id, User.campaign_id.is_(None)))
        .order_by(func.lower(User.name), User.email, User.id)
    ).all()
