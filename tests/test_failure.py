"""What is written down of work that failed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from app.failure import log_error
from app.store.engine import Sessions

SECRET = "+19195550123"


def test_what_the_server_said_is_written_down_by_its_kind_and_place_alone(
    sessions: Sessions,
) -> None:
    with sessions() as session, pytest.raises(DBAPIError) as failed:
        session.execute(text("SELECT 1 / (CAST(:phone AS numeric) * 0)"), {"phone": SECRET})
    with capture_logs() as logged:
        log_error("page failed", failed.value, page="voters.show")
    where = logged[0].pop("where")
    assert logged == [
        {
            "event": "page failed",
            "log_level": "error",
            "error": "DataError",
            "cause": "DivisionByZero",
            "page": "voters.show",
        }
    ]
    assert where.rpartition(":")[0].endswith("app/store/plain.py")


def test_an_error_that_nothing_caused_has_no_cause() -> None:
    with capture_logs() as logged:
        log_error("job failed", ValueError(SECRET), job="pace")
    assert logged == [
        {
            "event": "job failed",
            "log_level": "error",
            "error": "ValueError",
            "where": "",
            "job": "pace",
        }
    ]
