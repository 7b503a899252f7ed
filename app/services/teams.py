"""Teams: volunteers of a campaign with somebody who leads them, books them and writes to them."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.notice import Kind, What, not_at_night, say, tongue_of
from app.services.notices import draft
from app.services.roles import RANKS, give_role, rank
from app.store import notices, teams
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.people import AuditEntry, Team, User

LONGEST_NAME, LONGEST_WORDS = 80, 400
HELPS_FOR = timedelta(hours=12)
"""So long after it was written a message to a team is still sent."""


class TeamRefused(ValueError):
    """What cannot be; `field` is name, lead, person or words, `code` says why: no name, taken,
    nobody, elsewhere, off, watcher, no words, long, paused."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(code)
        self.field, self.code = field, code


def add_team(sessions: Sessions, campaign_id: int, name: str, *, by: int, wall: datetime) -> int:
    """Makes a team and returns its id; raises TeamRefused."""
    words = _name(name)
    try:
        with sessions.begin() as session:
            team = Team(campaign_id=campaign_id, name=words, created_at=wall)
            session.add(team)
            session.flush()
            session.add(_entry(team, "team added", {"name": words}, by, wall))
            return team.id
    except IntegrityError as error:
        raise TeamRefused("name", "taken") from error


def rename(sessions: Sessions, team_id: int, name: str, *, by: int, wall: datetime) -> None:
    """Gives a team another name; raises TeamRefused."""
    words = _name(name)
    try:
        with sessions.begin() as session:
            team = _locked(session, team_id)
            if team.name != words:
                details: dict[str, object] = {"from": team.name, "name": words}
                team.name = words
                session.add(_entry(team, "team renamed", details, by, wall))
    except IntegrityError as error:
        raise TeamRefused("name", "taken") from error


@patiently
def remove_team(sessions: Sessions, team_id: int, *, by: int, wall: datetime) -> bool:
    """Takes a team apart; its people stay with the campaign. False if it was gone."""
    with sessions.begin() as session:
        team = session.get(Team, team_id)
        if team is None:
            return False
        session.add(_entry(team, "team removed", {"name": team.name}, by, wall))
        session.execute(update(User).where(User.team_id == team_id).values(team_id=None))
        session.execute(delete(Team).where(Team.id == team_id))
        return True


@patiently
def set_lead(
    sessions: Sessions, team_id: int, user_id: int | None, *, by: int, wall: datetime
) -> None:
    """Says who leads a team; None: nobody. A volunteer becomes a team lead by it. Raises
    TeamRefused."""
    with sessions.begin() as session:
        team = _locked(session, team_id)
        if team.lead_id == user_id:
            return
        if user_id is not None:
            person = _person(session, team, user_id)
            if rank(person.roles) < RANKS["team_lead"]:
                give_role(session, person, "team_lead", by=by, wall=wall)
            person.team_id = team.id
        team.lead_id = user_id
        session.add(_entry(team, "team lead set", {"person": user_id}, by, wall))


@patiently
def add_member(sessions: Sessions, team_id: int, user_id: int, *, by: int, wall: datetime) -> str:
    """Takes somebody into a team, out of any other; returns their name. Raises TeamRefused."""
    with sessions.begin() as session:
        team = _locked(session, team_id)
        person = _person(session, team, user_id)
        if person.team_id != team.id:
            person.team_id = team.id
            session.add(_entry(team, "joined a team", {"person": person.id}, by, wall))
        return person.name


@patiently
def remove_member(
    sessions: Sessions, team_id: int, user_id: int, *, by: int, wall: datetime
) -> None:
    """Takes somebody out of a team, and from its lead if they lead it; twice is once."""
    with sessions.begin() as session:
        team = _locked(session, team_id)
        changed = session.execute(
            update(User)
            .where(User.id == user_id, User.team_id == team_id)
            .values(team_id=None)
            .returning(User.id)
        ).first()
        if team.lead_id == user_id:
            team.lead_id = None
        if changed is not None:
            session.add(_entry(team, "left a team", {"person": user_id}, by, wall))


@patiently
def write_to(
    sessions: Sessions,
    team_id: int,
    words: str,
    key: str,
    *,
    to: int | None,
    by: int,
    now: datetime,
    wall: datetime,
) -> int:
    """Writes to one member or to all but oneself; returns to how many. `key` is the form's own, so
    that what is sent twice goes once. Raises TeamRefused."""
    said = " ".join(words.split())
    if not said:
        raise TeamRefused("words", "no words")
    if len(said) > LONGEST_WORDS:
        raise TeamRefused("words", "long")
    with sessions.begin() as session:
        team = _locked(session, team_id)
        campaign = session.get_one(Campaign, team.campaign_id)
        if not _runs(campaign, now):
            raise TeamRefused("words", "paused")
        writer = session.get_one(User, by)
        people = teams.to_write_to(session, team.campaign_id, team.id, by, to)
        drafts = [_draft(one, campaign, writer.name, said, key, now) for one in people]
        made = notices.add(session, campaign.id, drafts, now)
        if made:
            details = {"people": made, "words": said, "person": to}
            session.add(_entry(team, "team written to", details, by, wall))
        return made


def _draft(
    to: notices.Person, campaign: Campaign, writer: str, words: str, key: str, now: datetime
) -> notices.Draft:
    due = not_at_night(now, campaign.zone)
    tongue = tongue_of(to.tongue, to.languages)
    said = say(What.WRITTEN, tongue, campaign=campaign.name, name=writer, words=words)
    return draft(
        to,
        Kind.WRITTEN,
        f"written:{key}:{to.user_id}",
        said,
        due_at=due,
        expires_at=due + HELPS_FOR,
    )


def _runs(campaign: Campaign, now: datetime) -> bool:
    if campaign.state == "paused":
        return campaign.paused_until is not None and campaign.paused_until <= now
    return campaign.state == "running"


def _name(raw: str) -> str:
    name = " ".join(raw.split())[:LONGEST_NAME]
    if not name:
        raise TeamRefused("name", "no name")
    return name


def _locked(session: Session, team_id: int) -> Team:
    return session.scalars(select(Team).where(Team.id == team_id).with_for_update()).one()


def _person(session: Session, team: Team, user_id: int) -> User:
    person = session.scalar(select(User).where(User.id == user_id).with_for_update())
    if person is None:
        raise TeamRefused("person", "nobody")
    if not person.active:
        raise TeamRefused("person", "off")
    if person.campaign_id != team.campaign_id:
        raise TeamRefused("person", "elsewhere")
    if any(role.name == "poll_watcher" for role in person.roles):
        raise TeamRefused("person", "watcher")
    return person


def _entry(
    team: Team, action: str, details: dict[str, object], by: int, wall: datetime
) -> AuditEntry:
    told = {"campaign": team.campaign_id, **details}
    return AuditEntry(at=wall, user_id=by, action=action, subject=f"team:{team.id}", details=told)
