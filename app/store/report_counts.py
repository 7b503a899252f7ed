"""Counting for the reports: attempts by the hour, days as sums of hours, and the sum of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.outcome import FILTERED, FILTERED_CODES, MESSAGE_OUTCOMES, ON_WAY, UNSAID
from app.store.report_days import ReportState
from app.store.universe_sql import Where

WHOLE = date(1, 1, 1)
"""The day under which the sum of all days stands, so that a page need not add them up."""
PARTS = ("hour", "precinct", "user", "script", "sender", "universe", "answer", "opt_out")
PATIENCE_SECONDS = 15
"""How long one universe may take to be counted."""

_OUTCOME = f"""
CASE WHEN a.channel = 'call' THEN coalesce(nullif(a.disposition, ''), '{UNSAID}')
     WHEN a.channel = 'text' AND a.state IN ('undelivered', 'failed')
          AND a.error_code = ANY(:filtered) THEN '{FILTERED}'
     WHEN a.state = 'unsure' THEN 'unknown'
     WHEN a.state = ANY(:settled) THEN a.state
     ELSE '{ON_WAY}' END
"""
"""As domain/outcome.py: outcome_of says it."""

_SLICE = """
SELECT a.channel, {outcome} AS outcome, coalesce(a.price, a.held) AS cost {more}
  FROM attempts a {joined}
 WHERE a.campaign_id = :campaign AND a.attempted_at >= :begin AND a.attempted_at < :end
   AND a.state <> 'absent' {only}
"""
"""The attempts of an hour. One hour a statement: of a span that it is told the server knows about
how many rows there are, and finds their voters one by one."""

_KEYS: Mapping[str, str] = {  # part → its key; NULL where an attempt is of none
    "hour": "to_char(a.attempted_at AT TIME ZONE :zone, 'HH24')",
    "precinct": "concat_ws(chr(9), v.state, v.county, v.precinct)",
    "user": "a.user_id::text",
    "script": (
        "CASE WHEN a.script_id IS NOT NULL THEN 'script:' || a.script_id "
        "WHEN q.purpose LIKE 'blast:%' THEN q.purpose "
        "WHEN q.purpose LIKE 'written:%' THEN 'written' ELSE '' END"
    ),
    "sender": "CASE WHEN a.channel <> 'call' THEN coalesce(a.sender_id::text, '') END",
}
_MERGE = """
WITH {before} new AS MATERIALIZED ({rows}), gone AS (
    DELETE FROM {table} t
     WHERE t.campaign_id = :campaign AND t.{when} = ANY(:whens) AND t.part = ANY(:parts)
       AND NOT EXISTS (SELECT FROM new n WHERE n.{when} = t.{when} AND n.part = t.part
                          AND n.key = t.key AND n.channel = t.channel AND n.outcome = t.outcome))
INSERT INTO {table} AS t (campaign_id, {when}, part, key, channel, outcome, number, cost)
SELECT :campaign, {when}, part, key, channel, outcome, number, cost FROM new
ON CONFLICT (campaign_id, {when}, part, key, channel, outcome)
DO UPDATE SET number = excluded.number, cost = excluded.cost
WHERE (t.number, t.cost) IS DISTINCT FROM (excluded.number, excluded.cost)
"""
"""Puts the rows that were found in place of those that there are: only what differs is written, so
that counting the same again leaves no dead rows."""
_FOUND = "count(*) AS number, coalesce(sum(cost), 0) AS cost"


@dataclass(frozen=True)
class Day:
    """A day of a campaign on its own clock, and its instants."""

    campaign_id: int
    day: date
    begin: datetime
    end: datetime
    zone: str


@dataclass(frozen=True)
class Hour:
    """An hour of a day that has attempts, and when it was counted (machine time)."""

    at: datetime
    ends_at: datetime
    counted_at: datetime | None
    closed_at: datetime | None  # of the first count after its end
    final: bool
    attempts: int  # as last counted, else as there are


def hold(session: Session, campaign_id: int, day: date) -> bool:
    """Whether nobody else counts this day now; held to the end of the transaction."""
    key = f"reports:{campaign_id}:{day}"
    found = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
    )
    return bool(found)


def _merge(
    session: Session,
    table: str,
    when: str,
    rows: str,
    binds: Mapping[str, object],
    *,
    whens: Sequence[object],
    parts: Sequence[str],
    before: str = "",
) -> None:
    statement = _MERGE.format(table=table, when=when, rows=rows, before=before)
    session.execute(text(statement), {**binds, "whens": list(whens), "parts": list(parts)})


def count_hour(session: Session, of: Day, hour: Hour) -> None:
    """Counts the attempts of an hour by hour, precinct, volunteer, script and sender."""
    keys = ", ".join(f"{sql} AS of_{part}" for part, sql in _KEYS.items())
    slice_ = _SLICE.format(
        outcome=_OUTCOME,
        more=f", {keys}",
        joined="LEFT JOIN voters v ON v.id = a.voter_id "
        "LEFT JOIN touches q ON q.id = a.touch_id AND a.script_id IS NULL",
        only="",
    )
    each = ", ".join(f"('{part}', of_{part})" for part in _KEYS)
    _merge(
        session,
        "report_hours",
        "hour_at",
        f"SELECT CAST(:begin AS timestamptz) AS hour_at, k.part, k.key, channel, outcome, {_FOUND} "
        f"FROM slice CROSS JOIN LATERAL (VALUES {each}) k(part, key) "
        "WHERE k.key IS NOT NULL GROUP BY 2, 3, 4, 5",
        _hour_binds(of, hour),
        whens=[hour.at],
        parts=list(_KEYS),
        before=f"slice AS MATERIALIZED ({slice_}),",
    )


def count_universe(session: Session, of: Day, hour: Hour, universe_id: int, inside: Where) -> None:
    """Counts the attempts of an hour on voters of a universe; a voter counts in each that they are
    in.

    Membership is as it stands now. Raises OperationalError when it takes too long; the caller's
    savepoint keeps the rest.
    """
    session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'"))
    slice_ = _SLICE.format(
        outcome=_OUTCOME,
        more="",
        joined="JOIN voters v ON v.id = a.voter_id",
        only=f"AND {inside.sql}",
    )
    _merge(
        session,
        "report_hours",
        "hour_at",
        "SELECT CAST(:begin AS timestamptz) AS hour_at, 'universe' AS part, "
        f"CAST(:universe AS text) AS key, channel, outcome, {_FOUND} FROM ({slice_}) inside "
        "GROUP BY channel, outcome",
        {**inside.binds, **_hour_binds(of, hour), "universe": str(universe_id)},
        whens=[hour.at],
        parts=["universe"],
    )
    session.execute(text("SET LOCAL statement_timeout = 0"))


def mark_hour(
    session: Session, of: Day, hour: Hour, now: datetime, wall: datetime, *, final: bool
) -> None:
    """Notes that an hour was counted now, and how many attempts were found in it."""
    session.execute(
        text(
            "INSERT INTO report_hour_states AS s "
            "(campaign_id, hour_at, counted_at, closed_at, final, attempts) "
            "SELECT :campaign, :begin, :wall, :closed, :final, (SELECT coalesce(sum(number), 0) "
            "FROM report_hours r WHERE r.campaign_id = :campaign AND r.hour_at = :begin "
            "AND r.part = 'hour') "
            "ON CONFLICT (campaign_id, hour_at) DO UPDATE SET counted_at = excluded.counted_at, "
            "closed_at = coalesce(s.closed_at, excluded.closed_at), final = excluded.final, "
            "attempts = excluded.attempts"
        ),
        {
            "campaign": of.campaign_id,
            "begin": hour.at,
            "wall": wall,
            "closed": wall if hour.ends_at <= now else None,
            "final": final,
        },
    )


def hours_of(session: Session, of: Day) -> list[Hour]:
    """The hours of a day that have attempts or had some when they were counted, the newest first.
    Of those that were not counted yet the index alone tells how many there are."""
    rows = session.execute(
        text(
            "SELECT h.at, least(h.at + interval '1 hour', :end), s.counted_at, s.closed_at, "
            "coalesce(s.final, false), coalesce(s.attempts, n.number) "
            "FROM generate_series(CAST(:begin AS timestamptz), "
            "CAST(:end AS timestamptz) - interval '1 second', interval '1 hour') h(at) "
            "LEFT JOIN report_hour_states s ON s.campaign_id = :campaign AND s.hour_at = h.at "
            "LEFT JOIN LATERAL (SELECT count(*)::integer AS number FROM attempts a "
            "WHERE s.counted_at IS NULL AND a.campaign_id = :campaign AND a.attempted_at >= h.at "
            "AND a.attempted_at < least(h.at + interval '1 hour', :end)) n ON true "
            "WHERE s.counted_at IS NOT NULL OR n.number > 0 ORDER BY h.at DESC"
        ),
        {"campaign": of.campaign_id, "begin": of.begin, "end": of.end},
    )
    return [Hour(*row) for row in rows]


def sum_hours(session: Session, of: Day) -> None:
    """Writes the sum of a day's hours as the day."""
    _merge(
        session,
        "report_days",
        "day_on",
        "SELECT CAST(:day AS date) AS day_on, part, key, channel, outcome, "
        "sum(number)::integer AS number, sum(cost) AS cost FROM report_hours "
        "WHERE campaign_id = :campaign AND hour_at >= :begin AND hour_at < :end "
        "GROUP BY part, key, channel, outcome",
        _binds(of),
        whens=[of.day],
        parts=[*_KEYS, "universe"],
    )


def forget_hours(session: Session, of: Day) -> None:
    """Deletes the hours of a day that will not change any more; the day stands."""
    for table in ("report_hours", "report_hour_states"):
        session.execute(
            text(
                f"DELETE FROM {table} WHERE campaign_id = :campaign "
                "AND hour_at >= :begin AND hour_at < :end"
            ),
            {"campaign": of.campaign_id, "begin": of.begin, "end": of.end},
        )


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
    _merge(
        session, "report_days", "day_on", _ANSWERED, _binds(of),
        whens=[of.day], parts=["answer"], before=_ANSWERS,
    )  # fmt: skip


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
    parts = ["opt_out"]
    _merge(session, "report_days", "day_on", _OPT_OUTS, _binds(of), whens=[of.day], parts=parts)


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
    _merge(
        session,
        "report_days",
        "day_on",
        "SELECT CAST(:whole AS date) AS day_on, part, key, channel, outcome, "
        "sum(number)::integer AS number, sum(cost) AS cost FROM report_days "
        "WHERE campaign_id = :campaign AND day_on <> :whole GROUP BY part, key, channel, outcome",
        {"campaign": campaign_id, "whole": WHOLE},
        whens=[WHOLE],
        parts=PARTS,
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


def last_hour(session: Session, of: Day) -> int:
    """Attempts of the day's newest hour, as last counted."""
    found = session.scalar(
        text(
            "SELECT attempts FROM report_hour_states WHERE campaign_id = :campaign "
            "AND hour_at >= :begin AND hour_at < :end ORDER BY hour_at DESC LIMIT 1"
        ),
        {"campaign": of.campaign_id, "begin": of.begin, "end": of.end},
    )
    return int(found or 0)


def states(session: Session) -> list[tuple[int, date, datetime, bool]]:
    """campaign, day, counted_at and final of each day that was counted."""
    rows = session.execute(
        select(
            ReportState.campaign_id, ReportState.day_on, ReportState.counted_at, ReportState.final
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def counted_at(session: Session, campaign_id: int, day: date) -> datetime | None:
    """When a day was last counted, in machine time."""
    state = session.get(ReportState, (campaign_id, day), populate_existing=True)
    return state.counted_at if state else None


def _binds(of: Day) -> dict[str, object]:
    return {"campaign": of.campaign_id, "day": of.day, "begin": of.begin, "end": of.end}


def _hour_binds(of: Day, hour: Hour) -> dict[str, object]:
    return {
        "campaign": of.campaign_id,
        "zone": of.zone,
        "begin": hour.at,
        "end": hour.ends_at,
        "filtered": list(FILTERED_CODES),
        "settled": [one for one in MESSAGE_OUTCOMES if one not in (ON_WAY, FILTERED)],
    }
