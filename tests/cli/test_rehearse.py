"""`lastmile rehearse`: what it prints, what its end says, and the process that a worker starts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.cli import rehearse as command
from app.cli import rehearse_run as process
from app.clock import ManualClock
from app.config import Settings
from app.domain.rehearsal import Fault, Outcome
from app.services.rehearsal_watch import Stopped
from app.services.rehearsals import claim, want
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories, outcomes
from tests.factories import NOON
from tests.scene import column


class Refused(Exception):
    """As the rehearsal refuses."""


class Stage:
    """A player by hand: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.answer: Outcome | Exception = outcomes.kept()
        self.asked: dict[str, Any] = {}

    def __call__(
        self, parts: Parts, campaign_id: int, *, progress: Callable[[float], None], **asked: Any
    ) -> Outcome:
        self.asked = {"campaign": campaign_id, **asked}
        progress(0.5)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def stage(engine: Engine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Two campaigns at noon, and a player by hand."""
    parts = Parts(Settings(_env_file=None), engine, sessions, ManualClock(NOON))
    made = Stage()
    monkeypatch.setattr(command, "connect", lambda: parts)
    monkeypatch.setattr(process, "connect", lambda: parts)
    monkeypatch.setattr(process, "player", lambda: (made, (Refused,)))
    with sessions.begin() as session:
        factories.campaign(session, name="Eastside calls")
        factories.campaign(session, name="Eastside texts")
    return made


def lastmile(*words: object) -> Result:
    return CliRunner().invoke(command.rehearse, [str(word) for word in words])


def test_a_rehearsal_that_keeps_every_promise_ends_with_0(stage: Stage, sessions: Sessions) -> None:
    result = lastmile("eastside calls", "--seed", 7)
    assert result.exit_code == 0, result.output
    assert stage.asked == {
        "campaign": 1,
        "faults": frozenset(Fault),
        "seed": 7,
        "workers": 3,
    }
    said = result.output
    assert "Rehearsal 1 of Eastside calls: All 7 promises were kept." in said
    assert "20,000 voters, 25.0% of the campaign’s, 3 workers, seed 7; took 21 s" in said
    assert "3. Never twice" in said
    assert "Worker killed              14      0        0        0 1 min 35 s" in said
    assert "Again: lastmile rehearse 1 --seed 7 --workers 3 --faults all" in said
    assert "first broken" not in said
    assert column(sessions, "SELECT state FROM rehearsals") == ["done"]


def test_a_broken_promise_ends_with_1_and_its_story(stage: Stage) -> None:
    stage.answer = outcomes.broken()
    result = lastmile(1, "--faults", "kill,timeout-after", "--workers", 2)
    assert result.exit_code == 1
    assert stage.asked["faults"] == {Fault.KILL, Fault.TIMEOUT_AFTER}
    said = result.output
    assert "1 promise of 7 broken: never silent." in said
    assert "1. Never silent          broken 2 times   longest silence 12.0 min" in said
    assert "How “1. Never silent” was first broken" in said
    assert "  2. 1:03 pm: worker 2 was killed between its claim and its commit." in said
    assert "Silent minutes: 7" in said
    assert "--faults kill,timeout_after" in said


def test_the_week_is_a_letter_an_hour(stage: Stage) -> None:
    stage.answer = outcomes.broken()
    lines = lastmile(1).output.splitlines()
    at = lines.index("The week, an hour a letter")
    assert lines[at + 1] == f"{'':<21} 00  03 06 09 12 15 18 21    (01 comes twice on one day)"
    thursday = [line for line in lines if line.startswith("Thu, Oct 29")]
    assert thursday[0] == f"{'Thu, Oct 29':<12} {'calls':<8} {'':<13}.....#0#////  40 of 60 planned"
    assert (
        thursday[1] == f"{'Thu, Oct 29':<12} {'texts':<8} {'':<13}#!######////  451 of 480 planned"
    )
    assert "! silent for too long" in "\n".join(lines)


def test_all_of_it_is_written_as_json(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "outcome.json"
    assert lastmile(1, "--json", file).exit_code == 0
    written = json.loads(file.read_text())
    assert Outcome.from_json(written) == outcomes.kept()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "no campaign is called 'nobody'"),
        (["eastside"], "may be any of these"),
        ([1, "--faults", "kil"], "no fault is called 'kil'; there are all, none, or any of: kill"),
        ([1, "--faults", ","], "no fault is named"),
        ([1, "--workers", 99], "Choose 1 to 8 workers."),
        ([1, "--json", "/nowhere/at/all.json"], "No such file"),
    ],
    ids=["unknown", "many", "fault", "none", "workers", "json"],
)
def test_bad_input_ends_with_2(stage: Stage, words: list[object], says: str) -> None:
    result = lastmile(*words)
    assert result.exit_code == 2
    assert says in result.output


def test_nothing_to_rehearse_ends_with_2_and_is_kept(stage: Stage, sessions: Sessions) -> None:
    stage.answer = Refused("The polls of this campaign have closed.")
    result = lastmile(1)
    assert result.exit_code == 2
    assert "The polls of this campaign have closed." in result.output
    assert column(sessions, "SELECT problem FROM rehearsals") == [str(stage.answer)]


def test_stopped_by_hand_ends_as_a_signal_does(stage: Stage, sessions: Sessions) -> None:
    stage.answer = Stopped()
    result = lastmile(1)
    assert result.exit_code == 130
    assert column(sessions, "SELECT state || problem FROM rehearsals") == [
        "failedIt was stopped on the command line."
    ]


def claimed(sessions: Sessions) -> int:
    made = want(sessions, 1, faults=[], seed=3, workers=2, by=None, now=NOON)
    assert claim(sessions, "worker:a", now=NOON, wall=NOON)
    return made


def run(sessions: Sessions, holder: str = "worker:a") -> Result:
    return CliRunner().invoke(process.rehearse_run, [str(claimed(sessions)), holder])


@pytest.fixture(autouse=True)
def as_nice_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests share a process with others, and its handling of signals."""
    monkeypatch.setattr(command.os, "nice", lambda _: 0)
    monkeypatch.setattr(command.signal, "signal", lambda *_: None)


def test_the_process_of_a_worker_stores_what_came_of_it(stage: Stage, sessions: Sessions) -> None:
    assert run(sessions).exit_code == 0
    assert stage.asked == {"campaign": 1, "faults": frozenset(), "seed": 3, "workers": 2}
    assert column(sessions, "SELECT state FROM rehearsals") == ["done"]


def test_a_process_that_does_not_hold_it_plays_nothing(stage: Stage, sessions: Sessions) -> None:
    assert run(sessions, "worker:b").exit_code == 0
    assert not stage.asked
    assert column(sessions, "SELECT state FROM rehearsals") == ["running"]


def test_a_process_told_to_end_puts_it_back(stage: Stage, sessions: Sessions) -> None:
    stage.answer = Stopped()
    assert run(sessions).exit_code == 0
    assert column(sessions, "SELECT state FROM rehearsals") == ["wanted"]


def test_an_error_of_our_own_is_said_without_its_text(stage: Stage, sessions: Sessions) -> None:
    stage.answer = RuntimeError("+1 919 555 0001")
    assert run(sessions).exit_code == 1
    [problem] = column(sessions, "SELECT problem FROM rehearsals")
    assert "RuntimeError" in problem
    assert "555" not in problem
