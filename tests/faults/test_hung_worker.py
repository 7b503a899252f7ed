"""A worker that hangs or freezes is ended and replaced, on a bare machine too."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text

from app.store.engine import Sessions
from tests.processes import Running, until
from tests.scene import column

Start = Callable[..., Running]


def workers(sessions: Sessions) -> list[int]:
    return column(sessions, "SELECT pid FROM workers ORDER BY id")


@pytest.fixture
def keeper(start: Start, engine: Engine, database_url: str) -> Iterator[Running]:
    """A kept worker whose jobs may stand still for two seconds."""
    made = start("worker", "--keep", database_url=database_url, LASTMILE_JOB_PATIENCE_SECONDS=2)
    yield made
    assert made.stop(30) == 0


def test_a_worker_whose_job_hangs_or_that_freezes_is_replaced(
    keeper: Running, engine: Engine, sessions: Sessions
) -> None:
    until(lambda: len(workers(sessions)) == 1, "a worker")
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE touches IN ACCESS EXCLUSIVE MODE"))
        keeper.wait_for(r"a job hangs; ending the worker")
        keeper.wait_for(r"worker ended \(exit code 70\); starting it again")
    until(lambda: len(workers(sessions)) == 2, "another worker")
    frozen = workers(sessions)[-1]
    os.kill(frozen, signal.SIGSTOP)
    keeper.wait_for(r"worker has been silent for \d+ s; ending it")
    until(lambda: len(workers(sessions)) == 3, "a third worker")
    assert len(set(workers(sessions))) == 3
