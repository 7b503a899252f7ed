"""Reads for campaigns and their dashboard: a few indexed queries. Nothing here writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Campaign, Sender
from app.store.sql import sql
from app.store.workers import Worker


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


WAITING = """
    SELECT channel, count(*) FILTER (WHERE due_at <= :now) AS due,
           count(*) FILTER (WHERE due_at > :now) AS later
      FROM touches WHERE campaign_id = :campaign_id AND state = 'ready' GROUP BY channel
"""


def waiting(session: Session, campaign_id: int, now: datetime) -> dict[Channel, Waiting]:
    """What is ready to go, for each channel."""
    rows = session.execute(sql(WAITING), {"campaign_id": campaign_id, "now": now})
    counted = {
        Channel(row.channel): Waiting(Channel(row.channel), row.due, row.later) for row in rows
    }
    return {channel: counted.get(channel, Waiting(channel, 0, 0)) for channel in Channel}


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
_EVENTS = sql("""
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
        (SELECT o.opted_out_at, 'opt-out', NULL, o.address, o.channel
           FROM opt_outs o WHERE o.source NOT IN ('reply', 'list')
            AND o.opted_out_at > :since AND o.opted_out_at <= :now
            AND EXISTS (SELECT FROM attempts a
                         WHERE a.address = o.address AND a.campaign_id = :campaign_id)
          ORDER BY o.opted_out_at DESC LIMIT :most)
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
