"""Reads for the list of people: searched, paged, with when each was last seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.store.call_log import GIVEN_BACK
from app.store.sql import sql

PAGE = 50
MOST_BOOKABLE = 300
"""In a list to choose from; more are searched for."""


@dataclass(frozen=True)
class Wanted:
    """What is searched for; empty: everybody."""

    words: str = ""  # a part of a name, an email or a phone
    role: str = ""
    campaign_id: int | None = None
    team_id: int | None = None
    off: bool = False  # only accounts that are switched off


@dataclass(frozen=True)
class Row:
    """A person in the list."""

    id: int
    name: str
    email: str | None
    phone: str | None
    active: bool
    languages: tuple[str, ...]
    role: str
    campaign: str
    team: str
    seen_at: datetime | None  # their last call, text or act


_WHERE = """
FROM users u
LEFT JOIN LATERAL (SELECT string_agg(o.name, ' ' ORDER BY o.name) AS name
                     FROM roles_users ru JOIN roles o ON o.id = ru.role_id
                    WHERE ru.user_id = u.id) o ON true
WHERE (:words = '' OR lower(u.name) LIKE :found OR lower(u.email) LIKE :found
       OR (:digits <> '' AND u.phone LIKE :digits))
  AND (:role = '' OR :role = ANY(string_to_array(o.name, ' ')))
  AND (CAST(:campaign AS bigint) IS NULL OR u.campaign_id = :campaign)
  AND (CAST(:team AS bigint) IS NULL OR u.team_id = :team)
  AND (NOT :off OR NOT u.active)
"""

# Marks of machine time may lie ahead of a campaign clock that was set: those are passed over.
_ROWS = f"""
WITH page AS (
    SELECT u.*, coalesce(o.name, '') AS role {_WHERE}
    ORDER BY lower(u.name), u.email, u.id LIMIT :most OFFSET :offset)
SELECT u.id, coalesce(nullif(u.name, ''), u.email, u.phone), u.email, u.phone, u.active,
       u.languages, u.role, coalesce(c.name, ''), coalesce(t.name, ''),
       greatest((SELECT max(a.attempted_at) FROM attempts a
                  WHERE a.user_id = u.id AND a.attempted_at <= :now),
                (SELECT max(e.at) FROM audit e WHERE e.user_id = u.id AND e.at <= :now))
FROM page u LEFT JOIN campaigns c ON c.id = u.campaign_id LEFT JOIN teams t ON t.id = u.team_id
ORDER BY lower(u.name), u.email, u.id
"""


def find(session: Session, wanted: Wanted, *, page: int, now: datetime) -> list[Row]:
    """One page of those who fit, by name; pages count from 1."""
    facts = {**_facts(wanted), "most": PAGE, "offset": (page - 1) * PAGE, "now": now}
    return [_row(row) for row in session.execute(sql(_ROWS), facts)]


def count(session: Session, wanted: Wanted) -> int:
    """How many fit."""
    return session.scalar(sql(f"SELECT count(*) {_WHERE}"), _facts(wanted)) or 0


def by_role(session: Session) -> Mapping[str, int]:
    """How many accounts have each role."""
    rows = session.execute(
        sql(
            "SELECT o.name, count(*) FROM roles_users ru JOIN roles o ON o.id = ru.role_id "
            "GROUP BY o.name"
        )
    )
    return {row[0]: row[1] for row in rows}


def _facts(wanted: Wanted) -> dict[str, Any]:
    words = wanted.words.strip().lower()[:100]
    plain = words.replace("\\", "").replace("%", "").replace("_", r"\_")
    digits = "".join(sign for sign in words if sign.isdigit())
    return {
        "words": words,
        "found": f"%{plain}%",
        "digits": f"%{digits}%" if len(digits) > 2 else "",
        "role": wanted.role,
        "campaign": wanted.campaign_id,
        "team": wanted.team_id,
        "off": wanted.off,
    }


def _row(row: Sequence[Any]) -> Row:
    number, name, email, phone, active, languages, role, campaign, team, seen_at = row
    return Row(number, name, email, phone, active, tuple(languages), role, campaign, team, seen_at)


@dataclass(frozen=True)
class Record:
    """How a person kept their shifts."""

    came: int
    missed: int
    ahead: int


def record_of(session: Session, user_id: int, now: datetime) -> Record:
    """Shifts to which a person came, did not come, and that are to come."""
    row = session.execute(
        sql(
            "SELECT count(*) FILTER (WHERE came_at IS NOT NULL), "
            "count(*) FILTER (WHERE missed_at IS NOT NULL AND came_at IS NULL), "
            "count(*) FILTER (WHERE starts_at > :now) FROM shifts WHERE user_id = :user"
        ),
        {"user": user_id, "now": now},
    ).one()
    return Record(*row)


@dataclass(frozen=True)
class Leafing:
    """Somebody who looked at many voters without calling them."""

    id: int
    name: str
    given_back: int


def leafing(session: Session, since: datetime, least: int) -> list[Leafing]:
    """Who gave back so many calls or more since then, the most first."""
    rows = session.execute(
        sql(
            "SELECT u.id, coalesce(nullif(u.name, ''), u.email, u.phone), g.calls FROM users u "
            "CROSS JOIN LATERAL (SELECT count(*) AS calls FROM audit e "
            f"WHERE e.subject = 'user:' || u.id AND e.action = '{GIVEN_BACK}' "
            "AND e.at > :since) g WHERE u.active AND g.calls >= :least "
            "ORDER BY g.calls DESC, u.id LIMIT 20"
        ),
        {"since": since, "least": least},
    )
    return [Leafing(*row) for row in rows]


@dataclass(frozen=True)
class Bookable:
    """Somebody whom a shift may be given to."""

    id: int
    name: str
    email: str | None
    phone: str | None


def bookable(
    session: Session, campaign_id: int, words: str, chosen: int | None, most: int = MOST_BOOKABLE
) -> list[Bookable]:
    """Active accounts of this campaign or of none, by name, with `words` in their name, email or
    phone; whoever is `chosen` is among them. Poll watchers have no shifts."""
    rows = session.execute(
        sql(
            "SELECT u.id, u.name, u.email, u.phone FROM users u "
            "WHERE u.active AND (u.campaign_id = :campaign OR u.campaign_id IS NULL) "
            "AND (u.id = :chosen OR :words = '' OR lower(u.name) LIKE :found "
            "OR lower(u.email) LIKE :found OR (:digits <> '' AND u.phone LIKE :digits)) "
            "AND NOT EXISTS (SELECT FROM roles_users ru JOIN roles o ON o.id = ru.role_id "
            "WHERE ru.user_id = u.id AND o.name = 'poll_watcher') "
            "ORDER BY (u.id IS NOT DISTINCT FROM CAST(:chosen AS bigint)) DESC, lower(u.name), "
            "u.email, u.id LIMIT :most"
        ),
        {**_facts(Wanted(words)), "campaign": campaign_id, "chosen": chosen, "most": most},
    )
    return [Bookable(*row) for row in rows]
