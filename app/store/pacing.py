"""What the pacer asks each tick: what is missing, where it is quiet, who waits for a call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.figure import DEFAULTS
from app.domain.pace import Step
from app.domain.pulse import PULSE, TRYING
from app.store.once import know
from app.store.people import AuditEntry
from app.store.pool import BY_INDEX, READS_BY_INDEX
from app.store.sql import sql

ON_LINE = timedelta(minutes=10)
"""Who has recorded a call within this time is on the line."""
NOTED = timedelta(hours=1)
"""A step that is taken again and again is written down once in this time."""
DRY = "pool dry: "
"""How an entry of the audit log begins that says what was done when a pool had run dry."""


@dataclass(frozen=True)
class Lack:
    """Something that a campaign lacks by now."""

    campaign_id: int
    what: str  # a channel whose plan is behind, CALLS_READY or A_PULSE
    number: int


CALLS_READY = "calls ready"
A_PULSE = "pulse"
_LAST = (CALLS_READY, A_PULSE)

_WENT_OUT = (
    "(a.state IN ('accepted', 'sent', 'delivered', 'undelivered', 'done') OR a.sid IS NOT NULL)"
)
"""The carrier, the relay or a volunteer had it; one that failed at once reached nobody."""

_IS_ALIVE = f"""EXISTS (
    SELECT FROM attempts a WHERE a.campaign_id = c.id AND a.attempted_at > :pulse
      AND (a.attempted_at > :trying OR {_WENT_OUT}))
"""

_CALLERS = """
    SELECT campaign_id, claimed_by AS caller FROM touches
    WHERE state IN ('claimed', 'attempting') AND channel = 'call'
    UNION
    SELECT last.campaign_id, 'user:' || u.id FROM users u CROSS JOIN LATERAL (
        SELECT a.campaign_id FROM attempts a
        WHERE a.user_id = u.id AND a.attempted_at > :on_line AND a.channel = 'call'
        ORDER BY a.attempted_at DESC LIMIT 1) last
    UNION
    SELECT s.campaign_id, 'user:' || s.user_id FROM running c JOIN shifts s
        ON s.campaign_id = c.id AND s.starts_at <= :now AND s.starts_at > :yesterday
    WHERE s.channel = 'call' AND s.ends_at > :now
"""
"""Whoever holds a call, has recorded one, or has a shift now; once each."""

_READY_CALLS = """(
    SELECT count(*) FROM (
        SELECT FROM touches q WHERE q.campaign_id = c.id AND q.channel = 'call'
          AND q.state = 'ready' AND q.due_at <= :now AND q.expires_at > :now
        LIMIT 10000) ready)
"""

_LACKS = f"""
WITH running AS MATERIALIZED (
    SELECT c.id, c.polling_day, c.paused_channels,
           coalesce(s.counted_from, '-infinity') AS counted_from
    FROM campaigns c LEFT JOIN plan_states s ON s.campaign_id = c.id
    WHERE c.state IN ('running', 'paused')
      AND (c.state <> 'paused' OR c.paused_until IS NULL OR c.paused_until <= :now)
), callers AS MATERIALIZED (
    SELECT campaign_id, count(*) AS number FROM ({_CALLERS}) who GROUP BY campaign_id
)
SELECT c.id, p.channel, CAST(sum(
        CASE WHEN p.hour_at <= :an_hour_ago THEN p.planned
             ELSE floor(p.planned * extract(epoch FROM :now - p.hour_at) / 3600) END
        - p.released) AS int) AS number
FROM running c JOIN plan_hours p ON p.campaign_id = c.id
    AND p.hour_at >= c.counted_from AND p.hour_at <= :now
    AND coalesce(CAST(c.paused_channels ->> p.channel AS timestamptz) <= :now, true)
GROUP BY c.id, p.channel
HAVING sum(CASE WHEN p.hour_at <= :an_hour_ago THEN p.planned
                ELSE floor(p.planned * extract(epoch FROM :now - p.hour_at) / 3600) END
           - p.released) > 0
UNION ALL
SELECT c.id, '{CALLS_READY}', CAST(ceil(w.number * coalesce(
        (SELECT value FROM changed_figures
         WHERE campaign_id = c.id AND name = 'dials_per_hour'),
        (SELECT value FROM learned_figures
         WHERE campaign_id = c.id AND name = 'dials_per_hour'),
        :dials) / 6) AS int) - {_READY_CALLS}
FROM running c JOIN callers w ON w.campaign_id = c.id
WHERE coalesce(CAST(c.paused_channels ->> 'call' AS timestamptz) <= :now, true)
UNION ALL
-- Seven days before the close, wherever that is on whichever clock.
SELECT c.id, '{A_PULSE}', 1 FROM running c
WHERE c.polling_day BETWEEN CAST(:yesterday AS date) AND CAST(:in_nine_days AS date)
  AND NOT {_IS_ALIVE}
"""


def lacks(session: Session, now: datetime) -> list[Lack]:
    """What running campaigns lack by now, of all campaigns and channels in one query: attempts
    that the plan in force wanted, calls ready for the callers, a pulse.

    What it finds is asked again, under locks, by whoever does something about it. By campaign, the
    plan first: where it releases something, the pulse needs nothing.
    """
    rows = session.execute(sql(_LACKS), {"dials": DEFAULTS["dials_per_hour"], **_times(now)})
    found = [Lack(*row) for row in rows if row.number > 0]
    return sorted(found, key=lambda one: (one.campaign_id, one.what in _LAST, one.what))


def _times(now: datetime) -> dict[str, datetime]:
    return {
        "now": now,
        "an_hour_ago": now - timedelta(hours=1),
        "yesterday": now - timedelta(days=1),
        "in_nine_days": now + timedelta(days=9),
        "on_line": now - ON_LINE,
        "pulse": now - PULSE,
        "trying": now - TRYING,
    }


_LOCK = (
    "SELECT bool_and(pg_try_advisory_xact_lock(hashtextextended(key, 0))) "
    "FROM unnest(CAST(:keys AS text[])) key"
)


_ALONE = sql(f"SELECT ({_LOCK}), {BY_INDEX}")


def _keys(campaign_id: int, channels: Iterable[Channel]) -> list[str]:
    return [f"pace:{campaign_id}:{channel.value}" for channel in channels]


def alone(session: Session, campaign_id: int, *channels: Channel) -> bool:
    """Whether nobody else releases for these channels at this moment; nobody else will until the
    transaction ends, which from here on reads by index: `candidates` need not ask for it."""
    is_alone = session.scalar(_ALONE, {"keys": _keys(campaign_id, channels)})
    know(session, READS_BY_INDEX, True)
    return bool(is_alone)


_QUIET_AND_ALONE = sql(
    f"SELECT CASE WHEN NOT {_IS_ALIVE} THEN ({_LOCK}) END FROM campaigns c WHERE c.id = :campaign"
)


def quiet_and_alone(session: Session, campaign_id: int, now: datetime) -> bool:
    """Whether nothing has gone out for PULSE, nothing is being tried, and so nobody else releases
    on any channel, as `alone`; where it is not quiet nothing is locked."""
    binds = {"campaign": campaign_id, "keys": _keys(campaign_id, Channel), **_times(now)}
    return bool(session.scalar(_QUIET_AND_ALONE, binds))


_CALLERS_OF = sql(
    "WITH running AS (SELECT CAST(:campaign AS bigint) AS id) "
    f"SELECT (SELECT count(*) FROM ({_CALLERS}) who WHERE campaign_id = c.id), {_READY_CALLS} "
    "FROM running c"
)


def callers_and_calls(session: Session, campaign_id: int, now: datetime) -> tuple[int, int]:
    """How many volunteers hold a call, have recorded one in the last minutes, or are on shift; and
    how many calls wait for one."""
    found = session.execute(_CALLERS_OF, {"campaign": campaign_id, **_times(now)}).one()
    return found[0], found[1]


def waiting(session: Session, campaign_id: int, channel: Channel, now: datetime) -> int:
    """How many touches are ready and due, and not over."""
    query = sql(
        "SELECT count(*) FROM touches WHERE campaign_id = :campaign AND channel = :channel "
        "AND state = 'ready' AND due_at <= :now AND expires_at > :now"
    )
    binds = {"campaign": campaign_id, "channel": channel.value, "now": now}
    return int(session.scalar(query, binds) or 0)


@dataclass(frozen=True)
class Try:
    """How a channel stands in a silence."""

    channel: Channel
    oldest_at: datetime | None  # since when a touch is ready and due that nobody takes
    in_vain: int  # attempts of the last minutes that came to nothing


_TRIES = f"""
SELECT w.channel,
       (SELECT q.due_at FROM touches q WHERE q.campaign_id = :campaign AND q.channel = w.channel
        AND q.state = 'ready' AND q.due_at <= :now AND q.expires_at > :now
        ORDER BY q.due_at LIMIT 1),
       (SELECT count(*) FROM attempts a WHERE a.campaign_id = :campaign
        AND a.channel = w.channel AND a.attempted_at > :pulse AND NOT {_WENT_OUT})
FROM unnest(CAST(:channels AS text[])) WITH ORDINALITY AS w(channel, place)
ORDER BY w.place
"""


def tries(
    session: Session, campaign_id: int, channels: Sequence[Channel], now: datetime
) -> list[Try]:
    """How these channels stand, in their order."""
    rows = session.execute(
        sql(_TRIES),
        {"campaign": campaign_id, "channels": [one.value for one in channels], **_times(now)},
    )
    return [Try(Channel(name), oldest_at, in_vain) for name, oldest_at, in_vain in rows]


_NOTE = sql(
    """
INSERT INTO audit (at, action, subject)
SELECT CAST(:now AS timestamptz), CAST(:action AS text), CAST(:subject AS text)
WHERE NOT EXISTS (SELECT FROM audit WHERE subject = :subject AND action = :action
                  AND at > :since AND at <= :now)
RETURNING id
"""
)


def note_step(
    session: Session, campaign_id: int, channel: Channel, step: Step, now: datetime
) -> bool:
    """Writes down that a step was taken for a channel; False if it was within the hour before."""
    said = {"action": DRY + step.value, "subject": f"pool:{campaign_id}:{channel.value}"}
    return session.scalar(_NOTE, {**said, "now": now, "since": now - NOTED}) is not None


def steps(
    session: Session, campaign_id: int, since: datetime
) -> list[tuple[datetime, Channel, Step]]:
    """The steps that were taken since then, the oldest first."""
    pools = {f"pool:{campaign_id}:{channel.value}": channel for channel in Channel}
    rows = session.execute(
        select(AuditEntry.at, AuditEntry.subject, AuditEntry.action)
        .where(
            AuditEntry.subject.in_(pools),
            AuditEntry.action.startswith(DRY),
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.id)
    )
    return [(at, pools[subject], Step(action.removeprefix(DRY))) for at, subject, action in rows]
