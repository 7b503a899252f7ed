"""Targets, touches and attempts: whom we work on, what is meant, what was tried."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channel import Channel
from app.domain.touch import OPEN, PENDING, AttemptState, TouchState
from app.store.base import Base, Big, Instant, Json, Money, Serial, by_value


def _in(states: frozenset[TouchState]) -> str:
    return ", ".join(f"'{state.value}'" for state in sorted(states))


def _found_by(channel: Channel) -> Index:
    """The index in whose order the pacer finds whom to try on a channel."""
    name = channel.value
    open_ = f"out = '' AND no_{name}s = '' AND arm = 'treated' AND voted_at IS NULL AND can_{name}"
    order = ("campaign_id", f"{name}s", text("value DESC"), "voter_id")
    return Index(f"ix_targets_to_{name}", *order, postgresql_where=text(open_))


class Target(Base):
    """One voter in one campaign, with what the pacer asks of them in one place."""

    __tablename__ = "targets"

    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    voter_id: Mapped[Big] = mapped_column(
        ForeignKey("voters.id", ondelete="CASCADE"), primary_key=True
    )
    household_id: Mapped[Big]
    place: Mapped[str]  # as in domain/place.py; equal places share their hours
    value: Mapped[float] = mapped_column(server_default="0")  # higher is tried sooner
    arm: Mapped[str] = mapped_column(server_default="treated")  # or holdout
    out: Mapped[str] = mapped_column(server_default="")  # why nobody may try any more; empty = may
    no_calls: Mapped[str] = mapped_column(server_default="")  # why not by this channel
    no_texts: Mapped[str] = mapped_column(server_default="")
    no_emails: Mapped[str] = mapped_column(server_default="")
    language: Mapped[str] = mapped_column(server_default="")  # a call needs a speaker of it
    calls: Mapped[int] = mapped_column(server_default="0")  # attempts so far
    texts: Mapped[int] = mapped_column(server_default="0")
    emails: Mapped[int] = mapped_column(server_default="0")
    next_call_at: Mapped[Instant | None]  # not before; empty = at any time
    next_text_at: Mapped[Instant | None]
    next_email_at: Mapped[Instant | None]
    last_attempt_at: Mapped[Instant | None]
    voted_at: Mapped[Instant | None]
    phase_id: Mapped[int | None] = mapped_column(BigInteger)  # whose people are tried first
    phase_base: Mapped[int] = mapped_column(server_default="0")  # tries that do not count in it
    can_call: Mapped[bool] = mapped_column(server_default="true")  # false: see store.reach_marks
    can_text: Mapped[bool] = mapped_column(server_default="true")
    can_email: Mapped[bool] = mapped_column(server_default="true")

    __table_args__ = (
        Index("ix_targets_voter_id", "voter_id"),
        Index(
            "ix_targets_phase_turn",
            "campaign_id",
            "phase_id",
            text("(calls + texts + emails - phase_base)"),
            text("value DESC"),
            "voter_id",
            postgresql_where=text("phase_id IS NOT NULL"),
        ),
        Index("ix_targets_place", "campaign_id", "place"),
        Index("ix_targets_household", "campaign_id", "household_id"),
        *(_found_by(channel) for channel in Channel),
    )


class Touch(Base):
    """One contact that is meant to be made. The table is the queue."""

    __tablename__ = "touches"

    id: Mapped[Serial]
    campaign_id: Mapped[Big]
    voter_id: Mapped[Big]
    household_id: Mapped[Big]
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    purpose: Mapped[str] = mapped_column(server_default="ramp")  # app.domain.purpose
    state: Mapped[TouchState] = mapped_column(by_value(TouchState))
    reason: Mapped[str] = mapped_column(server_default="")  # why skipped, expired, canceled
    address: Mapped[str]  # phone or email at release
    value: Mapped[float] = mapped_column(server_default="0")
    due_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    held: Mapped[Money] = mapped_column(server_default="0")  # money reserved at release
    claimed_by: Mapped[str] = mapped_column(server_default="")  # worker:… or user:…
    lease_until: Mapped[Instant | None]  # machine time
    fence: Mapped[int] = mapped_column(server_default="0")  # one more at each claim
    tries: Mapped[int] = mapped_column(server_default="0")  # attempts made for this touch
    sender_id: Mapped[Big | None]  # the only sender that may send it; empty: any
    tapped_by: Mapped[Big | None]  # the volunteer whose tap sends it; see domain.purpose
    released_at: Mapped[Instant]
    settled_at: Mapped[Instant | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "voter_id"],
            ["targets.campaign_id", "targets.voter_id"],
            ondelete="CASCADE",
        ),
        # One open touch a voter and channel: a second release of the same cannot happen.
        Index(
            "uq_touches_open",
            "campaign_id",
            "voter_id",
            "channel",
            unique=True,
            postgresql_where=text(f"state IN ({_in(OPEN)})"),
        ),
        # One open call a household: two volunteers never ring the same door.
        Index(
            "uq_touches_open_call",
            "campaign_id",
            "household_id",
            unique=True,
            postgresql_where=text(f"channel = 'call' AND state IN ({_in(OPEN)})"),
        ),
        Index(
            "ix_touches_ready",
            "campaign_id",
            "channel",
            "due_at",
            postgresql_where=text("state = 'ready'"),
        ),
        Index(  # the order in which calls are handed out
            "ix_touches_calls",
            "campaign_id",
            text("(purpose = 'callback') DESC"),
            text("value DESC"),
            "id",
            postgresql_where=text("state = 'ready' AND channel = 'call'"),
        ),
        Index(  # which call somebody has
            "ix_touches_held",
            "claimed_by",
            postgresql_where=text("channel = 'call' AND state IN ('claimed', 'attempting')"),
        ),
        Index(
            "ix_touches_leased",
            "lease_until",
            postgresql_where=text("state IN ('claimed', 'attempting', 'unknown')"),
        ),
        Index(
            "ix_touches_expiring",
            "expires_at",
            postgresql_where=text(f"state IN ({_in(PENDING)})"),
        ),
        Index(
            "ix_touches_address",
            "address",
            postgresql_where=text(f"state IN ({_in(PENDING)})"),
        ),
        Index("ix_touches_voter", "voter_id", "campaign_id"),
        Index(
            "ix_touches_purpose",
            "campaign_id",
            "purpose",
            "voter_id",
            postgresql_where=text("purpose <> 'ramp'"),
        ),
    )


class Attempt(Base):
    """One actual try, committed before the network is touched."""

    __tablename__ = "attempts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    touch_id: Mapped[Big] = mapped_column(ForeignKey("touches.id", ondelete="CASCADE"), index=True)
    campaign_id: Mapped[Big]
    voter_id: Mapped[Big]
    channel: Mapped[Channel] = mapped_column(by_value(Channel))
    address: Mapped[str]
    sender_id: Mapped[Big | None]
    user_id: Mapped[Big | None]  # the volunteer, for calls and for texts sent by hand
    state: Mapped[AttemptState] = mapped_column(by_value(AttemptState))
    attempted_at: Mapped[Instant]  # campaign time
    handed_at: Mapped[Instant]  # machine time, to compare with the carrier's own
    settled_at: Mapped[Instant | None]
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str] = mapped_column(server_default="")  # what was sent stays readable
    sid: Mapped[str | None]
    segments: Mapped[int] = mapped_column(server_default="0")
    price: Mapped[Money | None]  # as the carrier reported it
    held: Mapped[Money] = mapped_column(server_default="0")
    error_code: Mapped[int | None]
    disposition: Mapped[str] = mapped_column(server_default="")
    note: Mapped[str] = mapped_column(server_default="")
    looks: Mapped[int] = mapped_column(SmallInteger, server_default="0")  # in vain; look_up.py
    script_id: Mapped[Big | None]  # whose words were said; empty for blasts and what a person wrote
    before: Mapped[Json | None]  # what a call's record changed, for undoing it within seconds

    __table_args__ = (
        Index(
            "ix_attempts_campaign_time",
            "campaign_id",
            "attempted_at",
            postgresql_include=["channel", "state"],
        ),
        Index(
            "ix_attempts_user",
            "user_id",
            "attempted_at",
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        Index("ix_attempts_voter", "voter_id", "campaign_id", "attempted_at"),
        Index("ix_attempts_address", "address", "attempted_at"),
        Index(  # what may be forgotten soon
            "ix_attempts_before",
            "handed_at",
            postgresql_where=text("before IS NOT NULL AND NOT before ? 'undone'"),
        ),
        Index("uq_attempts_sid", "sid", unique=True, postgresql_where=text("sid IS NOT NULL")),
        Index(
            "ix_attempts_unsettled",
            "handed_at",
            postgresql_where=text("state IN ('attempting', 'unknown')"),
        ),
        Index(
            "ix_attempts_unpriced",
            "handed_at",
            postgresql_where=text("channel = 'text' AND price IS NULL AND sid IS NOT NULL"),
        ),
    )
