"""Consents go in whole, once, and say what is wrong with each bad row."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.services.import_voters import import_voters
from app.services.rejects import ImportRefused
from tests.imports.conftest import WriteFile, line
from tests.imports.consents import load_consents

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)

HEADER = "voter_id,channel,address,basis,source,given_on\n"

WriteConsents = Callable[[str], Path]


@pytest.fixture
def write_consents(engine: Engine, write_file: WriteFile, tmp_path: Path) -> WriteConsents:
    """Two voters on file, and a file of consents."""
    import_voters(engine, write_file(line("A1"), line("A2")), "nc", AT)

    def write(rows: str) -> Path:
        path = tmp_path / "consents.csv"
        path.write_text(HEADER + rows, encoding="utf-8")
        return path

    return write


def stored(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT channel, address, given_on::text FROM consents ORDER BY 1, 2")
        )
        return [(channel, address, day) for channel, address, day in rows]


def emails(engine: Engine) -> list[str | None]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT email FROM voters ORDER BY id")).scalars())


def test_consents_go_in_once_and_fill_emails(engine: Engine, write_consents: WriteConsents) -> None:
    path = write_consents(
        "A1,text,(919) 555-0101,written,web,2026-01-05\n"
        "A1,email,Jo@Example.org,opt-in,web,2026-01-05\n"
        ",call,9195550199,verbal,door,1/6/2026\n"
    )
    first = load_consents(engine, path, AT)
    assert (first.read, first.new, first.rejected, first.emails_filled) == (3, 3, 0, 1)
    assert stored(engine) == [
        ("call", "+19195550199", "2026-01-06"),
        ("email", "jo@example.org", "2026-01-05"),
        ("text", "+19195550101", "2026-01-05"),
    ]
    assert emails(engine) == ["jo@example.org", None]
    again = load_consents(engine, path, AT)
    assert (again.new, again.newer, again.known, again.emails_filled) == (0, 0, 3, 0)


def test_the_latest_consent_stands_and_a_known_email_stays(
    engine: Engine, write_consents: WriteConsents
) -> None:
    load_consents(engine, write_consents("A1,email,a@example.org,opt-in,web,2026-02-01\n"), AT)
    older = load_consents(
        engine, write_consents("A1,email,a@example.org,opt-in,web,2026-01-01\n"), AT
    )
    assert (older.newer, older.known) == (0, 1)
    newer = load_consents(
        engine, write_consents("A1,email,a@example.org,opt-in,web,2026-03-01\n"), AT
    )
    assert newer.newer == 1
    load_consents(engine, write_consents("A1,email,b@example.org,opt-in,web,2026-04-01\n"), AT)
    assert emails(engine)[0] == "a@example.org"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A1,fax,9195550101,written,web,2026-01-05", "channel 'fax' is none of text, call, email"),
        ("A1,text,555-01,written,web,2026-01-05", "phone '555-01' has 5 digits"),
        ("A1,email,nobody,opt-in,web,2026-01-05", "'nobody' is no email address"),
        ("A1,text,9195550101,,web,2026-01-05", "no basis: say how the person consented"),
        ("A1,text,9195550101,No,web,2026-01-05", "says that the person did not agree"),
        ("A1,text,9195550101,written,web,soon", "Agreed on 'soon' is no day: write it as 2026-"),
        ("A1,text,9195550101,written,web,2026-12-01", "Agreed on 2026-12-01 is in the future"),
        ("A1,text,9195550101", "has 3 cells where 6 are expected"),
        ("ZZ,text,9195550101,written,web,2026-01-05", "no voter on file has this id"),
    ],
)
def test_a_bad_row_says_why_and_the_good_ones_go_in(
    engine: Engine, write_consents: WriteConsents, row: str, reason: str
) -> None:
    path = write_consents(f"{row}\nA2,text,9195550102,written,web,2026-01-05\n")
    summary = load_consents(engine, path, AT)
    assert (summary.new, summary.rejected) == (1, 1)
    assert summary.rejects is not None
    assert f"2,{reason}" in summary.rejects.read_text().replace('"', "")


def test_an_id_that_two_layouts_use_needs_the_layout(
    engine: Engine, write_consents: WriteConsents, tmp_path: Path
) -> None:
    other = tmp_path / "oh.csv"
    other.write_text("sos_voterid,last_name\nA1,ROE\n")
    import_voters(engine, other, "oh", AT)
    path = write_consents("A1,email,a@example.org,opt-in,web,2026-02-01\n")
    assert load_consents(engine, path, AT).rejected == 1
    assert load_consents(engine, path, AT, layout="oh").emails_filled == 1
    assert emails(engine) == [None, None, "a@example.org"]


def test_a_file_of_something_else_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("voter_id,phone\n")
    with pytest.raises(
        ImportRefused, match="the columns channel and address and basis and given_on are missing"
    ):
        load_consents(engine, path, AT)
