"""A worker has a rehearsal played in a process of its own."""

import time

from sqlalchemy import Engine

from app.clock import ManualClock
from app.config import Settings
from app.domain.rehearsal import Fault
from app.services.rehearsals import want
from app.store.engine import Sessions
from app.wiring import Parts
from app.worker.rehearser import Rehearser
from tests import factories
from tests.factories import NOON
from tests.processes import START_SECONDS
from tests.scene import column


def test_a_worker_starts_one_and_its_page_is_told_what_came_of_it(
    engine: Engine, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        factories.campaign(session)
    want(sessions, 1, faults=[Fault.KILL], seed=7, workers=3, by=None, now=NOON)
    rehearser = Rehearser(Parts(Settings(_env_file=None), engine, sessions, ManualClock(NOON)), "w")
    assert rehearser.tend()
    assert not rehearser.tend(), "one at a time"
    end = time.monotonic() + START_SECONDS
    state = "SELECT state FROM rehearsals"
    while column(sessions, state) == ["running"] and time.monotonic() < end:
        time.sleep(0.1)
    rehearser.end()
    assert column(sessions, state) == ["failed"]
    [problem] = column(sessions, "SELECT problem FROM rehearsals")
    assert problem == "This campaign has no voters yet; give it a universe first."
    assert not rehearser.tend(), "nothing is wanted any more"
