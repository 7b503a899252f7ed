"""Problems of voters as rows: those that are open, and one with its timeline."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.problem import STILL, ProblemKind, ProblemState
from app.store.polling_day import Problem
from app.store.sql import sql

MOST = 200
"""Problems on one page."""
_STILL = ", ".join(f"'{state.value}'" for state in sorted(STILL))


@dataclass(frozen=True)
class Listed:
    """A problem with the names that a list shows."""

    id: int
    kind: ProblemKind
    state: ProblemState
    voter_id: int | None
    voter: str
    precinct: str
    place: str
    phone: str
    said: str
    assigned_to: int | None
    assigned: str
    reporter: str
    created_at: datetime
    solved_at: datetime | None
    timeline: list[dict[str, Any]]


_LIST = """
SELECT p.id, p.kind, p.state, p.voter_id,
       coalesce(nullif(trim(v.first_name || ' ' || v.last_name), ''), ''), p.precinct, p.place,
       p.phone, p.said, p.assigned_to, coalesce(a.name, ''), coalesce(c.name, ''), p.created_at,
       p.solved_at, p.timeline
FROM problems p LEFT JOIN voters v ON v.id = p.voter_id
LEFT JOIN users a ON a.id = p.assigned_to LEFT JOIN users c ON c.id = p.created_by
WHERE p.campaign_id = :campaign AND {which}
ORDER BY {order} LIMIT :most
"""


def _listed(session: Session, which: str, order: str, **binds: object) -> list[Listed]:
    rows = session.execute(sql(_LIST.format(which=which, order=order)), binds)
    return [Listed(row[0], ProblemKind(row[1]), ProblemState(row[2]), *row[3:]) for row in rows]


def open_problems(
    session: Session,
    campaign_id: int,
    kinds: Collection[ProblemKind] | None = None,
    limit: int = MOST,
) -> list[Listed]:
    """Problems that are not solved, of these kinds or of all, the oldest first."""
    which, binds = f"p.state IN ({_STILL})", {}
    if kinds is not None:
        which += " AND p.kind = ANY(:kinds)"
        binds = {"kinds": sorted(kind.value for kind in kinds)}
    return _listed(session, which, "p.created_at, p.id", campaign=campaign_id, most=limit, **binds)


def solved_problems(session: Session, campaign_id: int, limit: int = 50) -> list[Listed]:
    """Problems that are solved, the last first."""
    which, order = "p.state = 'solved'", "p.created_at DESC, p.id"
    return _listed(session, which, order, campaign=campaign_id, most=limit)


def one(session: Session, campaign_id: int, problem_id: int) -> Listed | None:
    """One problem, or None."""
    found = _listed(session, "p.id = :id", "p.id", campaign=campaign_id, id=problem_id, most=1)
    return found[0] if found else None


def add(session: Session, **facts: object) -> int | None:
    """Writes a problem; its id, or None when one with its key is there already."""
    return session.scalar(
        insert(Problem).values(**facts).on_conflict_do_nothing().returning(Problem.id)
    )


def by_key(session: Session, key: str) -> Problem | None:
    """The problem that was reported under the client's own key."""
    return session.scalars(select(Problem).where(Problem.key == key)).one_or_none()


def hold(session: Session, campaign_id: int, problem_id: int) -> Problem | None:
    """The problem, locked; what others change waits."""
    query = select(Problem).where(Problem.id == problem_id, Problem.campaign_id == campaign_id)
    query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


def organizers(session: Session, campaign_id: int) -> list[tuple[int, str]]:
    """(id, name) of those to whom a problem may be given, by name."""
    rows = session.execute(
        sql(
            "SELECT DISTINCT u.id, u.name FROM users u JOIN roles_users ru ON ru.user_id = u.id "
            "JOIN roles r ON r.id = ru.role_id WHERE u.active "
            "AND r.name IN ('admin', 'organizer', 'team_lead') "
            "AND (u.campaign_id = :campaign OR u.campaign_id IS NULL) "
            "ORDER BY u.name, u.id LIMIT 200"
        ),
        {"campaign": campaign_id},
    )
    return [(row[0], row[1]) for row in rows]
