"""A row of any list but the voter file: each field's cells, cleaned by that field's function."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from app.domain.cleaned import Clean, Cleaned, Rejection
from app.domain.day import clean_day
from app.domain.language import code_of
from app.domain.layout import Columns
from app.domain.name import Cache, clean_text, is_nothing
from app.domain.tables import table

LONGEST_ID = 64
LONGEST_WORDS = 300
"""Characters that a text of a list may have; what is indexed must be short."""

AHEAD = timedelta(days=1)
"""East of Greenwich it is tomorrow already."""

_ISO = "%Y-%m-%d"
_EXAMPLE = date(2026, 3, 9)


class Unusable(ValueError):
    """A row cannot go in; the message says why."""


Value = Callable[[str], str]
"""From the text of a field's cells to what is kept of it; raises Unusable."""

Finish = Callable[[dict[str, str]], Cleaned]
"""From a row's cleaned values by field to what is stored; raises Unusable."""


def row_cleaner(columns: Columns, values: Mapping[str, Value], finish: Finish) -> Clean:
    """The function that cleans one row: its fields in the order of `values`, then the whole.

    A field that the file lacks reads as an empty cell.
    """
    width = columns.width
    picks = [(field, columns.picker(field), value) for field, value in values.items()]

    def clean(cells: Sequence[str]) -> Cleaned | Rejection:
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            return Rejection(f"has {len(cells)} cells where {width} are expected")
        try:
            return finish({field: value(pick(cells)) for field, pick, value in picks})
        except Unusable as unusable:
            return Rejection(str(unusable))

    return clean


def voter_id(raw: str) -> str:
    """The id of a voter in the voter file."""
    return needed("no voter id", short("voter id", LONGEST_ID))(raw)


def needed(reason: str, value: Value) -> Value:
    """A value that may not be empty; `reason` is what to say if it is."""

    def check(raw: str) -> str:
        text = value(raw)
        if not text:
            raise Unusable(reason)
        return text

    return check


def short(title: str, most: int = LONGEST_WORDS) -> Value:
    """Text on one line, of at most so many characters."""

    def check(raw: str) -> str:
        text = clean_text(raw)
        if len(text) > most:
            raise Unusable(f"{title} is longer than {most} characters")
        return text

    return check


def day_value(title: str, columns: Columns, today: date) -> Value:
    """A day in ISO form, or empty; neither unreadable nor after `today`."""
    formats = (*(columns.layout.days or ("%m/%d/%Y",)), _ISO)
    example = _EXAMPLE.strftime(formats[0])

    def check(raw: str) -> str:
        if is_nothing(raw) or not raw.strip("0-/. "):  # as 0000-00-00 is
            return ""
        day = clean_day(raw, formats)
        if day is None:
            raise Unusable(f"{title} {clean_text(raw)[:40]!r} is no day: write it as {example}")
        if day > today + AHEAD:
            raise Unusable(f"{title} {day} is in the future")
        return day.isoformat()

    return Cache(check).__getitem__


def folded(raw: str) -> str:
    """Words to compare by: small letters, single blanks, no punctuation."""
    return " ".join(re.findall(r"[^\W_]+", clean_text(raw).casefold()))


def channels_meant(raw: str) -> tuple[str, ...]:
    """The channels that a word means ("phone": call and text), none if it is not known."""
    return _channel_words().get(folded(raw), ())


@cache
def _channel_words() -> Mapping[str, tuple[str, ...]]:
    return {row["word"]: tuple(row["channels"].split("|")) for row in table("channel_words")}


def languages_in(raw: str, known: Collection[str]) -> tuple[list[str], list[str]]:
    """The codes of the languages in a cell ("English, español/zh"), each once, and the words that
    are none of the `known` codes."""
    codes: dict[str, None] = {}
    strange = []
    for part in re.split(r"[,;/|&+]|\band\b", clean_text(raw).casefold()):
        word = part.strip(" .")
        code = code_of(word)
        if code in known:
            codes[code] = None
        elif word:
            strange.append(word[:40])
    return list(codes), strange


def array(values: Sequence[str]) -> str:
    """Words without quotes in them (codes, numbers, emails) as COPY takes an array."""
    return "{" + ",".join(f'"{value}"' for value in values) + "}"
