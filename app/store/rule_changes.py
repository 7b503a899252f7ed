"""What organizers changed of the rules and of the model, with who and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from app.domain.channel import Channel
from app.domain.interval import Interval, intersect
from app.domain.rule import RuleKind
from app.store.base import Base, Big, Instant, Json, Serial, by_value
from app.store.people import User

HOUR = timedelta(hours=1)


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


@dataclass(frozen=True)
class Noted:
    """A change with the names of who made it and who took it back; empty: by a program."""

    change: RuleChange
    by: str
    ended_by: str


def changes_of(session: Session, campaign_id: int) -> list[Noted]:
    """All changes of a campaign's rules, those taken back too, oldest first."""
    maker, ender = aliased(User), aliased(User)
    rows = session.execute(
        select(RuleChange, maker.name, ender.name)
        .outerjoin(maker, maker.id == RuleChange.user_id)
        .outerjoin(ender, ender.id == RuleChange.ended_by)
        .where(RuleChange.campaign_id == campaign_id)
        .order_by(RuleChange.id)
    )
    return [Noted(change, by or "", ended_by or "") for change, by, ended_by in rows]


_PLANNED = text("""
    SELECT channel, hour_at, planned FROM plan_hours
     WHERE campaign_id = :campaign AND hour_at > :begin - interval '1 hour' AND hour_at < :end
       AND planned > 0
""")


def planned_in(
    session: Session, campaign_id: int, closing: Mapping[Channel, Sequence[Interval]]
) -> dict[Channel, int]:
    """Attempts planned in these intervals of each channel; hours that lie partly in one count by
    their share."""
    planned: dict[Channel, float] = dict.fromkeys(Channel, 0.0)
    every = [one for intervals in closing.values() for one in intervals]
    if not every:
        return dict.fromkeys(Channel, 0)
    begin, end = min(one[0] for one in every), max(one[1] for one in every)
    facts = {"campaign": campaign_id, "begin": begin, "end": end}
    for name, hour, count in session.execute(_PLANNED, facts):
        channel = Channel(name)
        inside = intersect([(hour, hour + HOUR)], closing.get(channel, ()))
        planned[channel] += count * sum((last - first) / HOUR for first, last in inside)
    return {channel: round(count) for channel, count in planned.items()}


def planned_between(
    session: Session, campaign_id: int, begin: datetime, end: datetime
) -> dict[Channel, int]:
    """Attempts planned from `begin` until before `end`, by channel."""
    return planned_in(session, campaign_id, {channel: [(begin, end)] for channel in Channel})


def precincts_with_hours(session: Session) -> dict[str, int]:
    """State → how many precincts on file have hours of their own."""
    rows = session.execute(
        text(
            "SELECT state, count(*) AS found FROM precincts "
            "WHERE opens IS NOT NULL OR closes IS NOT NULL GROUP BY state"
        )
    )
    return {row.state: row.found for row in rows}
