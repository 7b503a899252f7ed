"""Bugs planted in the engine: each must break a promise that the simulated weeks look at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine

from app.channels.port import NoAnswer, NotProcessed
from app.domain.rehearsal import Fault, Promise
from app.rehearsal.fleet import WorkerParts
from app.rehearsal.week import Manner
from app.services import look_up, pace, release, settle, strike, verdicts
from app.store import outcomes, receipts
from app.store.frames import Frame
from tests.conftest import empty
from tests.rehearsal.weeks import play

ROOMY = (
    "DELETE FROM rule_changes",
    "UPDATE campaigns SET budget = 50, voter_daily_cap = 3, voter_total_cap = 12",
    "UPDATE targets SET arm = 'treated'",
    "UPDATE voters SET phone_kind = 'mobile', phone = '+1919555' || lpad(id::text, 4, '0'), "
    "email = 'voter' || id || '@example.org', state = 'NC', zones = 'America/New_York'",
    "UPDATE targets SET place = 'NC:America/New_York'",
    "DELETE FROM consents",
    "INSERT INTO consents SELECT phone, 'text', 'form', 'test', '2026-01-01' FROM voters",
)
"""Everybody may be reached at any open hour."""
AT_ONCE = (
    "INSERT INTO plan_hours (campaign_id, channel, hour_at, planned) "
    "SELECT id, 'text', date_trunc('hour', CAST(:final AS timestamptz)) - interval '2 hours', 20 "
    "FROM campaigns ON CONFLICT (campaign_id, channel, hour_at) DO UPDATE SET planned = 20",
)
"""More texts than there are voters, right before the final week begins."""
POOR = ("UPDATE campaigns SET budget = 0.03, reserve_share = 0.5",)
CALLERS = (
    "INSERT INTO users (email, name, fs_uniquifier) VALUES ('c@example.org', 'C', 'c')",
    "INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at) "
    "SELECT c.id, u.id, 'call', :final + interval '12 hours', :final + interval '16 hours', :final "
    "FROM campaigns c, users u WHERE u.email = 'c@example.org'",
)
SLOW = ("UPDATE senders SET per_second = 0.002",)


@dataclass(frozen=True)
class Bug:
    """A bug, the promise that it breaks, and the weeks in which it must show."""

    plant: Callable[[pytest.MonkeyPatch], None]
    breaks: Promise
    faults: frozenset[Fault] = frozenset()
    scene: tuple[str, ...] = ROOMY
    seeds: tuple[int, ...] = (1, 2, 3, 4)  # those first in which it showed soonest
    more: dict[str, Any] = field(default_factory=dict)


def nothing(*_: Any, **__: Any) -> int:
    """Does nothing."""
    return 0


def takes_time_outs_for_a_no(patch: pytest.MonkeyPatch) -> None:
    """An unknown outcome counts as one that surely did not go out."""
    real = settle.record_outcomes

    def again(sessions: Any, channel: Any, answers: Any, **when: Any) -> None:
        known = [
            (key, NotProcessed(said.message) if isinstance(said, NoAnswer) else said)
            for key, said in answers
        ]
        real(sessions, channel, known, **when)

    patch.setattr("app.services.send_texts.record_outcomes", again)


def calls_absent_what_two_looks_miss(patch: pytest.MonkeyPatch) -> None:
    """The carrier is given no time, and nobody asks whether it works."""
    patch.setattr(look_up.Patience, "is_over", lambda _, item, __: item.looks > 0)
    patch.setattr(look_up, "carrier_was_silent", lambda *_, **__: set())


def lets_the_carrier_send_it_for_hours(patch: pytest.MonkeyPatch) -> None:
    """What it takes in late it still sends, though the text was sent again."""
    patch.setattr("app.services.send_texts.valid_seconds", lambda *_: 36_000)


def applies_whatever_comes(patch: pytest.MonkeyPatch) -> None:
    """A callback that says less than is known is applied."""
    query = receipts._FILE.replace("n.rank > CASE", "n.rank > -9 + 0 * CASE")
    assert query != receipts._FILE
    patch.setattr(receipts, "_FILE", query)


def leaves_absent_ones_counted(patch: pytest.MonkeyPatch) -> None:
    """An attempt that never was stays on the voter's counters."""
    query = outcomes._ABSENT.replace("texts = texts - ", "texts = texts - 0 * ")
    assert query != outcomes._ABSENT
    patch.setattr(outcomes, "_ABSENT", query)


def falls_asleep(patch: pytest.MonkeyPatch) -> None:
    """Neither the pulse nor the lookout does anything."""
    patch.setattr(pace, "lacks", lambda *_: [])
    patch.setattr("app.worker.timetable.Lookout.watch", nothing)


BUGS = {
    "the bar is not asked at sending": Bug(
        lambda patch: patch.setattr(verdicts, "bar", lambda *_, **__: None),
        Promise.IN_BOUNDS,
        frozenset({Fault.TOO_MANY, Fault.BALLOT}),
        seeds=(7, 4, 2, 3),
    ),
    "a time-out is taken for a no": Bug(
        takes_time_outs_for_a_no,
        Promise.NEVER_TWICE,
        frozenset({Fault.TIMEOUT_AFTER, Fault.CALLBACK_LOST}),
        seeds=(5, 8, 4, 3),
    ),
    "a carrier that takes its time is given none": Bug(
        calls_absent_what_two_looks_miss,
        Promise.NEVER_TWICE,
        frozenset({Fault.ACCEPTED_LATE}),
        seeds=(5, 8, 4, 3),
    ),
    "a carrier may send for hours what is sent again in minutes": Bug(
        lets_the_carrier_send_it_for_hours,
        Promise.NEVER_TWICE,
        frozenset({Fault.ACCEPTED_LATE}),
        seeds=(4, 11, 14, 3),
    ),
    "what got stuck is never looked up": Bug(
        lambda patch: patch.setattr(look_up, "stuck_attempts", lambda *_, **__: []),
        Promise.NEVER_LOST,
        frozenset({Fault.KILL}),
        seeds=(5, 4, 3, 7),
    ),
    "a lease never ends": Bug(
        lambda patch: patch.setattr(settle, "end_leases", nothing),
        Promise.NEVER_LOST,
        scene=(*ROOMY, *CALLERS),
        seeds=(4, 7, 3, 6),
        more={"forgets": 1.0},
    ),
    "a callback moves backward": Bug(
        applies_whatever_comes,
        Promise.NEVER_LOST,
        frozenset({Fault.CALLBACK_REORDERED}),
        seeds=(5, 6, 8, 7),
    ),
    "the reserve is not locked": Bug(
        lambda patch: patch.setattr(Frame, "spendable", lambda self, _: self.budget),
        Promise.MONEY_LASTS,
        scene=(*ROOMY, *POOR, *AT_ONCE),
    ),
    "money is held without end": Bug(
        lambda patch: patch.setattr(release, "hold_money", lambda *_: True),
        Promise.MONEY_LASTS,
        scene=(*ROOMY, *POOR, *AT_ONCE),
    ),
    "a strike leaves what is pending": Bug(
        lambda patch: patch.setattr(strike, "end_pending", nothing),
        Promise.STRUCK_AT_ONCE,
        scene=(*ROOMY, *AT_ONCE, *SLOW),
        seeds=(13, 3, 25, 14),
        more={"ballots": 1.0},
    ),
    "an attempt that never was stays counted": Bug(
        leaves_absent_ones_counted,
        Promise.NEVER_LOST,
        frozenset({Fault.TOO_MANY}),
        seeds=(5, 6, 8, 7),
    ),
    "a worker goes by its own clock": Bug(
        lambda patch: patch.setattr(WorkerParts, "set_clock", nothing),
        Promise.IN_BOUNDS,
        frozenset({Fault.CLOCK_OFF, Fault.KILL}),
        seeds=(23, 13, 20, 22),
    ),
    "the lookout and the pulse are asleep": Bug(falls_asleep, Promise.NEVER_SILENT),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_breaks_its_promise(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    bug = BUGS[name]
    bug.plant(monkeypatch)
    broken: set[Promise] = set()
    for seed in bug.seeds:
        empty(engine)
        manner = Manner(faults=bug.faults, factor=20.0, ends_when_broken=bug.breaks, **bug.more)
        week = play(engine, seed, manner, bug.scene)
        broken |= {one.promise for one in week.promises.broken}
        if bug.breaks in broken:
            return
    pytest.fail(f"nothing showed but {sorted(broken)}")
