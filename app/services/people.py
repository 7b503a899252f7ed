"""Accounts and the links that invite volunteers. Accounts live in machine time."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from app.store.campaigns import Campaign
from app.store.people import ROLES, AuditEntry, Invitation, Role, User

Sessions = sessionmaker[Session]

LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "zh": "Chinese",
    "vi": "Vietnamese",
    "tl": "Tagalog",
    "ko": "Korean",
    "ar": "Arabic",
    "fr": "French",
    "ht": "Haitian Creole",
    "pt": "Portuguese",
    "ru": "Russian",
    "hi": "Hindi",
    "so": "Somali",
}
"""Languages by ISO code that voters may need and volunteers may speak; the commonest first."""


class BadPerson(Exception):
    """An account cannot be made like this; `field` is email, name, role, campaign or languages."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class DeadInvitation(Exception):
    """A link that lets nobody in; the text says why and what to do."""


@dataclass(frozen=True)
class NewPerson:
    """An account to be made; without a password the person comes in by links."""

    email: str
    name: str
    role: str = "volunteer"
    campaign_id: int | None = None
    password_hash: str | None = None
    languages: tuple[str, ...] = ("en",)


def add_person(sessions: Sessions, person: NewPerson, *, wall: datetime) -> int:
    """Make the account and return its id; raises BadPerson."""
    try:
        with sessions.begin() as session:
            return _add(session, person, wall)
    except IntegrityError as error:
        raise _taken(person.email) from error


def invite(
    sessions: Sessions, campaign_id: int, *, by: int, uses: int, days: int, wall: datetime
) -> str:
    """The token of a new link for volunteers; only its digest is stored."""
    token = secrets.token_urlsafe(18)
    with sessions.begin() as session:
        session.add(
            Invitation(
                token_hash=_digest(token),
                campaign_id=campaign_id,
                created_by=by,
                created_at=wall,
                expires_at=wall + timedelta(days=days),
                uses_left=uses,
            )
        )
        details = {"campaign": campaign_id, "uses": uses, "days": days}
        session.add(AuditEntry(at=wall, user_id=by, action="invited", details=details))
    return token


def campaign_of(session: Session, token: str, *, wall: datetime) -> Campaign:
    """The campaign that a link invites to; raises DeadInvitation."""
    invitation = session.scalar(select(Invitation).where(Invitation.token_hash == _digest(token)))
    _alive(invitation, wall)
    assert invitation is not None
    campaign = session.get(Campaign, invitation.campaign_id)
    assert campaign is not None  # the invitation would be gone with it
    return campaign


def join(
    sessions: Sessions,
    token: str,
    *,
    email: str,
    name: str,
    languages: tuple[str, ...] = ("en",),
    wall: datetime,
) -> int:
    """Use a link once: the id of the new volunteer. Raises DeadInvitation or BadPerson.

    A use and its account are one transaction: an account that cannot be made costs no use.
    """
    try:
        with sessions.begin() as session:
            campaign_id = _use(session, token, wall)
            person = NewPerson(email, name, campaign_id=campaign_id, languages=languages)
            return _add(session, person, wall)
    except IntegrityError as error:
        raise _taken(email) from error


def change_languages(sessions: Sessions, user_id: int, languages: Iterable[str]) -> None:
    """Say which languages a volunteer speaks, for the calls to come; raises BadPerson."""
    spoken = _languages(languages)
    with sessions.begin() as session:
        session.execute(update(User).where(User.id == user_id).values(languages=spoken))


def find_person(session: Session, email: str) -> User | None:
    """The account of an email address, or None."""
    return session.scalar(select(User).where(User.email == email.strip().lower()))


def _use(session: Session, token: str, wall: datetime) -> int:
    campaign_id: int | None = session.scalar(
        update(Invitation)
        .where(
            Invitation.token_hash == _digest(token),
            Invitation.uses_left > 0,
            Invitation.expires_at > wall,
        )
        .values(uses_left=Invitation.uses_left - 1)
        .returning(Invitation.campaign_id)
    )
    if campaign_id is None:
        found = session.scalar(select(Invitation).where(Invitation.token_hash == _digest(token)))
        _alive(found, wall)
        raise DeadInvitation("This invitation was just used up. Ask your organizer for a new one.")
    return campaign_id


def _alive(invitation: Invitation | None, wall: datetime) -> None:
    if invitation is None:
        raise DeadInvitation(
            "We do not know this invitation. The link may be cut off: open it again from the "
            "message it came in, or ask your organizer for a new one."
        )
    if invitation.expires_at <= wall:
        raise DeadInvitation("This invitation has expired. Ask your organizer for a new one.")
    if invitation.uses_left <= 0:
        raise DeadInvitation(
            "Everybody this invitation was made for has joined. Ask your organizer for a new one."
        )


def _add(session: Session, person: NewPerson, wall: datetime) -> int:
    if person.role not in ROLES:
        raise BadPerson("role", f"There is no role {person.role}; use {', '.join(ROLES)}.")
    if person.campaign_id is not None and session.get(Campaign, person.campaign_id) is None:
        raise BadPerson("campaign", f"There is no campaign {person.campaign_id}.")
    name = " ".join(person.name.split())
    if not name:
        raise BadPerson("name", "Write a name, so that others know who this is.")
    user = User(
        email=_email(person.email),
        name=name[:200],
        password=person.password_hash,
        active=True,
        fs_uniquifier=uuid4().hex,
        languages=_languages(person.languages),
        campaign_id=person.campaign_id,
        created_at=wall,
        roles=[_role(session, person.role)],
    )
    session.add(user)
    session.flush()
    user_id: int = user.id
    return user_id


def _languages(codes: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(codes))
    unknown = [code for code in chosen if code not in LANGUAGES]
    if unknown:
        raise BadPerson("languages", f"We know no language {unknown[0]}; use {_listed()}.")
    if not chosen:
        raise BadPerson("languages", "Tick the languages you can talk with voters in.")
    return chosen


def _listed() -> str:
    return ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())


def _email(text: str) -> str:
    try:
        address = validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise BadPerson("email", f"“{text.strip()}” is no email address: {error}") from error
    return address.lower()


def _role(session: Session, name: str) -> Role:
    words = {"name": name, "description": str(ROLES[name])}
    session.execute(insert(Role).values(**words).on_conflict_do_nothing())
    return session.scalars(select(Role).where(Role.name == name)).one()


def _taken(email: str) -> BadPerson:
    return BadPerson(
        "email",
        f"{email.strip()} has an account already. Sign in with it, or ask your organizer for a "
        "sign-in link.",
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def live_invitations(session: Session, *, wall: datetime) -> int:
    """How many links can still be used."""
    alive = select(func.count()).where(Invitation.expires_at > wall, Invitation.uses_left > 0)
    return session.scalar(alive) or 0
