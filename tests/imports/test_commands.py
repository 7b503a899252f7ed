"""`lastmile import` and `lastmile consents` say what they did, and exit 1 when they refuse."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.cli import imports, main
from app.clock import Clock
from app.config import Settings
from app.store.embedded import EmbeddedPostgres
from app.store.engine import make_engine, make_sessions
from app.wiring import Parts
from tests.imports.conftest import WriteFile, line


@pytest.fixture(autouse=True)
def parts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work on this test's database."""
    parts = Parts(Settings(), engine, make_sessions(engine), Clock(None))
    monkeypatch.setattr(imports, "connect", lambda: parts)


def lastmile(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_an_import_says_what_came_of_it(write_file: WriteFile) -> None:
    path = write_file(line("A1", phone="555-01"), line("A2"), "A3")
    result = lastmile("import", path, "--layout", "nc")
    assert result.exit_code == 0, result.output
    assert "voters.txt: 3 rows read" in result.output
    assert "2 new voters, 0 changed, 0 as before, 1 row rejected" in result.output
    assert "1 voter kept without a phone, such as" in result.output
    assert "Row 2: phone '555-01' has 5 digits; kept the voter without it" in result.output
    assert f"{path}.rejected.csv" in result.output
    again = lastmile("import", path, "--layout", "nc")
    assert "0 new voters, 0 changed, 2 as before, 1 row rejected" in again.output


def test_a_refused_import_exits_with_one_line(write_file: WriteFile, tmp_path: Path) -> None:
    result = lastmile("import", write_file(line("A1")), "--layout", "oh")
    assert result.exit_code == 1
    assert "try --layout nc" in result.output.replace("\n", " ")
    assert lastmile("import", tmp_path / "none", "--layout", "nc").exit_code == 1
    assert lastmile("consents", tmp_path / "none").exit_code == 1


def test_a_single_row_is_told_in_the_singular(write_file: WriteFile) -> None:
    lastmile("import", write_file(line("A1")), "--layout", "nc")
    path = write_file("A1\tDOE\tJO\tR\t\t\t\t")
    result = lastmile("import", path, "--layout", "nc")
    assert "voters.txt: 1 row read in" in result.output
    assert "1 row rejected" in result.output
    assert "1 voter on file withdrawn: confidential or no longer registered" in result.output


def test_a_refused_import_shows_no_progress_bar(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, to the bar
    path = write_file(line("A1"))
    refused = lastmile("import", path, "--layout", "oh")
    assert refused.output.startswith("Error: ")
    assert "bytes" not in refused.output
    assert "bytes" in lastmile("import", path, "--layout", "nc").output


def test_consents_say_what_came_of_them(write_file: WriteFile, tmp_path: Path) -> None:
    lastmile("import", write_file(line("A1")), "--layout", "nc")
    path = tmp_path / "consents.csv"
    path.write_text(
        "voter_id,channel,address,basis,source,given_on\n"
        "A1,email,a@example.org,opt-in,web,2024-01-05\n"
        "A1,fax,1,x,x,2024-01-05\n"
    )
    result = lastmile("consents", path)
    assert result.exit_code == 0, result.output
    assert (
        "2 consents read: 1 new, 0 in place of an older one, 0 known before, 1 row" in result.output
    )
    assert "1 voter given an email" in result.output


def test_a_database_without_tables_is_told_how_to_get_them(
    postgres: EmbeddedPostgres, write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(postgres.create_database("without_tables"))
    parts = Parts(Settings(), engine, make_sessions(engine), Clock(None))
    monkeypatch.setattr(imports, "connect", lambda: parts)
    result = lastmile("import", write_file(line("A1")), "--layout", "nc")
    engine.dispose()
    assert result.exit_code == 1
    assert "run lastmile migrate first" in result.output
