"""A whole rehearsal: on a copy, which is gone afterward, and with a report of what came of it."""

from dataclasses import replace
from datetime import timedelta
from os import getpid

import pytest
from sqlalchemy import Engine, text

from app.clock import ManualClock
from app.config import Settings
from app.domain.rehearsal import Fault, Outcome, Promise
from app.rehearsal.run import RehearsalRefused, rehearse
from app.store.engine import Sessions
from app.wiring import Parts
from tests.rehearsal.weeks import FINAL, drawn
from tests.scene import column, counts

NOW = FINAL + timedelta(days=5, hours=14)
LAST = FINAL + timedelta(days=7, hours=3)
"""The polls close three hours later on the West coast."""
STATE = (
    "SELECT 'touches', count(*) FROM touches UNION ALL SELECT 'attempts', count(*) FROM attempts "
    "UNION ALL SELECT 'incidents', count(*) FROM incidents "
    "UNION ALL SELECT 'ballots', count(*) FROM ballots"
)
LEFT = (
    "SELECT datname FROM pg_database WHERE datname = 'rehearsal_1_1' "
    f"OR datname LIKE 'rehearsal\\_{getpid()}\\_%'"
)
"""Of this process and of the killed one; other tests rehearse on the same server meanwhile."""


@pytest.fixture
def parts(engine: Engine, sessions: Sessions) -> Parts:
    """A small campaign, on its last day but one."""
    with sessions.begin() as session:
        drawn(session, 15)
    clock = ManualClock(NOW)
    return Parts(Settings(_env_file=None), engine, sessions, clock)


def test_the_campaign_is_only_read_and_copies_are_gone_those_of_killed_ones_too(
    parts: Parts,
) -> None:
    with parts.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("CREATE DATABASE rehearsal_1_1"))
    before = counts(parts.sessions, STATE)
    seen: list[float] = []
    outcome = rehearse(parts, 1, faults=frozenset(Fault), seed=7, progress=seen.append)
    assert counts(parts.sessions, STATE) == before
    assert column(parts.sessions, LEFT) == []
    assert outcome.kept, [one for one in outcome.verdicts if not one.kept]
    assert {one.promise for one in outcome.verdicts} == set(Promise)
    assert sum(outcome.attempts.values()) > 0
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert (outcome.starts_at, outcome.ends_at) == (NOW, LAST)
    assert len(outcome.hours) == 38
    assert sum(one.times for one in outcome.faults) > 0


def test_the_same_seed_tells_the_same_and_what_is_stored_reads_the_same(parts: Parts) -> None:
    first, second = (rehearse(parts, 1, faults=[Fault.KILL], seed=3) for _ in range(2))
    assert replace(first, seconds=0) == replace(second, seconds=0)
    assert Outcome.from_json(first.as_json()) == first


def test_there_must_be_a_campaign_with_voters_and_polls_that_are_open(parts: Parts) -> None:
    with pytest.raises(RehearsalRefused, match="no campaign 9"):
        rehearse(parts, 9, faults=[], seed=1)
    late = replace(parts, clock=ManualClock(FINAL + timedelta(days=8)))
    with pytest.raises(RehearsalRefused, match="have closed"):
        rehearse(late, 1, faults=[], seed=1)
    with parts.sessions.begin() as session:
        session.execute(text("DELETE FROM targets"))
    with pytest.raises(RehearsalRefused, match="no voters"):
        rehearse(parts, 1, faults=[], seed=1)
