"""What a file looks like, and its first rows, from its beginning alone."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from app.domain.layout import Layout, layout_from, load_layout
from app.domain.layout_facts import WrongLayout
from app.services.loader import Setting
from app.services.look import HEAD, Look, look, preview
from app.services.rejects import ImportRefused
from tests.imports.conftest import sample

NOW = datetime(2026, 10, 29, 16, tzinfo=UTC)
SETTING = Setting("list", "US", NOW, NOW)

LINES = ("id;last;phone;note", "1;DÍAZ;919-555-0101;a", "2;NÚÑEZ;919-555-01;b", ";;;", "3;;;c")
TEXT = "\n".join(LINES)

Seen = Callable[..., Look]


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    def seen(content: bytes, name: str = "list.csv", kind: str | None = None) -> Look:
        path = tmp_path / name
        path.write_bytes(content)
        return look(path, name, kind)

    return seen


def _mapped(**facts: object) -> Layout:
    columns = {"source_id": "id", "last_name": "last", "phone": "phone"}
    made = {"delimiter": ";", "columns": columns, "extra": ["note"], **facts}
    return layout_from(made, "list")


@pytest.mark.parametrize(
    ("content", "what", "encoding"),
    [
        (TEXT.encode(), "plain text", "UTF-8"),
        (TEXT.encode("utf-8-sig"), "plain text", "UTF-8 with BOM"),
        (TEXT.encode("windows-1252"), "plain text", "Windows-1252"),
        (TEXT.encode("utf-16"), "plain text", "UTF-16"),
        (gzip.compress(TEXT.encode(), mtime=0), "compressed by gzip", "UTF-8"),
    ],
)
def test_a_file_is_seen_whatever_its_make(
    seen: Seen, content: bytes, what: str, encoding: str
) -> None:
    found = seen(content)
    assert (found.what, found.encoding) == (what, encoding)
    assert list(found.names) == ["id", "last", "phone", "note"]
    assert found.samples(1) == ["DÍAZ", "NÚÑEZ"]
    assert found.size == len(content)


def test_archives_and_spreadsheets_are_seen_too(seen: Seen, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner.csv", TEXT)
    assert look(tmp_path / "a.zip", "a.zip").what == "inner.csv in a ZIP archive"
    book = Workbook()
    for line in LINES:
        book.worksheets[0].append(line.split(";"))
    book.save(tmp_path / "a.xlsx")
    found = look(tmp_path / "a.xlsx", "a.xlsx")
    assert found.samples(1) == ["DÍAZ", "NÚÑEZ"]


def test_what_is_no_list_is_refused(seen: Seen) -> None:
    with pytest.raises(ImportRefused, match="empty"):
        seen(b" \n")


def test_the_first_rows_are_those_of_the_import(seen: Seen) -> None:
    found = preview(seen(TEXT.encode()), _mapped(), SETTING)
    first, second, third = found.rows
    assert first.number == 2
    assert (first.cells["name"], first.cells["phones"]) == ("Díaz", "+19195550101")
    assert (first.cells["kept"], first.cells["zones"]) == ("note: a", "America/New_York")
    quoted = TEXT.replace("0101;a", '0101;"say ""hi"""').encode()
    assert preview(seen(quoted), _mapped(), SETTING).rows[0].cells["kept"] == 'note: say "hi"'
    assert "8 digits" in second.lost
    assert (third.number, third.raw) == (5, "3;;;c")
    assert "name" in third.reason
    assert found.kept == 2
    assert "Party" not in found.titles.values()


def test_the_rows_of_a_known_layout(tmp_path: Path) -> None:
    path = sample("nc")
    rows = preview(look(path, "nc.txt"), load_layout("nc"), SETTING).rows
    secret = next(row for row in rows if "kept out by law" in row.reason)
    assert secret.raw == ""
    assert not secret.cells


def test_the_rows_of_another_kind_of_list(seen: Seen) -> None:
    found = seen(b"email,date,start,end\na@example.org,2026-11-01,5 pm,8 pm\n", kind="shifts")
    shifts = layout_from(
        {
            "kind": "shifts",
            "columns": {"email": "email", "day": "date", "starts": "start", "ends": "end"},
        },
        "shifts",
    )
    with pytest.raises(ImportRefused, match="say which campaign"):
        preview(found, shifts, SETTING)
    setting = Setting("", "US", NOW, NOW, options={"campaign": 1})
    (row,) = preview(found, shifts, setting).rows
    assert row.cells["email"] == "a@example.org"
    assert row.cells["starts"] == "17:00:00"


def test_at_most_so_many_rows_and_none_that_is_cut_off(seen: Seen) -> None:
    line = "7;DIAZ;;" + "x" * 60_000 + "\n"
    found = seen((LINES[0] + "\n" + line * 30).encode())
    assert len(found.head) == HEAD
    rows = preview(found, _mapped(), SETTING, most=20).rows
    assert len(rows) == HEAD // len(line)
    assert not any(row.reason for row in rows)
    many = seen((LINES[0] + "\n" + "7;DIAZ;;\n" * 500).encode())
    assert len(preview(many, _mapped(), SETTING).rows) == 20


def test_a_layout_that_does_not_fit_says_why(seen: Seen) -> None:
    found = seen(TEXT.encode())
    assert not found.fits(load_layout("oh"))
    assert found.fits(_mapped())
    with pytest.raises(WrongLayout, match="Ohio"):
        preview(found, load_layout("oh"), SETTING)


def test_samples_are_short_and_different(seen: Seen) -> None:
    rows = ["id;last;phone;note"] + [f"1;{'LONG NAME ' * 9};;" for _ in range(5)]
    found = seen("\n".join(rows).encode())
    (cell,) = found.samples(1)
    assert len(cell) == 41
    assert cell.endswith("…")
    assert found.samples(3) == []
