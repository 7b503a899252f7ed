"""Invitations: links by which volunteers join a campaign, and perhaps a shift of it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.sign_in import Login, read_login
from app.services.people import BadPerson, NewPerson, add_in, taken
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry, Invitation, User


class DeadInvitation(Exception):
    """A link that lets nobody in; the text says why and what to do, `code` says which of them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Joining:
    """What somebody writes who joins."""

    name: str
    address: str  # phone or email, as typed
    languages: tuple[str, ...]
    agrees: bool  # to the rules of conduct
    tongue: str = ""  # of the pages, if they chose it


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


def campaign_behind(session: Session, token: str) -> int | None:
    """The campaign of a link, be it used up or not; None for a link that we never made."""
    found = select(Invitation.campaign_id).where(Invitation.token_hash == _digest(token))
    return session.scalar(found)


def join(sessions: Sessions, token: str, who: Joining, *, country: str, wall: datetime) -> int:
    """Use a link once: the id of the new volunteer. Raises DeadInvitation or BadPerson.

    A use and its account are one transaction: an account that cannot be made costs no use.
    """
    try:
        with sessions.begin() as session:
            campaign_id = _use(session, token, wall)
            return add_in(session, _volunteer(who, campaign_id, country, wall), wall)
    except IntegrityError as error:
        raise taken(who.address) from error


def move_over(sessions: Sessions, token: str, user_id: int, *, wall: datetime) -> None:
    """Use a link once for a volunteer who has an account: from now on they call for its campaign.

    Costs no use for whoever is in the campaign. Raises DeadInvitation.
    """
    with sessions.begin() as session:
        person = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
        if person.campaign_id is not None and person.campaign_id == campaign_behind(session, token):
            return
        person.campaign_id = _use(session, token, wall)
        details = {"campaign": person.campaign_id}
        session.add(
            AuditEntry(
                at=wall,
                user_id=user_id,
                action="joined another campaign",
                subject=f"user:{user_id}",
                details=details,
            )
        )


def live_invitations(session: Session, *, wall: datetime) -> int:
    """How many links can still be used."""
    alive = select(func.count()).where(Invitation.expires_at > wall, Invitation.uses_left > 0)
    return session.scalar(alive) or 0


def _volunteer(who: Joining, campaign_id: int, country: str, wall: datetime) -> NewPerson:
    """The account as it is made; raises BadPerson with all that is to be mended."""
    login = read_login(who.address, country)
    faults = _faults(who, login)
    if faults:
        faults[0].others = tuple(faults[1:])
        raise faults[0]
    assert login is not None
    texts = login.channel is Channel.TEXT
    return NewPerson(
        email="" if texts else login.address,
        phone=login.address if texts else None,
        name=who.name,
        campaign_id=campaign_id,
        languages=who.languages,
        agreed_at=wall,
        tongue=who.tongue,
    )


def _faults(who: Joining, login: Login | None) -> list[BadPerson]:
    found, shown = [], who.address.strip()[:60]
    if not who.name.strip():
        words = "Write a name, so that others know who this is."
        found.append(BadPerson("name", words, "no name"))
    if login is None:
        words = f"“{shown}” is neither a phone number with area code nor an email address."
        found.append(BadPerson("address", words, "no login", shown))
    if not who.languages:
        words = "Tick the languages you can talk with voters in."
        found.append(BadPerson("languages", words, "no language"))
    if not who.agrees:
        words = "Read the rules and tick the box: nobody calls voters without them."
        found.append(BadPerson("conduct", words, "no consent"))
    return found


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
        raise DeadInvitation(
            "used", "This invitation was just used up. Ask your organizer for a new one."
        )
    return campaign_id


def _alive(invitation: Invitation | None, wall: datetime) -> None:
    if invitation is None:
        raise DeadInvitation(
            "unknown",
            "We do not know this invitation. The link may be cut off: open it again from the "
            "message it came in, or ask your organizer for a new one.",
        )
    if invitation.expires_at <= wall:
        raise DeadInvitation(
            "expired", "This invitation has expired. Ask your organizer for a new one."
        )
    if invitation.uses_left <= 0:
        raise DeadInvitation(
            "used",
            "Everybody this invitation was made for has joined. Ask your organizer for a new one.",
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
