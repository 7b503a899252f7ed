"""`lastmile voter` and `lastmile export` do on the command line what the pages do."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.cli import export, main, voters
from app.clock import ManualClock
from app.config import Settings
from app.store.engine import Sessions, make_sessions
from app.wiring import Parts
from tests import factories
from tests.factories import NOON


@pytest.fixture(autouse=True)
def on_file(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """Voters 1 and 2 of one name, and 3 who has the id of 2 in another file."""
    sessions = make_sessions(engine)
    parts = Parts(Settings(_env_file=None), engine, sessions, ManualClock(NOON))
    for module in (voters, export):
        monkeypatch.setattr(module, "connect", lambda: parts)
    with sessions.begin() as session:
        made = factories.campaign(session)
        keys = {"first_key": "luz", "last_key": "vega", "last_name": "Vega"}
        whom = [
            *factories.voters(session, 1, 1, **keys, email=None),
            *factories.voters(session, 1, 2, **keys),
            *factories.voters(session, 1, 3, source="oh", source_id="AA000002"),
        ]
        factories.targets(session, made, whom)
    return sessions


def lastmile(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_voter_is_found() -> None:
    said = lastmile("voter", "find", "luz", "ve")
    assert said.exit_code == 0, said.output
    assert said.output.startswith("#1  Luz Vega  67, 1 OAK ST, RALEIGH, +19195550001, nc AA000001")
    assert lastmile("voter", "find", "zz").output == "Nobody found.\n"


def test_doubles_are_merged_and_parted() -> None:
    said = lastmile("voter", "merge", "AA000001", "#2")
    assert said.exit_code == 0, said.output
    assert "Merged #2 into #1, which took over email, phone2." in said.output
    assert "Undo it with: lastmile voter unmerge 1" in said.output
    again = lastmile("voter", "merge", "#1", "#2")
    assert again.exit_code == 1
    assert "merged into voter 1 already" in again.output
    assert "#1 and #2 are two voters again" in lastmile("voter", "unmerge", 1).output
    assert lastmile("voter", "unmerge", 1).exit_code == 1


@pytest.mark.parametrize(
    ("named", "words"),
    [("AA000002", "say one of #2, #3"), ("ZZ", "no voter has the id ZZ")],
)
def test_a_voter_who_is_not_clear_is_asked_for(named: str, words: str) -> None:
    said = lastmile("voter", "merge", "#1", named)
    assert said.exit_code == 1
    assert words in said.output


def test_an_export_goes_to_the_terminal_or_to_a_file(tmp_path: Path) -> None:
    said = lastmile("export", "voters", "--campaign", "Eastside calls")
    assert said.exit_code == 0, said.output
    assert said.output.lstrip("\ufeff").startswith("voter_id,source,first_name")
    assert len(said.output.splitlines()) == 4
    path = tmp_path / "v.xlsx"
    assert lastmile("export", "voters", "--to", path).output == f"{path}: 3 rows of voters\n"
    assert path.read_bytes()[:2] == b"PK"
    assert [each.name for each in tmp_path.iterdir()] == ["v.xlsx"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("voters", "--campaign", "None"), "no campaign called 'None'; there are: Eastside calls"),
        (("voters", "--universe", "None"), "no universe called “None”"),
        (("van", "--format", "xlsx"), "say where the XLSX file goes with --to FILE"),
        (("van", "--to", "/nowhere/at/all.csv"), "name another place with --to"),
    ],
)
def test_an_export_that_cannot_be_says_what_to_do(words: tuple[str, ...], said: str) -> None:
    result = lastmile("export", *words)
    assert result.exit_code == 1
    assert said in result.output
