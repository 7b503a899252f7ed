"""Plain statements give what SQLAlchemy gives, and fail as it fails."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import (
    IntegrityError,
    InvalidRequestError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.orm import Session

from app.store.campaigns import Campaign
from app.store.engine import Sessions, make_engine, make_sessions
from app.store.sql import sql
from tests import factories

ASKED = (
    "SELECT n AS number, 'a' || n AS name, ARRAY[n, 2] AS list, CAST(NULL AS int) AS nothing, "
    "CAST('{\"a\": [1]}' AS jsonb) AS facts, 12.50 AS money, 100 % 7 AS rest "
    "FROM generate_series(1, :most) AS n WHERE 'n%' LIKE :like ORDER BY n"
)
WAYS: dict[str, Callable[[Any], Any]] = {
    "rows": lambda result: [tuple(row) for row in result],
    "by name": lambda result: [(row.number, row.name, row.facts) for row in result],
    "mappings": lambda result: [dict(row) for row in result.mappings()],
    "scalars": lambda result: result.scalars().all(),
    "first": lambda result: tuple(result.first()),
    "number of rows": lambda result: result.rowcount,
    "names": lambda result: list(result.keys()),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("most", [0, 1, 3])
def test_rows_are_the_same_either_way(sessions: Sessions, way: str, most: int) -> None:
    if way == "first" and not most:
        return
    binds = {"most": most, "like": "n\\%", "not asked": 1}
    usual = {key: value for key, value in binds.items() if key != "not asked"}
    with sessions() as session:
        said = WAYS[way](session.execute(text(ASKED), usual))
        for _ in range(2):  # the names of the columns are known the second time
            assert WAYS[way](session.execute(sql(ASKED), binds)) == said


def test_a_change_says_how_many_and_a_lock_finds_rows_without_columns(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.voters(session, 3)
        session.flush()
        changed: Any = session.execute(
            sql("UPDATE voters SET city = 'X' WHERE id > :id"), {"id": 0}
        )
        assert changed.rowcount == 3
        assert len(session.execute(sql("SELECT FROM voters FOR UPDATE")).all()) == 3


def test_what_the_session_holds_is_written_first(sessions: Sessions) -> None:
    with sessions.begin() as session:
        factories.campaign(session).name = "Renamed"
        assert session.scalar(sql("SELECT name FROM campaigns")) == "Renamed"
        assert session.get_one(Campaign, session.scalar(sql("SELECT id FROM campaigns")))


BAD = {
    "SELECT nothing_of_this_name": ProgrammingError,
    "INSERT INTO ballots SELECT 9, current_date, 'x', NULL, now()": IntegrityError,
}


@pytest.mark.parametrize("query", BAD)
def test_errors_are_those_of_sqlalchemy(sessions: Sessions, query: str) -> None:
    with sessions() as session:
        with pytest.raises(BAD[query]):
            session.execute(sql(query))
        session.rollback()
        assert session.scalar(sql("SELECT 1")) == 1


def test_a_savepoint_takes_back_what_plain_statements_did_within_it(sessions: Sessions) -> None:
    count = sql("SELECT count(*) FROM dead_addresses")
    bury = sql("INSERT INTO dead_addresses VALUES (:address, 'text', 'test', now())")
    with sessions.begin() as session:
        session.execute(bury, {"address": "before"})
        within = session.begin_nested()
        session.execute(bury, {"address": "within"})
        assert session.scalar(count) == 2
        within.rollback()
        assert session.scalar(count) == 1
        session.execute(bury, {"address": "after"})
    with sessions() as session:
        assert session.scalar(count) == 2
        session.execute(bury, {"address": "undone"})
        session.rollback()
        assert session.scalar(count) == 2
        session.commit()
        assert session.scalar(count) == 2


COUNT = "SELECT count(*) FROM dead_addresses"
BURY = "INSERT INTO dead_addresses VALUES ('gone', 'text', 'test', now())"
READS = {
    "a question": (COUNT, False),
    "one with a part of its own": (f"\n  WITH n AS ({COUNT}) SELECT * FROM n", False),
    "a lock of rows": ("SELECT id FROM campaigns FOR UPDATE", True),
    "one that others may share": ("SELECT id FROM campaigns FOR KEY SHARE", True),
    "a lock by number": ("SELECT pg_advisory_xact_lock_shared(1)", True),
    "a setting": ("SET LOCAL enable_seqscan = off", True),
    "a setting by a function": ("SELECT set_config('enable_seqscan', 'off', true)", True),
    "a number": ("SELECT nextval('campaigns_id_seq')", True),
    "a change within": ("WITH d AS (DELETE FROM campaigns RETURNING 1) SELECT * FROM d", True),
}


def _state(session: Session) -> TransactionStatus:
    driver: Any = session.connection().connection.driver_connection
    return TransactionStatus(driver.pgconn.transaction_status)


@pytest.mark.parametrize("case", READS)
def test_what_only_reads_begins_no_transaction_in_a_session_that_nobody_began(
    sessions: Sessions, case: str
) -> None:
    words, begins = READS[case]
    with sessions() as session:
        session.execute(sql(words))
        assert (_state(session) is TransactionStatus.INTRANS) == begins
    with sessions.begin() as session:
        session.execute(sql(words))
        assert _state(session) is TransactionStatus.INTRANS
    with sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(sql(words))
        assert _state(session) is TransactionStatus.INTRANS


def test_what_is_written_after_a_question_is_kept_or_taken_back_as_a_whole(
    sessions: Sessions,
) -> None:
    with sessions() as session:
        assert session.scalar(sql(COUNT)) == 0
        session.execute(sql(BURY))
        assert session.scalar(sql(COUNT)) == 1
        session.rollback()
        assert session.scalar(sql(COUNT)) == 0
        with pytest.raises(ProgrammingError):
            session.scalar(sql("SELECT nothing FROM nowhere"))
        session.execute(sql(BURY))
        session.commit()
    with sessions() as session:
        assert session.scalar(sql(COUNT)) == 1


def test_after_the_end_of_its_transaction_a_block_runs_nothing(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.scalar(sql("SELECT 1"))
        session.commit()
        with pytest.raises(InvalidRequestError):
            session.scalar(sql("SELECT 1"))


def test_a_connection_that_is_gone_is_not_used_again(database_url: str, engine: Engine) -> None:
    mine = make_engine(database_url, ping=False)
    kept = make_sessions(mine)
    pid = _pid(kept)
    with engine.begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with pytest.raises(OperationalError), kept() as session:
        session.scalar(sql("SELECT 1"))
    assert _pid(kept) != pid
    mine.dispose()


def _pid(sessions: Sessions) -> int:
    with sessions() as session:
        return int(session.scalar(sql("SELECT pg_backend_pid()")) or 0)


def test_whoever_listens_to_the_statements_hears_plain_ones_too(
    sessions: Sessions, engine: Engine
) -> None:
    heard: list[str] = []

    def note(*said: Any) -> None:
        heard.append(said[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        with sessions() as session:
            session.scalar(sql("SELECT 42"))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert heard == ["SELECT 42"]
    assert isinstance(session, Session)
