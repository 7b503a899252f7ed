"""Reads for campaigns and their dashboard: a few indexed queries. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Campaign, Sender
from app.store.workers import Worker


@dataclass(frozen=True)
class DayCount:
    """One channel on one day of the campaign's own clock, in attempts."""

    day: date
    channel: Channel
    planned: int = 0
    by_now: int = 0  # of the planned: what was to be done until now
    done: int = 0
    last_hour: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Waiting:
    """Touches that were released and not yet tried, for one channel."""

    channel: Channel
    due: int
    later: int


@dataclass(frozen=True)
class Event:
    """Something that happened, for the list of the last ones."""

    at: datetime
    kind: str  # call | reply | opt-out | ballot
    who: str
    what: str


def campaigns(session: Session) -> Sequence[Campaign]:
    """All campaigns, the next polling day first."""
    return session.scalars(select(Campaign).order_by(Campaign.polling_day, Campaign.name)).all()


def campaign(session: Session, campaign_id: int) -> Campaign | None:
    """One campaign, or None."""
    return session.get(Campaign, campaign_id, populate_existing=True)


_PLANNED = text("""
    SELECT (hour_at AT TIME ZONE :zone)::date AS day, channel, sum(planned)::int AS planned,
           round(sum(CASE WHEN hour_at <= :now - interval '1 hour' THEN planned
                          WHEN hour_at <= :now
                          THEN planned * extract(epoch FROM :now - hour_at) / 3600
                          ELSE 0 END))::int AS by_now
      FROM plan_hours WHERE campaign_id = :campaign_id GROUP BY 1, 2
""")


def planned(session: Session, campaign_id: int, *, zone: str, now: datetime) -> list[DayCount]:
    """What was planned for each day and channel, and how much of it by now."""
    facts = {"campaign_id": campaign_id, "zone": zone, "now": now}
    return [
        DayCount(row.day, Channel(row.channel), planned=row.planned, by_now=row.by_now)
        for row in session.execute(_PLANNED, facts)
    ]


_DONE = text("""
    SELECT (attempted_at AT TIME ZONE :zone)::date AS day, channel, count(*) AS done,
           count(*) FILTER (WHERE attempted_at > :now - interval '1 hour') AS last_hour,
           count(*) FILTER (WHERE state IN ('failed', 'undelivered')) AS failed
      FROM attempts
     WHERE campaign_id = :campaign_id AND attempted_at >= :begin AND attempted_at < :end
       AND state <> 'absent'
     GROUP BY 1, 2
""")


def done(
    session: Session, campaign_id: int, *, zone: str, now: datetime, begin: datetime, end: datetime
) -> list[DayCount]:
    """What was done from `begin` until before `end`, for each day and channel."""
    frame = {"campaign_id": campaign_id, "begin": begin, "end": end}
    return [
        DayCount(
            row.day, Channel(row.channel), done=row.done, last_hour=row.last_hour, failed=row.failed
        )
        for row in session.execute(_DONE, {**frame, "zone": zone, "now": now})
    ]


_WAITING = text("""
    SELECT channel, count(*) FILTER (WHERE due_at <= :now) AS due,
           count(*) FILTER (WHERE due_at > :now) AS later
      FROM touches WHERE campaign_id = :campaign_id AND state = 'ready' GROUP BY channel
""")


def waiting(session: Session, campaign_id: int, now: datetime) -> dict[Channel, Waiting]:
    """What is ready to go, for each channel."""
    rows = session.execute(_WAITING, {"campaign_id": campaign_id, "now": now})
    counted = {
        Channel(row.channel): Waiting(Channel(row.channel), row.due, row.later) for row in rows
    }
    return {channel: counted.get(channel, Waiting(channel, 0, 0)) for channel in Channel}


_COUNTS = text("""
    SELECT (SELECT count(*) FROM inbound
             WHERE campaign_id = :campaign_id AND handled_at IS NULL) AS replies,
           (SELECT count(*) FROM ballots WHERE polling_day = :polling_day) AS ballots,
           (SELECT count(DISTINCT claimed_by) FROM touches
             WHERE campaign_id = :campaign_id AND channel = 'call'
               AND state IN ('claimed', 'attempting') AND lease_until > :wall) AS callers
""")


def counts(session: Session, campaign_id: int, *, polling_day: date, wall: datetime) -> Row[Any]:
    """replies (waiting), ballots (for this polling day) and callers (with a call in hand)."""
    facts = {"campaign_id": campaign_id, "polling_day": polling_day, "wall": wall}
    return session.execute(_COUNTS, facts).one()


# From the opt-outs to the campaign, not from its targets: they may be ten million.
_OPT_OUTS = text("""
    SELECT count(DISTINCT o.address) FROM opt_outs o
     WHERE EXISTS (SELECT FROM attempts a
                    WHERE a.address = o.address AND a.campaign_id = :campaign_id)
        OR EXISTS (SELECT FROM inbound i
                    WHERE i.from_address = o.address AND i.campaign_id = :campaign_id)
""")


def opt_outs(session: Session, campaign_id: int) -> int:
    """How many addresses that the campaign reached, or that wrote to it, opted out."""
    return session.scalar(_OPT_OUTS, {"campaign_id": campaign_id}) or 0


def stopped_senders(session: Session, campaign_id: int) -> Sequence[Sender]:
    """The campaign's senders that may not send; each says why."""
    stopped = select(Sender).where(Sender.campaign_id == campaign_id, Sender.stopped != "")
    return session.scalars(stopped.order_by(Sender.channel, Sender.id)).all()


def sender(session: Session, campaign_id: int, sender_id: int) -> Sender | None:
    """One sender of the campaign, or None."""
    mine = select(Sender).where(Sender.campaign_id == campaign_id, Sender.id == sender_id)
    return session.scalars(mine).one_or_none()


def workers(session: Session, since: datetime) -> Sequence[Worker]:
    """Worker processes that run or had a sign of life since then (machine time), oldest first."""
    alive = select(Worker).where(Worker.ended_at.is_(None), Worker.beat_at > since)
    return session.scalars(alive.order_by(Worker.started_at)).all()


# Ordinary texts and emails are left out: they would fill the list by the second.
_EVENTS = text("""
    SELECT e.at, e.kind, e.what,
           coalesce(nullif(trim(v.first_name || ' ' || v.last_name), ''), e.address) AS who
      FROM (
        (SELECT attempted_at AS at, 'call' AS kind, voter_id, address, disposition AS what
           FROM attempts
          WHERE campaign_id = :campaign_id AND attempted_at > :since AND channel = 'call'
            AND disposition <> '' ORDER BY attempted_at DESC LIMIT :most)
        UNION ALL
        (SELECT received_at, 'reply', voter_id, from_address, body
           FROM inbound WHERE campaign_id = :campaign_id ORDER BY id DESC LIMIT :most)
        UNION ALL
        (SELECT opted_out_at, 'opt-out', NULL, address, channel
           FROM opt_outs WHERE source NOT IN ('reply', 'list') AND opted_out_at <= :now
          ORDER BY opted_out_at DESC LIMIT :most)
        UNION ALL
        (SELECT b.recorded_at, 'ballot', b.voter_id, '', b.source
           FROM ballots b JOIN targets t ON t.campaign_id = :campaign_id AND t.voter_id = b.voter_id
          WHERE b.polling_day = :polling_day ORDER BY b.recorded_at DESC LIMIT :most)
      ) e LEFT JOIN voters v ON v.id = e.voter_id
     ORDER BY e.at DESC LIMIT :most
""")


def events(
    session: Session, campaign_id: int, *, polling_day: date, now: datetime, most: int = 20
) -> list[Event]:
    """The last things that happened, newest first."""
    facts = {"campaign_id": campaign_id, "polling_day": polling_day, "now": now, "most": most}
    since = now - timedelta(hours=12)
    rows = session.execute(_EVENTS, {**facts, "since": since})
    return [Event(row.at, row.kind, row.who or "", row.what) for row in rows]
