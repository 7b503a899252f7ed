"""Roles: who may be what, changed by whom; accounts are switched off and on again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.services.people import BY_PHONE
from app.store.engine import Sessions, patiently
from app.store.people import ROLES, AuditEntry, Role, Team, User

RANKS = {"poll_watcher": 1, "volunteer": 1, "team_lead": 2, "organizer": 3, "admin": 4}
"""Nobody gives what is above their own, or changes an account that is not below it."""


class RoleRefused(ValueError):
    """A change that is not to be; `code` is unknown, above, peer, last admin, no email or self."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def rank(roles: Iterable[Role]) -> int:
    """The highest rank of these roles; 0 without any."""
    return max((RANKS.get(role.name, 0) for role in roles), default=0)


@patiently
def change_role(sessions: Sessions, user_id: int, role: str, *, by: int, wall: datetime) -> bool:
    """Gives a person this role instead of theirs; False if they have it. Raises RoleRefused."""
    if role not in RANKS:
        raise RoleRefused("unknown")
    with sessions.begin() as session:
        _one_at_a_time(session)
        actor, person = session.get_one(User, by), session.get_one(User, user_id)
        if [one.name for one in person.roles] == [role]:
            return False
        _may_change(actor, person)
        if RANKS[role] > rank(actor.roles):
            raise RoleRefused("above")
        if RANKS[role] < RANKS["admin"]:
            _keep_an_admin(session, person)
        give_role(session, person, role, by=by, wall=wall)
        return True


@patiently
def switch(sessions: Sessions, user_id: int, *, on: bool, by: int, wall: datetime) -> bool:
    """Switches an account off, which signs it out everywhere, or on; False if it was so.

    Raises RoleRefused.
    """
    with sessions.begin() as session:
        _one_at_a_time(session)
        actor, person = session.get_one(User, by), session.get_one(User, user_id)
        if person.active == on:
            return False
        if person.id == actor.id:
            raise RoleRefused("self")
        _may_change(actor, person)
        if not on:
            _keep_an_admin(session, person)
            person.fs_uniquifier = uuid4().hex
        person.active = on
        action = "account switched on" if on else "account switched off"
        session.add(_entry(person, action, {}, by, wall))
        return True


def note_link(sessions: Sessions, user_id: int, *, by: int, wall: datetime) -> None:
    """Notes in the audit log that somebody was handed a link that signs this person in."""
    with sessions.begin() as session:
        session.add(_entry(session.get_one(User, user_id), "sign-in link made", {}, by, wall))


def give_role(session: Session, person: User, role: str, *, by: int, wall: datetime) -> None:
    """Gives the role in a transaction that goes on; raises RoleRefused for who cannot sign in with
    it: a phone opens no organizer's account. Whoever rises to organizer signs in anew."""
    if role not in BY_PHONE and person.email is None:
        raise RoleRefused("no email")
    before = [one.name for one in person.roles]
    if RANKS[role] >= RANKS["organizer"] and RANKS[role] > rank(person.roles):
        # Whoever made a link for the volunteer that this was does not get the organizer's pages.
        person.fs_uniquifier = uuid4().hex
    person.roles = [role_of(session, role)]
    if role != "team_lead":
        leads_no_more(session, person.id)
    if role == "poll_watcher":
        person.team_id = None
    details = {"from": ", ".join(before), "to": role}
    session.add(_entry(person, "role changed", details, by, wall))


def leads_no_more(session: Session, user_id: int) -> None:
    """Takes every team from whoever leads it."""
    session.execute(update(Team).where(Team.lead_id == user_id).values(lead_id=None))


def role_of(session: Session, name: str) -> Role:
    """The role of this name."""
    found = session.scalars(select(Role).where(Role.name == name)).one_or_none()
    if found is None:
        found = Role(name=name, description=str(ROLES[name]))
        session.add(found)
    return found


def _may_change(actor: User, person: User) -> None:
    """Oneself, and those below; an admin may change other admins."""
    mine, theirs = rank(actor.roles), rank(person.roles)
    if person.id != actor.id and theirs >= mine and mine < RANKS["admin"]:
        raise RoleRefused("peer")


def _keep_an_admin(session: Session, person: User) -> None:
    """Raises RoleRefused for the last admin whose account is on."""
    if rank(person.roles) < RANKS["admin"]:
        return
    others = select(User.id).where(
        User.id != person.id, User.active, User.roles.any(Role.name == "admin")
    )
    if session.scalar(others.limit(1)) is None:
        raise RoleRefused("last admin")


def _one_at_a_time(session: Session) -> None:
    """Two admins who demote each other at once would leave none: changes of roles take turns."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('roles', 0))"))


def _entry(
    person: User, action: str, details: dict[str, str], by: int, wall: datetime
) -> AuditEntry:
    subject = f"user:{person.id}"
    return AuditEntry(at=wall, user_id=by, action=action, subject=subject, details=details)
