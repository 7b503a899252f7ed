"""Exports in SQL: voters, contacts, results; counted, then read by a cursor that holds no locks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.domain.layout import CONFIDENTIAL, withdrawn_statuses
from app.store.universe_sql import ON_FILE

FETCHED = 2_000  # rows at a time
MOST_QUESTIONS = 50


@dataclass(frozen=True)
class Chosen:
    """Whose rows: of a campaign, of a universe, of both, or all."""

    campaign_id: int | None = None
    where: str = ""  # a condition on voters v; empty asks nothing
    binds: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """A query and its count, with what both bind."""

    select: str
    source: str  # FROM … WHERE …
    order: str
    binds: Mapping[str, Any]


def _statement(chosen: Chosen, select: str, source: str, order: str, **binds: object) -> Statement:
    every = {**chosen.binds, "withdrawn": sorted(withdrawn_statuses()), **binds}
    if chosen.campaign_id is not None:
        every["campaign"] = chosen.campaign_id
    named = {name: each for name, each in every.items() if f":{name}" in f"{select} {source}"}
    return Statement(select, source, order, named)


_VOTER = (
    "v.source_id, v.source, v.first_name, v.middle_name, v.last_name, v.suffix, v.gender, "
    "v.birth_year, v.party, v.status, v.language, v.registered_on, v.address, v.city, v.state, "
    "v.postcode, v.county, v.precinct, v.phone, v.phone_kind, v.phone2, v.phone2_kind, v.phone3, "
    "v.phone3_kind, v.email, v.zones, v.household_id, CAST(v.turnout AS float8), "
    "array_to_string(v.votes, ' '), "
    "(SELECT string_agg(DISTINCT o.channel, ' ') FROM opt_outs o "
    " WHERE o.address IN (v.phone, v.phone2, v.phone3, v.email))"
)


def voters(chosen: Chosen, extra: list[str]) -> Statement:
    """One row a voter on file, with these kept columns at the end."""
    own = {f"extra_{number}": name for number, name in enumerate(extra)}
    select = ", ".join([_VOTER, *(f"v.extra ->> CAST(:{name} AS text)" for name in own)])
    source = "FROM voters v"
    if chosen.campaign_id is not None:
        source += " JOIN targets t ON t.voter_id = v.id AND t.campaign_id = :campaign"
    source += f" WHERE {chosen.where or ON_FILE}"
    return _statement(chosen, select, source, "v.id", **own)


_ATTEMPTS = (
    "FROM attempts a JOIN voters v ON v.id = a.voter_id JOIN campaigns c ON c.id = a.campaign_id "
    "LEFT JOIN users u ON u.id = a.user_id "
    f"WHERE a.state <> 'absent' AND v.status <> '{CONFIDENTIAL}'"
)


def _attempts(chosen: Chosen, select: str) -> Statement:
    source = _ATTEMPTS
    if chosen.campaign_id is not None:
        source += " AND a.campaign_id = :campaign"
    if chosen.where:
        source += f" AND {chosen.where}"
    return _statement(chosen, select, source, "a.attempted_at, a.id")


def contacts(chosen: Chosen) -> Statement:
    """One row an attempt, the oldest first; times on the campaign's own clock."""
    return _attempts(
        chosen,
        "c.name, v.source_id, v.source, v.first_name, v.last_name, a.channel, "
        "to_char(a.attempted_at AT TIME ZONE c.zone, 'YYYY-MM-DD HH24:MI:SS'), c.zone, a.address, "
        "a.disposition, a.state, a.note, u.name, a.subject, a.body",
    )


def van(chosen: Chosen) -> Statement:
    """One row an attempt, as VAN's contact history wants it; days on the campaign's own clock."""
    return _attempts(
        chosen,
        "v.source_id, v.source, v.first_name, v.last_name, "
        "to_char(a.attempted_at AT TIME ZONE c.zone, 'MM/DD/YYYY'), a.channel, a.disposition, "
        "a.state, u.name, a.note",
    )


def results(chosen: Chosen) -> Statement:
    """One row a voter who was tried or who answered something, with the last result."""
    here = "AND a.campaign_id = :campaign" if chosen.campaign_id is not None else ""
    day = (
        "AND b.polling_day = (SELECT polling_day FROM campaigns WHERE id = :campaign)"
        if chosen.campaign_id is not None
        else ""
    )
    members = "AND v.id IN (SELECT voter_id FROM targets WHERE campaign_id = :campaign)"
    select = (
        "v.source_id, v.source, v.first_name, v.last_name, tried.attempts, last.channel, "
        "last.disposition, last.state, last.at, last.name, last.note, "
        f"EXISTS (SELECT FROM ballots b WHERE b.voter_id = v.id {day}), "
        "(SELECT jsonb_object_agg(n.question, n.answer) FROM answers n WHERE n.voter_id = v.id)"
    )
    # The latest result that a person gave; where there is none, what became of the last attempt.
    details = (
        "LEFT JOIN LATERAL (SELECT count(*) AS attempts FROM attempts a "
        f"WHERE a.voter_id = v.id AND a.state <> 'absent' {here}) tried ON true "
        "LEFT JOIN LATERAL (SELECT a.channel, a.disposition, a.state, a.note, u.name, "
        "to_char(a.attempted_at AT TIME ZONE c.zone, 'YYYY-MM-DD HH24:MI:SS') AS at "
        "FROM attempts a JOIN campaigns c ON c.id = a.campaign_id "
        "LEFT JOIN users u ON u.id = a.user_id "
        f"WHERE a.voter_id = v.id AND a.state <> 'absent' {here} "
        "ORDER BY a.disposition <> '' DESC, a.attempted_at DESC LIMIT 1) last ON true"
    )
    source = (
        f"FROM voters v {details} WHERE v.status <> '{CONFIDENTIAL}' AND v.id IN ("
        f"SELECT a.voter_id FROM attempts a WHERE a.state <> 'absent' {here} "
        "UNION SELECT voter_id FROM answers)"
    )
    if here:
        source += f" {members}"
    if chosen.where:
        source += f" AND {chosen.where}"
    return _statement(chosen, select, source, "v.id")


def count(session: Session, statement: Statement) -> int:
    """How many rows it brings."""
    query = text(f"SELECT count(*) {statement.source}")
    binds = {name: each for name, each in statement.binds.items() if f":{name}" in str(query)}
    return int(session.scalar(query, binds) or 0)


@contextmanager
def reading(engine: Engine, statement: Statement) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The rows, a few at a time, in constant memory.

    The server lays the result ready and ends the transaction before the first row is taken, so
    that whoever downloads slowly, or stops to, keeps no old version of any row alive.
    """
    query = text(f"SELECT {statement.select} {statement.source} ORDER BY {statement.order}")
    compiled = query.bindparams(**statement.binds).compile(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)  # make_engine allows no other
        with driver.cursor(name="export", withhold=True) as cursor:
            cursor.itersize = FETCHED
            cursor.execute(str(compiled).encode(), compiled.params)
            yield iter(cursor)


def questions(session: Session) -> list[str]:
    """What voters were asked, by name; each becomes a column."""
    query = text("SELECT DISTINCT question FROM answers ORDER BY question LIMIT :most")
    return list(session.scalars(query, {"most": MOST_QUESTIONS}))
