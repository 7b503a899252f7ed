"""Choices of whom a draft works on, while they are being carried out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.store.base import Base, Big, Instant, Json
from app.store.sql import sql


class Choice(Base):
    """What was asked for last, as long as it is not done; a new wish takes the place of an old."""

    __tablename__ = "universe_choices"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    filter: Mapped[Json]  # a universe; see domain.universe
    asked_by: Mapped[Big | None]
    asked_at: Mapped[Instant]  # campaign time
    progress: Mapped[float] = mapped_column(server_default="0")  # 0 to 1
    problem: Mapped[str] = mapped_column(server_default="")  # a code: why it was refused
    holder: Mapped[str]  # who is at it
    lease_until: Mapped[Instant]  # machine time


_ASK = """
INSERT INTO universe_choices (campaign_id, filter, asked_by, asked_at, holder, lease_until)
VALUES (:campaign, CAST(:filter AS jsonb), :by, :now, :holder, :until)
ON CONFLICT (campaign_id) DO UPDATE SET filter = excluded.filter, asked_by = excluded.asked_by,
    asked_at = excluded.asked_at, progress = 0, problem = '', holder = excluded.holder,
    lease_until = excluded.lease_until
"""


def ask(
    session: Session,
    campaign_id: int,
    filter_: str,
    *,
    by: int | None,
    now: datetime,
    holder: str,
    until: datetime,
) -> None:
    """Writes down what is to be chosen and who will be at it; whoever was at another choice
    notices."""
    binds = {"campaign": campaign_id, "filter": filter_, "by": by, "now": now}
    session.execute(sql(_ASK), {**binds, "holder": holder, "until": until})


_CLAIM = """
UPDATE universe_choices SET holder = :holder, lease_until = :until, progress = 0
WHERE campaign_id = (
    SELECT campaign_id FROM universe_choices
     WHERE problem = '' AND (holder = :holder OR lease_until < :wall)
     ORDER BY holder <> :holder, asked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING campaign_id, filter, asked_by, asked_at
"""


def claim(
    session: Session, holder: str, wall: datetime, until: datetime
) -> tuple[int, Mapping[str, Any], int | None, datetime] | None:
    """Takes one's own choice, or one whose lease is over; campaign, filter, who asked and when."""
    binds = {"holder": holder, "wall": wall, "until": until}
    row = session.execute(sql(_CLAIM), binds).first()
    return (row[0], row[1], row[2], row[3]) if row is not None else None


def advance(
    session: Session, campaign_id: int, holder: str, progress: float, until: datetime
) -> bool:
    """Tells how far a choice is and prolongs its lease; False when it is somebody else's."""
    done = session.execute(
        sql(
            "UPDATE universe_choices SET progress = :progress, lease_until = :until "
            "WHERE campaign_id = :campaign AND holder = :holder"
        ),
        {"campaign": campaign_id, "holder": holder, "progress": progress, "until": until},
    )
    return bool(getattr(done, "rowcount", 0))


def refuse(session: Session, campaign_id: int, holder: str, problem: str) -> None:
    """Notes why a choice cannot be; it stays until another is asked for."""
    session.execute(
        sql(
            "UPDATE universe_choices SET problem = :problem "
            "WHERE campaign_id = :campaign AND holder = :holder"
        ),
        {"campaign": campaign_id, "holder": holder, "problem": problem},
    )


def done(session: Session, campaign_id: int, holder: str) -> bool:
    """Takes a choice off the list; False when it is somebody else's by now."""
    gone = session.execute(
        sql("DELETE FROM universe_choices WHERE campaign_id = :campaign AND holder = :holder"),
        {"campaign": campaign_id, "holder": holder},
    )
    return bool(getattr(gone, "rowcount", 0))


def of(session: Session, campaign_id: int) -> Choice | None:
    """What is being chosen for a campaign, or was refused last."""
    mine = select(Choice).where(Choice.campaign_id == campaign_id)
    return session.scalars(mine.execution_options(populate_existing=True)).one_or_none()
