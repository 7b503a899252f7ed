"""A voter file goes in whole or not at all, and every row is accounted for."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.services.import_voters import ImportSummary, Progress, import_voters
from app.services.rejects import ImportRefused, harmless
from app.store.arrivals import VOTERS_LOCK
from tests.imports.conftest import HEADER, SAMPLES, WriteFile, line, sample

AT = datetime(2026, 10, 27, 12, tzinfo=UTC)


def bring_in(engine: Engine, path: Path, layout: str = "nc", **options: Any) -> ImportSummary:
    return import_voters(engine, path, layout, AT, **options)


def copy_of(layout: str, folder: Path) -> Path:
    return Path(shutil.copy(sample(layout), folder))


def voters(engine: Engine, columns: str = "*") -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM voters ORDER BY id"))
        return [dict(row) for row in rows.mappings()]


def one(engine: Engine, source_id: str) -> dict[str, Any]:
    return next(voter for voter in voters(engine) if voter["source_id"] == source_id)


def rejected(engine: Engine) -> list[tuple[int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT row_number, reason FROM rejected_rows ORDER BY id"))
        return [(number, reason) for number, reason in rows]


def runs(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT state, message FROM import_runs ORDER BY id"))
        return [(state, message) for state, message in rows]


@pytest.mark.parametrize(
    ("layout", "new", "out"),
    [("nc", 4, 2), ("oh", 3, 0), ("co", 3, 0), ("nj", 2, 0), ("mi", 2, 1), ("ut", 2, 0)],
)
def test_each_layout_goes_in_and_again_changes_nothing(
    engine: Engine, tmp_path: Path, layout: str, new: int, out: int
) -> None:
    path = copy_of(layout, tmp_path)
    first = bring_in(engine, path, layout)
    assert (first.new, first.rejected, first.read) == (new, out, new + out)
    before = voters(engine)
    again = bring_in(engine, path, layout)
    assert (again.new, again.changed, again.unchanged) == (0, 0, new)
    assert voters(engine) == before
    assert runs(engine) == [("done", ""), ("done", "")]


def test_a_north_carolinian_comes_out_as_people_write_her(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, copy_of("nc", tmp_path))
    voter = one(engine, "AA100001")
    assert (
        voter.items()
        >= {
            "first_name": "María José",
            "last_name": "Fernández-Ortiz",
            "gender": "F",
            "birth_year": 1977,
            "party": "DEM",
            "status": "active",
            "registered_on": date(1977, 2, 26),
            "address": "12 Oak St Apt 4B",
            "city": "Raleigh",
            "state": "NC",
            "postcode": "27601",
            "county": "Wake",
            "phone": "+19195550101",
            "email": None,
            "zones": "America/New_York",
            "imported_at": AT,
        }.items()
    )
    assert one(engine, "AA100002")["suffix"] == "Jr."
    assert one(engine, "AA100002")["phone"] == "+19195550102"
    assert one(engine, "AA100003")["address"] == "7 N 4th Ave"
    assert one(engine, "AA100006").items() >= {"status": "temporary", "registered_on": None}.items()
    assert one(engine, "AA100006")["last_name"] == "van der Berg"


def test_elections_are_read_from_the_columns_that_name_them(engine: Engine, tmp_path: Path) -> None:
    bring_in(engine, copy_of("oh", tmp_path), "oh")
    bring_in(engine, copy_of("ut", tmp_path), "ut")
    assert one(engine, "OH0011")["votes"] == ["2014-05-06", "2014-11-04"]
    assert one(engine, "OH0012")["votes"] == ["2014-11-04"]
    assert one(engine, "OH0013")["votes"] == []
    assert one(engine, "85")["votes"] == ["1990-11-06", "2013-11-05"]
    assert one(engine, "85").items() >= {"registered_on": None, "birth_year": None}.items()
    assert one(engine, "85").items() >= {"party": "DEM", "phone": "+18015550144"}.items()


def test_parts_of_an_address_are_joined(engine: Engine, tmp_path: Path) -> None:
    for layout in ("oh", "mi", "nj"):
        bring_in(engine, copy_of(layout, tmp_path), layout)
    assert one(engine, "OH0011")["address"] == "406 Beasley Pass Suite 7"
    assert one(engine, "5500001")["address"] == "88 N Diaz St Apt 2"
    assert one(engine, "430000001")["address"] == "62 NE Marcus Prairie A"
    assert one(engine, "5500002")["zones"] == "America/Detroit|America/Menominee"


def test_a_bad_phone_keeps_the_voter_and_says_so(engine: Engine, write_file: WriteFile) -> None:
    summary = bring_in(engine, write_file(line("A1"), line("A2", phone="555-01")))
    assert (summary.new, summary.kept_with_loss) == (2, 1)
    assert summary.notes == ("Row 3: phone '555-01' has 5 digits; kept the voter without it",)
    assert one(engine, "A2")["phone"] is None


def test_each_rejected_row_is_told_with_number_and_reason(
    engine: Engine, write_file: WriteFile
) -> None:
    path = write_file(
        line("A1"), "A2\tshort", line("A3", ""), "", line("A4") + "\textra", line("A5")
    )
    summary = bring_in(engine, path)
    told = [
        (3, "has 2 cells where 8 are expected"),
        (4, "no last name"),
        (6, "has 9 cells where 8 are expected"),
    ]
    assert rejected(engine) == told
    assert (summary.read, summary.new, summary.rejected) == (5, 2, 3)
    assert summary.rejects == path.with_name("voters.txt.rejected.csv")
    with summary.rejects.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(int(row["row"]), row["reason"]) for row in rows] == told
    assert rows[0]["raw"] == "A2\tshort"


def test_the_list_of_rejected_rows_goes_where_it_is_told(
    engine: Engine, write_file: WriteFile, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    assert bring_in(engine, write_file("A1"), rejects_to=other).rejects == other
    assert other.exists()
    again = bring_in(engine, write_file(line("A1")), rejects_to=other)
    assert again.rejects is None
    assert not other.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["voters.txt"]


def test_the_list_of_rejected_rows_never_replaces_another_file(
    engine: Engine, write_file: WriteFile
) -> None:
    path = write_file("A1")
    before = path.read_bytes()
    with pytest.raises(ImportRefused, match="is no list of rejected rows"):
        bring_in(engine, path, rejects_to=path)
    assert path.read_bytes() == before


def test_nothing_of_a_confidential_voter_is_kept(engine: Engine, tmp_path: Path) -> None:
    path = copy_of("nc", tmp_path)
    summary = bring_in(engine, path)
    assert (5, "confidential voter, kept out by law") in rejected(engine)
    assert summary.rejects is not None
    assert "SECRET" not in summary.rejects.read_text()
    with engine.connect() as connection:
        raws = connection.execute(text("SELECT raw FROM rejected_rows")).scalars().all()
    assert not any("SECRET" in raw for raw in raws)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1"])
def test_a_formula_in_a_rejected_row_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"A{cell}") == f"A{cell}"


def test_the_first_row_of_an_id_is_kept(engine: Engine, write_file: WriteFile) -> None:
    path = write_file(line("A1", "FIRST"), line("A1", "SECOND"), line("A2"), line("A2"))
    summary = bring_in(engine, path)
    assert rejected(engine) == [(3, "same id as row 2, which was kept")]
    assert [voter["last_name"] for voter in voters(engine)] == ["First", "Doe"]
    assert (summary.read, summary.new, summary.unchanged, summary.rejected) == (4, 2, 1, 1)


def test_a_changed_row_changes_its_voter_and_nobody_else(
    engine: Engine, write_file: WriteFile
) -> None:
    bring_in(engine, write_file(line("A1"), line("A2")))
    before = one(engine, "A2")
    summary = bring_in(engine, write_file(line("A1", "ROE"), line("A2"), line("A3")))
    assert (summary.new, summary.changed, summary.unchanged) == (1, 1, 1)
    assert one(engine, "A1")["last_name"] == "Roe"
    assert one(engine, "A2") == before


def test_what_a_file_cannot_know_stays(engine: Engine, write_file: WriteFile) -> None:
    bring_in(engine, write_file(line("A1", phone="9195550100")))
    with engine.begin() as connection:
        connection.execute(text("UPDATE voters SET email = 'jo@example.org'"))
    path = write_file()
    path.write_text("ncid\tlast_name\nA1\tROE\n")
    assert bring_in(engine, path).changed == 1
    assert (
        one(engine, "A1").items()
        >= {
            "last_name": "Roe",
            "email": "jo@example.org",
            "phone": "+19195550100",
            "first_name": "Jo",
        }.items()
    )


def test_the_same_id_in_two_layouts_is_two_voters(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("ncid\tlast_name\n1\tDOE\n")
    bring_in(engine, path, "nc")
    path.write_text("sos_voterid,last_name\n1,ROE\n")
    bring_in(engine, path, "oh")
    assert [voter["source"] for voter in voters(engine)] == ["nc", "oh"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (HEADER.encode() + b"\r\n", "has a header and no rows"),
        (b"\x89PNG\0\0\0", "is not a text file: save it as CSV or text"),
        (b"PK\x03\x04rest", "is damaged or was not downloaded to its end"),
        ("ncid\nA1\n".encode("utf-16"), "the column last_name is missing"),
        (b"name,phone\nx,y\n", "the columns ncid and last_name are missing"),
        (b"SOS_VOTERID,LAST_NAME\n1,x\n", "it looks like the Ohio layout: try --layout oh"),
    ],
)
def test_a_file_that_cannot_go_in_is_refused_in_plain_words(
    engine: Engine, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "voters.txt"
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        bring_in(engine, path)
    assert [state for state, _ in runs(engine)] == ["failed"]
    assert voters(engine) == []
    assert [file.name for file in tmp_path.iterdir()] == ["voters.txt"]


def test_a_missing_file_and_a_directory_are_refused(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="there is no file"):
        bring_in(engine, tmp_path / "none.txt")
    with pytest.raises(ImportRefused, match="is a directory"):
        bring_in(engine, tmp_path)


def test_a_place_where_rejected_rows_cannot_be_written_is_refused_before_anything(
    engine: Engine, write_file: WriteFile, tmp_path: Path
) -> None:
    with pytest.raises(ImportRefused, match="name another place with --rejected"):
        bring_in(engine, write_file("A1"), rejects_to=tmp_path / "none" / "list.csv")
    assert [state for state, _ in runs(engine)] == ["failed"]
    assert voters(engine) == []


def test_stray_bytes_and_quotes_cost_their_rows_and_no_others(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "voters.txt"
    path.write_bytes(
        b'ncid\tlast_name\nA1\tPE\xd1A\nA2\t"open\nA3\tDOE\x07\\\nA4\tROE\n'
        + b"x" * 300_000
        + b"\nA5\tNUL\x00\x00\n"
    )
    summary = bring_in(engine, path)
    names = [voter["last_name"] for voter in voters(engine)]
    assert names == ["Peña", "Doe/", "Roe", "Nul"]
    assert sorted(number for number, _ in rejected(engine)) == [3, 6]
    assert summary.read == 6


def test_a_failure_on_the_way_leaves_everything_as_it_was(
    engine: Engine, write_file: WriteFile, tmp_path: Path
) -> None:
    bring_in(engine, write_file(line("A1")))
    before = voters(engine)

    def fail(progress: Progress) -> None:
        if progress.stage == "storing":
            raise RuntimeError("the lights went out")

    with pytest.raises(RuntimeError):
        bring_in(engine, write_file(line("A1", "ROE"), "A2"), progress=fail)
    assert voters(engine) == before
    assert rejected(engine) == []
    state, message = runs(engine)[1]
    assert state == "failed"
    assert message == "something went wrong in the program (RuntimeError); nothing was stored"
    assert [file.name for file in tmp_path.iterdir()] == ["voters.txt"]


def test_a_second_import_waits_for_the_first(engine: Engine, write_file: WriteFile) -> None:
    stages: list[str] = []
    path = write_file(line("A1"))
    with engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": VOTERS_LOCK})
        second = threading.Thread(
            target=bring_in,
            args=(engine, path),
            kwargs={"progress": lambda progress: stages.append(progress.stage)},
        )
        second.start()
        deadline = time.monotonic() + 10
        while not stages and time.monotonic() < deadline:
            time.sleep(0.01)
        assert set(stages) == {"waiting"}
        assert voters(engine) == []
        holder.rollback()
    second.join(10)
    assert list(dict.fromkeys(stages)) == ["waiting", "reading", "storing"]
    assert len(voters(engine)) == 1


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from app.services.import_voters import import_voters
from app.store.engine import make_engine

def die(progress):
    if progress.stage == "storing":
        os.kill(os.getpid(), signal.SIGKILL)

engine = make_engine(sys.argv[1])
import_voters(engine, Path(sys.argv[2]), "nc", datetime(2026, 10, 27, tzinfo=UTC), progress=die)
"""


def test_an_import_that_is_killed_leaves_nothing_and_is_found_by_the_next(
    engine: Engine, database_url: str, write_file: WriteFile
) -> None:
    path = write_file(line("A1"), line("A2"))
    killed = subprocess.run([sys.executable, "-c", KILLED, database_url, str(path)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert voters(engine) == []
    assert [state for state, _ in runs(engine)] == ["running"]
    with engine.begin() as connection:
        connection.execute(text("UPDATE import_runs SET lease_until = lease_until - interval '1m'"))
    assert bring_in(engine, path).new == 2
    assert [state for state, _ in runs(engine)] == ["failed", "done"]
    assert "its process ended in the middle" in runs(engine)[0][1]


def test_progress_is_told_from_first_byte_to_last(engine: Engine, write_file: WriteFile) -> None:
    path = write_file(*(line(f"A{number}") for number in range(100)))
    told: list[Progress] = []
    bring_in(engine, path, progress=told.append)
    assert list(dict.fromkeys(each.stage for each in told)) == ["reading", "storing"]
    assert told[-1].bytes_read == told[-1].bytes_total == os.path.getsize(path)
    assert told[-1].rows == 100


def test_there_is_a_sample_of_each_layout() -> None:
    assert all(sample(layout).exists() for layout in SAMPLES)
