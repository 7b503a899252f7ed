"""Files that cannot or must not be read are refused, with what was found and what to do."""

import gzip
import os
import stat
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services import unpack
from app.services.open_file import HEAD, open_file
from app.services.rejects import ImportRefused
from tests.imports.test_files import book

ROWS = b"id,name\n" + b"".join(b"%d,Bo\n" % number for number in range(400_000))


def read(path: Path, name: str = "") -> bytes:
    with open_file(path, name) as file:
        return b"".join(file.blocks())


def refusal(path: Path) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(path, "voters")
    return str(refused.value)


def zip_of(*members: tuple[str, bytes]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members:
                archive.writestr(name, data)

    return write


def bytes_of(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


def packed(*members: tuple[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def link(path: Path) -> None:
    member = zipfile.ZipInfo("voters.csv")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "/etc/passwd")


def locked(path: Path) -> None:
    data = bytearray(packed(("voters.csv", b"a,b\n1,2\n")))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)


def strangely_packed(path: Path) -> None:
    data = bytearray(packed(("voters.csv", b"a,b\n1,2\n")))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(mark) + place] = 9  # Deflate64
    path.write_bytes(data)


CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "there is no file voters"),
    "directory": (lambda path: path.mkdir(), "is a directory: name the file in it"),
    "pipe": (os.mkfifo, "is no file"),
    "empty": (bytes_of(b""), "is empty"),
    "blank": (bytes_of(b"\xef\xbb\xbf \r\n\t\n"), "is empty"),
    "empty gzip": (bytes_of(gzip.compress(b"")), "is empty"),
    "two lists": (
        zip_of(("a.csv", b"x"), ("b.txt", b"y")),
        r"of 2 files \(a.csv, b.txt\): unpack it",
    ),
    "no list": (zip_of(("layout.pdf", b"x")), "no list in it"),
    "upward": (zip_of(("../voters.csv", b"x")), "points outside"),
    "absolute": (zip_of(("/etc/voters.csv", b"x")), "points outside"),
    "drive": (zip_of(("C:\\voters.csv", b"x")), "points outside"),
    "link": (link, "a link and no file"),
    "locked": (locked, "locked by a password: unpack it"),
    "strangely packed": (strangely_packed, "unpack it and import the file in it"),
    "zip in a zip": (zip_of(("a.zip", packed(("a.csv", b"x")))), "within an archive: unpack it"),
    "zip in a gzip": (bytes_of(gzip.compress(packed(("a", b"x")))), "within an archive: unpack it"),
    "gzip in a zip": (zip_of(("a.gz", gzip.compress(b"x"))), "within an archive: unpack it"),
    "tar in a gzip": (
        bytes_of(gzip.compress(b"a" * 257 + b"ustar\x0000" + b"\0" * 300)),
        "tar archive: unpack it",
    ),
    "broken zip": (bytes_of(packed(("a.csv", b"x"))[:30]), "is damaged.*nothing was stored"),
    "old workbook": (
        bytes_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500),
        "old .xls workbook.*save it as CSV or .xlsx",
    ),
    "open document": (
        zip_of(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")),
        "OpenDocument file .*save it as CSV or .xlsx",
    ),
    "text document": (zip_of(("word/document.xml", b"<w/>")), "text document"),
    "hollow workbook": (zip_of(("xl/workbook.xml", b"<nothing/>")), "is damaged"),
    "PDF": (bytes_of(b"%PDF-1.7\n..."), "it is a PDF document: ask for the data"),
    "picture": (bytes_of(b"\x89PNG\r\n\x1a\n..."), "it is a picture"),
    "web page": (bytes_of(b"\n<!DOCTYPE html><p>Please sign in"), "it is a web page"),
    "program": (bytes_of(b"\x7fELF" + bytes(range(256)) * 9 + b"\0" * 900), "not a text file"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_list_is_refused_with_what_to_do(case: str, tmp_path: Path) -> None:
    write, message = CASES[case]
    path = tmp_path / "voters.csv"
    write(path)
    with pytest.raises(ImportRefused, match=message):
        read(path, "voters")


def test_a_bomb_is_put_out_before_it_fills_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "LARGE", 1024 * 1024)
    bomb = b"0" * 3 * 1024 * 1024
    makes = {
        "bomb.gz": bytes_of(gzip.compress(bomb)),
        "bomb.zip": zip_of(("voters.csv", bomb)),
        "bomb.xlsx": zip_of(("xl/workbook.xml", b"<workbook/>"), ("xl/sheet.xml", bomb)),
    }
    for name, write in makes.items():
        write(tmp_path / name)
        with pytest.raises(
            ImportRefused, match=r"more than 200 times its size.*nothing was stored"
        ):
            read(tmp_path / name)


def test_a_bomb_that_says_its_size_is_not_even_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "LARGE", HEAD)
    path = tmp_path / "bomb.zip"
    zip_of(("voters.csv", b"0" * 3 * HEAD))(path)
    with pytest.raises(ImportRefused, match="more than 200 times"), open_file(path):
        pass


def test_a_list_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "voters.csv.gz"
    path.write_bytes(gzip.compress(ROWS))
    assert read(path) == ROWS


@pytest.mark.parametrize("pack", ["gzip", "zip"])
def test_damage_in_the_middle_is_told_and_nothing_stored(pack: str, tmp_path: Path) -> None:
    path = tmp_path / "voters"
    if pack == "gzip":
        data = bytearray(gzip.compress(ROWS))
    else:
        zip_of(("voters.csv", ROWS))(path)
        data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = b"\xff" * 40
    path.write_bytes(data)
    assert "damaged" in refusal(path)
    path.write_bytes(gzip.compress(ROWS)[:-20])
    assert "not downloaded to its end; nothing was stored" in refusal(path)


@pytest.mark.parametrize("size", [1_500_000, len(ROWS) + 6])
def test_a_file_that_changes_while_it_is_read_is_refused(size: int, tmp_path: Path) -> None:
    path = tmp_path / "voters.csv"
    path.write_bytes(ROWS)
    with open_file(path) as file:
        os.truncate(path, size)
        with pytest.raises(ImportRefused, match="changed while it was read; nothing was stored"):
            b"".join(file.blocks())


def test_a_workbook_cut_in_the_middle_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "people.xlsx")
    path.write_bytes(path.read_bytes()[:3_000])
    assert "is damaged" in refusal(path)


def test_a_hidden_row_of_a_huge_number_does_not_hang(tmp_path: Path) -> None:
    path = book(tmp_path / "people.xlsx")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"]
    parts["xl/worksheets/sheet2.xml"] = sheet.replace(b'<row r="4"', b'<row r="4000000000"')
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert refusal(path)


@settings(max_examples=60)
@given(st.sampled_from(["", "\x1f\x8b", "PK\x03\x04"]), st.binary(min_size=1, max_size=400))
def test_whatever_the_bytes_a_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, mark: str, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "voters"
    path.write_bytes(mark.encode("latin-1") + data)
    with suppress(ImportRefused):
        read(path)
