"""The timetable: whatever must recur does, as often as a promise needs it, in every worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.clock import ManualClock
from app.config import Settings
from app.store.engine import Sessions
from app.wiring import Parts
from app.worker.timetable import Jobs
from tests.factories import NOON
from tests.scene import texting

AT_LEAST_EACH = {
    # Never silent: what is lacking is released, what is released goes out, what is stuck is freed.
    "pace": 5,
    "send texts": 2,
    "send mails": 2,
    "expire": 15,
    "end leases": 15,
    "measure senders": 15,
    "watch": 15,  # the lookout's own promise
    "alerts": 15,
    "ping": 60,  # monitors expect one a minute
    # Never twice, never lost: what nobody answered.
    "look up texts": 5,
    "look up mails": 30,
    "chase": 30,
    "settle calls": 15,
    # The money lasts: what was held is booked.
    "book prices": 15,
    "book own prices": 60,
    "price calls": 60,
    # What people set a time for.
    "blasts": 5,
    "follow through": 60,
    "stay in line": 15,
    "mark phases": 15,
    "shift notices": 15,
    "tell volunteers": 15,
    # The plan tells the truth.
    "plan": 15,
    "learn rates": 3600,
    # What somebody waits for at a page.
    "import files": 5,
    "rehearse": 5,
    "choose voters": 5,
    "count reports": 60,
    "mark reach": 60,
    "next numbers": 60,
    "day reports": 600,
    # What would grow for ever.
    "tidy": 3600,
    "tidy uploads": 3600,
}
"""Job to the longest time between two runs, in seconds of machine time."""


@pytest.fixture
def jobs(engine: Engine, sessions: Sessions, tmp_path: Path) -> Iterator[Jobs]:
    settings = Settings(_env_file=None, secret_key="a key for tests", var_dir=tmp_path)
    made = Jobs(
        Parts(settings, engine, sessions, ManualClock(NOON)), "worker:here:1", lambda: False
    )
    yield made
    made.close()


def test_nothing_that_must_recur_is_left_out_or_comes_too_seldom(jobs: Jobs) -> None:
    found = {job.name: job.seconds for job in jobs.timetable()}
    assert found.keys() == AT_LEAST_EACH.keys()
    late = {name: each for name, each in found.items() if each > AT_LEAST_EACH[name]}
    assert not late


def test_each_can_run_again_and_again_with_nothing_to_do(jobs: Jobs, sessions: Sessions) -> None:
    with sessions.begin() as session:
        texting(session, 1)
    for job in 2 * jobs.timetable():
        job.run()
