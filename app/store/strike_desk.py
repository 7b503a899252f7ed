"""The strike desk's reads: voters by name, number or street, the watched precincts, who struck."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.search import Search
from app.domain.street import street_typed
from app.store.people import WatchedPrecinct
from app.store.search import MOST, TooBroad, Within, find
from app.store.sql import sql
from app.store.voters import ADDRESS_WORDS

STRUCK, TAKEN_BACK = "voter struck", "strike taken back"
"""What the audit log calls a strike of one voter at the desk, and its undo."""
LISTED = "voters struck"
"""… and a list of them."""
STREET_PATIENCE_MS = 80
ENOUGH = 1_000
"""Voters of one common word, of whom some are shown."""

_WATCHED = """
{voters}.precinct = ANY (ARRAY(SELECT code FROM watched_precincts
    WHERE user_id = :watcher AND campaign_id = :watched_campaign))
AND EXISTS (SELECT FROM watched_precincts w WHERE w.user_id = :watcher
    AND w.campaign_id = :watched_campaign AND w.code = {voters}.precinct
    AND w.state IN ({voters}.state, '')
    AND w.county IN ({voters}.county, replace({voters}.county, ' County', ''), ''))
"""
"""The codes lead to the few voters by the index of precincts; then state and county tell."""


def watched_by(user_id: int, campaign_id: int, voters: str = "voters") -> Within:
    """The condition that a voter votes in a precinct that this poll watcher stands at."""
    condition = _WATCHED.format(voters=voters)
    return Within(condition, {"watcher": user_id, "watched_campaign": campaign_id})


@dataclass(frozen=True)
class Seen:
    """A voter as the desk shows them: no phone, no party."""

    id: int
    name: str
    birth_year: int | None
    address: str
    precinct: str
    number: str  # their id in the voter file
    voted_at: datetime | None


_SEEN = """
SELECT v.id, trim(concat_ws(' ', nullif(v.first_name, ''), nullif(v.middle_name, ''),
                            nullif(v.last_name, ''), nullif(v.suffix, ''))),
       v.birth_year, concat_ws(', ', nullif(v.address, ''), nullif(v.city, '')), v.precinct,
       v.source_id, b.recorded_at
FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS found(id, number)
JOIN voters v ON v.id = found.id
LEFT JOIN ballots b ON b.voter_id = v.id AND b.polling_day = :day
ORDER BY found.number
"""


def look(
    session: Session, asked: Search, typed: str, day: date, within: Within | None = None
) -> list[Seen]:
    """Voters by what was typed, at most MOST, the best first. Raises TooBroad."""
    desk = Search(names=asked.names, ids=asked.ids)  # by phone or mail nobody stands at a desk
    ids, broad = [], False
    try:
        ids = [found.id for found in find(session, desk, within)] if desk.asks else []
    except TooBroad:  # as a name; the street may tell all the same
        broad = True
    if len(ids) < MOST:
        ids += [each for each in _by_street(session, typed, within) if each not in ids]
    if not ids and broad:
        raise TooBroad
    if not ids:
        return []
    rows = session.execute(sql(_SEEN), {"ids": ids[:MOST], "day": day})
    return [Seen(*row) for row in rows]


def _by_street(session: Session, typed: str, within: Within | None) -> list[int]:
    """Voters whose address has these words, wherever in it; the last may be the beginning of one.
    Of a common word any will do: whoever types tells more."""
    street = street_typed(typed)
    if street is None:
        return []
    terms = [_quoted(word) for word in street.words]
    terms += [f"{_quoted(street.begins)}:*"] if street.begins else []
    where = f"{ADDRESS_WORDS} @@ CAST(lower(:street) AS tsquery)"
    if within is not None:
        where += f" AND {within.condition}"
    binds = {"street": " & ".join(terms), "most": MOST, **(within.binds if within else {})}
    query = f"SELECT id FROM voters WHERE {where} AND merged_into IS NULL LIMIT :most"
    return _in_time(session, query, binds, few_of_many=len(terms) == 1 and within is None)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _in_time(
    session: Session, query: str, binds: dict[str, Any], *, few_of_many: bool
) -> list[int]:
    savepoint = session.begin_nested()
    try:
        session.execute(sql(f"SET LOCAL statement_timeout = {STREET_PATIENCE_MS}"))
        # A word that the planner takes for common may be nobody's: it would read the whole table.
        session.execute(sql("SET LOCAL enable_seqscan = off"))
        if few_of_many:  # of all who have the word; what else is asked for it might miss
            session.execute(sql(f"SET LOCAL gin_fuzzy_search_limit = {ENOUGH}"))
        return list(session.scalars(sql(query), binds))
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            return []  # what was found by name or number stands
        raise
    finally:
        savepoint.rollback()  # nothing was written; the setting ends here


@dataclass(frozen=True)
class Voter:
    """Whom a strike is about."""

    id: int
    name: str
    precinct: str
    allowed: bool


def voter(
    session: Session, *, voter_id: int | None, number: str, within: Within | None
) -> Voter | None:
    """The voter of this id, or of this number in the voter file; whoever was merged is the one who
    was kept. None when nobody is."""
    allowed = within.condition if within is not None else "TRUE"
    which = "v.id = :voter" if voter_id is not None else "v.source_id = :number"
    row = session.execute(
        sql(
            f"WITH asked AS (SELECT coalesce(v.merged_into, v.id) AS id FROM voters v "
            f"WHERE {which} ORDER BY v.id LIMIT 1) "
            "SELECT voters.id, trim(voters.first_name || ' ' || voters.last_name), "
            f"voters.precinct, {allowed} FROM voters JOIN asked USING (id)"
        ),
        {"voter": voter_id, "number": number, **(within.binds if within else {})},
    ).first()
    return Voter(*row) if row is not None else None


def precincts_of(session: Session, user_id: int, campaign_id: int) -> Sequence[WatchedPrecinct]:
    """The precincts that a poll watcher stands at, by code."""
    mine = (WatchedPrecinct.user_id == user_id, WatchedPrecinct.campaign_id == campaign_id)
    return session.scalars(
        select(WatchedPrecinct).where(*mine).order_by(WatchedPrecinct.code, WatchedPrecinct.county)
    ).all()


@dataclass(frozen=True)
class Mine:
    """What one person struck at the desk since a moment."""

    struck: int
    by_precinct: dict[str, tuple[int, datetime]]  # code → how many, and the last


def struck_by(session: Session, user_id: int, campaign_id: int, since: datetime) -> Mine:
    """What a person struck for a campaign since, by what the audit log says."""
    rows = session.execute(
        sql(
            "SELECT coalesce(details ->> 'precinct', '') AS precinct, "
            "sum(CASE WHEN action = :back THEN -1 ELSE (details ->> 'n')::int END)::int, max(at) "
            "FROM audit WHERE user_id = :user AND at >= :since "
            "AND action IN (:struck, :listed, :back) AND details ->> 'campaign' = :campaign "
            "AND details ? 'n' GROUP BY 1"
        ),
        {
            "user": user_id,
            "since": since,
            "campaign": str(campaign_id),
            "struck": STRUCK,
            "listed": LISTED,
            "back": TAKEN_BACK,
        },
    ).all()
    by_precinct = {row[0]: (row[1], row[2]) for row in rows}
    return Mine(sum(row[1] for row in rows), by_precinct)


@dataclass(frozen=True)
class Recent:
    """A strike that may still be taken back."""

    key: str
    name: str
    at: datetime


_RECENT = """
SELECT s.details ->> 'key', trim(v.first_name || ' ' || v.last_name), s.at
FROM audit s JOIN voters v ON v.id = CAST(split_part(s.subject, ':', 2) AS bigint)
WHERE s.user_id = :user AND s.at >= :since AND s.action = :struck
  AND s.details ->> 'campaign' = :campaign
  AND CAST(s.details ->> 'wall' AS timestamptz) > :until
  AND NOT EXISTS (SELECT FROM audit b WHERE b.user_id = s.user_id AND b.at >= s.at
                  AND b.action = :back AND b.details ->> 'key' = s.details ->> 'key')
ORDER BY s.at DESC, s.id DESC LIMIT :most
"""


def recent(
    session: Session, user_id: int, campaign_id: int, *, since: datetime, until: datetime, most: int
) -> list[Recent]:
    """The last strikes of a person since (campaign time) that were made after `until` (machine
    time) and not taken back."""
    rows = session.execute(
        sql(_RECENT),
        {
            "user": user_id,
            "campaign": str(campaign_id),
            "since": since,
            "until": until,
            "most": most,
            "struck": STRUCK,
            "back": TAKEN_BACK,
        },
    )
    return [Recent(*row) for row in rows]


@dataclass(frozen=True)
class Event:
    """A strike, or its undo, as the audit log has it."""

    action: str
    subject: str
    details: dict[str, Any]


def events_of(session: Session, user_id: int, key: str, since: datetime) -> list[Event]:
    """What a person did under the client's own key since (campaign time)."""
    rows = session.execute(
        sql(
            "SELECT action, subject, details FROM audit WHERE user_id = :user AND at >= :since "
            "AND action IN (:struck, :back) AND details ->> 'key' = :key ORDER BY id"
        ),
        {"user": user_id, "since": since, "key": key, "struck": STRUCK, "back": TAKEN_BACK},
    )
    return [Event(*row) for row in rows]


def hold_key(session: Session, key: str) -> None:
    """Lets nobody else act under this key until the transaction ends."""
    session.execute(
        sql("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"strike:{key}"}
    )
