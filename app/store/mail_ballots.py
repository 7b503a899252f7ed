"""Mail ballots on their way in: what the rows of a list say of each voter, next to what we know."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from app.domain.ballot import HAS_VOTED, STAGES

_RANK = f"array_position(ARRAY{list(STAGES)}, {{0}})"
_OUT = "('requested', 'sent')"  # not back yet
_DAYS = ("requested_on", "sent_on", "returned_on")

_TOLD = f"""
CREATE TEMP TABLE told ON COMMIT DROP AS
WITH stored AS MATERIALIZED (
    SELECT m.* FROM mail_ballots m
    WHERE m.polling_day = :day AND m.voter_id IN (SELECT voter_id FROM arriving)
), said AS (
    -- A row without a day is news of today where it goes further than what we know, else none.
    SELECT a.voter_id, a.stage, a.reason, a.row_number,
           coalesce(a.stage_on, CASE
               WHEN s.stage IS NULL THEN CAST(:today AS date)
               WHEN a.stage = s.stage THEN s.stage_on
               WHEN {_RANK.format("a.stage")} > {_RANK.format("s.stage")}
               THEN greatest(CAST(:today AS date), s.stage_on) END) AS stage_on
    FROM arriving a LEFT JOIN stored s USING (voter_id)
), entries AS (
    SELECT voter_id, stage, stage_on, reason, row_number, {_RANK.format("stage")} AS rank
    FROM said WHERE stage_on IS NOT NULL
    UNION ALL
    SELECT voter_id, stage, stage_on, reason, 0, {_RANK.format("stage")} FROM stored
    UNION ALL
    -- What another stage outweighed may count once that one is outweighed itself.
    SELECT voter_id, 'sent', sent_on, '', 0, {_RANK.format("'sent'")}
    FROM stored WHERE sent_on IS NOT NULL
    UNION ALL
    SELECT voter_id, 'requested', requested_on, '', 0, {_RANK.format("'requested'")}
    FROM stored WHERE requested_on IS NOT NULL
), back AS (
    SELECT DISTINCT ON (voter_id) voter_id, stage, stage_on FROM entries
    WHERE stage NOT IN {_OUT} AND stage <> 'voted'
    ORDER BY voter_id, stage_on DESC, rank DESC
), latest AS (
    SELECT DISTINCT ON (voter_id) e.voter_id, e.stage, e.stage_on, e.reason
    FROM entries e LEFT JOIN back b USING (voter_id)
    ORDER BY voter_id,
        CASE WHEN e.stage = 'voted' THEN 3
             WHEN e.stage IN {_OUT} THEN CASE
                 WHEN b.stage IS NULL OR b.stage = 'rejected' AND e.stage_on > b.stage_on THEN 2
                 ELSE 0 END
             ELSE 1 END DESC,
        e.stage_on DESC, e.rank DESC, e.reason <> '' DESC, e.row_number
), days AS (
    SELECT voter_id, {", ".join(f"max({day}) AS {day}" for day in _DAYS)}
    FROM arriving GROUP BY voter_id
)
SELECT voter_id, latest.stage, latest.stage_on, latest.reason,
       {", ".join(f"greatest(days.{day}, s.{day}) AS {day}" for day in _DAYS)},
       s.voter_id IS NULL AS is_new,
       (s.stage, s.stage_on, s.reason, s.requested_on, s.sent_on, s.returned_on)
       IS DISTINCT FROM (latest.stage, latest.stage_on, latest.reason,
           {", ".join(f"greatest(days.{day}, s.{day})" for day in _DAYS)}) AS is_news
FROM latest JOIN days USING (voter_id) LEFT JOIN stored s USING (voter_id)
"""
"""One row a voter. A vote is final. A request or a sending is no news of a ballot that came back,
unless that one was rejected before. Otherwise the later day counts, then the later stage."""

_STORED = """
INSERT INTO mail_ballots (voter_id, polling_day, stage, stage_on, requested_on, sent_on,
                          returned_on, reason, recorded_at)
SELECT voter_id, :day, stage, stage_on, requested_on, sent_on, returned_on, reason, :at
FROM told WHERE is_news ORDER BY voter_id
ON CONFLICT (voter_id, polling_day) DO UPDATE SET
    stage = excluded.stage, stage_on = excluded.stage_on, requested_on = excluded.requested_on,
    sent_on = excluded.sent_on, returned_on = excluded.returned_on, reason = excluded.reason,
    recorded_at = excluded.recorded_at
"""

_STRIKING = f"""
CREATE TEMP TABLE striking ON COMMIT DROP AS
SELECT voter_id, CASE WHEN stage = 'voted' THEN 'file' ELSE 'mail' END AS source
FROM told WHERE told.stage IN {HAS_VOTED} AND NOT EXISTS (
    SELECT FROM ballots b WHERE b.voter_id = told.voter_id AND b.polling_day = :day)
"""

_RETURNING = f"""
CREATE TEMP TABLE unstruck ON COMMIT DROP AS
SELECT b.voter_id FROM told JOIN ballots b USING (voter_id)
WHERE told.stage NOT IN {HAS_VOTED} AND b.polling_day = :day AND b.source = 'mail'
"""


def store(connection: Connection, day: date, today: date, at: datetime) -> dict[str, int]:
    """Bring `arriving` (with voter ids) into mail_ballots; how many are new and changed.

    Leaves what came of each voter in `told`.
    """
    binds: dict[str, Any] = {"day": day, "today": today, "at": at}
    connection.execute(text(_TOLD), binds)
    connection.execute(text("ANALYZE told"))
    connection.execute(text(_STORED), binds)
    row = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE is_new) AS new, "
            "count(*) FILTER (WHERE is_news AND NOT is_new) AS changed FROM told"
        )
    ).one()
    return {"new": row.new, "changed": row.changed}


def choose(connection: Connection, day: date) -> tuple[int, int]:
    """From `told`, whom to strike (table `striking`) and whom to take up again (`unstruck`), and
    how many they are.

    Taken up again are those alone whose ballot we know from a list of mail ballots (source mail):
    what a voter, a volunteer, the desk or a list of those who have voted said stands.
    """
    struck = connection.execute(text(_STRIKING), {"day": day}).rowcount
    unstruck = connection.execute(text(_RETURNING), {"day": day}).rowcount
    connection.execute(text("ANALYZE striking"))
    connection.execute(text("ANALYZE unstruck"))
    return struck, unstruck
