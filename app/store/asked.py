"""Whom to ask for hours that need people: volunteers of a campaign who are free then."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.store.notices import REACHED_BY, Person
from app.store.sql import sql


@dataclass(frozen=True)
class Found:
    """Who could be asked, and how many are left out."""

    people: list[Person]  # by id; some cannot be reached
    asked_before: int
    busy: int


_WHOM = f"""
SELECT u.id, u.name, u.tongue, u.languages, r.channel,
       CASE r.channel WHEN 'text' THEN u.phone WHEN 'email' THEN u.email ELSE '' END,
       EXISTS (SELECT FROM shifts x WHERE x.user_id = u.id
                  AND x.starts_at < :ends AND x.ends_at > :begins) AS busy,
       EXISTS (SELECT FROM notices n
                WHERE n.key = 'asked:' || :block || ':' || :named || ':' || u.id) AS asked
FROM users u CROSS JOIN LATERAL ({REACHED_BY}) r
WHERE u.campaign_id = :campaign AND u.active
  AND EXISTS (SELECT FROM roles_users ru JOIN roles o ON o.id = ru.role_id
               WHERE ru.user_id = u.id AND o.name IN ('volunteer', 'team_lead'))
ORDER BY u.id
"""


def whom_to_ask(
    session: Session, campaign_id: int, block: str, begins_at: datetime, ends_at: datetime
) -> Found:
    """All active volunteers of the campaign; left out are those on a shift then and those who were
    asked for `block`, the name of these hours, before."""
    facts = {"campaign": campaign_id, "named": str(campaign_id), "block": block}
    rows = session.execute(sql(_WHOM), {**facts, "begins": begins_at, "ends": ends_at}).all()
    people = [
        Person(row[0], row[1], row[2], tuple(row[3]), row[4], row[5] or "")
        for row in rows
        if not row.busy and not row.asked
    ]
    busy = sum(row.busy for row in rows)
    return Found(people, sum(row.asked and not row.busy for row in rows), busy)
