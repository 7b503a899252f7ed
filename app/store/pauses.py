"""Pauses in the database: who paused what and why, when each ended, and what waits behind one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Campaign, Sender
from app.store.sql import sql

RESUMED = {"campaign": "campaign resumed", "channel": "channel resumed", "sender": "sender resumed"}
PAUSED = {"campaign": "campaign paused", "channel": "channel paused", "sender": "sender paused"}
"""What the audit log calls them; all stand under the subject of the campaign, so that one look
finds them."""
MOST = 10_000
"""What waits is counted up to here."""


def resumed_at(session: Session, campaign_id: int) -> dict[Channel | None, datetime]:
    """When the last pause of the campaign ended (None), and of each channel."""
    rows = session.execute(
        sql(
            "SELECT CASE WHEN action = 'campaign resumed' THEN '' ELSE details ->> 'opens' END, "
            "max(at) FROM audit WHERE subject = :subject AND action = ANY(:actions) GROUP BY 1"
        ),
        {"subject": f"campaign:{campaign_id}", "actions": list(RESUMED.values())},
    )
    return {Channel(name) if name else None: at for name, at in rows if name is not None}


@dataclass(frozen=True)
class Noted:
    """What the audit log says of a pause."""

    what: str  # campaign | a channel's value | sender:<id>
    at: datetime
    reason: str
    by: str


def noted(session: Session, campaign_id: int) -> dict[str, Noted]:
    """The last pause of everything that was ever paused, in one query."""
    rows = session.execute(
        sql(
            "SELECT DISTINCT ON (what) coalesce(a.details ->> 'what', 'campaign') AS what, a.at, "
            "coalesce(a.details ->> 'reason', ''), coalesce(u.name, '') "
            "FROM audit a LEFT JOIN users u ON u.id = a.user_id "
            "WHERE a.subject = :subject AND a.action = ANY(:actions) ORDER BY what, a.id DESC"
        ),
        {"subject": f"campaign:{campaign_id}", "actions": list(PAUSED.values())},
    )
    return {row[0]: Noted(*row) for row in rows}


def locked(session: Session, campaign_id: int) -> Campaign:
    """The campaign, held until the transaction ends; whoever pauses anything of it holds it."""
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def locked_senders(session: Session, campaign_id: int) -> Sequence[Sender]:
    """Its senders in the order of their ids, held until the transaction ends."""
    query = select(Sender).where(Sender.campaign_id == campaign_id).order_by(Sender.id)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def senders(session: Session, campaign_id: int) -> Sequence[Sender]:
    """Its senders, those of texts first, as they stand in the database."""
    query = select(Sender).where(Sender.campaign_id == campaign_id)
    query = query.order_by(Sender.channel.desc(), Sender.id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def paused_senders(session: Session, campaign_id: int) -> list[tuple[int, str, datetime]]:
    """Of those that are paused: id, name or address, and until when."""
    query = sql(
        "SELECT id, coalesce(nullif(name, ''), address), paused_until FROM senders "
        "WHERE campaign_id = :campaign AND paused_until IS NOT NULL ORDER BY channel DESC, id"
    )
    rows = session.execute(query, {"campaign": campaign_id})
    return [(number, name, until) for number, name, until in rows]


_WAITING = """
SELECT CASE WHEN purpose LIKE 'blast:%' THEN 'blast' WHEN purpose LIKE 'written:%' THEN 'answer'
            ELSE purpose END AS kind, count(*),
       count(*) FILTER (WHERE expires_at <= :ends),
       count(*) FILTER (WHERE due_at > :now AND due_at <= :ends)
FROM (SELECT purpose, expires_at, due_at FROM touches
      WHERE campaign_id = :campaign AND state = 'ready' AND channel = ANY(:channels)
        AND (CAST(:sender AS bigint) IS NULL OR sender_id = :sender)
        AND due_at <= :ends LIMIT :most) waits
GROUP BY 1
"""


@dataclass(frozen=True)
class Waiting:
    """Released touches of one kind that wait, at most MOST of all kinds together."""

    number: int
    expires: int  # of these, before the pause is over
    falls_due: int  # of these, while it holds


def waiting(
    session: Session,
    campaign_id: int,
    channels: Sequence[Channel],
    *,
    now: datetime,
    ends: datetime,
    sender_id: int | None = None,
) -> dict[str, Waiting]:
    """Kind of purpose (ramp, blast, answer, callback, …) to what waits; of one sender only what is
    bound to it."""
    rows = session.execute(
        sql(_WAITING),
        {
            "campaign": campaign_id,
            "channels": [one.value for one in channels],
            "sender": sender_id,
            "now": now,
            "ends": ends,
            "most": MOST,
        },
    )
    return {row[0]: Waiting(*row[1:]) for row in rows}


def promised_times(session: Session, campaign_id: int, since: datetime, until: datetime) -> int:
    """Voters who said at what time they vote, within this stretch, counted up to MOST."""
    query = (
        "SELECT count(*) FROM (SELECT FROM voting_plans WHERE campaign_id = :campaign "
        "AND votes_at > :since AND votes_at <= :until LIMIT :most) plans"
    )
    binds = {"campaign": campaign_id, "since": since, "until": until, "most": MOST}
    return int(session.scalar(sql(query), binds) or 0)


def planned_by_hour(
    session: Session, campaign_id: int, channel: Channel, since: datetime, until: datetime
) -> list[tuple[datetime, int]]:
    """The hours that touch this stretch, with what is planned in each."""
    query = (
        "SELECT hour_at, planned FROM plan_hours WHERE campaign_id = :campaign "
        "AND channel = :channel AND hour_at > :since - interval '1 hour' AND hour_at < :until"
    )
    binds = {"campaign": campaign_id, "channel": channel.value, "since": since, "until": until}
    return [(at, int(planned)) for at, planned in session.execute(sql(query), binds)]
