"""What voters said in a day: their answers to the campaign's questions, and their opt-outs."""

from sqlalchemy.orm import Session

from app.store.report_counts.day import Day
from app.store.report_counts.merge import DAYS, merge

_ANSWERS = """
last_call AS (  -- the call to which a voter's answers of a day belong
    SELECT DISTINCT ON (a.voter_id) a.voter_id, a.user_id, a.script_id
      FROM attempts a
     WHERE a.campaign_id = :campaign AND a.attempted_at >= :begin AND a.attempted_at < :end
       AND a.state <> 'absent' AND a.channel = 'call' AND a.disposition <> ''
     ORDER BY a.voter_id, a.attempted_at DESC
), told AS (
    SELECT s.voter_id, s.question, s.answer, 'call' AS channel, l.user_id, l.script_id
      FROM last_call l JOIN answers s ON s.voter_id = l.voter_id AND s.source = 'call'
       AND s.answered_on = :day
    UNION ALL
    SELECT s.voter_id, s.question, s.answer, 'text', NULL, NULL
      FROM answers s JOIN targets t ON t.campaign_id = :campaign AND t.voter_id = s.voter_id
     WHERE s.source = 'text' AND s.answered_on = :day
),
"""
_ANSWERED = """
SELECT CAST(:day AS date) AS day_on, 'answer' AS part,
       concat_ws(chr(9), told.question, told.answer) AS key, told.channel, of.what AS outcome,
       count(*)::integer AS number, 0 AS cost
  FROM told JOIN voters v ON v.id = told.voter_id
 CROSS JOIN LATERAL unnest(ARRAY[
       'all',
       CASE WHEN told.user_id IS NOT NULL THEN 'user:' || told.user_id END,
       CASE WHEN told.channel = 'call' THEN coalesce('script:' || told.script_id, 'script:') END,
       'precinct:' || concat_ws(chr(9), v.state, v.county, v.precinct)]) of(what)
 WHERE of.what IS NOT NULL
 GROUP BY 3, 4, 5
"""


def count_answers(session: Session, of: Day) -> None:
    """Counts the survey answers that stand by their day, which is stored as the campaign's own.

    The outcome says of whom: all | user:ID | script:ID | precinct:…; of an answer in a call those
    of the voter's last call of that day.
    """
    merge(session, DAYS, _ANSWERED, of.binds, whens=[of.day], parts=["answer"], before=_ANSWERS)


_OPT_OUTS = """
SELECT CAST(:day AS date) AS day_on, 'opt_out' AS part, o.source AS key, o.channel,
       'opted_out' AS outcome, count(*)::integer AS number, 0 AS cost
  FROM opt_outs o
 WHERE o.opted_out_at >= :begin AND o.opted_out_at < :end AND o.source <> 'list'
   AND (EXISTS (SELECT FROM attempts a
                 WHERE a.address = o.address AND a.campaign_id = :campaign)
        OR EXISTS (SELECT FROM inbound i
                    WHERE i.from_address = o.address AND i.campaign_id = :campaign))
 GROUP BY 3, 4
"""


def count_opt_outs(session: Session, of: Day) -> None:
    """Counts the day's opt-outs of addresses that the campaign tried or that wrote to it."""
    merge(session, DAYS, _OPT_OUTS, of.binds, whens=[of.day], parts=["opt_out"])
