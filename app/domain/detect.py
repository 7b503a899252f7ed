"""What a file is, seen from its beginning: how it is written, which layout, which columns."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from app.domain.cell import CLIPPED, Looks
from app.domain.day import clean_day
from app.domain.dialect import Dialect, dialect_of
from app.domain.find_columns import fits_shape, match_names, told_apart
from app.domain.guess import Guess, guess, guess_by_name, sample
from app.domain.kind import KINDS, VOTERS
from app.domain.kind_sign import looks_like_a_voter_file, signs
from app.domain.layout import Layout, layout_facts, layout_names, load_layout
from app.domain.layout_facts import DAYS
from app.domain.row import decode, first_records, read_rows

ROWS = 200
"""Rows that are shown and looked at."""

WHOLE = 1024 * 1024
"""Bytes of a head from which on its last line may be cut off."""

MOST_OF = 0.6
"""The share of a layout's fields by which a file is known without a mark."""

SHAPED = 0.8
"""The share of rows that have to look as a layout without a header does."""

PHONES_GLUE = " / "

_DAY_FORMS = (
    *("%m/%d/%Y", "%Y-%m-%d", "%d/%m/%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y"),
    *("%d-%b-%Y", "%Y%m%d", "%m%d%Y"),
)
_DAY_FIELDS = (
    *("born_on", "registered_on", "day", "given_on", "stage_on", "requested_on", "sent_on"),
    *("returned_on", "answered_on"),
)
_VOTES = (
    (r".*?(\d{1,2}/\d{1,2}/\d{4})", "%m/%d/%Y"),
    (r".*?(\d{4}-\d{2}-\d{2})", "%Y-%m-%d"),
    (r".*?(\d{4}_\d{2}_\d{2})", "%Y_%m_%d"),
)
"""How columns of elections are named, and their days written, in files of no known layout."""


@dataclass(frozen=True)
class Doubt:
    """Why a list may be of another kind than it was taken for."""

    kind: str  # the other kind, as likely; empty: any
    column: str  # the column that speaks for it; empty: no column has a name that tells


@dataclass(frozen=True)
class Detected:
    """What a file looks like. Columns are counted from 0."""

    delimiter: str  # the unit separator (\\x1f) where there is only one column
    quotes: bool  # whether cells may stand in quotes
    header: bool
    skip: int  # lines before the header, or before the first row where there is none
    names: tuple[str, ...]  # of the columns, told apart: "Phone (2)", "Column 7"
    rows: tuple[tuple[str, ...], ...]  # the first, up to 200
    layout: str  # the shipped layout that fits best, or empty
    kind: str  # see domain/kind.py
    guess: Guess  # field → its columns
    facts: dict[str, Any]  # the layout as far as it is known, for layout_from, to be changed
    doubt: Doubt | None = None  # why a person should say whether it is of this kind


def detect(head: bytes, *, fallback: str, kind: str | None = None) -> Detected:
    """What a file is that begins with `head` (a mebibyte, or all of it).

    Bytes that are not UTF-8 are read as `fallback`. `kind` is the kind of list if it is known.
    """
    text = decode(head.replace(b"\0", b""), fallback)
    if len(head) >= WHOLE and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    shaped = _without_header(text, kind)
    if shaped:
        dialect = shaped[1]
        rows = _rows(text, dialect, fallback)
        return _known(*shaped, told_apart([""] * dialect.width), rows)
    dialect = dialect_of(text)
    names = told_apart(dialect.names or [""] * dialect.width)
    rows = _rows(text, dialect, fallback)
    columns = sample(rows, len(names))
    short = [name[:CLIPPED] for name in names] if dialect.header else []
    found = _best(short, columns, kind)
    layout = _by_names(names, found[1], kind) if dialect.header else None
    if layout is not None:
        return _known(layout, dialect, names, rows)
    doubt = None if kind else _doubt(found[0], found[1], short)
    facts = _facts(dialect, names, columns, rows, *found) | {"encoding": fallback}
    return Detected(
        dialect.delimiter,
        dialect.quotes,
        dialect.header,
        dialect.skip,
        names,
        rows,
        "",
        *found,
        facts,
        doubt,
    )


def _rows(text: str, dialect: Dialect, fallback: str) -> tuple[tuple[str, ...], ...]:
    """The first rows, read as the importer will read them."""
    lines = dialect.skip
    if dialect.header:
        header, passed = first_records(text, dialect.delimiter, dialect.quotes, 1, dialect.skip)
        lines = passed + header[0].lines
    rows: list[tuple[str, ...]] = []
    blocks = (text.encode("utf-8", "replace"),)
    for batch in read_rows(
        blocks, dialect.delimiter, fallback, dialect.width, lines, quotes=dialect.quotes
    ):
        rows += map(tuple, batch.rows[: ROWS - len(rows)])
    return tuple(rows)


def _without_header(text: str, kind: str | None) -> tuple[Layout, Dialect] | None:
    """The layout without a header whose shape the rows have."""
    for layout in map(load_layout, layout_names(kind or "")):
        if layout.header:
            continue
        records, passed = first_records(text, layout.delimiter, layout.quotes, ROWS)
        wide = [record.cells for record in records if len(record.cells) == layout.width]
        shaped = sum(fits_shape(layout, cells) for cells in wide)
        if shaped and shaped >= SHAPED * len(wide) and len(wide) * 2 > len(records):
            dialect = Dialect(
                layout.delimiter, layout.quotes, False, passed, (), layout.width, records
            )
            return layout, dialect
    return None


def _by_names(names: Sequence[str], guessed: Guess, kind: str | None) -> Layout | None:
    """The layout that most of the names belong to, unless a free guess makes more of them."""
    keys = {" ".join(name.split()).lower() for name in names}
    best: tuple[int, Layout] | None = None
    for layout in map(load_layout, layout_names(kind or "")):
        if not layout.header:
            continue
        columns, missing = match_names(layout, names)
        covered = len(columns.places)
        marked = bool(keys.intersection(layout.marks)) and covered >= len(guessed)
        most = covered >= MOST_OF * len(layout.columns.keys() | layout.joined.keys())
        if not missing and (marked or most) and (best is None or covered > best[0]):
            best = covered, layout
    return best[1] if best else None


def _known(
    layout: Layout, dialect: Dialect, names: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> Detected:
    """What is detected of a file in a shipped layout."""
    facts: dict[str, Any] = deepcopy(dict(layout_facts(layout.name)))
    facts["source"] = layout.source
    facts["delimiter"] = dialect.delimiter
    if not dialect.quotes:
        facts["quotes"] = False
    if dialect.skip and dialect.header:
        facts["skip"] = dialect.skip
    places = match_names(layout, names)[0].places
    return Detected(
        dialect.delimiter,
        dialect.quotes,
        dialect.header,
        dialect.skip,
        names,
        rows,
        layout.name,
        layout.kind,
        {field: list(spots) for field, spots in places.items()},
        facts,
    )


def _best(names: Sequence[str], columns: Sequence[Looks], kind: str | None) -> tuple[str, Guess]:
    """The kind of list that the columns make, and which of them is what."""
    if kind:
        return kind, guess(names, columns, KINDS[kind])
    by_name = {one.name: set(guess_by_name(names, columns, one)) for one in KINDS.values()}
    name = _kind_by_name(by_name, names) or _kind_by_content(by_name["voters"], columns)
    return name, guess(names, columns, KINDS[name])


def _kind_by_name(by_name: Mapping[str, set[str]], names: Sequence[str]) -> str:
    """The kind whose own fields are named, where it is not a list of voters."""
    told = by_name["voters"]
    words = " ".join(names).lower()
    whole = {
        name
        for name, fields in by_name.items()
        if name != "voters" and fields >= set(KINDS[name].required)
    }
    for name in ("shifts", "answers", "consents", "precincts"):
        if name in whole and not told & {"last_name", "born_on", "birth_year"}:
            return name
    seen = signs(names)
    if seen and not looks_like_a_voter_file(told):
        kind = next(iter(seen))
        if by_name[kind] >= set(KINDS[kind].required) - MADE_UP:
            return kind
    if "volunteers" in whole and "volunteer" in words:
        return "volunteers"
    if "ballots" in whole:
        own = by_name["ballots"] & {"requested_on", "sent_on", "returned_on"}
        if own or ("stage" in by_name["ballots"] and "ballot" in words):
            return "ballots"
    named = told & {"first_name", "last_name", "full_name", "address"}
    if "history" in whole and not named and len(by_name["history"]) > 2:
        return "history"
    return ""


MADE_UP = frozenset({"channel", "basis", "given_on"})
"""What a list of consents must say, and often says in a way that a person has to map."""


def _doubt(kind: str, guessed: Guess, names: Sequence[str]) -> Doubt | None:
    """Why a person should say of which kind a list is: a column speaks for another, or none has a
    name and a wrong kind would do harm."""
    others = {one: name for one, name in signs(names).items() if one != kind}
    if kind == VOTERS.name and others:
        return Doubt(*next(iter(others.items())))
    if kind == VOTERS.name and not guessed.keys() & {"source_id", "last_name", "full_name"}:
        return Doubt("", "")
    if kind in ("consents", "do_not_contact") and others.keys() & {"consents", "do_not_contact"}:
        other = next(one for one in others if one in ("consents", "do_not_contact"))
        return Doubt(other, others[other])
    if kind == "volunteers" and "volun" not in " ".join(names).lower():
        return Doubt(VOTERS.name, signs(names).get(kind, ""))
    bare = set(guessed) <= {"phone", "email", "address", "source_id"}
    if kind in ("do_not_contact", "ballots") and bare and kind not in signs(names):
        return Doubt("", "")
    return None


def _kind_by_content(told: set[str], columns: Sequence[Looks]) -> str:
    """Phones and emails without anybody's name are left alone; ids alone have voted."""
    filled = [look for look in columns if look.filled]
    if told - {"phone", "mobile", "landline", "email", "source_id"} or not filled:
        return VOTERS.name
    if all(look.address >= 0.8 for look in filled):
        return "do_not_contact"
    if len(filled) == 1 and filled[0].id >= 0.95:
        return "ballots"
    return VOTERS.name


def _facts(
    dialect: Dialect,
    names: Sequence[str],
    columns: Sequence[Looks],
    rows: Sequence[Sequence[str]],
    kind: str,
    guessed: Guess,
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": kind,
        "delimiter": dialect.delimiter,
        "quotes": dialect.quotes,
        "header": dialect.header,
        "days": _day_forms(guessed, rows),
        "columns": {f: [names[spots[0]]] for f, spots in guessed.items() if len(spots) == 1},
        "joined": {f: [names[spot] for spot in spots] for f, spots in guessed.items() if spots[1:]},
    }
    if not dialect.header:
        facts["width"] = dialect.width
    elif dialect.skip:
        facts["skip"] = dialect.skip
    if "phone" in facts["joined"]:
        facts["glue"] = {"phone": PHONES_GLUE}
    source = _source(names, guessed)
    if source:
        facts["source"] = source
    if kind == VOTERS.name and dialect.header:
        facts |= _votes(names, columns, guessed)
    return facts


def _source(names: Sequence[str], guessed: Guess) -> str:
    """Whose voter ids these are, where the name of their column tells."""
    key = " ".join(names[guessed["source_id"][0]].lower().split()) if "source_id" in guessed else ""
    layouts = map(load_layout, layout_names())
    return next((layout.source for layout in layouts if key in layout.marks), "")


def _votes(names: Sequence[str], columns: Sequence[Looks], guessed: Guess) -> dict[str, Any]:
    """The columns of elections: a day in their name, and no days or more in their cells."""
    taken = {place for places in guessed.values() for place in places}
    free = [
        name
        for place, name in enumerate(names)
        if place not in taken and max(columns[place].address, columns[place].street) < 0.2
    ]
    for pattern, day in _VOTES:
        layout = {"pattern": pattern, "day": day}
        if any(_has_day(name, layout) for name in free):
            return {"votes": layout}
    return {}


def _has_day(name: str, votes: Mapping[str, str]) -> bool:
    found = re.fullmatch(votes["pattern"], " ".join(name.split()).lower())
    return bool(found and clean_day(found[1], (votes["day"],)))


def _day_forms(guessed: Guess, rows: Sequence[Sequence[str]]) -> list[str]:
    """The form that most days are written in, and ISO form."""
    places = [place for field in _DAY_FIELDS for place in guessed.get(field, [])]
    cells = [row[place] for row in rows for place in places if row[place].strip()]
    if not cells:
        return list(DAYS)
    fits = {
        form: sum(clean_day(cell, (form,)) is not None for cell in cells) for form in _DAY_FORMS
    }
    best = max(_DAY_FORMS, key=lambda form: fits[form])
    return [best] if best == "%Y-%m-%d" else [best, "%Y-%m-%d"]
