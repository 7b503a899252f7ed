"""What came back over HTTP, and what people wish: callbacks, replies, opt-outs, consents."""

from datetime import date
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Big, Instant, Json, Serial


class Callback(Base):
    """A status callback as it came, once for each message and state."""

    __tablename__ = "callbacks"

    id: Mapped[Serial]
    attempt_id: Mapped[UUID]
    sid: Mapped[str]
    status: Mapped[str]
    error_code: Mapped[int | None]
    payload: Mapped[Json]
    received_at: Mapped[Instant]
    verdict: Mapped[str] = mapped_column(server_default="")  # applied | stale | unknown attempt

    __table_args__ = (UniqueConstraint("sid", "status"),)


class Inbound(Base):
    """A text that a person sent to one of our numbers."""

    __tablename__ = "inbound"

    id: Mapped[Serial]
    sid: Mapped[str] = mapped_column(unique=True)
    from_address: Mapped[str]
    to_address: Mapped[str]
    body: Mapped[str]
    meaning: Mapped[str]  # app.domain.reply.Meaning
    campaign_id: Mapped[Big | None]
    voter_id: Mapped[Big | None]
    received_at: Mapped[Instant]
    handled_at: Mapped[Instant | None]
    handled_by: Mapped[Big | None]

    __table_args__ = (
        Index("ix_inbound_waiting", "received_at", postgresql_where=text("handled_at IS NULL")),
        Index("ix_inbound_from", "from_address"),
    )


class OptOut(Base):
    """A person's wish, kept by address so that no import can undo it."""

    __tablename__ = "opt_outs"

    address: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)  # text | call | email
    source: Mapped[str]  # reply | call | unsubscribe | carrier | organizer | list
    words: Mapped[str] = mapped_column(server_default="")
    opted_out_at: Mapped[Instant]
    confirmed_at: Mapped[Instant | None]  # the one confirmation, when it was answered


class DeadAddress(Base):
    """A phone or email that cannot be reached on a channel, with the carrier's or caller's word."""

    __tablename__ = "dead_addresses"

    address: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    found_at: Mapped[Instant]


class Consent(Base):
    """A person's prior consent to automated contact at an address."""

    __tablename__ = "consents"

    address: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    basis: Mapped[str]
    source: Mapped[str]
    given_on: Mapped[date]
