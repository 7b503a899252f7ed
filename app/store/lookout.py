"""What the lookout asks of a campaign: a few indexed queries, the dear ones only in a silence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.domain.alarm import LAST, Shares, WorkerSeen
from app.domain.carrier_error import ErrorEffect, effect_of
from app.domain.channel import Channel
from app.domain.lookout import SenderSeen
from app.domain.pulse import NEAREST
from app.domain.purpose import RAMP
from app.store.facts import ADDRESS
from app.store.pool_search import Search
from app.store.sql import sql

LONGEST_OPEN = timedelta(hours=26)
"""No open hours are longer, so no silence begins before."""
STALE = timedelta(minutes=1)
"""An attempt that has had no answer for so long in machine time is no sign of flow."""
FULL = timedelta(minutes=1)
"""A sender whose rate lets nothing through for so long is full."""
FRESH_CALL = timedelta(minutes=10)
"""An open call whose lease lasts so much longer is under way; half of what a call may take."""
MOST = 1_000
"""Queues are counted up to here."""

_ANSWERED = "state NOT IN ('absent', 'unsure', 'attempting', 'unknown')"
_WENT = """(state IN ('accepted', 'sent', 'delivered', 'undelivered', 'done') OR sid IS NOT NULL
            OR state IN ('attempting', 'unknown') AND handed_at >= :stale)"""
"""The carrier, the relay or a volunteer had it, or may still get it; what failed at once reached
nobody."""

_LAST = sql(f"""
    SELECT attempted_at FROM attempts
     WHERE campaign_id = :campaign AND attempted_at > :since AND {_WENT}
     ORDER BY attempted_at DESC LIMIT 1
""")


def last_attempt(
    session: Session, campaign_id: int, *, now: datetime, wall: datetime
) -> datetime | None:
    """When something last went out that may have reached anybody; None: not in these hours."""
    facts = {"campaign": campaign_id, "since": now - LONGEST_OPEN, "stale": wall - STALE}
    at = session.scalar(_LAST, facts)
    return at if isinstance(at, datetime) else None


_CALLERS = sql("""
    SELECT count(DISTINCT claimed_by) FROM touches
     WHERE state = 'claimed' AND lease_until > :wall
       AND campaign_id = :campaign AND channel = 'call'
""")


def callers(session: Session, campaign_id: int, wall: datetime) -> int:
    """How many volunteers took up a call within the last minutes."""
    facts = {"campaign": campaign_id, "wall": wall + FRESH_CALL}
    return int(session.scalar(_CALLERS, facts) or 0)


_TRIED = sql(f"""
    SELECT sender_id, count(*) AS tried, count(*) FILTER (WHERE {_ANSWERED}) AS passed
      FROM attempts WHERE campaign_id = :campaign AND attempted_at > :since
       AND sender_id IS NOT NULL GROUP BY sender_id
""")


_SENDERS = sql("""
    SELECT id, name, address, channel, stopped, slow_until, health, per_day, day_on, day_used,
           next_free_at, paused_until FROM senders WHERE campaign_id = :campaign ORDER BY id
""")


def senders(
    session: Session, campaign_id: int, *, since: datetime, wall: datetime
) -> list[SenderSeen]:
    """The campaign's senders, and what they tried after `since`."""
    facts = {"campaign": campaign_id, "since": since, "stale": wall - STALE}
    tried = {row.sender_id: row for row in session.execute(_TRIED, facts)}
    rows = session.execute(_SENDERS, {"campaign": campaign_id})
    return [_seen(row, tried.get(row.id), wall) for row in rows]


def _seen(row: Any, tried: Any, wall: datetime) -> SenderSeen:
    today = wall.astimezone(UTC).date()
    spent = row.per_day is not None and row.day_on == today and row.day_used >= row.per_day
    late = row.next_free_at is not None and row.next_free_at > wall + FULL
    return SenderSeen(
        id=row.id,
        name=row.name or row.address,
        channel=Channel(row.channel),
        stopped=row.stopped,
        resting=row.slow_until is not None and row.slow_until > wall,
        health=row.health,
        full=spent or late,
        paused_until=row.paused_until,
        tried=tried.tried if tried else 0,
        passed=tried.passed if tried else 0,
    )


_USED = sql("""
    SELECT channel FROM (SELECT DISTINCT channel FROM scripts
                          WHERE campaign_id = :campaign AND purpose = :ramp) s
     WHERE channel <> 'call'
        OR EXISTS (SELECT FROM ramps r WHERE r.campaign_id = :campaign AND r.channel = 'call')
        OR EXISTS (SELECT FROM plan_hours p WHERE p.campaign_id = :campaign
                      AND p.channel = 'call' AND p.planned > 0)
""")


def used_channels(session: Session, campaign_id: int) -> set[Channel]:
    """The channels that have words; calls only if the campaign makes any."""
    rows = session.execute(_USED, {"campaign": campaign_id, "ramp": RAMP})
    return {Channel(value) for value in rows.scalars()}


_DUE = sql("""
    SELECT count(*) FROM (
        SELECT FROM touches WHERE campaign_id = :campaign AND channel = :channel
           AND state = 'ready' AND due_at <= :now AND expires_at > :now LIMIT :most) found
""")


def due(session: Session, campaign_id: int, channel: Channel, now: datetime) -> int:
    """How many touches are ready and due, counted up to MOST."""
    facts = {"campaign": campaign_id, "channel": channel.value, "now": now, "most": MOST}
    return int(session.scalar(_DUE, facts) or 0)


_REACHABLE = """
SELECT t.voter_id FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_{channel}s = '' AND t.arm = 'treated'
  AND t.voted_at IS NULL AND t.place = ANY(:places)
  AND t.calls + t.texts + t.emails < :total_cap
  AND (t.last_attempt_at IS NULL OR t.last_attempt_at <= :since OR (
       SELECT count(*) < :daily_cap FROM attempts a
       WHERE a.voter_id = t.voter_id AND a.campaign_id = t.campaign_id
         AND a.attempted_at > :since AND a.state <> 'absent'))
  AND {address} IS NOT NULL AND t.voter_id <> ALL(:passed)
  AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = :channel)
  AND NOT EXISTS (SELECT FROM dead_addresses d
                  WHERE d.address = {address} AND d.channel = :channel)
  AND NOT EXISTS (SELECT FROM touches q WHERE q.campaign_id = t.campaign_id
                  AND q.{same} = t.{same} AND q.channel = :channel
                  -- Whoever waits in the queue is not reached by it.
                  AND (q.state IN ('attempting', 'unknown') OR q.state = 'ready' AND q.due_at > :at
                       OR q.state = 'claimed' AND q.lease_until > :wall))
  {consent} {mobile} {narrower}
ORDER BY t.{channel}s, t.value DESC, t.voter_id
LIMIT :limit
"""
_CONSENT = """
AND EXISTS (SELECT FROM consents c WHERE c.address = {address} AND c.channel = :channel)
"""
_MOBILE = "AND v.phone_kind <> 'landline'"


def reachable(
    session: Session,
    campaign_id: int,
    channel: Channel,
    places: Sequence[str],
    *,
    by: datetime,
    now: datetime,
    wall: datetime,
    daily_cap: int,
    total_cap: int,
    consent: bool,
    passed: Collection[int],
    limit: int,
) -> list[int]:
    """Some voters who could have been tried at `by` as far as the tables say, without a lock.

    Those too whose rest the pacer would cut short, who wait in the queue, or who were claimed
    under a lease that is over.
    """
    search = Search(places, at_once=True, floor=by - NEAREST)
    query = _REACHABLE.format(
        channel=channel.value,
        address=ADDRESS[channel],
        same="household_id" if channel is Channel.CALL else "voter_id",
        consent=_CONSENT.format(address=ADDRESS[channel]) if consent else "",
        mobile=_MOBILE if channel is Channel.TEXT else "",
        narrower=search.narrower(channel),
    )
    facts = {
        "campaign": campaign_id,
        "channel": channel.value,
        **search.binds,
        "now": by,  # as the search has it
        "at": now,
        "wall": wall,
        "since": by - timedelta(hours=24),
        "daily_cap": daily_cap,
        "total_cap": total_cap,
        "passed": list(passed),
        "limit": limit,
    }
    return [int(voter) for voter in session.execute(sql(query), facts).scalars()]


_OVERDUE = sql("""
    SELECT count(*) FROM (
        SELECT FROM touches WHERE state = 'ready' AND expires_at <= :before
           AND campaign_id = :campaign LIMIT :most) found
""")


def overdue(session: Session, campaign_id: int, before: datetime) -> int:
    """How many touches are ready though their open hours ended before `before`, up to MOST."""
    facts = {"campaign": campaign_id, "before": before, "most": MOST}
    return int(session.scalar(_OVERDUE, facts) or 0)


IN_DOUBT = timedelta(hours=1)
"""So long after it ended, a text that may have arrived is told of, in campaign time."""
_UNSURE = sql("""
    SELECT count(*) FROM attempts
     WHERE campaign_id = :campaign AND attempted_at > :since AND channel = 'text'
       AND state = 'unsure' AND settled_at > :late
""")


def unsure(session: Session, campaign_id: int, now: datetime) -> int:
    """How many texts ended lately of which nobody knows whether they arrived."""
    # One lasts for its open hours at most, and its end may be found out half a day later.
    facts = {"campaign": campaign_id, "since": now - timedelta(days=2), "late": now - IN_DOUBT}
    return int(session.scalar(_UNSURE, facts) or 0)


_OUTCOMES = sql("""
    WITH latest AS (
        -- Twice as many, for some numbers have had several.
        SELECT id, address, attempted_at, state, error_code FROM attempts
         WHERE campaign_id = :campaign AND attempted_at > :since AND channel = 'text'
           AND state IN ('delivered', 'undelivered', 'failed')
         ORDER BY attempted_at DESC LIMIT 2 * :most
    ), numbers AS (
        SELECT * FROM (SELECT DISTINCT ON (address) * FROM latest
                        ORDER BY address, attempted_at DESC, id) last
         ORDER BY attempted_at DESC, id LIMIT :most)
    SELECT state, error_code, count(*) AS numbers,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM opt_outs o WHERE o.address = numbers.address AND o.channel = 'text'
                  AND o.opted_out_at >= numbers.attempted_at)) AS opt_outs
      FROM numbers GROUP BY state, error_code
""")


def shares(session: Session, campaign_id: int, now: datetime) -> Shares:
    """What became of the last texts of a day, one a number, as far as an outcome is known."""
    facts = {"campaign": campaign_id, "since": now - timedelta(days=1), "most": LAST}
    numbers = filtered = failed = opt_outs = 0
    for row in session.execute(_OUTCOMES, facts):
        effect = effect_of(row.error_code)
        numbers, opt_outs = numbers + row.numbers, opt_outs + row.opt_outs
        if row.error_code is not None and effect is ErrorEffect.FILTERED:
            filtered += row.numbers
        elif row.state != "delivered" and effect is not ErrorEffect.OPT_OUT:
            failed += row.numbers
    return Shares(numbers, filtered, failed, opt_outs)


@dataclass(frozen=True)
class Crew:
    """The workers that have not signed off, and how long there were none before these."""

    workers: tuple[WorkerSeen, ...] = ()
    alive: int = 0
    manned_for: timedelta = timedelta()  # machine time
    unmanned: timedelta = timedelta()  # machine time before that; long if none was ever seen


_WORKERS = sql("""
    SELECT name, host, started_at, beat_at, doing, doing_since, ended_at FROM workers
     ORDER BY started_at, name
""")


def crew(session: Session, wall: datetime, gone: timedelta) -> Crew:
    """All workers; one whose last beat is older than `gone` is not alive."""
    rows = session.execute(_WORKERS).all()
    here = [row for row in rows if row.ended_at is None]
    alive = [row for row in here if wall - row.beat_at <= gone]
    began = min((row.started_at for row in alive), default=wall)
    before = [row.beat_at for row in rows if row not in alive and row.started_at < began]
    return Crew(
        tuple(
            WorkerSeen(
                row.name,
                max(wall - row.beat_at, timedelta()),
                row.doing,
                wall - row.doing_since if row.doing_since else timedelta(),
                any(one.host == row.host and one.started_at > row.beat_at for one in rows),
            )
            for row in here
        ),
        len(alive),
        wall - began,
        max(began - max(before), timedelta()) if before else timedelta(days=1),
    )


def cheapest(session: Session, campaign_id: int, channel: Channel) -> Decimal:
    """The least that a message of the channel costs by a sender that is not stopped."""
    price = session.scalar(
        sql(
            "SELECT min(price) FROM senders WHERE campaign_id = :campaign AND channel = :channel "
            "AND stopped = ''"
        ),
        {"campaign": campaign_id, "channel": channel.value},
    )
    return price if isinstance(price, Decimal) else Decimal(0)
