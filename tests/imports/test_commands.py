"""`lastmile import` and `lastmile consents` say what they did, and exit 1 when they refuse."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

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
    assert "1 row kept with a loss, such as" in result.output
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
    assert (
        "1 withdrawn from the voters on file: confidential or no longer registered" in result.output
    )


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
    assert "1 new consent, 0 changed, 0 as before, 1 row rejected" in result.output
    assert "1 filled in where a voter had no email" in result.output


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


def test_a_file_in_a_known_layout_needs_no_word(write_file: WriteFile) -> None:
    result = lastmile("import", write_file(line("A1"), name="statewide.txt"))
    assert result.exit_code == 0, result.output
    assert "is in the North Carolina layout (nc)" in result.output
    assert "1 new voter," in result.output


ODD = "Nombre y apellido;Celular;Zip Code ;Apoyo\nOrtiz, María;919-555-0123;27601;1\n"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    path = tmp_path / "members-2026.csv"
    path.write_bytes(ODD.encode("windows-1252"))
    return path


def test_a_guess_is_not_taken_until_somebody_has_looked(odd: Path, engine: Engine) -> None:
    refused = lastmile("import", odd)
    assert refused.exit_code == 1
    assert "--show-mapping" in refused.output
    mapping = odd.with_suffix(".toml")
    mapping.write_text(lastmile("import", odd, "--show-mapping").output)
    assert '"full_name" = ["Nombre y apellido"]' in mapping.read_text()
    mapping.write_text('extra = ["Apoyo"]\n' + mapping.read_text())
    dry = lastmile("import", odd, "--mapping", mapping, "--check")
    assert "A dry run: nothing was stored" in dry.output
    kept = lastmile("import", odd, "--mapping", mapping, "--save-as", "members")
    assert "1 new voter," in kept.output, kept.output
    again = lastmile("import", odd, "--layout", "members")
    assert "0 new voters, 0 changed, 1 as before" in again.output
    with engine.connect() as connection:
        row = connection.execute(text("SELECT last_name, phone, phone_kind, extra FROM voters"))
        found = ("Ortiz", "+19195550123", "mobile", {"Apoyo": "1"})
        assert [tuple(each) for each in row] == [found]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--layout", "none"], "there is no layout 'none'"),
        (["--mapping", "none.toml"], "none.toml cannot be read"),
        (["--kind", "ballots"], "it does not say which column is Voter id"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(odd: Path, words: list[str], problem: str) -> None:
    result = lastmile("import", odd, *words)
    assert result.exit_code == 1
    assert problem in result.output.replace("\n", " ")


def test_ballots_want_to_know_for_which_polling_day(tmp_path: Path) -> None:
    path = tmp_path / "voted.csv"
    path.write_text("voter_id\nA1\n")
    result = lastmile("import", path, "--kind", "ballots")
    assert result.exit_code == 1
    assert "say whose list this is: --campaign NAME; there are none" in result.output


def test_a_mapping_with_a_mistake_says_which(odd: Path) -> None:
    mapping = odd.with_suffix(".toml")
    for content, problem in (("columns", "is no TOML"), ('colums = "x"', "'colums' is none of")):
        mapping.write_text(content)
        result = lastmile("import", odd, "--mapping", mapping)
        assert result.exit_code == 1
        assert problem in result.output.replace("\n", " ")


def test_a_full_disk_stores_nothing_and_says_so(
    write_file: WriteFile, database_url: str, engine: Engine
) -> None:
    path = write_file(line("A1"), *("A" * 500 for _ in range(2000)))
    command = [sys.executable, "-m", "app.cli", "import", str(path), "--layout", "nc"]
    limited = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000,) * 2)"
    limited += "; import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    limited += "; sys.argv = sys.argv[1:]; runpy.run_module('app.cli', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", limited, "lastmile", *command[3:]],
        env={**os.environ, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "make room" in ended.stderr, ended.stderr
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM voters")) == 0
        assert connection.scalar(text("SELECT state FROM import_runs")) == "failed"
