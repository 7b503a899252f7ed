"""Counting a day for the reports: one INSERT … SELECT for each part, and the sum of all days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.outcome import FILTERED, FILTERED_CODES, MESSAGE_OUTCOMES, ON_WAY, UNSAID
from app.store.report_days import ReportState
from app.store.universe_sql import Where

WHOLE = date(1, 1, 1)
"""The day under which the sum of all days stands, so that a page need not add them up."""
PATIENCE_SECONDS = 15
"""How long one universe may take to be counted."""

_OUTCOME = f"""
CASE WHEN a.channel = 'call' THEN coalesce(nullif(a.disposition, ''), '{UNSAID}')
     WHEN a.channel = 'text' AND a.state IN ('undelivered', 'failed')
          AND a.error_code = ANY(:filtered) THEN '{FILTERED}'
     WHEN a.state = ANY(:settled) THEN a.state
     ELSE '{ON_WAY}' END
"""
"""As domain/outcome.py: outcome_of says it."""

_WHEN = """
a.campaign_id = :campaign AND a.attempted_at >= :begin AND a.attempted_at < :end
AND a.state <> 'absent'
"""

_PARTS: Mapping[str, tuple[str, str, str]] = {  # part → its key, what is joined, which attempts
    "hour": ("to_char(a.attempted_at AT TIME ZONE :zone, 'HH24')", "", ""),
    "precinct": (
        "concat_ws(chr(9), v.state, v.county, v.precinct)",
        "JOIN voters v ON v.id = a.voter_id",
        "",
    ),
    "user": ("a.user_id::text", "", "AND a.user_id IS NOT NULL"),
    "script": (
        "CASE WHEN a.script_id IS NOT NULL THEN 'script:' || a.script_id "
        "WHEN q.purpose LIKE 'blast:%' THEN q.purpose "
        "WHEN q.purpose LIKE 'written:%' THEN 'written' ELSE '' END",
        "LEFT JOIN touches q ON q.id = a.touch_id AND a.script_id IS NULL",
        "",
    ),
    "sender": ("coalesce(a.sender_id::text, '')", "", "AND a.channel <> 'call'"),
}
_INSERT = "INSERT INTO report_days (campaign_id, day_on, part, key, channel, outcome, number, cost)"
_COST = "coalesce(sum(coalesce(a.price, a.held)), 0)"
_AGAIN = """
ON CONFLICT (campaign_id, day_on, part, key, channel, outcome)
DO UPDATE SET number = excluded.number, cost = excluded.cost
"""
"""Whoever counted at the same moment wrote the same rows: this transaction is run again then."""


@dataclass(frozen=True)
class Day:
    """A day of a campaign on its own clock, and its instants."""

    campaign_id: int
    day: date
    begin: datetime
    end: datetime
    zone: str


def hold(session: Session, campaign_id: int, day: date) -> bool:
    """Whether nobody else counts this day now; held to the end of the transaction."""
    key = f"reports:{campaign_id}:{day}"
    found = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
    )
    return bool(found)


def forget(session: Session, campaign_id: int, day: date) -> None:
    """Deletes what was counted of a day."""
    session.execute(
        text("DELETE FROM report_days WHERE campaign_id = :campaign AND day_on = :day"),
        {"campaign": campaign_id, "day": day},
    )


def count_attempts(session: Session, of: Day) -> None:
    """Counts the day's attempts by hour, precinct, volunteer, script and sender."""
    for part, (key, join, only) in _PARTS.items():
        session.execute(
            text(
                f"{_INSERT} SELECT :campaign, :day, :part, {key}, a.channel, {_OUTCOME}, "
                f"count(*), {_COST} FROM attempts a {join} WHERE {_WHEN} {only} "
                f"GROUP BY 4, 5, 6 {_AGAIN}"
            ),
            {**_binds(of), "part": part},
        )


def count_universe(session: Session, of: Day, universe_id: int, inside: Where) -> None:
    """Counts the day's attempts on voters of a universe; a voter counts in each that they are in.

    Membership is as it stands now. Raises OperationalError when it takes too long; the caller's
    savepoint keeps the rest.
    """
    session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'"))
    session.execute(
        text(
            f"{_INSERT} SELECT :campaign, :day, 'universe', :universe, a.channel, {_OUTCOME}, "
            f"count(*), {_COST} FROM attempts a JOIN voters v ON v.id = a.voter_id "
            f"WHERE {_WHEN} AND {inside.sql} GROUP BY 5, 6 {_AGAIN}"
        ),
        {**inside.binds, **_binds(of), "universe": str(universe_id)},
    )
    session.execute(text("SET LOCAL statement_timeout = 0"))


_ANSWERS = f"""
WITH last_call AS (  -- the call to which a voter's answers of a day (UTC, as stored) belong
    SELECT DISTINCT ON (a.voter_id, (a.attempted_at AT TIME ZONE 'UTC')::date)
           a.voter_id, a.attempted_at, a.user_id, a.script_id
      FROM attempts a
     WHERE a.campaign_id = :campaign AND a.attempted_at >= :begin AND a.attempted_at < :next
       AND a.state <> 'absent' AND a.channel = 'call' AND a.disposition <> ''
     ORDER BY a.voter_id, (a.attempted_at AT TIME ZONE 'UTC')::date, a.attempted_at DESC
), told AS (
    SELECT s.voter_id, s.question, s.answer, 'call' AS channel, l.user_id, l.script_id
      FROM last_call l JOIN answers s ON s.voter_id = l.voter_id AND s.source = 'call'
       AND s.answered_on = (l.attempted_at AT TIME ZONE 'UTC')::date
     WHERE l.attempted_at < :end
    UNION ALL
    SELECT s.voter_id, s.question, s.answer, 'text', NULL, NULL
      FROM answers s JOIN targets t ON t.campaign_id = :campaign AND t.voter_id = s.voter_id
     WHERE s.source = 'text' AND s.answered_on = :day
)
{_INSERT}
SELECT :campaign, :day, 'answer', concat_ws(chr(9), told.question, told.answer), told.channel,
       of.what, count(*), 0
  FROM told JOIN voters v ON v.id = told.voter_id
 CROSS JOIN LATERAL unnest(ARRAY[
       'all',
       CASE WHEN told.user_id IS NOT NULL THEN 'user:' || told.user_id END,
       CASE WHEN told.channel = 'call' THEN coalesce('script:' || told.script_id, 'script:') END,
       'precinct:' || concat_ws(chr(9), v.state, v.county, v.precinct)]) of(what)
 WHERE of.what IS NOT NULL
 GROUP BY 4, 5, 6 {_AGAIN}
"""


def count_answers(session: Session, of: Day) -> None:
    """Counts the survey answers that stand, by the day of the call in which they were given.

    The outcome says of whom: all | user:ID | script:ID | precinct:…. An answer told in a text
    counts on the day (UTC) on which it was noted.
    """
    session.execute(text(_ANSWERS), {**_binds(of), "next": of.end + timedelta(days=1)})


_OPT_OUTS = f"""
{_INSERT}
SELECT :campaign, :day, 'opt_out', o.source, o.channel, 'opted_out', count(*), 0
  FROM opt_outs o
 WHERE o.opted_out_at >= :begin AND o.opted_out_at < :end AND o.source <> 'list'
   AND (EXISTS (SELECT FROM attempts a
                 WHERE a.address = o.address AND a.campaign_id = :campaign)
        OR EXISTS (SELECT FROM inbound i
                    WHERE i.from_address = o.address AND i.campaign_id = :campaign))
 GROUP BY 4, 5 {_AGAIN}
"""


def count_opt_outs(session: Session, of: Day) -> None:
    """Counts the day's opt-outs of addresses that the campaign tried or that wrote to it."""
    session.execute(text(_OPT_OUTS), _binds(of))


def mark(session: Session, campaign_id: int, day: date, wall: datetime, *, final: bool) -> None:
    """Notes that a day was counted now (machine time), and whether for good."""
    session.execute(
        text(
            "INSERT INTO report_states (campaign_id, day_on, counted_at, final) "
            "VALUES (:campaign, :day, :wall, :final) ON CONFLICT (campaign_id, day_on) "
            "DO UPDATE SET counted_at = excluded.counted_at, final = excluded.final"
        ),
        {"campaign": campaign_id, "day": day, "wall": wall, "final": final},
    )


def sum_up(session: Session, campaign_id: int) -> None:
    """Writes the sum of all days of a campaign under WHOLE."""
    forget(session, campaign_id, WHOLE)
    session.execute(
        text(
            f"{_INSERT} SELECT campaign_id, :whole, part, key, channel, outcome, sum(number), "
            "sum(cost) FROM report_days WHERE campaign_id = :campaign AND day_on <> :whole "
            f"GROUP BY campaign_id, part, key, channel, outcome {_AGAIN}"
        ),
        {"campaign": campaign_id, "whole": WHOLE},
    )


def wait_for(session: Session, campaign_id: int) -> None:
    """Waits until nobody else adds up the days of a campaign."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"reports:{campaign_id}:{WHOLE}"},
    )


def last_counted(session: Session, campaign_id: int) -> datetime | None:
    """When a day of the campaign was last counted, in machine time."""
    found: datetime | None = session.scalar(
        text(
            "SELECT max(counted_at) FROM report_states "
            "WHERE campaign_id = :campaign AND day_on <> :whole"
        ),
        {"campaign": campaign_id, "whole": WHOLE},
    )
    return found


def last_attempt(session: Session, of: Day) -> datetime | None:
    """When the day's last attempt was made; the index alone tells."""
    found: datetime | None = session.scalar(
        text(
            "SELECT attempted_at FROM attempts WHERE campaign_id = :campaign "
            "AND attempted_at >= :begin AND attempted_at < :end "
            "ORDER BY attempted_at DESC LIMIT 1"
        ),
        {"campaign": of.campaign_id, "begin": of.begin, "end": of.end},
    )
    return found


def states(session: Session) -> list[tuple[int, date, datetime, bool, int]]:
    """campaign, day, counted_at, final and the number of attempts of each day that was counted;
    of final days the number is not asked."""
    rows = session.execute(
        text(
            "SELECT s.campaign_id, s.day_on, s.counted_at, s.final, CASE WHEN s.final THEN 0 "
            "ELSE (SELECT coalesce(sum(d.number), 0) FROM report_days d "
            "WHERE d.campaign_id = s.campaign_id AND d.day_on = s.day_on AND d.part = 'hour') "
            "END FROM report_states s"
        )
    )
    return [(row[0], row[1], row[2], row[3], int(row[4])) for row in rows]


def counted_at(session: Session, campaign_id: int, day: date) -> datetime | None:
    """When a day was last counted, in machine time."""
    state = session.get(ReportState, (campaign_id, day), populate_existing=True)
    return state.counted_at if state else None


def _binds(of: Day) -> dict[str, object]:
    return {
        "campaign": of.campaign_id,
        "day": of.day,
        "begin": of.begin,
        "end": of.end,
        "zone": of.zone,
        "filtered": list(FILTERED_CODES),
        "settled": [one for one in MESSAGE_OUTCOMES if one not in (ON_WAY, FILTERED)],
    }
