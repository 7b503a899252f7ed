"""Counts attempts by the hour: each hour by precinct, volunteer, script, sender and universe."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.outcome import FILTERED, FILTERED_CODES, MESSAGE_OUTCOMES, ON_WAY, UNSAID
from app.store.report_counts.day import Day
from app.store.report_counts.merge import HOURS, merge
from app.store.universe_sql import Where

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
PARTS = (*_KEYS, "universe")
_FOUND = "count(*) AS number, coalesce(sum(cost), 0) AS cost"


@dataclass(frozen=True)
class Hour:
    """An hour of a day that has attempts, and when it was counted (machine time)."""

    at: datetime
    ends_at: datetime
    counted_at: datetime | None
    closed_at: datetime | None  # of the first count after its end
    final: bool
    attempts: int  # as last counted, else as there are


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
    merge(
        session,
        HOURS,
        f"SELECT CAST(:begin AS timestamptz) AS hour_at, k.part, k.key, channel, outcome, {_FOUND} "
        f"FROM slice CROSS JOIN LATERAL (VALUES {each}) k(part, key) "
        "WHERE k.key IS NOT NULL GROUP BY 2, 3, 4, 5",
        _binds(of, hour),
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
    merge(
        session,
        HOURS,
        "SELECT CAST(:begin AS timestamptz) AS hour_at, 'universe' AS part, "
        f"CAST(:universe AS text) AS key, channel, outcome, {_FOUND} FROM ({slice_}) inside "
        "GROUP BY channel, outcome",
        {**inside.binds, **_binds(of, hour), "universe": str(universe_id)},
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
        of.binds,
    )
    return [Hour(*row) for row in rows]


def last_hour(session: Session, of: Day) -> int:
    """Attempts of the day's newest hour, as last counted."""
    found = session.scalar(
        text(
            "SELECT attempts FROM report_hour_states WHERE campaign_id = :campaign "
            "AND hour_at >= :begin AND hour_at < :end ORDER BY hour_at DESC LIMIT 1"
        ),
        of.binds,
    )
    return int(found or 0)


def forget_hours(session: Session, of: Day) -> None:
    """Deletes the hours of a day that will not change any more; the day stands."""
    for table in ("report_hours", "report_hour_states"):
        session.execute(
            text(
                f"DELETE FROM {table} WHERE campaign_id = :campaign "
                "AND hour_at >= :begin AND hour_at < :end"
            ),
            of.binds,
        )


def _binds(of: Day, hour: Hour) -> dict[str, object]:
    return {
        "campaign": of.campaign_id,
        "zone": of.zone,
        "begin": hour.at,
        "end": hour.ends_at,
        "filtered": list(FILTERED_CODES),
        "settled": [one for one in MESSAGE_OUTCOMES if one not in (ON_WAY, FILTERED)],
    }
