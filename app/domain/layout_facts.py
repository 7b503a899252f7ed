"""The facts that make a layout, as TOML and JSON hold them: checked, each mistake in a sentence."""

import re
from collections.abc import Mapping
from typing import Any

from app.domain.kind import KINDS, VOTERS, Kind

DAYS = ("%Y-%m-%d", "%m/%d/%Y")
"""How a layout that does not say writes days."""

WIDEST = 16_384
"""Cells a row may have: as many as in Excel's widest sheet."""

WORD_TABLES = ("party", "gender", "status", "refused", "code", "election_kind", "stage")
"""Tables of a layout that give the file's word → ours; see docs/layouts.md."""

_TEXTS = ("title", "kind", "source", "delimiter", "encoding", "state", "country")
_FLAGS = ("header", "quotes")
_NUMBERS = ("width", "skip")
_LISTS = ("days", "extra", "marks")
_OTHERS = ("columns", "joined", "positions", "joined_positions", "shape", "votes", "glue")

KNOWN = (*_TEXTS, *_FLAGS, *_NUMBERS, *_LISTS, *_OTHERS, *WORD_TABLES)


class WrongLayout(ValueError):
    """A file is not in its layout, or a layout cannot be used; the message says what to do."""


def check(facts: Mapping[str, Any], name: str) -> None:
    """Raise WrongLayout, with a sentence on the first mistake, unless `facts` make a layout."""
    if not isinstance(facts, Mapping):
        raise _wrong(name, "it is not a table of facts")
    for key in facts:
        if key not in KNOWN:
            raise _wrong(name, f"{key!r} is none of its facts; these are {', '.join(KNOWN)}")
    _check_types(facts, name)
    kind = KINDS.get(facts.get("kind", VOTERS.name))
    if kind is None:
        raise _wrong(name, f"kind {facts['kind']!r} is none of {', '.join(KINDS)}")
    if len(facts.get("delimiter", ",")) != 1:
        raise _wrong(name, 'delimiter has to be one character, such as "," or "\\t"')
    _check_encoding(facts.get("encoding", "utf-8"), name)
    _check_fields(facts, kind, name)
    _check_votes(facts.get("votes", {}), name)
    _check_shape(facts.get("shape", {}), name)


def named_fields(facts: Mapping[str, Any]) -> set[str]:
    """The fields that the facts say where to find."""
    tables = ("columns", "joined", "positions", "joined_positions")
    return {field for table in tables for field in facts.get(table, {})}


def _wrong(name: str, what: str) -> WrongLayout:
    return WrongLayout(f"the layout {name!r} cannot be used: {what}")


def _check_types(facts: Mapping[str, Any], name: str) -> None:
    for key, value in facts.items():
        if key in _TEXTS and not isinstance(value, str):
            raise _wrong(name, f"{key} has to be a text in quotes")
        if key in _FLAGS and not isinstance(value, bool):
            raise _wrong(name, f"{key} has to be true or false")
        if key in _NUMBERS and not _is_place(value):
            raise _wrong(name, f"{key} has to be a whole number from 0 to {WIDEST:,}")
        if key in _LISTS and not _are_texts(value):
            raise _wrong(name, f"{key} has to be a list of texts")
        if key in (*_OTHERS, *WORD_TABLES) and not isinstance(value, Mapping):
            raise _wrong(name, f"{key} has to be a table, as in [{key}]")
        if key in (*WORD_TABLES, "glue") and not _are_texts(list(value.values())):
            raise _wrong(name, f"every word in [{key}] has to be given a text in quotes")


def _check_encoding(encoding: str, name: str) -> None:
    try:
        single = len(bytes(range(0x80)).decode(encoding)) == 0x80
        "é".encode(encoding)
    except (LookupError, UnicodeError):
        single = False
    if not single:
        raise _wrong(name, f"encoding {encoding!r} is none; use utf-8, windows-1252 or latin-1")


def _check_fields(facts: Mapping[str, Any], kind: Kind, name: str) -> None:
    known = {field.name for field in kind.fields} - {"extra"}
    for table in ("columns", "joined", "positions", "joined_positions"):
        for field, value in facts.get(table, {}).items():
            if field not in known:
                names = ", ".join(sorted(known))
                raise _wrong(
                    name, f"[{table}] names {field!r}, which is no field of a {kind.row}: {names}"
                )
            if not _fits(table, value):
                raise _wrong(name, f"[{table}] {field} has to be {_FORMS[table]}")
    if facts.get("header", True) and (facts.get("positions") or facts.get("joined_positions")):
        raise _wrong(name, "positions are for files without a header; say header = false")
    if not facts.get("header", True) and not facts.get("width"):
        raise _wrong(name, "without a header it has to say how many cells a row has: width = 26")
    _check_places(facts, name)
    found = named_fields(facts)
    missing = [kind.field(field).title for field in kind.required if field not in found]
    if kind is VOTERS and not found & {"last_name", "full_name"}:
        missing.append("Last name (or Whole name in one column)")
    if missing:
        raise _wrong(name, f"it does not say which column is {' and '.join(missing)}")
    if not found:
        raise _wrong(name, "it does not say what any column is")


def _check_places(facts: Mapping[str, Any], name: str) -> None:
    joined = facts.get("joined_positions", {}).values()
    places = [*facts.get("positions", {}).values(), *(place for spots in joined for place in spots)]
    last = max(places, default=0)
    if places and last >= facts.get("width", 0):
        raise _wrong(name, f"column {last} is out of the row, which has only {facts['width']}")


_FORMS = {
    "columns": "the name of a column, or a list of names to try in turn",
    "joined": "a list of names of columns",
    "positions": "the number of a column; 0 is the first",
    "joined_positions": "a list of numbers of columns; 0 is the first",
}


def _fits(table: str, value: Any) -> bool:
    if table == "positions":
        return _is_place(value)
    if table == "joined_positions":
        return isinstance(value, list) and bool(value) and all(map(_is_place, value))
    return (_are_texts(value) and bool(value)) or (table == "columns" and isinstance(value, str))


def _is_place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= WIDEST


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _check_votes(votes: Mapping[str, Any], name: str) -> None:
    if not votes:
        return
    texts = [votes.get("pattern"), votes.get("day")]
    if not _are_texts(texts):
        raise _wrong(name, "[votes] needs a pattern, whose first group is the day, and a day form")
    if _pattern(votes["pattern"], "[votes] pattern", name).groups < 1:
        raise _wrong(name, "[votes] pattern needs a group in parentheses that holds the day")


def _check_shape(shape: Mapping[str, Any], name: str) -> None:
    for place, pattern in shape.items():
        if not place.isdecimal() or not isinstance(pattern, str):
            raise _wrong(name, "[shape] gives the number of a column (0 is the first) a pattern")
        _pattern(pattern, f"[shape] {place}", name)


def _pattern(text: str, where: str, name: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError) as error:
        raise _wrong(name, f"{where} {text!r} is no regular expression: {error}") from error
