"""A whole rehearsal: on a copy, which is gone afterward, and with a report of what came of it."""

from dataclasses import replace
from datetime import timedelta
from os import getpid

import pytest
from sqlalchemy import Engine, text

from app.clock import ManualClock
from app.config import Settings
from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.domain.rehearsal import Fault, Outcome, Promise
from app.rehearsal.part import RehearsalRefused
from app.rehearsal.run import rehearse
from app.services.plans import make_plan
from app.store.engine import Sessions
from app.store.ramps import write_ramps
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
    "SELECT datname FROM pg_database WHERE datname = 'rehearsal_1_2_' || "
    "(SELECT oid FROM pg_database WHERE datname = current_database()) "
    f"OR datname LIKE 'rehearsal\\_{getpid()}\\_%'"
)
"""Of this process and of the killed one; other tests rehearse on the same server meanwhile."""


PLANNED = """
INSERT INTO plan_hours (campaign_id, channel, hour_at, planned)
SELECT 1, 'text', date_trunc('hour', CAST(:now AS timestamptz)) + n * interval '1 hour', 5
FROM generate_series(1, 6) n ON CONFLICT (campaign_id, channel, hour_at) DO UPDATE SET planned = 5
"""


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
        of = "SELECT oid FROM pg_database WHERE datname = current_database()"
        oid = connection.execute(text(of)).scalar_one()
        connection.execute(text(f"CREATE DATABASE rehearsal_1_2_{oid}"))
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


def test_texts_that_nobody_wrote_words_for_are_told_of_and_the_plan_was_true_only_if_it_said_so(
    parts: Parts,
) -> None:
    with parts.sessions.begin() as session:
        session.execute(text("DELETE FROM scripts WHERE channel = 'text'"))
        session.execute(text(PLANNED), {"now": NOW})
    outcome = rehearse(parts, 1, faults=[], seed=1)
    assert outcome.attempts["text"] == 0
    assert any("planned texts were made: nobody has written the words" in n for n in outcome.notes)
    verdict = next(one for one in outcome.verdicts if one.promise is Promise.PLAN_IS_TRUE)
    assert not verdict.kept, "the plan was made before the words were taken back"
    with parts.sessions.begin() as session:
        write_ramps(session, 1, {Channel.TEXT: RampRule(Shape.LINEAR, NOW.date(), 50)})
    make_plan(parts.sessions, 1, now=NOW, wall=NOW)
    outcome = rehearse(parts, 1, faults=[], seed=1)
    assert any("texts cannot be planned: nobody has written the words" in n for n in outcome.notes)
    verdict = next(one for one in outcome.verdicts if one.promise is Promise.PLAN_IS_TRUE)
    assert verdict.kept


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
