"""The report of polling day: what it counts, and the reports as they were written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.disposition import CONTACTS
from app.store.sql import sql

WRITTEN = "day report written"
"""What the audit log calls a report; its details are the report, which nobody can change."""
MOST_PRECINCTS = 200
MOST_INCIDENTS = 50


@dataclass(frozen=True)
class Written:
    """A report as it was written down."""

    at: datetime
    facts: dict[str, Any]


def latest(session: Session, campaign_id: int) -> Written | None:
    """The last report of a campaign; None before the first."""
    row = session.execute(
        sql(
            "SELECT at, details FROM audit WHERE subject = :subject AND action = :written "
            "ORDER BY id DESC LIMIT 1"
        ),
        {"subject": f"day-report:{campaign_id}", "written": WRITTEN},
    ).first()
    return Written(row[0], row[1]) if row is not None else None


_DUE = sql("""
SELECT c.id FROM campaigns c WHERE c.state <> 'draft'
  AND c.polling_day BETWEEN :from AND :until
""")


def near(session: Session, first: date, last: date) -> Sequence[int]:
    """The campaigns with a polling day between these."""
    return list(session.scalars(_DUE, {"from": first, "until": last}))


def hold(session: Session, campaign_id: int) -> None:
    """Lets nobody else write this campaign's report until the transaction ends."""
    key = {"key": f"day-report:{campaign_id}"}
    session.execute(sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), key)


Rows = list[dict[str, Any]]


def _rows(session: Session, words: str, **binds: object) -> Rows:
    return [dict(row) for row in session.execute(sql(words), binds).mappings()]


def hours(session: Session, campaign_id: int, begin: datetime, end: datetime) -> Rows:
    """hour, channel, done, contacts, planned for each hour in which anything was or should be."""
    return _rows(
        session,
        """
        WITH done AS (
            SELECT date_trunc('hour', attempted_at, 'UTC') AS hour, channel, count(*) AS done,
                   count(*) FILTER (WHERE disposition = ANY(:contacts)
                                    OR channel <> 'call' AND state = 'delivered') AS contacts
            FROM attempts WHERE campaign_id = :campaign AND attempted_at >= :begin
              AND attempted_at < :end AND state <> 'absent' GROUP BY 1, 2
        ), planned AS (
            SELECT hour_at AS hour, channel, planned FROM plan_hours
            WHERE campaign_id = :campaign AND hour_at >= :begin AND hour_at < :end AND planned > 0
        )
        SELECT hour, channel, coalesce(done, 0) AS done, coalesce(contacts, 0) AS contacts,
               coalesce(planned, 0) AS planned
        FROM done FULL JOIN planned USING (hour, channel) ORDER BY hour, channel
        """,
        campaign=campaign_id,
        begin=begin,
        end=end,
        contacts=sorted(one.value for one in CONTACTS),
    )


def ballots_by_hour(
    session: Session, campaign_id: int, day: date, begin: datetime, end: datetime
) -> Rows:
    """hour, ballots of the campaign's targets that were recorded in it."""
    return _rows(
        session,
        """
        SELECT date_trunc('hour', b.recorded_at, 'UTC') AS hour, count(*) AS ballots
        FROM ballots b JOIN targets t ON t.campaign_id = :campaign AND t.voter_id = b.voter_id
        WHERE b.polling_day = :day AND b.recorded_at >= :begin AND b.recorded_at < :end
        GROUP BY 1 ORDER BY 1
        """,
        campaign=campaign_id,
        day=day,
        begin=begin,
        end=end,
    )


def precincts(session: Session, campaign_id: int) -> Rows:
    """state, county, precinct, targets, voted, expected, those with most targets first. Counties
    number their precincts alike, and states name their counties alike."""
    return _rows(
        session,
        """
        SELECT v.state, v.county, v.precinct, count(*) AS targets, count(t.voted_at) AS voted,
               round(coalesce(sum(v.turnout), 0))::int AS expected
        FROM targets t JOIN voters v ON v.id = t.voter_id
        WHERE t.campaign_id = :campaign
        GROUP BY v.precinct, v.county, v.state
        ORDER BY targets DESC, v.precinct, v.county, v.state LIMIT :most
        """,
        campaign=campaign_id,
        most=MOST_PRECINCTS,
    )


def universe(session: Session, campaign_id: int) -> dict[str, Any]:
    """targets, voted, scored (with a turnout score) and expected (the sum of these scores)."""
    return _rows(
        session,
        """
        SELECT count(*) AS targets, count(t.voted_at) AS voted, count(v.turnout) AS scored,
               count(t.voted_at) FILTER (WHERE v.turnout IS NOT NULL) AS scored_voted,
               round(coalesce(sum(v.turnout), 0))::int AS expected
        FROM targets t JOIN voters v ON v.id = t.voter_id WHERE t.campaign_id = :campaign
        """,
        campaign=campaign_id,
    )[0]


def longest_silence(
    session: Session, campaign_id: int, begin: datetime, end: datetime
) -> dict[str, Any]:
    """seconds, since: the longest time from one attempt to the next, or from `begin` to the first,
    or from the last to `end`."""
    return _rows(
        session,
        """
        WITH marks AS (
            SELECT attempted_at AS at FROM attempts WHERE campaign_id = :campaign
              AND attempted_at >= :begin AND attempted_at < :end AND state <> 'absent'
            UNION ALL SELECT CAST(:begin AS timestamptz) UNION ALL SELECT CAST(:end AS timestamptz)
        ), gaps AS (SELECT at, lead(at) OVER (ORDER BY at) - at AS gap FROM marks)
        SELECT extract(epoch FROM gap)::int AS seconds, at AS since FROM gaps
        WHERE gap IS NOT NULL ORDER BY gap DESC, at LIMIT 1
        """,
        campaign=campaign_id,
        begin=begin,
        end=end,
    )[0]


def by_state(session: Session, campaign_id: int) -> dict[str, Rows]:
    """rides: state, number; problems: kind, state, number."""
    return {
        "rides": _rows(
            session,
            "SELECT state, count(*) AS number FROM rides WHERE campaign_id = :campaign "
            "GROUP BY 1 ORDER BY 1",
            campaign=campaign_id,
        ),
        "problems": _rows(
            session,
            "SELECT kind, state, count(*) AS number FROM problems WHERE campaign_id = :campaign "
            "GROUP BY 1, 2 ORDER BY 1, 2",
            campaign=campaign_id,
        ),
    }


def incidents(session: Session, campaign_id: int, begin: datetime, end: datetime) -> Rows:
    """kind, said, opened_at, closed_at of what went wrong in outreach."""
    return _rows(
        session,
        "SELECT kind, said, opened_at, closed_at FROM incidents WHERE campaign_id = :campaign "
        "AND opened_at >= :begin AND opened_at < :end ORDER BY opened_at, id LIMIT :most",
        campaign=campaign_id,
        begin=begin,
        end=end,
        most=MOST_INCIDENTS,
    )


def people(session: Session, campaign_id: int, begin: datetime, end: datetime) -> dict[str, Any]:
    """volunteers, calls, conversations of the day; shifts, came, missed."""
    return _rows(
        session,
        """
        SELECT done.*, booked.* FROM (
            SELECT count(DISTINCT a.user_id) AS volunteers, count(*) AS calls,
                   count(*) FILTER (WHERE a.disposition = ANY(:contacts)) AS conversations
            FROM attempts a WHERE a.campaign_id = :campaign AND a.attempted_at >= :begin
              AND a.attempted_at < :end AND a.channel = 'call' AND a.state <> 'absent'
              AND a.user_id IS NOT NULL
        ) done, (
            SELECT count(*) AS shifts, count(came_at) AS came, count(missed_at) AS missed
            FROM shifts WHERE campaign_id = :campaign AND starts_at >= :begin AND starts_at < :end
        ) booked
        """,
        campaign=campaign_id,
        begin=begin,
        end=end,
        contacts=sorted(one.value for one in CONTACTS),
    )[0]
