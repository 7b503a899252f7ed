"""Incidents: what went wrong in a campaign's outreach, since when, and who was told."""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Serial


class Incident(Base):
    """Something that is wrong; at most one of a kind is open for a subject of a campaign."""

    __tablename__ = "incidents"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[str]  # app.domain.lookout.Kind
    subject: Mapped[str] = mapped_column(server_default="")  # sender:3, channel:text, worker:…
    cause: Mapped[str] = mapped_column(server_default="")  # app.domain.lookout.Cause
    said: Mapped[str]  # what is wrong and what is done about it, for an organizer
    since: Mapped[Instant]  # campaign time of the last sign that all was well
    opened_at: Mapped[Instant]  # campaign time
    closed_at: Mapped[Instant | None]  # campaign time
    opened_wall: Mapped[Instant]  # machine time
    timeline: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    # [{"at": ISO campaign time, "said": …}, …]

    __table_args__ = (
        Index(
            "uq_incidents_open",
            "campaign_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_incidents_campaign_time", "campaign_id", "opened_at"),
    )


class AlertRoute(Base):
    """Where alerts of a campaign go, besides its organizers' own email addresses."""

    __tablename__ = "alert_routes"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    kind: Mapped[str]  # text | email | webhook
    address: Mapped[str]  # E.164, email or https://…
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]

    __table_args__ = (UniqueConstraint("campaign_id", "kind", "address"),)


class Alert(Base):
    """One message about an incident to one address: told once, tried until it has gone out."""

    __tablename__ = "alerts"

    id: Mapped[Serial]
    incident_id: Mapped[Big] = mapped_column(ForeignKey("incidents.id", ondelete="CASCADE"))
    event: Mapped[str]  # opened | recovered
    kind: Mapped[str]  # text | email | webhook
    address: Mapped[str]
    said: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="ready")  # ready | sent | failed | dropped
    tries: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[Instant]  # machine time; moved on by a lease, and by each failure
    problem: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        UniqueConstraint("incident_id", "event", "kind", "address"),
        Index("ix_alerts_due", "due_at", postgresql_where=text("state = 'ready'")),
    )
