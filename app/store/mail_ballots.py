"""Mail ballots on their way in: what the rows of a list say of each voter, next to what we know."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text

from app.domain.ballot import HAS_VOTED, STAGES

_RANK = f"array_position(ARRAY{list(STAGES)}, stage)"
_OUT = "('requested', 'sent')"  # not back yet
_DAYS = ("requested_on", "sent_on", "returned_on")
_REJECTED = "rejected on "
"""How the reason begins that a ballot which is out again has of an earlier one: the day follows,
and its own reason behind a colon."""
_DAY, _REASON = (len(_REJECTED) + 1, len(_REJECTED + "2026-10-20: ") + 1)  # where, in SQL, from 1

_TOLD = f"""
CREATE TEMP TABLE told ON COMMIT DROP AS
WITH stored AS MATERIALIZED (
    SELECT m.*, {_RANK} AS rank FROM mail_ballots m
    WHERE m.polling_day = :day AND m.voter_id IN (SELECT voter_id FROM arriving)
), said AS (
    SELECT *, {_RANK} AS rank FROM arriving
), days AS (
    SELECT said.voter_id,
           greatest(max(said.requested_on), max(s.requested_on),
                    max(said.stage_on) FILTER (WHERE said.stage = 'requested')) AS requested_on,
           greatest(max(said.sent_on), max(s.sent_on),
                    max(said.stage_on) FILTER (WHERE said.stage = 'sent')) AS sent_on,
           greatest(max(said.returned_on), max(s.returned_on)) AS returned_on
    FROM said LEFT JOIN stored s USING (voter_id) GROUP BY said.voter_id
), entries (voter_id, stage, stage_on, reason) AS (
    SELECT voter_id, stage, stage_on, CASE WHEN stage IN {_OUT} THEN '' ELSE reason END FROM stored
    UNION ALL
    -- A row without a day is news of today where it goes further than what we know, else none.
    SELECT voter_id, said.stage,
           coalesce(said.stage_on, CASE WHEN said.stage = s.stage THEN s.stage_on
                                        ELSE greatest(CAST(:today AS date), s.stage_on) END),
           said.reason
    FROM said LEFT JOIN stored s USING (voter_id)
    WHERE said.stage_on IS NOT NULL OR s.stage IS NULL OR said.rank >= s.rank
    UNION ALL
    -- What another stage outweighed may count once that one is outweighed itself.
    SELECT voter_id, CASE WHEN requested_on > coalesce(sent_on, '-infinity') THEN 'requested'
                          ELSE 'sent' END, greatest(requested_on, sent_on), ''
    FROM days WHERE requested_on IS NOT NULL OR sent_on IS NOT NULL
    UNION ALL
    SELECT voter_id, 'rejected', CAST(substr(reason, {_DAY}, 10) AS date), substr(reason, {_REASON})
    FROM stored WHERE stage IN {_OUT} AND reason <> ''
), news AS (
    SELECT *, {_RANK} AS rank FROM entries
), back AS (
    SELECT DISTINCT ON (voter_id) voter_id, stage, stage_on, reason FROM news
    WHERE stage NOT IN {_OUT} AND stage <> 'voted'
    ORDER BY voter_id, stage_on DESC, rank DESC, reason DESC
), latest AS (
    SELECT DISTINCT ON (voter_id) voter_id, n.stage, n.stage_on,
        CASE WHEN n.stage NOT IN {_OUT} THEN n.reason
             WHEN b.stage IS NULL THEN ''
             ELSE '{_REJECTED}' || to_char(b.stage_on, 'YYYY-MM-DD')
                  || CASE WHEN b.reason = '' THEN '' ELSE ': ' || b.reason END END AS reason
    FROM news n LEFT JOIN back b USING (voter_id)
    ORDER BY voter_id,
        CASE WHEN n.stage = 'voted' THEN 3
             WHEN n.stage IN {_OUT} THEN CASE
                 WHEN b.stage IS NULL OR b.stage = 'rejected' AND n.stage_on > b.stage_on THEN 2
                 ELSE 0 END
             ELSE 1 END DESC,
        n.stage_on DESC, n.rank DESC, n.reason DESC
)
SELECT voter_id, latest.stage, latest.stage_on, latest.reason,
       {", ".join(f"days.{day}" for day in _DAYS)},
       s.voter_id IS NULL AS is_new,
       (s.stage, s.stage_on, s.reason, s.requested_on, s.sent_on, s.returned_on)
       IS DISTINCT FROM (latest.stage, latest.stage_on, latest.reason,
           {", ".join(f"days.{day}" for day in _DAYS)}) AS is_news
FROM latest JOIN days USING (voter_id) LEFT JOIN stored s USING (voter_id)
"""
"""One row a voter. A vote is final. A request or a sending is no news of a ballot that came back,
unless that one was rejected before. Otherwise the later day counts, then the later stage.

The same news with days comes to the same row in whatever order and files it arrives. So the row
must keep all that later news may bring up again: the last that came back and the last that went
out. Of a ballot that is out again after a rejection, the reason keeps the rejection: a list from
before it, loaded again, does not pass for the return of the new ballot."""

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
