"""Incidents and their alerts as rows: opened once, told once to each address, closed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union_all, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.domain.alarm import Trouble
from app.store.incidents import Alert, AlertRoute, Incident
from app.store.sql import sql

Way = tuple[str, str]
"""How somebody is told, and where: ("email", "ana@example.org")."""

LONGEST = 200
"""Lines of a timeline."""
RECENT = 3
"""What one of so many last lines says is not said again."""


def open_incidents(session: Session, campaign_id: int) -> Sequence[Incident]:
    """Those of a campaign that are open, oldest first."""
    query = select(Incident).where(
        Incident.campaign_id == campaign_id, Incident.closed_at.is_(None)
    )
    return session.scalars(query.order_by(Incident.id)).all()


def closed_incidents(session: Session, campaign_id: int, most: int = 50) -> Sequence[Incident]:
    """Those that are over, the newest first."""
    query = select(Incident).where(
        Incident.campaign_id == campaign_id, Incident.closed_at.is_not(None)
    )
    return session.scalars(query.order_by(Incident.opened_at.desc(), Incident.id).limit(most)).all()


def lately(
    session: Session, campaign_id: int, most: int = 50
) -> tuple[list[Incident], list[Incident]]:
    """Those that are open, and those that are over, both as above, in one query."""
    mine = select(Incident).where(Incident.campaign_id == campaign_id)
    over = mine.where(Incident.closed_at.is_not(None)).order_by(
        Incident.opened_at.desc(), Incident.id
    )
    both = union_all(mine.where(Incident.closed_at.is_(None)), over.limit(most)).subquery()
    rows = session.scalars(select(aliased(Incident, both))).all()
    opened = sorted((one for one in rows if one.closed_at is None), key=lambda one: one.id)
    closed = sorted((one for one in rows if one.closed_at is not None), key=lambda one: one.id)
    return opened, sorted(closed, key=lambda one: one.opened_at, reverse=True)


def is_open(session: Session, kind: str) -> bool:
    """Whether an incident of this kind is open in any campaign that is not closed."""
    found = sql(
        "SELECT EXISTS (SELECT FROM incidents i JOIN campaigns c ON c.id = i.campaign_id "
        "WHERE i.closed_at IS NULL AND i.kind = :kind AND c.state <> 'closed')"
    )
    return bool(session.scalar(found, {"kind": kind}))


def open_incident(
    session: Session, campaign_id: int, trouble: Trouble, *, now: datetime, wall: datetime
) -> int | None:
    """Opens the incident and returns its id; None if one of this kind and subject is open."""
    return session.scalar(
        insert(Incident)
        .values(
            campaign_id=campaign_id,
            kind=trouble.kind,
            subject=trouble.subject,
            cause=trouble.cause,
            said=trouble.said,
            since=trouble.since,
            opened_at=now,
            opened_wall=wall,
            timeline=[_line(now, trouble.said)],
        )
        .on_conflict_do_nothing(
            index_elements=["campaign_id", "kind", "subject"],
            index_where=Incident.closed_at.is_(None),
        )
        .returning(Incident.id)
    )


def change_cause(session: Session, incident_id: int, trouble: Trouble, now: datetime) -> bool:
    """Notes another cause; False if another worker has noted it, or the incident is closed."""
    changed = session.execute(
        update(Incident)
        .where(
            Incident.id == incident_id,
            Incident.closed_at.is_(None),
            Incident.cause != trouble.cause,
        )
        .values(
            cause=trouble.cause,
            said=trouble.said,
            timeline=Incident.timeline.concat([_line(now, trouble.said)]),
        )
        .returning(Incident.id)
    )
    return changed.first() is not None


def add_lines(session: Session, incident_id: int, said: Iterable[str], now: datetime) -> int:
    """Adds what was done to the timeline of an incident that is open; returns how many lines.

    What the timeline ends with is not said again, and a very long one gets no longer.
    """
    query = select(Incident).where(Incident.id == incident_id, Incident.closed_at.is_(None))
    incident = session.scalars(query.with_for_update()).one_or_none()
    if incident is None or len(incident.timeline) >= LONGEST:
        return 0
    told = {line["said"] for line in incident.timeline[-RECENT:]}
    lines = [_line(now, words) for words in said if words not in told]
    incident.timeline = [*incident.timeline, *lines]
    return len(lines)


def close_incident(session: Session, incident_id: int, said: str, now: datetime) -> bool:
    """Closes an incident; False if it was closed already."""
    closed = session.execute(
        update(Incident)
        .where(Incident.id == incident_id, Incident.closed_at.is_(None))
        .values(closed_at=now, timeline=Incident.timeline.concat([_line(now, said)]))
        .returning(Incident.id)
    )
    return closed.first() is not None


def _line(now: datetime, said: str) -> dict[str, str]:
    return {"at": now.isoformat(), "said": said}


_ORGANIZERS = sql("""
    SELECT u.email FROM users u
     WHERE u.active AND u.email IS NOT NULL
       AND (u.campaign_id = :campaign OR u.campaign_id IS NULL)
       AND EXISTS (SELECT FROM roles_users ru JOIN roles r ON r.id = ru.role_id
                    WHERE ru.user_id = u.id AND r.name IN ('organizer', 'admin'))
     ORDER BY u.email
""")


def ways_to_tell(session: Session, campaign_id: int) -> list[Way]:
    """Where alerts of a campaign go: its organizers' email addresses, then the routes."""
    routes = [(route.kind, route.address) for route in routes_of(session, campaign_id)]
    emails = organizers_of(session, campaign_id)
    return list(dict.fromkeys([*(("email", email) for email in emails), *routes]))


def organizers_of(session: Session, campaign_id: int) -> list[str]:
    """The email addresses of a campaign's organizers."""
    return list(session.execute(_ORGANIZERS, {"campaign": campaign_id}).scalars())


def routes_of(session: Session, campaign_id: int) -> Sequence[AlertRoute]:
    """The routes that were set for a campaign."""
    query = select(AlertRoute).where(AlertRoute.campaign_id == campaign_id)
    return session.scalars(query.order_by(AlertRoute.id)).all()


def add_alerts(
    session: Session, incident_id: int, event: str, said: str, ways: Sequence[Way], wall: datetime
) -> int:
    """One alert for each address that has none of this event; returns how many."""
    if not ways:
        return 0
    rows = [
        {
            "incident_id": incident_id,
            "event": event,
            "kind": kind,
            "address": address,
            "said": said,
            "due_at": wall,
        }
        for kind, address in ways
    ]
    added = session.execute(insert(Alert).values(rows).on_conflict_do_nothing().returning(Alert.id))
    return len(added.all())


@dataclass(frozen=True)
class Due:
    """An alert that this worker has taken to tell, with its incident."""

    id: int
    event: str
    kind: str
    address: str
    said: str
    tries: int
    taken_at: datetime  # machine time
    incident_id: int
    incident_kind: str
    cause: str
    since: datetime
    opened_at: datetime
    closed_at: datetime | None
    campaign_id: int
    campaign: str


_TAKE = sql("""
    WITH due AS (
        SELECT a.id FROM alerts a WHERE a.state = 'ready' AND a.due_at <= :wall
           -- The first word before the second: an address that waits for "opened" waits.
           AND NOT EXISTS (SELECT FROM alerts b WHERE b.incident_id = a.incident_id
                              AND b.kind = a.kind AND b.address = a.address
                              AND b.state = 'ready' AND b.id < a.id)
         ORDER BY a.due_at, a.id LIMIT :most FOR UPDATE SKIP LOCKED
    ), taken AS (
        UPDATE alerts SET due_at = :until, tries = tries + 1 FROM due WHERE alerts.id = due.id
        RETURNING alerts.*
    )
    SELECT t.id, t.event, t.kind, t.address, t.said, t.tries, CAST(:wall AS timestamptz),
           i.id, i.kind, i.cause, i.since, i.opened_at, i.closed_at, c.id, c.name
      FROM taken t JOIN incidents i ON i.id = t.incident_id JOIN campaigns c ON c.id = i.campaign_id
     ORDER BY t.id
""")


def take_due(session: Session, *, wall: datetime, until: datetime, most: int) -> list[Due]:
    """Takes alerts that are due under a lease until `until`, in machine time."""
    rows = session.execute(_TAKE, {"wall": wall, "until": until, "most": most})
    return [Due(*row) for row in rows]


def settle_alert(
    session: Session, alert: Due, state: str, *, due_at: datetime, problem: str
) -> bool:
    """Writes what came of a try; False if another worker has taken the alert since."""
    written = session.execute(
        update(Alert)
        .where(Alert.id == alert.id, Alert.tries == alert.tries, Alert.state == "ready")
        .values(state=state, due_at=due_at, problem=problem[:200])
        .returning(Alert.id)
    )
    return written.first() is not None


def alerts_of(session: Session, incidents: Sequence[int]) -> dict[int, list[Alert]]:
    """The alerts of these incidents, in the order of their making."""
    found: dict[int, list[Alert]] = {}
    query = select(Alert).where(Alert.incident_id.in_(incidents)).order_by(Alert.id)
    for alert in session.scalars(query) if incidents else ():
        found.setdefault(alert.incident_id, []).append(alert)
    return found


_SENDER = sql("""
    SELECT id, campaign_id, address FROM senders
     WHERE campaign_id = :campaign AND channel = :channel AND stopped = ''
     ORDER BY health DESC, id LIMIT 1
""")


@dataclass(frozen=True)
class Teller:
    """A sender by which alerts go out."""

    id: int
    campaign_id: int
    address: str


def sender_for(session: Session, campaign_id: int, channel: str) -> Teller | None:
    """The campaign's healthiest sender of a channel; None if none may send."""
    row = session.execute(_SENDER, {"campaign": campaign_id, "channel": channel}).first()
    return Teller(*row) if row else None


def wants_no_texts(session: Session, address: str) -> bool:
    """Whether the number has opted out of texts."""
    query = sql(
        "SELECT EXISTS (SELECT FROM opt_outs WHERE address = :address AND channel = 'text')"
    )
    return bool(session.scalar(query, {"address": address}))
