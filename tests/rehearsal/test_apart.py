"""Parts of a large rehearsal: together they are the campaign, and none outlives who asked."""

import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from multiprocessing import active_children
from pathlib import Path
from threading import Thread

import psutil
import pytest
from sqlalchemy import Engine, text

from app.clock import ManualClock
from app.config import Settings
from app.domain.rehearsal import Fault, Promise
from app.rehearsal.apart import PartLost
from app.rehearsal.copy import Part, copied
from app.rehearsal.part import Task, play_part
from app.rehearsal.plan_kept import added_up
from app.rehearsal.promises import Broken
from app.rehearsal.run import rehearse
from app.rehearsal.told import told
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.wiring import Parts
from tests import factories
from tests.factories import NOON
from tests.processes import ROOT, environment
from tests.scene import column, run, texting

NOW = NOON + timedelta(days=5, hours=7)
"""Half an hour before the polls close in the East."""
VOTERS = 24
HALVES = [Part(0, 2), Part(1, 2)]
COPIES = "SELECT datname FROM pg_database WHERE split_part(datname, '_', 2) = ANY(:of)"
"""Those of some processes; other tests rehearse on the same server meanwhile."""
SHIFTS = """
INSERT INTO shifts (campaign_id, user_id, channel, starts_at, ends_at, created_at)
SELECT 1, u.id, 'call', day, day + interval '3 hours', :noon FROM users u,
    generate_series(CAST(:noon AS timestamptz), CAST(:noon AS timestamptz) + interval '4 days',
                    interval '1 day') day
"""
PLAN = """
INSERT INTO plan_hours (campaign_id, channel, hour_at, planned)
SELECT 1, 'text', :noon + n * interval '1 hour', n FROM generate_series(1, 9) n
"""


@pytest.fixture
def parts(engine: Engine, sessions: Sessions) -> Parts:
    """A campaign with an odd number of everything that is dealt out."""
    with sessions.begin() as session:
        texting(session, VOTERS, budget=Decimal("3.33"))
    factories.person(sessions, "volunteer", 1)
    for query in (SHIFTS, PLAN):
        run(sessions, query, noon=NOON)
    return Parts(Settings(_env_file=None), engine, sessions, ManualClock(NOW))


def tables(engine: Engine, *queries: str) -> list[list[object]]:
    with engine.connect() as connection:
        return [list(connection.execute(text(query)).scalars()) for query in queries]


def test_two_halves_have_all_voters_shifts_attempts_and_money_of_the_whole(parts: Parts) -> None:
    asked = (
        "SELECT voter_id FROM targets ORDER BY 1",
        "SELECT id FROM shifts ORDER BY 1",
        "SELECT hour_at FROM plan_hours, generate_series(1, planned) ORDER BY 1",
    )
    whole = tables(parts.engine, *asked)
    found: list[list[object]] = [[], [], []]
    budget = Decimal(0)
    for half in HALVES:
        with copied(parts.engine, 1, part=half) as copy:
            assert 0 < copy.voters < VOTERS
            assert copy.share == 1
            for into, more in zip(found, tables(copy.engine, *asked), strict=True):
                into += more
            [[money]] = tables(copy.engine, "SELECT budget FROM campaigns")
            budget += Decimal(str(money))
    assert [sorted(one, key=str) for one in found] == [sorted(one, key=str) for one in whole]
    assert budget == Decimal("3.33")


@pytest.mark.parametrize("halves", [[Part()], HALVES], ids=["whole", "halves"])
def test_of_a_campaign_that_is_too_large_a_share_comes_along(
    parts: Parts, halves: list[Part]
) -> None:
    voters, planned = 0, 0
    for half in halves:
        with copied(parts.engine, 1, most=VOTERS // 2, part=half) as copy:
            assert copy.share == 0.5
            voters += copy.voters
            [[number]] = tables(copy.engine, "SELECT sum(planned) FROM plan_hours")
            planned += int(str(number))
    assert 4 <= voters <= 20, "they are drawn, household by household"
    assert planned == 22, "half of each hour's, and of an odd number's halves the even one"


class Seen:
    """How far a rehearsal said that it was, and the processes of its parts."""

    def __init__(self) -> None:
        self.shares: list[float] = []
        self.pids: set[str] = set()

    def __call__(self, share: float) -> None:
        """Takes how far it is."""
        self.shares.append(share)
        self.pids |= {str(one.pid) for one in active_children()}

    def are_gone(self, parts: Parts) -> bool:
        """Whether neither the processes nor their copies are there any more."""
        assert len(self.pids) >= 2
        copies = column(parts.sessions, COPIES, of=sorted(self.pids))
        return copies == [] and active_children() == []


def test_a_rehearsal_in_halves_is_told_as_one_and_a_seed_tells_the_same_again(
    parts: Parts,
) -> None:
    seen = Seen()
    first, second = (
        rehearse(parts, 1, faults=frozenset(Fault), seed=5, progress=seen, apart_from=12)
        for _ in range(2)
    )
    assert replace(first, seconds=0) == replace(second, seconds=0)
    assert first.voters == VOTERS
    assert first.kept, [one for one in first.verdicts if not one.kept]
    assert {one.promise for one in first.verdicts} == set(Promise)
    done: Counter[str] = Counter()
    for hour in first.hours:
        done.update(hour.done)
    assert {**done} == {**first.attempts}
    assert sum(first.attempts.values()) > 0
    assert any("in 2 parts at once" in note for note in first.notes)
    half = len(seen.shares) // 2  # of it is the second's
    assert seen.shares[:half] == sorted(seen.shares[:half])
    assert seen.shares[-1] == 1.0
    assert seen.are_gone(parts)


def said(process: psutil.Process) -> str:
    """Its command line; empty for one that is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class Stop(Exception):
    """Somebody asked the rehearsal to end."""


def test_a_rehearsal_that_is_stopped_leaves_no_process_and_no_copy(parts: Parts) -> None:
    seen = Seen()

    def stop(share: float) -> None:
        seen(share)
        raise Stop

    with pytest.raises(Stop):
        rehearse(parts, 1, faults=[], seed=1, progress=stop, apart_from=12)
    assert seen.are_gone(parts)


def test_a_part_that_dies_ends_the_others_too(parts: Parts) -> None:

    def kill(_share: float) -> None:
        active_children()[0].kill()

    with pytest.raises(PartLost, match="without findings"):
        rehearse(parts, 1, faults=[], seed=1, progress=kill, apart_from=12)
    assert active_children() == []


def test_so_does_one_that_dies_before_it_knows_what_to_play(parts: Parts) -> None:
    def kill() -> None:
        found: list[psutil.Process] = []
        while not found:
            time.sleep(0.005)
            found = [one for one in psutil.Process().children() if "spawn_main" in said(one)]
        found[0].kill()

    killer = Thread(target=kill, daemon=True)
    killer.start()
    with pytest.raises(PartLost, match="without findings"):
        rehearse(parts, 1, faults=[], seed=1, apart_from=12)
    killer.join(10)
    assert active_children() == []


@pytest.mark.parametrize("breaks", [0, 1])
def test_what_either_half_breaks_is_broken(parts: Parts, breaks: int) -> None:
    task = Task(1, [], 1, 1, NOW, VOTERS, Part(), parts.settings)
    kept = play_part(parts.engine, task, lambda _: None)
    story = Broken(Promise.NEVER_TWICE, NOW, "two of one", ["one", "two of one"])
    halves = [kept, kept]
    halves[breaks] = replace(kept, broken=[story])
    with parts.sessions() as session:
        outcome = told(halves, load_frame(session, 1), seed=1, workers=1, seconds=0.0)
    [broken] = [one for one in outcome.verdicts if not one.kept]
    assert (broken.promise, broken.story) == (Promise.NEVER_TWICE, story.story)


def test_only_what_was_left_behind_of_this_database_is_dropped(parts: Parts) -> None:
    admin = parts.engine.execution_options(isolation_level="AUTOCOMMIT")
    [of] = column(parts.sessions, "SELECT oid FROM pg_database WHERE datname = current_database()")
    left, others = f"rehearsal_1_1_{of}", f"rehearsal_1_1_{of}0"
    with admin.connect() as connection:
        for name in (left, others):
            connection.execute(text(f"CREATE DATABASE {name}"))
        with copied(parts.engine, 1):
            there = {*column(parts.sessions, "SELECT datname FROM pg_database")}
        connection.execute(text(f"DROP DATABASE {others}"))
    assert (left in there, others in there) == (False, True)


PROGRAM = """
print("loaded", flush=True)
if __name__ == "__main__":
    from app.rehearsal.apart import PartLost, play_apart

    try:
        play_apart([None], "postgresql:///none?host=/nowhere", print)
    except PartLost:
        print("lost")
"""
"""What it asks for cannot be played, which a part finds out once it is there."""


def test_a_part_does_not_load_the_program_that_starts_it(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    told = [sys.executable, tmp_path / "program.py"]
    around = environment(PYTHONPATH=ROOT)
    said = subprocess.run(told, check=True, capture_output=True, text=True, env=around).stdout
    assert (said.count("loaded"), said.splitlines()[-1]) == (1, "lost")


def test_what_each_part_says_of_its_counts_is_said_once_with_the_sums() -> None:
    assert added_up(
        [
            ["500 of 900 texts cannot be planned: x {y}.", "Callers have no script."],
            ["1,500 of 1,900 texts cannot be planned: x {y}.", "3 calls of the ramp find no day."],
        ]
    ) == [
        "2,000 of 2,800 texts cannot be planned: x {y}.",
        "Callers have no script.",
        "3 calls of the ramp find no day.",
    ]
