"""`lastmile plan`: the table, the strip, the advice, and what its end says."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.cli import plan as command
from app.clock import ManualClock
from app.config import Settings
from app.domain.channel import Channel
from app.domain.ramp import Shape
from app.domain.report import Report
from app.store.campaigns import Campaign, Ramp
from app.store.engine import Sessions
from app.wiring import Parts
from tests import factories, reports
from tests.factories import NOON


@pytest.fixture
def lastmile(engine: Engine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`lastmile plan …` in this process, at noon."""
    parts = Parts(Settings(_env_file=None), engine, sessions, ManualClock(NOON))
    monkeypatch.setattr(command, "connect", lambda: parts)
    with sessions.begin() as session:
        factories.campaign(session, name="Eastside calls")
        factories.campaign(session, name="Eastside texts")

    def run(*words: object) -> Result:
        return CliRunner().invoke(command.plan, [str(word) for word in words])

    return run


def store(sessions: Sessions, made: Report, to: int = 1) -> None:
    """The report as a campaign's plan in force."""
    with sessions.begin() as session:
        campaign = session.get_one(Campaign, to)
        reports.store(session, campaign, made)
        reports.put_in_force(session, campaign, made)


def test_a_gap_ends_with_1_and_is_told(lastmile: Any, sessions: Sessions) -> None:
    store(sessions, reports.report())
    result = lastmile("eastside calls")
    assert result.exit_code == 1
    said = result.output
    assert "6 open hours of the final week have a gap" in said
    assert "Tue, Nov 3   calls        2,300       500         $0      10  fewer than before" in said
    assert "40 emails more than the ramp wants" in said
    assert "  2,200 texts are not paid for" in said
    assert "1. Find 10 callers for Tue 5–8 pm: ≈ +41 votes, +900 calls, closes 3 gaps" in said
    assert "calls: the second pass begins about 4 pm;" in said
    assert "Tue, Nov 3, 5–8 pm calls: 0 booked of 10 needed, 10 short" in said
    assert "Solved by HiGHS in 2.1 s, 1.4 s of it in the solver." in said


def test_the_strip_has_a_letter_an_hour(lastmile: Any, sessions: Sessions) -> None:
    store(sessions, reports.report())
    lines = lastmile(1).output.splitlines()
    tuesday = [line for line in lines if line.startswith("Tue, Nov 3") and "//" in line]
    assert tuesday[0].endswith("// //////#########!!!////")
    assert tuesday[2].endswith("// //////SSSSSSSSSSSS////")
    sunday = [line for line in lines if line.startswith("Sun, Nov 1") and "//" in line]
    assert sunday[0].endswith("/////////BBB##########///")
    (ruler,) = [line for line in lines if "03 " in line and "21" in line]
    assert ruler.index("09") == tuesday[0].index("#") + 1
    assert any("! gap" in line and "S election silence" in line for line in lines)


def test_a_whole_week_ends_with_0(lastmile: Any, sessions: Sessions) -> None:
    store(sessions, reports.whole())
    result = lastmile(1)
    assert result.exit_code == 0, result.output
    assert "The final week has no hole." in result.output
    assert "No shift is short of volunteers." in result.output


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Eastside", "may be any of these: 1 Eastside calls, 2 Eastside texts"),
        ("Nowhere", "no campaign is called 'Nowhere'; there are: 1 Eastside calls"),
        ("", "no campaign is called"),
    ],
)
def test_a_name_that_is_none_or_two_ends_with_2(lastmile: Any, name: str, said: str) -> None:
    result = lastmile(name)
    assert result.exit_code == 2
    assert said in result.output


def test_a_part_of_a_name_is_enough(lastmile: Any, sessions: Sessions) -> None:
    store(sessions, reports.whole(), to=2)
    assert "Eastside texts (campaign 2)" in lastmile("TEXTS").output


def test_json_is_all_that_the_plan_says(lastmile: Any, sessions: Sessions) -> None:
    store(sessions, reports.report())
    result = lastmile(1, "--json")
    assert result.exit_code == 1
    told = json.loads(result.output)
    assert (told.pop("campaign"), told.pop("plan"), len(told.pop("why"))) == (1, 1, 2)
    assert Report.from_json(told) == reports.report()


def test_the_hours_are_written_as_csv(lastmile: Any, sessions: Sessions, tmp_path: Path) -> None:
    store(sessions, reports.whole())
    file = tmp_path / "hours.csv"
    assert lastmile(1, "--csv", file).exit_code == 0
    with file.open(encoding="utf-8") as written:
        rows = list(csv.DictReader(written))
    assert sum(int(row["planned"]) for row in rows) == sum(
        hour.planned for hour in reports.whole().coverage
    )
    refused = lastmile(1, "--csv", tmp_path / "no" / "where.csv")
    assert refused.exit_code == 1
    assert "No such file or directory" in refused.output


def test_a_plan_is_made_when_there_is_none_and_again_when_asked(
    lastmile: Any, sessions: Sessions
) -> None:
    with sessions.begin() as session:
        to = session.get_one(Campaign, 1)
        factories.targets(session, to, factories.voters(session, 5))
        ramp = {"shape": Shape.LINEAR, "starts_on": NOON.date(), "total": 20, "drawn": []}
        session.add(Ramp(campaign_id=1, channel=Channel.CALL, **ramp))
    result = lastmile(1)
    assert result.exit_code == 1, result.output
    assert "nobody is booked" in result.output
    assert "Plan 1 of 2026-10-29 12:00" in lastmile(1).output
    assert "Plan 2 of 2026-10-29 12:00" in lastmile(1, "--again").output


def test_a_plan_that_cannot_be_made_says_why(lastmile: Any, sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.get_one(Campaign, 1).polling_day = NOON.date() - timedelta(days=2)
    result = lastmile(1)
    assert result.exit_code == 1
    assert "no plan could be made: The polls have closed" in result.output
