"""Reads for teams: which there are, and a day of one team's people. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import CONTACTS
from app.store.notices import REACHED_BY, Person
from app.store.people import Team
from app.store.sql import sql


@dataclass(frozen=True)
class Line:
    """A team in the list of a campaign's teams."""

    id: int
    name: str
    lead: str  # empty: nobody
    members: int
    on_shift: int
    missed: int  # of those on shift now: nobody came


_TEAMS = """
SELECT t.id, t.name, coalesce(l.name, ''), m.members, m.on_shift, m.missed
FROM teams t LEFT JOIN users l ON l.id = t.lead_id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT u.id) AS members, count(s.id) AS on_shift,
           count(s.id) FILTER (WHERE s.missed_at IS NOT NULL AND s.came_at IS NULL) AS missed
      FROM users u LEFT JOIN shifts s ON s.user_id = u.id AND s.campaign_id = t.campaign_id
           AND s.starts_at <= :now AND s.ends_at > :now
     WHERE u.team_id = t.id) m
WHERE t.campaign_id = :campaign ORDER BY lower(t.name), t.id
"""


def lines(session: Session, campaign_id: int, now: datetime) -> list[Line]:
    """The teams of a campaign, by name; one query."""
    rows = session.execute(sql(_TEAMS), {"campaign": campaign_id, "now": now})
    return [Line(*row) for row in rows]


def team_of(session: Session, campaign_id: int, team_id: int) -> Team | None:
    """One team of a campaign, or None."""
    mine = select(Team).where(Team.id == team_id, Team.campaign_id == campaign_id)
    return session.scalars(mine.execution_options(populate_existing=True)).one_or_none()


def led_by(session: Session, user_id: int) -> Sequence[Team]:
    """The teams that a person leads, by name."""
    return session.scalars(
        select(Team).where(Team.lead_id == user_id).order_by(Team.name, Team.id)
    ).all()


@dataclass(frozen=True)
class Booked:
    """A shift of a member."""

    id: int
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    came_at: datetime | None
    missed_at: datetime | None


@dataclass(frozen=True)
class Member:
    """Somebody of a team, with their day: numbers, and nothing of any voter."""

    id: int
    name: str
    active: bool
    languages: tuple[str, ...]
    calls: int
    conversations: int
    last_at: datetime | None  # of the last call or text today
    on_line: bool  # a call or text in hand now
    no_shows: int  # shifts to which they did not come
    shifts: tuple[Booked, ...] = ()  # today's and those to come

    def on_shift(self, now: datetime) -> Booked | None:
        """The shift that is on."""
        return next((s for s in self.shifts if s.starts_at <= now < s.ends_at), None)


_MEMBERS = """
WITH holding AS MATERIALIZED (
    SELECT DISTINCT claimed_by FROM touches
     WHERE state IN ('claimed', 'attempting') AND lease_until > :wall AND claimed_by LIKE 'user:%')
SELECT u.id, coalesce(nullif(u.name, ''), u.email, u.phone), u.active, u.languages,
       a.calls, a.conversations, a.last_at,
       'user:' || u.id IN (SELECT claimed_by FROM holding),
       (SELECT count(*) FROM shifts s WHERE s.user_id = u.id AND s.campaign_id = :campaign
           AND s.missed_at IS NOT NULL AND s.came_at IS NULL)
FROM users u
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE channel = 'call' AND disposition <> '') AS calls,
           count(*) FILTER (WHERE channel = 'call' AND disposition = ANY(:contacts))
               AS conversations, max(attempted_at) AS last_at
      FROM attempts WHERE user_id = u.id AND attempted_at >= :begin AND attempted_at <= :now
       AND campaign_id = :campaign AND state <> 'absent') a
WHERE u.team_id = :team ORDER BY lower(u.name), u.id LIMIT :most
"""

_SHIFTS = """
SELECT s.user_id, s.id, s.channel, s.starts_at, s.ends_at, s.came_at, s.missed_at
FROM users u JOIN shifts s ON s.user_id = u.id AND s.campaign_id = :campaign
WHERE u.team_id = :team AND s.ends_at > :begin ORDER BY s.starts_at, s.id
"""


def members(
    session: Session,
    campaign_id: int,
    team_id: int,
    *,
    begin: datetime,
    now: datetime,
    wall: datetime,
    most: int = 300,
) -> list[Member]:
    """The people of a team by name, with what they did since `begin` and their shifts from then
    on; two queries."""
    facts: dict[str, Any] = {"campaign": campaign_id, "team": team_id, "begin": begin}
    booked: dict[int, list[Booked]] = {}
    for user, number, channel, *rest in session.execute(sql(_SHIFTS), facts):
        booked.setdefault(user, []).append(Booked(number, Channel(channel), *rest))
    facts |= {"now": now, "wall": wall, "most": most, "contacts": [str(c) for c in CONTACTS]}
    found = []
    for user, name, active, spoken, *rest in session.execute(sql(_MEMBERS), facts):
        calls, conversations, last_at, on_line, no_shows = rest
        shifts = tuple(booked.get(user, ()))
        done = (calls, conversations, last_at, on_line, no_shows)
        found.append(Member(user, name, active, tuple(spoken), *done, shifts))
    return found


_FREE = """
SELECT u.id, coalesce(nullif(u.name, ''), u.email, u.phone), coalesce(t.name, '')
FROM users u LEFT JOIN teams t ON t.id = u.team_id
WHERE u.campaign_id = :campaign AND u.active AND u.team_id IS DISTINCT FROM :team
  AND (lower(u.name) LIKE :found OR lower(u.email) LIKE :found OR u.phone LIKE :found)
  AND NOT EXISTS (SELECT FROM roles_users ru JOIN roles o ON o.id = ru.role_id
                   WHERE ru.user_id = u.id AND o.name = 'poll_watcher')
ORDER BY (u.team_id IS NULL) DESC, lower(u.name), u.id LIMIT :most
"""


@dataclass(frozen=True)
class Free:
    """Somebody who could be taken into a team."""

    id: int
    name: str
    team: str  # theirs now; empty: none


def could_join(
    session: Session, campaign_id: int, team_id: int, words: str, most: int = 12
) -> list[Free]:
    """People of the campaign who are not in this team, by a part of their name, email or phone;
    those without a team first."""
    found = "%" + words.strip().lower().replace("\\", "").replace("%", "").replace("_", r"\_") + "%"
    facts = {"campaign": campaign_id, "team": team_id, "found": found, "most": most}
    return [Free(*row) for row in session.execute(sql(_FREE), facts)]


_TO_WRITE_TO = f"""
SELECT u.id, u.name, u.tongue, u.languages, r.channel,
       CASE r.channel WHEN 'text' THEN u.phone WHEN 'email' THEN u.email ELSE '' END
FROM users u CROSS JOIN LATERAL ({REACHED_BY}) r
WHERE u.team_id = :team AND u.active AND u.id <> :by
  AND (CAST(:only AS bigint) IS NULL OR u.id = :only)
ORDER BY u.id
"""


def to_write_to(
    session: Session, campaign_id: int, team_id: int, by: int, only: int | None
) -> list[Person]:
    """The members but whoever writes, or one of them, with how each is reached."""
    facts = {"campaign": campaign_id, "team": team_id, "by": by, "only": only}
    return [
        Person(user, name, tongue, tuple(languages), channel, address or "")
        for user, name, tongue, languages, channel, address in session.execute(
            sql(_TO_WRITE_TO), facts
        )
    ]


def owns_shift(session: Session, team_id: int, campaign_id: int, shift_id: int) -> bool:
    """Whether a shift of the campaign is of somebody of this team."""
    return bool(
        session.scalar(
            sql(
                "SELECT EXISTS (SELECT FROM shifts s JOIN users u ON u.id = s.user_id "
                "WHERE s.id = :shift AND s.campaign_id = :campaign AND u.team_id = :team)"
            ),
            {"shift": shift_id, "campaign": campaign_id, "team": team_id},
        )
    )
