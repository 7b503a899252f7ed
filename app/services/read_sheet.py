"""A spreadsheet (.xlsx) as text: one line a row, tabs between cells, quotes where needed."""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, BinaryIO
from warnings import catch_warnings, simplefilter

from app.services.rejects import ImportRefused
from app.services.unpack import damaged, refuse_bomb

MOST_ROWS = 1_048_576
"""Rows that a sheet may have, by Excel's own limit."""

MOST_SHARED = 256 * 1024 * 1024
"""Bytes of the table of texts, which has to be held in memory."""

SAMPLED = 200
"""Rows by which the width of a sheet is told, and that are handed on at a time."""

_BOOK = "xl/workbook.xml"

_OTHERS = {
    "mimetype": "an OpenDocument file (.ods)",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "word/document.xml": "a text document (.docx)",
    "ppt/presentation.xml": "a presentation (.pptx)",
    "Index/Document.iwa": "a Numbers or Pages document",
}

_ZEROS = re.compile("0{2,}")
"""A number format that shows leading zeros, as for ZIP codes."""

_BREAKS = str.maketrans(dict.fromkeys("\t\r\n\v\f", " ") | {"\0": None})


def is_sheet(archive: zipfile.ZipFile) -> bool:
    """Whether a ZIP archive is an .xlsx workbook, or pretends to be another kind of document."""
    names = set(archive.namelist())
    return _BOOK in names or any(name in names for name in _OTHERS)


def open_sheet(file: BinaryIO, archive: zipfile.ZipFile, shown: str) -> tuple[str, Iterator[bytes]]:
    """What the first sheet with anything in it is, in words, and its rows as blocks of text.

    Texts are in UTF-8, days in ISO form, whole numbers without a point; of a formula there is the
    value that the spreadsheet program last computed. Raises ImportRefused.
    """
    # Here, since it takes a quarter of a second, and hardly a process ever meets a spreadsheet.
    from openpyxl import load_workbook

    _refuse_others(archive, shown)
    with catch_warnings():
        simplefilter("ignore")  # what openpyxl leaves out (styles, validations) is no matter
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheets = [(sheet.title, rows) for sheet in book.worksheets if (rows := _filled(sheet))]
        except ImportRefused:
            raise
        except Exception as error:  # a workbook can be broken in as many ways as openpyxl has
            raise damaged(shown) from error
    if not sheets:
        raise ImportRefused(f"{shown} is a spreadsheet with nothing in it")
    title, rows = sheets[0]
    what = f"sheet “{title}” of a spreadsheet"
    if len(sheets) > 1:
        what += f" (the first of {len(sheets)} with anything in them)"
    return what, _lines(rows, shown)


def _refuse_others(archive: zipfile.ZipFile, shown: str) -> None:
    names = {member.filename: member for member in archive.infolist()}
    if _BOOK not in names:
        what = next(what for name, what in _OTHERS.items() if name in names)
        raise ImportRefused(
            f"{shown} is {what}: open it in a spreadsheet program and save it as CSV or .xlsx"
        )
    if any(member.flag_bits & 1 for member in names.values()):
        raise ImportRefused(f"{shown} is locked by a password: save it without one")
    refuse_bomb(
        sum(member.file_size for member in archive.infolist()),
        sum(member.compress_size for member in archive.infolist()),
        shown,
    )
    shared = names.get("xl/sharedStrings.xml")
    if shared and shared.file_size > MOST_SHARED:
        raise ImportRefused(f"{shown} is too large for a spreadsheet: save it as CSV")


def _filled(sheet: Any) -> Iterator[tuple[Any, ...]] | None:
    """The rows of a sheet, or None if no cell of it holds anything."""
    sheet.reset_dimensions()  # what a file says of its size is often wrong
    rows = sheet.iter_rows()
    first: list[tuple[Any, ...]] = []
    for row in rows:
        first.append(row)
        if any(cell.value not in (None, "") for cell in row):
            return chain(first, rows)
        if len(first) > 1_000:
            return None
    return None


def _lines(rows: Iterable[tuple[Any, ...]], shown: str) -> Iterator[bytes]:
    """The rows in blocks of text; raises BadZipFile where the workbook is broken."""
    texts = _texts(rows, shown)
    first = list(islice(texts, SAMPLED))
    width = max(map(len, map(_trimmed, first)), default=0)  # some columns have no name
    block: list[str] = []
    for number, cells in enumerate(chain(first, texts), 1):
        if len(cells) != width:
            held = _trimmed(cells)
            cells = [*held, *[""] * (width - len(held))]
        block.append("\t".join(cells) + "\n")
        if number % SAMPLED == 0:
            yield "".join(block).encode("utf-8", "replace")
            block.clear()
    yield "".join(block).encode("utf-8", "replace")


def _texts(rows: Iterable[tuple[Any, ...]], shown: str) -> Iterator[list[str]]:
    try:
        for number, row in enumerate(rows):
            if number >= MOST_ROWS:
                raise ImportRefused(f"{shown} has more rows than a spreadsheet can have")
            yield [_text(cell) for cell in row]
    except (ImportRefused, OSError):
        raise
    except Exception as error:  # as above
        raise zipfile.BadZipFile(str(error)) from error


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """The cells without the empty ones at the end, which only have a style."""
    end = next((end for end in range(len(cells), 0, -1) if cells[end - 1]), 0)
    return cells[:end]


def _text(cell: Any) -> str:
    value = cell.value
    if value is None or cell.data_type == "e":  # an error such as #N/A
        return ""
    if isinstance(value, str):
        text = value.translate(_BREAKS)
        return '"' + text.replace('"', '""') + '"' if '"' in text else text
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format))
    if isinstance(value, dt.datetime):
        day, time = value.date(), value.time()
        return str(day) if time == dt.time() else value.isoformat(" ", "seconds")
    return str(value).translate(_BREAKS)


def _number(value: float, form: str) -> str:
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)
    text = str(int(value)) if whole else repr(value)
    return text.zfill(len(form)) if whole and _ZEROS.fullmatch(form) else text
