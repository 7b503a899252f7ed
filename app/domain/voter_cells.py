"""Cells of a voter file → what is stored of them: the parts of which a voter's cleaner is made."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from operator import itemgetter
from typing import TypeVar

from app.domain.cleaned import NONE
from app.domain.layout import Columns
from app.domain.name import clean_text, fold
from app.domain.phone import LANDLINE, MOBILE, MOST, Phone, clean_phone, clean_phones, plain_phone

T = TypeVar("T")

Cells = Sequence[str]
Phones = tuple[str, ...]
"""Three numbers, each with its kind; `NONE` where there is none."""

PHONE_FIELDS = {"phone": "", "mobile": MOBILE, "landline": LANDLINE}
"""Field → the kind of line that its column stands for."""

LONGEST = 200
"""Characters of a name and the like; an index cannot take much more."""

LONGEST_ADDRESS = 500

_LONGEST_KEY = 100

_LONGEST_AREA = 5
"""Characters of an area code in a column of its own."""

_NO_PHONES: Phones = (NONE, "") * MOST

_YES = frozenset(("Y", "YES", "TRUE", "T", "1", "X"))

_STATUSES = {
    **dict.fromkeys(("A", "ACT", "ACTIVE"), "active"),
    **dict.fromkeys(("I", "INA", "INACTIVE"), "inactive"),
}
"""Words that mean the same everywhere, for layouts that have none of their own."""

_NEITHER = frozenset(("NB", "NONBINARY", "NON-BINARY", "NON BINARY"))


class TooLong(ValueError):
    """A cell that holds more than anybody's; the message names it."""


def limited(title: str, clean: Callable[[str], T]) -> Callable[[str], T]:
    """`clean`, for text of at most LONGEST characters."""

    def checked(raw: str) -> T:
        if len(raw) > LONGEST and len(raw.strip()) > LONGEST:
            raise TooLong(f"{title} is longer than {LONGEST} characters")
        return clean(raw)

    return checked


def with_key(name: str) -> tuple[str, str]:
    """A name and what it is searched by."""
    return name, fold(name)[:_LONGEST_KEY].strip()


def says_yes(raw: str) -> bool:
    """Whether a cell is a yes: Y, yes, true, 1, x."""
    return clean_text(raw).upper() in _YES


def gender_reader(words: Mapping[str, str]) -> Callable[[str], str]:
    """From a cell to F, M, X or empty; `words` are the layout's own."""

    def read(raw: str) -> str:
        text = clean_text(raw).upper()
        if text in words:
            return words[text]
        if text in _NEITHER:
            return "X"
        return text[:1] if text[:1] in ("F", "M", "X") else ""

    return read


def coded(codes: Mapping[str, str]) -> Callable[[str], str]:
    """From the file's code to ours, which is the same unless `codes` says otherwise."""
    return lambda raw: codes.get(text := clean_text(raw).upper(), text)


def status_reader(codes: Mapping[str, str]) -> Callable[[str], str]:
    """From the file's word for a status to ours; empty if it has none."""
    known = codes or _STATUSES
    return lambda raw: known.get(clean_text(raw).upper(), "")


def as_cell(day: date | None) -> str:
    """A day as COPY takes it."""
    return NONE if day is None else day.isoformat()


def birth_year(raw: str, year: int) -> str:
    """A year of birth in four digits (or 1977.0, as spreadsheets have it), or NONE."""
    text = raw.strip().removesuffix(".0")
    if len(text) != 4 or not text.isascii() or not text.isdigit():
        return NONE
    return text if 1880 <= int(text) <= year else NONE


def year_of_day(day: date | None, year: int) -> str:
    """The year of a day of birth, or NONE; a spreadsheet's 1900-01-01 is believed."""
    return NONE if day is None or not 1880 <= day.year <= year else str(day.year)


def year_of_age(raw: str, year: int) -> str:
    """The year in which who has this age in `year` was born, or NONE."""
    text = raw.strip().removesuffix(".0")
    if not 0 < len(text) <= 3 or not text.isascii() or not text.isdigit():
        return NONE
    return str(year - int(text)) if 0 < int(text) <= 120 else NONE


def derived_id(*facts: str) -> str:
    """An id for a list that has none, from what it says of a person: the same again each time.

    So the same list, loaded twice, finds the same people; who changes one of these is a new one.
    """
    return "x" + blake2b("\x1f".join(facts).encode(), digest_size=8).hexdigest()


def phone_reader(columns: Columns, country: str) -> Callable[[Cells], tuple[Phones, str]]:
    """From a row to its phones and what was lost of them. One plain number goes a short way."""
    columns_of = [
        (place, kind)
        for field, kind in PHONE_FIELDS.items()
        for place in columns.places.get(field, ())
    ]

    def several(cells: Cells) -> tuple[Phones, str]:
        texts = [(cell, kind) for at, kind in columns_of if (cell := cells[at].strip())]
        if not texts:
            return _NO_PHONES, ""
        if len(texts) == 1 or (len(texts) == 2 and len(texts[0][0]) <= _LONGEST_AREA):
            number = plain_phone("".join(text for text, _ in texts), country)
            if number:
                return (number, texts[0][1], NONE, "", NONE, ""), ""
        found, lost = clean_phones(_joined(texts, country), country)
        return _spread(found), lost

    def one(cells: Cells) -> tuple[Phones, str]:
        raw = cells[place]
        if not raw or raw.isspace():
            return _NO_PHONES, ""
        number = plain_phone(raw, country)
        return ((number, kind, NONE, "", NONE, ""), "") if number else several(cells)

    if not columns_of:
        return lambda cells: (_NO_PHONES, "")
    place, kind = columns_of[0]
    return one if len(columns_of) == 1 else several


def _joined(texts: list[tuple[str, str]], country: str) -> list[tuple[str, str]]:
    """An area code in a column of its own goes before the number in the next."""
    joined = []
    while texts:
        text, kind = texts.pop(0)
        if texts and len(text) <= _LONGEST_AREA:
            both = f"{text} {texts[0][0]}"
            if clean_phone(both, country):
                text = both
                del texts[0]
        joined.append((text, kind))
    return joined


def _spread(phones: Sequence[Phone]) -> Phones:
    cells = [cell for phone in phones for cell in phone]
    return (*cells, *_NO_PHONES[len(cells) :])


def vote_reader(columns: Columns) -> Callable[[Cells], str] | None:
    """From a row to the array of days on which the voter voted; None if the file has no votes."""
    votes = columns.votes
    if not votes:
        return None
    if len(votes) == 1:
        ((place, only),) = votes
        return lambda cells: f"{{{only}}}" if cells[place].strip() else "{}"
    pick = itemgetter(*(place for place, _ in votes))
    days = [day for _, day in votes]

    def read(cells: Cells) -> str:
        voted = [day for day, cell in zip(days, pick(cells), strict=True) if cell.strip()]
        return f"{{{','.join(voted)}}}"

    return read


def extra_reader(columns: Columns) -> Callable[[Cells], str] | None:
    """From a row to the JSON of the columns that are kept as they are, for COPY; None if none."""
    kept = [(clean_text(name), place) for name, place in columns.extra]
    if not kept:
        return None
    encode = json.JSONEncoder(ensure_ascii=False).encode

    def read(cells: Cells) -> str:
        found = {name: text for name, place in kept if (text := clean_text(cells[place]))}
        # COPY takes a backslash for its own, so that JSON's have to be two.
        return encode(found).replace("\\", "\\\\") if found else "{}"

    return read
