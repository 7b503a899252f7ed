"""Accounts: users, their roles, the links that invite them, and what they did."""

from typing import Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.store.base import Base, Big, Instant, Json, Serial, Strings


class RoleUser(Base):
    """Which user has which role."""

    __tablename__ = "roles_users"

    user_id: Mapped[Big] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[Big] = mapped_column(
        ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True
    )


class Role(Base, RoleMixin):
    """What an account may do; see ROLES."""

    __tablename__ = "roles"

    id: Mapped[Serial]
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(server_default="")
    permissions: Mapped[Strings | None]


class User(Base, UserMixin):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[Serial]
    email: Mapped[str | None] = mapped_column(unique=True)  # type: ignore[assignment]  # or a phone
    name: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str | None]  # E.164
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    languages: Mapped[Strings] = mapped_column(server_default="{en}")
    campaign_id: Mapped[Big | None] = mapped_column(ForeignKey("campaigns.id", ondelete="SET NULL"))
    created_at: Mapped[Instant | None]
    tongue: Mapped[str] = mapped_column(server_default="")  # of the pages; empty: the browser's
    conduct_at: Mapped[Instant | None]  # when the rules of conduct were agreed to
    toured_at: Mapped[Instant | None]  # when the tour was taken or passed over
    team_id: Mapped[Big | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary="roles_users", lazy="selectin"
    )

    __table_args__ = (
        Index("ix_users_phone", "phone", postgresql_where=text("phone IS NOT NULL")),
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="ck_users_reachable"),
    )


class Team(Base):
    """Volunteers of one campaign with somebody who leads them."""

    __tablename__ = "teams"

    id: Mapped[Serial]
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    name: Mapped[str]
    lead_id: Mapped[Big | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL", use_alter=True)
    )
    created_at: Mapped[Instant]

    __table_args__ = (UniqueConstraint("campaign_id", "name"),)


class WatchedPrecinct(Base):
    """A precinct whose polling place a poll watcher stands at."""

    __tablename__ = "watched_precincts"

    user_id: Mapped[Big] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    campaign_id: Mapped[Big] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[str] = mapped_column(primary_key=True)  # as in precincts
    county: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class SignInCode(Base):
    """A code sent by text or email that signs a person in once; the code itself is not stored."""

    __tablename__ = "sign_in_codes"

    id: Mapped[Serial]
    user_id: Mapped[Big] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    sent_to: Mapped[str]  # phone or email
    created_at: Mapped[Instant]  # machine time, as the next two
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    tries_left: Mapped[int] = mapped_column(server_default="5")


class Invitation(Base):
    """A link by which volunteers join a campaign; the token itself is not stored."""

    __tablename__ = "invitations"

    id: Mapped[Serial]
    token_hash: Mapped[str] = mapped_column(unique=True)
    campaign_id: Mapped[Big] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(server_default="volunteer")
    created_by: Mapped[Big | None]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    uses_left: Mapped[int]


class AuditEntry(Base):
    """Who did what, when, to what. A trigger keeps every entry as it was written."""

    __tablename__ = "audit"

    id: Mapped[Serial]
    at: Mapped[Instant]
    user_id: Mapped[Big | None]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    details: Mapped[Json] = mapped_column(server_default="{}")

    __table_args__ = (
        Index("ix_audit_subject", "subject"),
        Index("ix_audit_at", "at"),
        Index("ix_audit_user", "user_id", "at"),
    )


ROLES: dict[str, Any] = {
    "admin": "accounts, audit and settings",
    "organizer": "sets up and runs campaigns",
    "team_lead": "calls voters and looks after a team",
    "volunteer": "calls voters",
    "poll_watcher": "strikes who has voted at a polling place",
}
