"""Bugs planted in the engine: each must break a promise that the simulated weeks look at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine

from app.channels.port import NoAnswer, NotProcessed
from app.domain.rehearsal import Fault, Promise
from app.rehearsal.week import Manner
from app.services import dispatch, receive, release, settle, strike
from app.store.frames import Frame
from tests.conftest import empty
from tests.rehearsal.weeks import play

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Bug:
    """A bug, the promise that it breaks, and the weeks in which it must show."""

    plant: Patch
    breaks: Promise
    faults: frozenset[Fault] = frozenset()
    seeds: tuple[int, ...] = (3, 5, 7, 9, 11, 13, 15, 17)
    more: dict[str, Any] = field(default_factory=dict)


def nothing(*_: Any, **__: Any) -> int:
    """Does nothing."""
    return 0


def forgets_time_outs(patch: pytest.MonkeyPatch) -> None:
    """Takes an unknown outcome for one that surely did not go out."""
    real = settle.record_outcomes

    def again(sessions: Any, channel: Any, answers: Any, **when: Any) -> None:
        known = [
            (key, NotProcessed(said.message) if isinstance(said, NoAnswer) else said)
            for key, said in answers
        ]
        real(sessions, channel, known, **when)

    patch.setattr("app.services.send_texts.record_outcomes", again)


BUGS = {
    "the bar is not asked at sending": Bug(
        lambda patch: patch.setattr(dispatch, "bar", lambda *_: None),
        Promise.IN_BOUNDS,
        frozenset({Fault.CARRIER_DOWN, Fault.TOO_MANY, Fault.OPT_OUT}),
        more={"opt_outs": 0.9},
    ),
    "a time-out is taken for a no": Bug(
        forgets_time_outs,
        Promise.NEVER_TWICE,
        frozenset({Fault.TIMEOUT_AFTER}),
    ),
    "what got stuck is never looked up": Bug(
        lambda patch: patch.setattr(settle, "stuck_attempts", lambda *_, **__: []),
        Promise.NEVER_LOST,
        frozenset({Fault.KILL}),
    ),
    "a lease never ends": Bug(
        lambda patch: patch.setattr(settle, "end_leases", nothing),
        Promise.NEVER_LOST,
        more={"forget": True},
    ),
    "a callback moves backward": Bug(
        lambda patch: patch.setattr(receive, "outranks", lambda *_: True),
        Promise.NEVER_LOST,
        frozenset({Fault.CALLBACK_REORDERED}),
    ),
    "the reserve is not locked": Bug(
        lambda patch: patch.setattr(Frame, "spendable", lambda self, _: self.budget),
        Promise.MONEY_LASTS,
    ),
    "money is held without end": Bug(
        lambda patch: patch.setattr(release, "hold_money", lambda *_: True),
        Promise.MONEY_LASTS,
    ),
    "a strike leaves what is pending": Bug(
        lambda patch: patch.setattr(strike, "end_pending", nothing),
        Promise.STRUCK_AT_ONCE,
        more={"ballots": 1.0},
    ),
    "an attempt that never was stays counted": Bug(
        lambda patch: patch.setattr(
            "app.store.queue._ABSENT", pool_without_uncounting(), raising=True
        ),
        Promise.NEVER_LOST,
        frozenset({Fault.TOO_MANY}),
    ),
}


def pool_without_uncounting() -> str:
    """The statement that puts attempts back, without the part that takes them off the counters."""
    from app.store import queue

    return queue._ABSENT.replace("texts = texts - ", "texts = texts - 0 * ").replace(
        "emails = emails - ", "emails = emails - 0 * "
    )


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_breaks_its_promise(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bug = BUGS[name]
    bug.plant(monkeypatch)
    broken: set[Promise] = set()
    for seed in bug.seeds:
        empty(engine)
        week = play(engine, seed, Manner(faults=bug.faults, factor=20.0, **bug.more))
        broken |= {one.promise for one in week.promises.broken}
        if bug.breaks in broken:
            return
    pytest.fail(f"nothing showed but {sorted(broken)}")
