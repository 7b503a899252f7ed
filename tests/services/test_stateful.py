"""Everything in any order, and at once: the books add up after every step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from app.store.engine import Sessions, make_sessions
from tests.conftest import empty
from tests.engine_room import EngineRoom

MONEY = st.sampled_from([9, 24, 99])
SEEDS = st.integers(0, 2**32)
EXAMPLES, STEPS = 7, 50
"""Some ten seconds; the steps that it prints, or `--hypothesis-seed`, replay a failure."""


class AnyOrder(RuleBasedStateMachine):
    """One thing after the other, in whatever order Hypothesis thinks of."""

    engine: Engine

    @initialize(money=MONEY)
    def the_campaign_starts(self, money: int) -> None:
        empty(self.engine)
        self.room = EngineRoom(make_sessions(self.engine), money=money, dear=True)

    @rule(seed=SEEDS)
    def time_passes(self, seed: int) -> None:
        self.room.wait(Random(seed))

    @rule(seed=SEEDS)
    def night_passes(self, seed: int) -> None:
        self.room.sleep(Random(seed))

    @rule(seed=SEEDS)
    def the_worker_releases(self, seed: int) -> None:
        self.do(seed, self.room.pace, self.room.follow, self.room.expire, self.room.sweep)

    @rule(seed=SEEDS)
    def the_worker_sends(self, seed: int) -> None:
        self.do(seed, self.room.claim)

    @rule(seed=SEEDS)
    def the_carrier_answers(self, seed: int) -> None:
        self.do(seed, self.room.answer, self.room.call_back)

    @rule(seed=SEEDS)
    def the_carrier_is_asked(self, seed: int) -> None:
        self.do(seed, self.room.look_up, self.room.look_up, self.room.bill, self.room.estimate)

    @rule(seed=SEEDS)
    def what_hung_surfaces(self, seed: int) -> None:
        self.do(seed, self.room.surface)

    @rule(seed=SEEDS)
    def a_voter_writes(self, seed: int) -> None:
        self.do(seed, self.room.text_back)

    @rule(seed=SEEDS)
    def a_voter_votes(self, seed: int) -> None:
        self.do(seed, self.room.strike)

    @rule(seed=SEEDS)
    def a_volunteer_acts(self, seed: int) -> None:
        self.do(seed, self.room.take, self.room.take, self.room.save, self.room.return_call)

    def do(self, seed: int, *may: Callable[[Random], None]) -> None:
        draw = Random(seed)
        draw.choice(may)(draw)

    @invariant()  # not asked before the campaign has started
    def the_books_add_up(self) -> None:
        assert self.room.wrong() == []


def test_whatever_comes_after_whatever_the_books_add_up(engine: Engine) -> None:
    class Here(AnyOrder):
        pass

    Here.engine = engine
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # Making a failure smaller takes minutes; every run starts anew.
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


WORKERS, ROUNDS, EACH = 4, 8, 8


@pytest.mark.parametrize(("seed", "money"), [(1, 9), (2, 99)])
def test_whatever_runs_at_once_the_books_add_up_after_each_round(
    sessions: Sessions, seed: int, money: int
) -> None:
    room, draw = EngineRoom(sessions, money=money), Random(seed)
    with ThreadPoolExecutor(WORKERS) as pool:
        for number in range(ROUNDS):
            chosen = [draw.randrange(2**32) for _ in range(WORKERS)]
            for done in [pool.submit(act, room, Random(each)) for each in chosen]:
                done.result()
            assert room.wrong() == [], f"seed {seed}, round {number}"
            draw.choice([room.wait, room.wait, room.sleep])(draw)


def act(room: EngineRoom, draw: Random) -> None:
    """What one of those at work does in a round."""
    for _ in range(EACH):
        draw.choice(room.actions)(draw)
