"""Polling day: rides to the polls, who drives them, and what goes wrong for voters."""

from datetime import time
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Serial


class Ride(Base):
    """A voter who needs a ride to the polls, and who drives them."""

    __tablename__ = "rides"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    voter_id: Mapped[Big | None]
    name: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")  # E.164
    pick_up: Mapped[str] = mapped_column(server_default="")
    going_to: Mapped[str] = mapped_column(server_default="")  # the polling place
    wanted_at: Mapped[Instant | None]  # empty: at any time
    riders: Mapped[int] = mapped_column(server_default="1")
    needs: Mapped[str] = mapped_column(server_default="")  # wheelchair, child seat, …
    note: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="asked")
    # asked | taken | on_way | done | canceled
    driver_id: Mapped[Big | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    key: Mapped[str | None] = mapped_column(unique=True)  # the client's own: a repeat is known
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    changed_at: Mapped[Instant]

    __table_args__ = (Index("ix_rides_campaign", "campaign_id", "state", "wanted_at"),)


class DriverCar(Base):
    """The car in which somebody drives voters for a campaign, and when they drive."""

    __tablename__ = "driver_cars"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[Big] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )  # whose it is
    seats: Mapped[int] = mapped_column(server_default="4")  # besides the driver's
    wheelchair: Mapped[bool] = mapped_column(server_default="false")
    drives_from: Mapped[time | None]  # on the campaign's clock; empty: from the opening on
    drives_until: Mapped[time | None]  # empty: until the close


class Problem(Base):
    """What goes wrong for a voter, or what they want of an organizer; routed to one person."""

    __tablename__ = "problems"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[str]  # turned_away | long_line | wrong_place | machines | threats | asks | other
    voter_id: Mapped[Big | None]
    attempt_id: Mapped[UUID | None]  # the call in which it was said
    precinct: Mapped[str] = mapped_column(server_default="")  # its code
    place: Mapped[str] = mapped_column(server_default="")  # the polling place, as it was said
    phone: Mapped[str] = mapped_column(server_default="")  # E.164; whom to call back
    said: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")  # open | taken | solved
    assigned_to: Mapped[Big | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    key: Mapped[str | None] = mapped_column(unique=True)  # the client's own: a repeat is known
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    solved_at: Mapped[Instant | None]
    timeline: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    # [{"at": ISO campaign time, "by": user id, "said": …}, …]

    __table_args__ = (Index("ix_problems_campaign", "campaign_id", "state", "created_at"),)
