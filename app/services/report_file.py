"""Report files: tables as CSV and XLSX in which nothing runs as a formula."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.outcome import Each, Share
from app.domain.spreadsheet import harmless

Cell = str | int | Decimal | date | Share | Each | None
_NO_TITLE = re.compile(r"[\[\]:*?/\\]")
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that a sheet cannot hold."""
LONGEST_TITLE, LONGEST_CELL = 31, 32_767


@dataclass(frozen=True)
class Sheet:
    """A table as it is taken away."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def as_csv(sheet: Sheet) -> bytes:
    """The table, with the mark by which spreadsheets know UTF-8."""
    page = io.StringIO()
    page.write("\ufeff")
    lines = csv.writer(page)
    lines.writerow([harmless(one) for one in sheet.head])
    lines.writerows([_plain(cell) for cell in row] for row in sheet.rows)
    return page.getvalue().encode()


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """A book with a sheet for each table, written row by row."""
    # Here, since it takes a quarter of a second at the start of every process.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for one in sheets:
        page = book.create_sheet(_NO_TITLE.sub(" ", one.title)[:LONGEST_TITLE])
        page.append([_sheet_cell(harmless(name)) for name in one.head])
        for row in one.rows:
            page.append([_sheet_cell(_plain(cell)) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _plain(cell: Cell) -> Any:
    """A cell as a file has it: shares from 0 to 1, prices to the hundredth of a cent."""
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case Share():
            return "" if cell.ratio is None else round(cell.ratio, 4)
        case Each():
            return "" if cell.price is None else round(float(cell.price), 4)
        case Decimal():
            return round(float(cell), 4)
        case date():
            return cell.isoformat()
        case _:
            return cell


def _sheet_cell(cell: Any) -> Any:
    return _NOT_XML.sub("", cell)[:LONGEST_CELL] if isinstance(cell, str) else cell
