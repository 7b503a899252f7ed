"""Keeps every campaign's plan true: makes it anew when what it rests on has changed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.services.plans import make_plan
from app.services.refusal import PlanRefused
from app.store.engine import Sessions
from app.store.plan_inputs import ballots_since, digests
from app.store.sql import sql

PAUSE = timedelta(seconds=5)
"""At least so long between two plans; longer ones rest three times as long as they took."""
BALLOT_PAUSE = timedelta(seconds=15)
"""The same where nothing but single ballots came in, and ten times as long as the plan took."""
MANY = 100
"""A ballot in so many voters changes a plan as much as an import does."""
LEASE = timedelta(minutes=2)
GONE = timedelta(days=2)
"""Polls close at most so long after the polling day began on any clock."""


@dataclass(frozen=True)
class _Standing:
    """A campaign's plan as it stands."""

    campaign_id: int
    zone: str
    rests_on: dict[str, str]
    planned_at: datetime | None
    planned_on: datetime | None
    seconds: float
    voters: int


_STANDING = """
SELECT c.id, c.zone, coalesce(s.rests_on, '{}') AS rests_on, s.planned_at, s.planned_on,
       coalesce((SELECT p.seconds FROM plans p WHERE p.campaign_id = c.id
                 ORDER BY p.id DESC LIMIT 1), 0) AS seconds,
       coalesce((SELECT sum((cell ->> 2)::bigint) FROM jsonb_array_elements(s.cells) cell), 0)
         ::bigint AS voters
FROM campaigns c LEFT JOIN plan_states s ON s.campaign_id = c.id
WHERE c.state <> 'closed' AND c.polling_day >= :since
  AND (s.lease_until IS NULL OR s.lease_until < :wall)
ORDER BY s.planned_on NULLS FIRST, c.id
"""


def replan(
    sessions: Sessions, holder: str, *, now: datetime, wall: datetime, advice: bool = True
) -> list[int]:
    """Makes the plans that are due, with or without advice; returns the campaigns that have a new
    one.

    Level-triggered: it compares what each plan rests on with what is on file. `holder` names the
    worker; of several workers one makes a campaign's plan, under a lease.
    """
    with sessions() as session:
        due = [
            one.campaign_id
            for one in _standings(session, now, wall)
            if _due(session, one, now, wall)
        ]
    made = []
    for campaign_id in due:
        if not claim(sessions, campaign_id, holder, wall):
            continue
        try:
            make_plan(sessions, campaign_id, now=now, wall=wall, advice=advice)
            made.append(campaign_id)
        except PlanRefused:
            pass  # kept with the plan's state, for the pages
        finally:
            give_back(sessions, campaign_id, holder)
    return made


def _standings(session: Session, now: datetime, wall: datetime) -> list[_Standing]:
    since = now.date() - GONE
    rows = session.execute(sql(_STANDING), {"since": since, "wall": wall})
    return [_Standing(*row) for row in rows]


def _due(session: Session, one: _Standing, now: datetime, wall: datetime) -> bool:
    rested = wall - one.planned_on if one.planned_on is not None else timedelta.max
    took = timedelta(seconds=one.seconds)
    if rested < max(PAUSE, took * 3):
        return False
    if digests(session, one.campaign_id, _today(one.zone, now)) != one.rests_on:
        return True
    if one.planned_at is None:
        return False  # refused, and nothing has changed since
    many = max(one.voters // MANY, 1)
    came = ballots_since(session, one.campaign_id, one.planned_at, many)
    return came >= many or (came > 0 and rested >= max(BALLOT_PAUSE, took * 10))


def _today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def claim(sessions: Sessions, campaign_id: int, holder: str, wall: datetime) -> bool:
    """Takes the lease, if nobody has it; a worker that dies in the middle loses it by its end."""
    with sessions.begin() as session:
        taken = session.execute(
            sql(
                "INSERT INTO plan_states AS s (campaign_id, lease_until, holder) "
                "VALUES (:campaign, :until, :holder) ON CONFLICT (campaign_id) DO UPDATE SET "
                "lease_until = excluded.lease_until, holder = excluded.holder "
                "WHERE s.lease_until IS NULL OR s.lease_until < :wall RETURNING s.campaign_id"
            ),
            {"campaign": campaign_id, "until": wall + LEASE, "holder": holder, "wall": wall},
        )
        return taken.first() is not None


def give_back(sessions: Sessions, campaign_id: int, holder: str) -> None:
    """Ends the lease, if it is still this worker's."""
    with sessions.begin() as session:
        session.execute(
            sql(
                "UPDATE plan_states SET lease_until = NULL, holder = '' "
                "WHERE campaign_id = :campaign AND holder = :holder"
            ),
            {"campaign": campaign_id, "holder": holder},
        )
