"""Reads for the pages: a few indexed queries each. Nothing here writes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import CONTACTS
from app.store.campaigns import Campaign
from app.store.messages import Inbound
from app.store.people import User
from app.store.voters import ImportRun, RejectedRow
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
    kind: str  # call | reply | opt-out | ballot | failure
    who: str
    what: str


@dataclass(frozen=True)
class Reply:
    """A text that waits for a person, with what we had written before."""

    id: int
    received_at: datetime
    from_address: str
    body: str
    meaning: str
    voter: str
    sent_before: str


@dataclass(frozen=True)
class Tally:
    """A volunteer's day: calls made, and conversations among them."""

    calls: int
    conversations: int


def campaigns(session: Session) -> Sequence[Campaign]:
    """All campaigns, the next polling day first."""
    return session.scalars(select(Campaign).order_by(Campaign.polling_day, Campaign.name)).all()


def campaign(session: Session, campaign_id: int) -> Campaign | None:
    """One campaign, or None."""
    return session.get(Campaign, campaign_id, populate_existing=True)


_PLAN = text("""
    SELECT (hour_at AT TIME ZONE :zone)::date AS day, channel, sum(planned) AS planned,
           sum(CASE WHEN hour_at <= :now - interval '1 hour' THEN planned
                    WHEN hour_at <= :now
                    THEN planned * extract(epoch FROM :now - hour_at) / 3600
                    ELSE 0 END) AS by_now
      FROM plan_hours WHERE campaign_id = :campaign_id GROUP BY 1, 2
""")
_DONE = text("""
    SELECT (attempted_at AT TIME ZONE :zone)::date AS day, channel, count(*) AS done,
           count(*) FILTER (WHERE attempted_at > :now - interval '1 hour') AS last_hour
      FROM attempts
     WHERE campaign_id = :campaign_id AND attempted_at >= :since AND state <> 'absent'
     GROUP BY 1, 2
""")


def days(
    session: Session, campaign_id: int, *, zone: str, now: datetime, since: datetime | None = None
) -> list[DayCount]:
    """Planned and done for each day and channel, in order; done only from `since` on."""
    facts = {"campaign_id": campaign_id, "zone": zone, "now": now}
    planned = {(row.day, row.channel): row for row in session.execute(_PLAN, facts)}
    done_facts = {**facts, "since": since or datetime(1970, 1, 1, tzinfo=now.tzinfo)}
    done = {(row.day, row.channel): row for row in session.execute(_DONE, done_facts)}
    return [_day_count(key, planned.get(key), done.get(key)) for key in sorted({*planned, *done})]


def _day_count(key: tuple[date, str], planned: Row[Any] | None, done: Row[Any] | None) -> DayCount:
    return DayCount(
        day=key[0],
        channel=Channel(key[1]),
        planned=int(planned.planned) if planned else 0,
        by_now=round(planned.by_now) if planned else 0,
        done=done.done if done else 0,
        last_hour=done.last_hour if done else 0,
    )


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
    SELECT (SELECT count(*) FROM opt_outs) AS opt_outs,
           (SELECT count(*) FROM inbound WHERE handled_at IS NULL) AS replies,
           (SELECT count(*) FROM ballots WHERE polling_day = :polling_day) AS ballots
""")


def counts(session: Session, polling_day: date) -> Row[Any]:
    """opt_outs, replies (waiting) and ballots (for this polling day)."""
    return session.execute(_COUNTS, {"polling_day": polling_day}).one()


def replies_waiting(session: Session) -> int:
    """How many replies nobody has handled yet."""
    waiting_ = select(func.count()).select_from(Inbound).where(Inbound.handled_at.is_(None))
    return session.scalar(waiting_) or 0


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
        (SELECT settled_at, 'failure', voter_id, address,
                concat_ws(' ', channel, state, error_code)
           FROM attempts
          WHERE campaign_id = :campaign_id AND attempted_at > :since AND settled_at IS NOT NULL
            AND state IN ('failed', 'undelivered') ORDER BY attempted_at DESC LIMIT :most)
        UNION ALL
        (SELECT received_at, 'reply', voter_id, from_address, body
           FROM inbound WHERE campaign_id = :campaign_id ORDER BY id DESC LIMIT :most)
        UNION ALL
        (SELECT opted_out_at, 'opt-out', NULL, address, channel
           FROM opt_outs WHERE source <> 'reply' AND opted_out_at <= :now
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


_REPLIES = text("""
    SELECT i.id, i.received_at, i.from_address, i.body, i.meaning,
           coalesce(trim(v.first_name || ' ' || v.last_name), '') AS voter,
           coalesce(a.body, '') AS sent_before
      FROM inbound i
      LEFT JOIN voters v ON v.id = i.voter_id
      LEFT JOIN LATERAL (
           SELECT body FROM attempts
            WHERE voter_id = i.voter_id AND campaign_id = i.campaign_id AND channel = 'text'
              AND attempted_at <= i.received_at
            ORDER BY attempted_at DESC LIMIT 1) a ON true
     WHERE i.handled_at IS NULL
     ORDER BY i.received_at DESC, i.id DESC LIMIT :most
""")


def replies(session: Session, most: int = 50) -> list[Reply]:
    """Replies that wait for a person, newest first."""
    return [Reply(*row) for row in session.execute(_REPLIES, {"most": most})]


_TALLY = text("""
    SELECT count(*) AS calls, count(*) FILTER (WHERE disposition = ANY(:contacts)) AS conversations
      FROM attempts
     WHERE campaign_id = :campaign_id AND user_id = :user_id AND attempted_at >= :since
       AND disposition <> ''
""")


def tally(session: Session, campaign_id: int, user_id: int, since: datetime) -> Tally:
    """A volunteer's calls and conversations since then."""
    facts = {"campaign_id": campaign_id, "user_id": user_id, "since": since}
    row = session.execute(_TALLY, {**facts, "contacts": [str(c) for c in CONTACTS]}).one()
    return Tally(row.calls, row.conversations)


def people(session: Session) -> Sequence[User]:
    """All who have an account, by name; two queries, whatever their number."""
    return session.scalars(select(User).order_by(func.lower(User.name), User.email)).all()


def import_runs(session: Session, most: int = 50) -> Sequence[ImportRun]:
    """The last runs of the importer, newest first."""
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(most)).all()


def rejects(session: Session, run_id: int) -> Iterator[RejectedRow]:
    """The rejected rows of a run in the order of the file, a thousand at a time."""
    rows = select(RejectedRow).where(RejectedRow.import_run_id == run_id).order_by(RejectedRow.id)
    yield from session.scalars(rows.execution_options(yield_per=1000))
