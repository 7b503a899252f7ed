"""Invitations: links by which people join a campaign in a role, and perhaps a shift of it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.sign_in import Login, read_login
from app.services.people import BY_PHONE, BadPerson, NewPerson, add_in, taken
from app.services.roles import RANKS, RoleRefused, give_role, leads_no_more, rank
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry, Invitation, User

INVITED = ("volunteer", "team_lead", "poll_watcher", "organizer")
"""Roles that a link may give. Nobody becomes an admin by a link."""


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
    sessions: Sessions,
    campaign_id: int,
    *,
    by: int,
    uses: int,
    days: int,
    wall: datetime,
    role: str = "volunteer",
) -> str:
    """The token of a new link; only its digest is stored. The role is one of INVITED."""
    if role not in INVITED:
        raise ValueError(f"no link gives the role {role}")
    token = secrets.token_urlsafe(18)
    with sessions.begin() as session:
        session.add(
            Invitation(
                token_hash=_digest(token),
                campaign_id=campaign_id,
                role=role,
                created_by=by,
                created_at=wall,
                expires_at=wall + timedelta(days=days),
                uses_left=uses,
            )
        )
        details = {"campaign": campaign_id, "role": role, "uses": uses, "days": days}
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


def role_behind(session: Session, token: str) -> str:
    """The role that a link gives; empty for a link that we never made."""
    found = select(Invitation.role).where(Invitation.token_hash == _digest(token))
    return session.scalar(found) or ""


def campaign_behind(session: Session, token: str) -> int | None:
    """The campaign of a link, be it used up or not; None for a link that we never made."""
    found = select(Invitation.campaign_id).where(Invitation.token_hash == _digest(token))
    return session.scalar(found)


def join(sessions: Sessions, token: str, who: Joining, *, country: str, wall: datetime) -> int:
    """Use a link once: the id of whoever joined. Raises DeadInvitation or BadPerson.

    A use and its account are one transaction: an account that cannot be made costs no use.
    """
    try:
        with sessions.begin() as session:
            campaign_id, role = _use(session, token, wall)
            return int(add_in(session, _person(who, campaign_id, role, country, wall), wall).id)
    except IntegrityError as error:
        raise taken(who.address) from error


def move_over(sessions: Sessions, token: str, user_id: int, *, wall: datetime) -> None:
    """Use a link once for somebody who has an account: from now on they are of its campaign, and
    have its role if that is above theirs, or a volunteer becomes a poll watcher.

    Costs no use for whoever has all that. Raises DeadInvitation, or RoleRefused for a link to
    organizers that an account without an email opens.
    """
    with sessions.begin() as session:
        person = session.scalars(select(User).where(User.id == user_id).with_for_update()).one()
        role = role_behind(session, token)
        rises = _rises(person, role)
        mine = person.campaign_id
        if mine is not None and mine == campaign_behind(session, token) and not rises:
            return
        person.campaign_id, role = _use(session, token, wall)
        if mine != person.campaign_id:
            person.team_id = None
            leads_no_more(session, person.id)
            session.add(_moved(person, wall))
        if rises:
            give_role(session, person, role, by=user_id, wall=wall)


def _rises(person: User, role: str) -> bool:
    """Whether a link of this role gives them another than they have."""
    has = rank(person.roles)
    watches = role == "poll_watcher" and has <= RANKS["volunteer"]
    other = [one.name for one in person.roles] != [role]
    rises = RANKS.get(role, 0) > has or (watches and other)
    if rises and role not in BY_PHONE and person.email is None:
        raise RoleRefused("no email")
    return rises


def _moved(person: User, wall: datetime) -> AuditEntry:
    details = {"campaign": person.campaign_id}
    subject = f"user:{person.id}"
    action = "joined another campaign"
    return AuditEntry(at=wall, user_id=person.id, action=action, subject=subject, details=details)


def take_back(
    sessions: Sessions, invitation_id: int, *, by: int, my_rank: int, wall: datetime
) -> bool:
    """Ends a link: from now on it lets nobody in. False if it was gone, or is for a role above the
    rank of whoever asks. Who has joined stays."""
    mine = [role for role in INVITED if RANKS[role] <= my_rank]
    with sessions.begin() as session:
        row = session.execute(
            delete(Invitation)
            .where(Invitation.id == invitation_id, Invitation.role.in_(mine))
            .returning(Invitation.campaign_id, Invitation.role, Invitation.uses_left)
        ).first()
        if row is None:
            return False
        details = {"campaign": row.campaign_id, "role": row.role, "uses": row.uses_left}
        entry = AuditEntry(
            at=wall,
            user_id=by,
            action="invitation taken back",
            subject=f"invitation:{invitation_id}",
            details=details,
        )
        session.add(entry)
        return True


@dataclass(frozen=True)
class Live:
    """A link that can still be used."""

    id: int
    campaign: str
    role: str
    uses_left: int
    expires_at: datetime  # machine time, as the next
    made_at: datetime
    made_by: str
    zone: str  # of the campaign

    @property
    def last_day(self) -> date:
        """Until when it can be used, on the campaign's clock."""
        return self.expires_at.astimezone(ZoneInfo(self.zone)).date()


def live_links(session: Session, *, wall: datetime, most: int = 50) -> list[Live]:
    """The links that can still be used, the newest first."""
    rows = session.execute(
        select(Invitation, Campaign.name, Campaign.zone, User.name)
        .join(Campaign, Campaign.id == Invitation.campaign_id)
        .outerjoin(User, User.id == Invitation.created_by)
        .where(Invitation.expires_at > wall, Invitation.uses_left > 0)
        .order_by(Invitation.id.desc())
        .limit(most)
    )
    return [
        Live(
            *(one.id, campaign, one.role, one.uses_left, one.expires_at, one.created_at),
            made_by=by or "",
            zone=zone,
        )
        for one, campaign, zone, by in rows
    ]


def _person(who: Joining, campaign_id: int, role: str, country: str, wall: datetime) -> NewPerson:
    """The account as it is made; raises BadPerson with all that is to be mended."""
    login = read_login(who.address, country)
    faults = _faults(who, login, role)
    if faults:
        faults[0].others = tuple(faults[1:])
        raise faults[0]
    assert login is not None
    texts = login.channel is Channel.TEXT
    return NewPerson(
        email="" if texts else login.address,
        phone=login.address if texts else None,
        name=who.name,
        role=role,
        campaign_id=campaign_id,
        languages=who.languages,
        agreed_at=wall,
        tongue=who.tongue,
    )


def _faults(who: Joining, login: Login | None, role: str) -> list[BadPerson]:
    found, shown = [], who.address.strip()[:60]
    if not who.name.strip():
        words = "Write a name, so that others know who this is."
        found.append(BadPerson("name", words, "no name"))
    if login is None:
        words = f"“{shown}” is neither a phone number with area code nor an email address."
        found.append(BadPerson("address", words, "no login", shown))
    elif role not in BY_PHONE and login.channel is Channel.TEXT:
        words = "Organizers sign in by email. Write your email address."
        found.append(BadPerson("address", words, "no email"))
    if not who.languages:
        words = "Tick the languages you can talk with voters in."
        found.append(BadPerson("languages", words, "no language"))
    if not who.agrees:
        words = "Read the rules and tick the box: nobody calls voters without them."
        found.append(BadPerson("conduct", words, "no consent"))
    return found


def _use(session: Session, token: str, wall: datetime) -> tuple[int, str]:
    used = session.execute(
        update(Invitation)
        .where(
            Invitation.token_hash == _digest(token),
            Invitation.uses_left > 0,
            Invitation.expires_at > wall,
        )
        .values(uses_left=Invitation.uses_left - 1)
        .returning(Invitation.campaign_id, Invitation.role)
    ).first()
    if used is None:
        found = session.scalar(select(Invitation).where(Invitation.token_hash == _digest(token)))
        _alive(found, wall)
        raise DeadInvitation(
            "used", "This invitation was just used up. Ask your organizer for a new one."
        )
    return used.campaign_id, used.role


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
