"""Prepared statements: an engine that is asked to keep them keeps them over every rollback."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.store.engine import make_engine, make_sessions

QUESTION = text("SELECT count(*) FROM voters WHERE id = :id")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM voters%'")


def _known_after_reading(url: str, prepared: int) -> int:
    """How many statements on voters a connection still has prepared after ten reading sessions."""
    engine = make_engine(url, prepared=prepared)
    sessions = make_sessions(engine)
    for _ in range(10):
        with sessions() as session:
            session.execute(QUESTION, {"id": 1})
    with sessions() as session:
        known = int(session.scalar(PREPARED) or 0)
    engine.dispose()
    return known


@pytest.mark.parametrize(("prepared", "known"), [(0, 0), (50, 1)])
def test_reading_sessions_end_in_a_rollback_that_forgets_no_statement_if_asked(
    database_url: str, prepared: int, known: int
) -> None:
    assert _known_after_reading(database_url, prepared) == known


def test_what_was_written_is_gone_after_a_rollback_that_forgets_nothing(
    engine: Engine, database_url: str
) -> None:
    steady = make_engine(database_url, prepared=50)
    with make_sessions(steady)() as session:
        session.execute(
            text(
                "INSERT INTO dead_addresses (address, channel, reason, found_at) "
                "VALUES ('+19195550101', 'text', 'a test', now())"
            )
        )
    with make_sessions(steady)() as session:
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT 1 / 0"))
        session.rollback()
        assert session.scalar(text("SELECT count(*) FROM dead_addresses")) == 0
    steady.dispose()


def test_a_connection_that_the_server_ends_in_an_open_transaction_is_not_used_again(
    engine: Engine, database_url: str
) -> None:
    steady = make_engine(database_url, prepared=50)
    lent = steady.raw_connection()
    ended = lent.cursor().execute("SELECT pg_backend_pid()").fetchone()[0]
    with engine.begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ended})
    lent.close()
    with steady.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != ended
    steady.dispose()
