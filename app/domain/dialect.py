"""How a text file keeps its cells apart: delimiter, quotes, and where its header stands."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from app.domain.cell import CLIPPED, is_data
from app.domain.find_columns import DELIMITERS
from app.domain.kind import KINDS
from app.domain.layout import layout_names, load_layout
from app.domain.layout_facts import WIDEST
from app.domain.row import Record, first_records
from app.domain.tables import table

ONE_COLUMN = "\x1f"
"""The delimiter of a file that has none: the unit separator, which no text holds."""

_RARE_LAST = tuple(sorted(DELIMITERS, key=",;|\t".index))
"""Commas stand in many a text, tabs in none: where both are regular, the rarer one counts."""

SAMPLED = 300
TITLES = 10
"""Lines before a header in which there may be titles."""


class Dialect(NamedTuple):
    """What was found; `skip` lines precede the header, or the first row where there is none."""

    delimiter: str
    quotes: bool
    header: bool
    skip: int
    names: tuple[str, ...]  # the header's cells; empty without a header
    width: int
    records: list[Record]  # the first rows, the header not among them


def dialect_of(text: str) -> Dialect:
    """The dialect of a file that begins with `text`."""
    delimiter, quotes, width = _delimiter(text)
    records, passed = first_records(text, delimiter, quotes, SAMPLED)
    start = _start(records, width)
    header = records[start:] and _is_header(records[start].cells, records[start + 1 :])
    if not header:
        return Dialect(delimiter, quotes, False, passed, (), width, records)
    skip = passed + sum(record.lines for record in records[:start])
    names = tuple(records[start].cells)
    return Dialect(delimiter, quotes, True, skip, names, len(names), records[start + 1 :])


def _delimiter(text: str) -> tuple[str, bool, int]:
    """The delimiter, whether quotes count, and the cells of most rows."""
    best = (0.0, 0, 1, ONE_COLUMN, True)
    for rank, delimiter in enumerate(_RARE_LAST):
        for quotes in (True, False):
            records, _ = first_records(text, delimiter, quotes, SAMPLED)
            share, width = _regularity(records, delimiter)
            if not 2 <= width <= WIDEST or share < 0.5 or (not quotes and not _stray(records)):
                continue
            # Quotes that close count even if some are left open.
            found = (round(share, 2) - (0 if quotes else 0.005), rank, width, delimiter, quotes)
            best = max(best, found)
    _, _, width, delimiter, quotes = best
    return delimiter, quotes, width


def _regularity(records: Sequence[Record], delimiter: str) -> tuple[float, int]:
    """The share of rows of the commonest length, and that length.

    A row that took in others after a stray quote is not regular.
    """
    whole = [
        record
        for record in records
        if record.lines == 1 or not any("\n" in c and delimiter in c for c in record.cells)
    ]
    if not whole:
        return 0.0, 0
    widths = Counter(len(record.cells) for record in whole)
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    first = records[0].cells
    if len(first) == 1 and width > 1 and _known(first):
        return 0.0, 1  # "Name", then "Smith, John": one column
    return count / len(records), width


def _stray(records: Sequence[Record]) -> bool:
    """Whether most cells that begin with a quote do not end with one, read without quotes."""
    begun = [cell for record in records for cell in record.cells if cell.startswith('"')]
    closed = sum(len(cell) > 1 and cell.endswith('"') for cell in begun)
    return bool(begun) and closed * 2 < len(begun)


def _start(records: Sequence[Record], width: int) -> int:
    """Which record is the header, if there is one: the first that is no title."""
    for place, record in enumerate(records[:TITLES]):
        filled = sum(bool(cell.strip()) for cell in record.cells)
        if width < 3 or (filled > 1 and len(record.cells) == width):
            return place
    return 0


def _is_header(cells: Sequence[str], rows: Sequence[Record]) -> bool:
    known = _known(cells)
    filled = [cell for cell in cells if cell.strip()]
    if known >= 3 or (known and len(filled) <= 2):
        return True  # some names are days: those of elections
    if not filled or any(map(is_data, filled)):
        return False
    if known:
        return True
    for place in range(len(cells)):
        below = [row.cells[place] for row in rows if len(row.cells) > place]
        below = [cell for cell in below if cell.strip()]
        if len(below) > 1 and sum(map(is_data, below)) >= 0.8 * len(below):
            return True
    return False


def _known(cells: Sequence[str]) -> int:
    return sum(not forms(cell[:CLIPPED]).isdisjoint(known_names()) for cell in cells)


@cache
def known_names() -> frozenset[str]:
    """All names of columns that mean something to us, folded."""
    names = {name for kind in KINDS.values() for field in kind.fields for name in field.names}
    names |= {row["name"] for row in table("column_names")}
    for layout in map(load_layout, layout_names("")):
        for tried in (*layout.columns.values(), *layout.joined.values()):
            names |= {fold_name(name) for name in tried}
    return frozenset(names)


@lru_cache(maxsize=20_000)
def forms(name: str) -> frozenset[str]:
    """A name folded in the ways it may be meant: FirstName is "firstname" and "first name"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return frozenset(filter(None, (fold_name(name), fold_name(apart))))


def fold_name(name: str) -> str:
    """A column's name without case, accents and punctuation, words joined by a blank."""
    plain = unicodedata.normalize("NFKD", name[:200]).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", letters))
