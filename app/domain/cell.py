"""What a cell looks like: a phone, an email, a day, a ZIP code, a whole name."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from app.domain.tables import table

_PHONE = re.compile(
    r"\s*(?:tel|cell|home|mobile|c|h|m)?[.: ]*(?:\+|00)?1?[-. ]*\(?\d{3}\)?[-. /]*\d{3}[-. ]*\d{4}"
    r"(?:\D.*)?|\s*\+\d[\d ()./-]{6,18}\d\s*|\s*0\d[\d ()-]{7,12}\d\s*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"\s*(?:mailto:|<)?[^\s@,;]+@[^\s@,;]+\.[a-z]{2,}>?\s*", re.IGNORECASE)
_DAY = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}-[a-z]{3}-\d{2,4})"
    r"(?:[ T].*)?",
    re.IGNORECASE,
)
_ZIP = re.compile(r"\s*\d{5}(?:-?\d{4})?\s*")
_YEAR = re.compile(r"\s*(?:19\d\d|20[01]\d)\s*")
_GENDER = re.compile(r"\s*(?:[fmxu]|female|male|unknown|mujer|hombre)\.?\s*", re.IGNORECASE)
_STREET = re.compile(r"\s*\d+[a-z]?(?:[-/]\d+)?\s+\S.*[^\W\d].*", re.IGNORECASE)
_ID = re.compile(r"(?=.*\d)[\w./-]{1,40}")
_WORD = r"[^\W\d_][^\W\d_'’.-]*(?:['’.-][^\W\d_'’.-]*)*"
_NAME = re.compile(rf"\s*{_WORD}(?: {_WORD})?\s*")
_WHOLE = re.compile(rf"\s*{_WORD}(?: {_WORD}){{1,4}}\s*")
_COMMA = re.compile(rf"\s*{_WORD}(?: {_WORD}){{0,2}}, ?{_WORD}.*")
_AMOUNT = re.compile(r"\s*[-+$€£]?[\d.,]+\s*%?\s*")


CLIPPED = 200
"""Characters of a cell that are looked at."""


@cache
def _states() -> frozenset[str]:
    return frozenset(row["state"] for row in table("state_zones"))


def is_phone(cell: str) -> bool:
    """Whether a cell begins with a phone number."""
    return bool(_PHONE.fullmatch(cell)) and not _DAY.fullmatch(cell)


def is_email(cell: str) -> bool:
    """Whether a cell is one email address."""
    return bool(_EMAIL.fullmatch(cell))


def is_day(cell: str) -> bool:
    """Whether a cell is a day, as far as its signs go."""
    return bool(_DAY.fullmatch(cell))


def is_data(cell: str) -> bool:
    """Whether a cell is certainly no name of a column: a number, a day, an address of some kind."""
    cell = cell[:CLIPPED]
    return bool(
        _AMOUNT.fullmatch(cell) or is_day(cell) or is_email(cell) or is_phone(cell)
    ) or bool(_STREET.fullmatch(cell))


class Looks(NamedTuple):
    """Shares of a column's cells, of those that are not empty, that look like each thing."""

    filled: int  # cells that are not empty
    full: bool  # whether all are filled
    phone: float
    email: float
    address: float  # a phone or an email
    day: float
    postcode: float
    state: float
    year: float
    gender: float
    street: float
    word: float  # one or two words, as for a name
    whole: float  # two to five words
    comma: float  # Doe, Jo
    id: float  # 0 unless all differ


def looks(cells: Sequence[str]) -> Looks:
    """What a column of such cells looks like."""
    filled = [cell[:CLIPPED] for cell in cells if cell.strip()]

    def share(test: Callable[[str], object]) -> float:
        return sum(map(bool, map(test, filled))) / len(filled) if filled else 0.0

    distinct = len(set(filled)) == len(filled) > 1
    return Looks(
        filled=len(filled),
        full=len(filled) == len(cells),
        phone=share(is_phone),
        email=share(is_email),
        address=share(lambda cell: is_phone(cell) or is_email(cell)),
        day=share(is_day),
        postcode=share(_ZIP.fullmatch),
        state=share(lambda cell: cell.strip().upper() in _states()),
        year=share(_YEAR.fullmatch),
        gender=share(_GENDER.fullmatch),
        street=share(_STREET.fullmatch),
        word=share(_NAME.fullmatch),
        whole=share(_WHOLE.fullmatch),
        comma=share(_COMMA.fullmatch),
        id=share(lambda cell: _ID.fullmatch(cell.strip())) if distinct else 0.0,
    )
