"""A file is read by what is in it: plain, packed, or a spreadsheet, in any of the usual letters."""

import datetime as dt
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from app.domain.encoding import Encoding, encoding_of, normalized
from app.domain.row import LONGEST, LONGEST_BYTES, TOO_LONG, decode, read_rows
from app.services.open_file import HEAD, open_file

MIDNIGHT = dt.datetime(1990, 1, 2)  # noqa: DTZ001  cells of a spreadsheet have no zone

TEXT = "id,name\n1,Zoë\n2,Ñuñez\n"


def text_of(path: Path, name: str = "") -> tuple[str, str, str]:
    """What it is, its encoding, its text."""
    with open_file(path, name) as file:
        assert 0 < file.size == path.stat().st_size
        data = b"".join(file.blocks())
        assert data.startswith(file.head)
        assert 0 <= file.position() <= file.size
        return file.what, file.encoding, decode(data, file.fallback)


def zipped(path: Path, **members: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)


MAKES: dict[str, tuple[Callable[[Path], object], str]] = {
    "plain": (lambda path: path.write_text(TEXT, encoding="utf-8"), "plain text"),
    "gzip": (lambda path: path.write_bytes(gzip.compress(TEXT.encode())), "compressed by gzip"),
    "zip": (lambda path: zipped(path, voters__csv=TEXT), "voters.csv in a ZIP archive"),
}


@pytest.mark.parametrize("make", MAKES)
def test_the_content_and_not_the_name_tells_what_a_file_is(make: str, tmp_path: Path) -> None:
    write, what = MAKES[make]
    path = tmp_path / "voters.pdf"
    write(path)
    assert text_of(path) == (what, "UTF-8", TEXT)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"id,name\n1,Zoe\n", "UTF-8"),
        (TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8 with BOM"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("windows-1252"), "Windows-1252"),
        ("1,Zoë “Z” Ñuñez\n".encode("windows-1252"), "Windows-1252"),
        (b"1,Zo\xeb \x81\n", "Latin-1"),
    ],
)
def test_the_letters_are_told_from_the_bytes(data: bytes, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "voters.csv"
    path.write_bytes(data)
    _, found, text = text_of(path)
    assert found == encoding
    if "Z" in text and "Ñ" in text and "“" not in text:
        assert text == TEXT


def test_two_encodings_in_one_file_lose_no_letter(tmp_path: Path) -> None:
    path = tmp_path / "voters.csv"
    path.write_bytes("1,Zoë\n2,Ñuñez\n".encode() + "3,Élise\n".encode("windows-1252"))
    assert text_of(path)[2] == "1,Zoë\n2,Ñuñez\n3,Élise\n"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.integers(1, 9))
def test_text_is_the_same_in_blocks_of_any_size(text: str, block: int) -> None:
    text = "a,b\n" + text.replace("\r", "")
    for codec in ("utf-8", "utf-16-le"):
        data = text.encode(codec)
        blocks = [data[at : at + block] for at in range(0, len(data), block)]
        made = b"".join(normalized(blocks, Encoding("", codec, "latin-1", 0)))
        assert made == text.encode()


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a,b\r\n1,2\r\n", b"a,b\n1,2\n"),
        (b"a,b\r1,2\r", b"a,b\n1,2\n"),
        (b"a,b\n1,2\r3\n", b"a,b\n1,2 3\n"),
        (b"a,b\r1,2\r3,4\r\n", b"a,b\n1,2\n3,4\n"),
    ],
)
def test_lines_come_to_end_in_one_way(data: bytes, lines: bytes) -> None:
    assert b"".join(normalized([data], encoding_of(data))) == lines
    for cut in range(1, len(data)):
        whole = b"".join(normalized([data[:cut], data[cut:]], encoding_of(data)))
        assert whole == lines, cut


@given(st.lists(st.integers(0, 3 * LONGEST_BYTES), min_size=1, max_size=3), st.integers(1, 9))
def test_a_line_of_any_length_takes_no_more_memory_than_one_row(
    lengths: list[int], pieces: int
) -> None:
    def blocks() -> list[bytes]:
        return [b"x" * (length // pieces) for length in lengths for _ in range(pieces)] + [b"\ny\n"]

    made = list(normalized(blocks(), encoding_of(b"x")))
    lines = b"".join(made).split(b"\n")
    assert len(lines[0]) == min(LONGEST_BYTES, sum(length // pieces * pieces for length in lengths))
    assert lines[1:] == [b"y", b""]


def test_a_line_that_was_cut_short_is_still_known_as_too_long(tmp_path: Path) -> None:
    path = tmp_path / "voters.csv"
    path.write_bytes(b"id,name\n1," + "ë".encode() * 3 * LONGEST_BYTES + b"\n2,Bo\n")
    with open_file(path) as file:
        batches = list(read_rows(file.blocks(), ",", file.fallback, 2, skip=1))
    assert [tuple(bad)[:2] for batch in batches for bad in batch.damaged] == [(2, TOO_LONG)]
    assert [row for batch in batches for row in batch.rows] == [["2", "Bo"]]
    assert LONGEST * 4 < LONGEST_BYTES


def test_the_head_is_bounded_and_the_rest_follows(tmp_path: Path) -> None:
    path = tmp_path / "voters.csv"
    path.write_bytes(b"1,2\n" * (HEAD // 2))
    with open_file(path) as file:
        assert len(file.head) == HEAD
        assert sum(map(len, file.blocks())) == path.stat().st_size
        assert file.position() == file.size


def book(path: Path) -> Path:
    workbook = Workbook()
    notes = workbook.active
    assert notes is not None
    notes.title = "Empty"
    sheet = workbook.create_sheet("People")
    sheet.append(["id", "name", "zip", "born", "note"])
    sheet.append([1.0, "Zoë\tA\nB", 7030, MIDNIGHT, 'the "one"'])
    sheet.append([2, None, 27601, MIDNIGHT.replace(hour=13, minute=5), None, "beyond"])
    sheet.append([9195550101, "=1+1", 3.5, dt.date(2001, 2, 3), True])
    sheet["C2"].number_format = "00000"
    workbook.create_sheet("More").append(["x"])
    workbook.save(path)
    return path


def test_a_spreadsheet_becomes_rows_of_text(tmp_path: Path) -> None:
    what, _, text = text_of(book(tmp_path / "people.xlsx"))
    assert what == "sheet “People” of a spreadsheet (the first of 2 with anything in them)"
    assert text.splitlines() == [
        "id\tname\tzip\tborn\tnote\t",
        '1\tZoë A B\t07030\t1990-01-02\t"the ""one"""\t',
        "2\t\t27601\t1990-01-02 13:05:00\t\tbeyond",
        "9195550101\t\t3.5\t2001-02-03\tTRUE\t",  # a formula that no program computed is empty
    ]


def test_what_macs_and_people_put_beside_the_data_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "voters.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("list/", "")
        for name in ("__MACOSX/list/._v.txt", "list/.DS_Store", "layout.pdf", "README.txt"):
            archive.writestr(name, "x")
        archive.writestr("list/v.txt", TEXT)
    assert text_of(path) == ("list/v.txt in a ZIP archive", "UTF-8", TEXT)
