"""Reads for the war room: what was tried and planned, who waits, what goes wrong; no writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.outcome import FILTERED_CODES
from app.domain.place import Place
from app.store.board import WAITING, Waiting
from app.store.campaigns import PlanHour
from app.store.incidents import Incident
from app.store.sql import sql


def planned(session: Session, campaign_id: int) -> dict[Channel, dict[datetime, int]]:
    """The plan in force and what was planned before: channel → hour (UTC) → attempts."""
    rows = session.execute(
        select(PlanHour.channel, PlanHour.hour_at, PlanHour.planned)
        .where(PlanHour.campaign_id == campaign_id, PlanHour.planned > 0)
        .order_by(PlanHour.hour_at)
    )
    found: dict[Channel, dict[datetime, int]] = {}
    for channel, hour, count in rows:
        found.setdefault(channel, {})[hour.astimezone(UTC)] = count
    return found


@dataclass(frozen=True)
class Slot:
    """What was tried on a channel from `at` on, for half an hour or for a minute."""

    at: datetime
    channel: Channel
    done: int
    failed: int


# All columns are in the index ix_attempts_campaign_time, so that no row is fetched.
_SLOTS = sql("""
    SELECT CASE WHEN attempted_at >= :fine
                THEN date_bin('1 minute', attempted_at, '2000-01-01T00:00Z')
                ELSE date_bin('30 minutes', attempted_at, '2000-01-01T00:00Z') END AS at,
           channel, count(*) AS done,
           count(*) FILTER (WHERE state IN ('failed', 'undelivered')) AS failed
      FROM attempts
     WHERE campaign_id = :campaign_id AND attempted_at >= :begin AND attempted_at < :end
       AND state <> 'absent'
     GROUP BY 1, 2 ORDER BY 1, 2
""")


def slots(
    session: Session, campaign_id: int, *, begin: datetime, fine: datetime, end: datetime
) -> list[Slot]:
    """What was tried within [begin, end): by the half hour, and by the minute from `fine` on."""
    facts = {"campaign_id": campaign_id, "begin": begin, "fine": fine, "end": end}
    return [
        Slot(row.at.astimezone(UTC), Channel(row.channel), row.done, row.failed)
        for row in session.execute(_SLOTS, facts)
    ]


_COUNTS = sql(f"""
    SELECT (SELECT count(DISTINCT from_address) FROM inbound
             WHERE campaign_id = :campaign_id AND handled_at IS NULL) AS replies,
           (SELECT min(received_at) FROM inbound
             WHERE campaign_id = :campaign_id AND handled_at IS NULL) AS waits_since,
           (SELECT count(DISTINCT claimed_by) FROM touches
             WHERE campaign_id = :campaign_id AND channel = 'call'
               AND state IN ('claimed', 'attempting') AND lease_until > :wall) AS callers,
           (SELECT max(id) FROM plans WHERE campaign_id = :campaign_id) AS plan_id,
           (SELECT problem FROM plan_states WHERE campaign_id = :campaign_id) AS problem,
           (SELECT jsonb_object_agg(channel, jsonb_build_array(due, later))
              FROM ({WAITING}) waiting) AS waiting
""")


@dataclass(frozen=True)
class Counts:
    """What changes by the second."""

    replies: int  # people whose texts wait, as the inbox counts them
    waits_since: datetime | None  # the reply that has waited longest
    callers: int  # with a call in hand
    plan_id: int | None  # of the plan in force
    problem: str  # why no newer plan could be made; empty: none
    waiting: dict[Channel, Waiting]


def counts(session: Session, campaign_id: int, *, now: datetime, wall: datetime) -> Counts:
    """What changes by the second, in one query."""
    row = session.execute(_COUNTS, {"campaign_id": campaign_id, "now": now, "wall": wall}).one()
    held = row.waiting or {}
    waiting = {one: Waiting(one, *held.get(one.value, (0, 0))) for one in Channel}
    return Counts(
        row.replies, row.waits_since, row.callers, row.plan_id, row.problem or "", waiting
    )


@dataclass(frozen=True)
class People:
    """The targets of a campaign by place, and how many of all have voted."""

    at: datetime  # campaign time of the count
    places: dict[Place, int]
    voted: int


_PEOPLE = sql("""
    SELECT place, count(*) AS voters, count(voted_at) AS voted
      FROM targets WHERE campaign_id = :campaign_id GROUP BY place
""")


def people(session: Session, campaign_id: int, now: datetime) -> People:
    """All targets in one pass: half a second for a million, so what it found is kept."""
    rows = session.execute(_PEOPLE, {"campaign_id": campaign_id}).all()
    places = {Place.of(row.place): row.voters for row in rows}
    return People(now, places, sum(row.voted for row in rows))


_VOTED_SINCE = sql("""
    SELECT count(*) FROM ballots b
      JOIN targets t ON t.campaign_id = :campaign_id AND t.voter_id = b.voter_id
     WHERE b.polling_day = :polling_day AND b.recorded_at > :since
""")


def voted_since(session: Session, campaign_id: int, polling_day: date, since: datetime) -> int:
    """How many targets' ballots came in since then: a few steps along an index."""
    facts = {"campaign_id": campaign_id, "polling_day": polling_day, "since": since}
    return session.scalar(_VOTED_SINCE, facts) or 0


# From the opt-outs to the campaign, not from its targets: they may be ten million.
_SHARES = sql("""
    WITH newest AS (
        SELECT state, error_code FROM attempts
         WHERE campaign_id = :campaign_id AND channel = 'text' AND attempted_at > :day_ago
           AND state <> 'absent'
         ORDER BY attempted_at DESC LIMIT :most
    ), ours AS (
        SELECT o.address, o.channel, o.opted_out_at FROM opt_outs o
         WHERE EXISTS (SELECT FROM attempts a
                        WHERE a.address = o.address AND a.campaign_id = :campaign_id)
            OR EXISTS (SELECT FROM inbound i
                        WHERE i.from_address = o.address AND i.campaign_id = :campaign_id)
    )
    SELECT (SELECT count(*) FROM newest) AS texts,
           (SELECT count(*) FROM newest WHERE state IN ('failed', 'undelivered')) AS failed,
           (SELECT count(*) FROM newest WHERE error_code = ANY(:filtered)) AS filtered,
           (SELECT count(DISTINCT address) FROM ours) AS opt_outs,
           (SELECT count(*) FROM ours
             WHERE channel = 'text' AND opted_out_at >= :midnight
               AND opted_out_at <= :now) AS opt_outs_today
""")
LOOKED_AT = 2000
"""Of so many of the newest texts the shares are taken, however many a day has."""


@dataclass(frozen=True)
class Shares:
    """What came of the newest texts, and who wants no more."""

    texts: int  # the newest of the last day, at most LOOKED_AT: the base of the next two
    failed: int
    filtered: int  # by carriers
    opt_outs: int  # addresses that the campaign reached, or that wrote to it
    opt_outs_today: int  # of texts, since midnight


def shares(session: Session, campaign_id: int, *, now: datetime, midnight: datetime) -> Shares:
    """The shares of the last texts and the opt-outs; slow with many opt-outs, so it is kept."""
    facts = {
        "campaign_id": campaign_id,
        "now": now,
        "midnight": midnight,
        "day_ago": now - timedelta(days=1),
        "most": LOOKED_AT,
        "filtered": list(FILTERED_CODES),
    }
    return Shares(*session.execute(_SHARES, facts).one())


def incidents(
    session: Session, campaign_id: int, since: datetime, most: int = 20
) -> Sequence[Incident]:
    """Those that are open, and those that ended since then; the newest first."""
    mine = select(Incident).where(
        Incident.campaign_id == campaign_id,
        or_(Incident.closed_at.is_(None), Incident.closed_at >= since),
    )
    return session.scalars(mine.order_by(Incident.opened_at.desc(), Incident.id).limit(most)).all()
