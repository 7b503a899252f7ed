"""Final weeks in which everything goes wrong: promises 1 to 7 are kept in each of them."""

import os
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from app.domain.channel import Channel
from app.domain.pulse import PULSE
from app.domain.rehearsal import Fault
from app.rehearsal.week import Manner, Week
from app.services.pulse import beat
from tests.conftest import empty
from tests.rehearsal.weeks import ALL, FINAL, play

WEEKS = int(os.environ.get("LASTMILE_WEEKS", "200"))
"""More by LASTMILE_WEEKS=2000."""
TOGETHER = 5
FLOWS_WITHIN = timedelta(minutes=6)
"""After the faults have stopped: the limit, and the turn in which it is seen."""


def told(week: Week, seed: int) -> str:
    """What broke, and how it is played again."""
    first = week.promises.broken[0]
    again = f"again with: python -m tests.rehearsal.weeks {seed}"
    return "\n".join([f"seed {seed}: {first.promise.name}; {again}", *first.story])


@pytest.mark.parametrize("first", range(1, WEEKS + 1, TOGETHER))
def test_in_a_week_full_of_faults_every_promise_is_kept(engine: Engine, first: int) -> None:
    for seed in range(first, first + TOGETHER):
        empty(engine)
        week = play(engine, seed)
        assert not week.promises.broken, told(week, seed)
        assert not week.fleet.problems, (seed, week.fleet.problems)


@pytest.mark.parametrize("seed", [1001])
def test_the_same_seed_gives_the_same_trace(engine: Engine, seed: int) -> None:
    traces = []
    for _ in range(2):
        empty(engine)
        traces.append(play(engine, seed).world.trace)
    assert traces[0] == traces[1]
    empty(engine)
    assert play(engine, seed + 100).world.trace != traces[0]


def test_a_pulse_that_is_not_asked_for_would_have_reached_nobody(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left_out = Week._lacks_pulse, []

    def lacks(week: Week, now: datetime, final: datetime | None) -> bool:
        asked = real(week, now, final)
        if not asked and final is not None and week._waits and week.promises.quiet_for() > PULSE:
            with week.sessions() as session:
                left_out.append(beat(session, week.frame(), now).channel)
                session.rollback()
        return asked

    monkeypatch.setattr(Week, "_lacks_pulse", lacks)
    for seed in range(4001, 4006):
        empty(engine)
        play(engine, seed)
    assert len(left_out) > TOGETHER
    assert not {Channel.TEXT, Channel.EMAIL}.intersection(left_out)


def test_prices_that_nobody_asked_for_all_week_are_asked_for_at_its_end(engine: Engine) -> None:
    seldom = {"book prices": timedelta(days=9).total_seconds()}
    week = play(engine, 3001, Manner(rare=seldom))
    assert any(one.kind == "text" for one in week.carrier.ledger)
    assert not week.promises.broken, told(week, 3001)


STORM = ALL - {Fault.PAUSE}
LASTING = {
    "none": Manner(faults=STORM, factor=40.0),
    "a worker that stands still": Manner(faults=STORM, factor=40.0, frozen=1),
    "a sender that is dead": Manner(faults=STORM, factor=40.0, dead_sender=True),
}


@pytest.mark.parametrize("seed", [2001])
@pytest.mark.parametrize("lasting", LASTING)
def test_once_the_faults_stop_outreach_flows_again(engine: Engine, lasting: str, seed: int) -> None:
    quiet_from = FINAL + timedelta(days=3, hours=16)
    manner = LASTING[lasting]
    week = play(engine, seed, manner.until(quiet_from))
    late = [one for one in week.promises.broken if one.at > quiet_from + FLOWS_WITHIN]
    assert not late, "\n".join(late[0].story)
    assert week.turns > 0
