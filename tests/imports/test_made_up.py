"""Made-up voters look like North Carolina's, and the same seed gives the same ones."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import phonenumbers
from click.testing import CliRunner
from sqlalchemy import Engine

from app.cli import main
from app.domain.made_up import HEADER, SNAPSHOT, made_up_voters
from app.services.import_voters import import_voters
from app.services.make_voter_file import make_voter_file
from tests.imports.consents import load_consents

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)

VOTERS = [
    dict(zip(HEADER, voter.cells, strict=True))
    for voter in made_up_voters(5_000, 1, SNAPSHOT)
    if len(voter.cells) == len(HEADER)
]


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a", "a.csv", "b", "b.csv", "c", "c.csv")]
    for path, consents, seed in ((*files[:2], 1), (*files[2:4], 1), (*files[4:], 2)):
        make_voter_file(path, 300, seed, SNAPSHOT, consents)
    first, second, other = (path.read_bytes() for path in files[::2])
    assert first == second != other
    assert files[1].read_bytes() == files[3].read_bytes() != files[5].read_bytes()
    assert first.count(b"\r\n") == 301


def test_the_shares_are_those_of_the_state() -> None:
    homes = Counter((voter["res_street_address"], voter["zip_code"]) for voter in VOTERS)
    assert 1.7 < len(VOTERS) / len(homes) < 2.1
    parties = Counter(voter["party_cd"] for voter in VOTERS)
    assert [party for party, _ in parties.most_common()] == ["UNA", "DEM", "REP", "LIB"]
    ages = [SNAPSHOT.year - int(voter["birth_year"]) for voter in VOTERS]
    assert min(ages) >= 18
    assert max(ages) <= 95
    phones = [voter["full_phone_number"] for voter in VOTERS if voter["full_phone_number"]]
    assert 0.77 < len(phones) / len(VOTERS) < 0.83


def test_the_phones_are_valid_and_of_an_exchange_that_nobody_has() -> None:
    phones = {voter["full_phone_number"] for voter in VOTERS} - {""}
    good = {phone for phone in phones if len(phone) == 10}
    assert len(phones - good) < 10
    assert {phone[3:6] for phone in good} == {"555"}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(each, "US")) for each in good)


def test_names_of_every_kind_occur() -> None:
    names = {voter["last_name"] for voter in VOTERS} | {voter["first_name"] for voter in VOTERS}
    assert {"MARÍA JOSÉ", "FERNÁNDEZ-ORTIZ", "O'NEILL", "DE LA CRUZ"} <= names


def test_a_made_up_file_goes_in_with_its_consents(engine: Engine, tmp_path: Path) -> None:
    path, consents = tmp_path / "nc.txt", tmp_path / "consents.csv"
    count = make_voter_file(path, 3_000, 3, date(2026, 1, 2), consents)
    summary = import_voters(engine, path, "nc", AT)
    assert summary.read == 3_000
    assert 0 < summary.rejected < 20
    loaded = load_consents(engine, consents, AT)
    assert loaded.read == count
    assert loaded.rejected < 10
    assert loaded.emails_filled > 1_200


def test_the_command_writes_both_files(tmp_path: Path) -> None:
    path, consents = tmp_path / "nc.txt", tmp_path / "consents.csv"
    words = ["make-voter-file", str(path), "--voters", "50", "--consents", str(consents)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    assert f"{path}: 50 voters, seed 1" in result.output
    assert path.exists()
    assert consents.exists()


def test_the_command_says_where_it_cannot_write(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["make-voter-file", str(tmp_path / "none" / "x")])
    assert result.exit_code == 1
    assert "cannot be written" in result.output
