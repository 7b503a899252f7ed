"""Reads for a volunteer's home: the day so far, theirs and the team's, and calls they promised."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.disposition import CONTACTS
from app.store.sql import sql


@dataclass(frozen=True)
class Done:
    """What was done since a moment."""

    calls: int
    conversations: int
    plans: int  # plans to vote that were told
    texts: int  # sent by hand


@dataclass(frozen=True)
class DaySoFar:
    """A day of one's own and of the whole team."""

    mine: Done
    team: Done
    people: int  # of the team who called or texted
    goal: int  # calls that the plan wants this day; 0 without a plan


# By person, since that is indexed: to go through all that the senders sent today would take long.
_ATTEMPTS = sql("""
    SELECT count(*) FILTER (WHERE is_call) AS calls,
           count(*) FILTER (WHERE is_call AND reached) AS conversations,
           count(*) FILTER (WHERE NOT is_call) AS texts,
           count(*) FILTER (WHERE is_call AND mine) AS my_calls,
           count(*) FILTER (WHERE is_call AND reached AND mine) AS my_conversations,
           count(*) FILTER (WHERE NOT is_call AND mine) AS my_texts,
           count(DISTINCT user_id) AS people
      FROM (SELECT a.user_id, a.user_id = :user AS mine, a.channel = 'call' AS is_call,
                   a.disposition = ANY(:contacts) AS reached
              FROM users u JOIN attempts a ON a.user_id = u.id
             WHERE (u.campaign_id = :campaign OR u.campaign_id IS NULL)
               AND a.attempted_at >= :begin AND a.attempted_at < :end
               AND a.campaign_id = :campaign AND a.state <> 'absent'
               AND (a.channel <> 'call' OR a.disposition <> '')) AS today
""")

_PLANS = sql("""
    SELECT count(*), count(*) FILTER (WHERE made_by = :user) FROM voting_plans
     WHERE campaign_id = :campaign AND made_at >= :begin AND made_at < :end
       AND made_by IS NOT NULL
""")

_GOAL = sql("""
    SELECT coalesce(sum(planned), 0) FROM plan_hours
     WHERE campaign_id = :campaign AND channel = 'call' AND hour_at >= :begin AND hour_at < :end
""")


def day_so_far(
    session: Session, campaign_id: int, user_id: int, begin: datetime, end: datetime
) -> DaySoFar:
    """What was done in a campaign from `begin` until before `end`, and by this person."""
    frame = {"campaign": campaign_id, "user": user_id, "begin": begin, "end": end}
    row = session.execute(_ATTEMPTS, {**frame, "contacts": [str(one) for one in CONTACTS]}).one()
    plans, my_plans = session.execute(_PLANS, frame).one()
    return DaySoFar(
        mine=Done(row.my_calls, row.my_conversations, my_plans, row.my_texts),
        team=Done(row.calls, row.conversations, plans, row.texts),
        people=row.people,
        goal=int(session.scalar(_GOAL, frame) or 0),
    )


@dataclass(frozen=True)
class Promised:
    """Calls that voters asked this volunteer for."""

    due: int
    later: int
    next_at: datetime | None  # of those that are not due yet


# The last who was asked is the one who promised.
_PROMISED = sql("""
    SELECT count(*) FILTER (WHERE q.due_at <= :now) AS due,
           count(*) FILTER (WHERE q.due_at > :now) AS later,
           min(q.due_at) FILTER (WHERE q.due_at > :now) AS next_at
      FROM touches q
      JOIN LATERAL (SELECT a.user_id FROM attempts a
                     WHERE a.voter_id = q.voter_id AND a.campaign_id = q.campaign_id
                       AND a.channel = 'call' AND a.disposition = 'call_back'
                     ORDER BY a.attempted_at DESC, a.id LIMIT 1) AS promise
        ON promise.user_id = :user
     WHERE q.campaign_id = :campaign AND q.channel = 'call' AND q.state = 'ready'
       AND q.purpose = 'callback' AND q.expires_at > :now
""")


def promised(session: Session, campaign_id: int, user_id: int, now: datetime) -> Promised:
    """The callbacks that this volunteer promised and nobody has made yet."""
    frame = {"campaign": campaign_id, "user": user_id, "now": now}
    row = session.execute(_PROMISED, frame).one()
    return Promised(row.due, row.later, row.next_at)
