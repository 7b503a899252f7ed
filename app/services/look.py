"""What a file looks like, and its first rows as they will be; only its beginning is read."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.domain.cleaned import NONE, Clean, Cleaned, Rejection
from app.domain.detect import Detected, Doubt, detect
from app.domain.find_columns import find_columns
from app.domain.kind import KINDS
from app.domain.kind_sign import signs
from app.domain.layout import Columns, Layout
from app.domain.layout_facts import WrongLayout
from app.domain.row import decode, read_rows
from app.domain.voter import cleaner
from app.services.import_file import loader_for, make_clean
from app.services.loader import Setting
from app.services.open_file import HEAD, open_file

MOST = 20
LINES = 400
"""Lines that are read for the first rows; a row with line breaks in its cells has several."""

TOP = 60
"""Lines among which the header stands, and whose shape tells a layout without one."""

RAW = 160
"""Characters that are shown of a row that stays out."""

SAMPLES = 3
SAMPLE = 40
"""Cells, and characters of each, by which a person tells what a column holds."""


@dataclass(frozen=True)
class Look:
    """A file as it seems from its beginning."""

    what: str  # plain text, a ZIP archive, a spreadsheet, in words
    size: int  # bytes on disk
    encoding: str
    detected: Detected
    head: bytes = field(repr=False)
    fallback: str
    doubt: Doubt | None = None  # why a person should say of which kind it is

    @property
    def names(self) -> Sequence[str]:
        """The names of its columns; without a header Column 1, Column 2, …"""
        return self.detected.names

    def samples(self, place: int) -> list[str]:
        """A few different cells of a column, cut to what a person takes in at a glance."""
        cells = (row[place].strip() for row in self.detected.rows if place < len(row))
        different = dict.fromkeys(cell for cell in cells if cell)
        return [
            cell if len(cell) <= SAMPLE else f"{cell[:SAMPLE]}…"
            for cell in islice(different, SAMPLES)
        ]

    def columns(self, layout: Layout) -> Columns:
        """Where the layout's fields stand in the file; raises WrongLayout."""
        return find_columns(layout, decode(_beginning(self.head, TOP), self.fallback))

    def fits(self, layout: Layout) -> bool:
        """Whether the file is in the layout."""
        try:
            self.columns(layout)
        except WrongLayout:
            return False
        return True


@dataclass(frozen=True)
class PreviewRow:
    """A row as it will be: its cells by name, or why it stays out."""

    number: int  # 1 is the file's first line
    cells: Mapping[str, str] = field(default_factory=dict)
    lost: str = ""  # what is left out of it
    reason: str = ""  # why it stays out
    raw: str = ""  # a row that stays out, as it stands in the file


@dataclass(frozen=True)
class Preview:
    """The first rows of a file as they will be, and the titles of the cells that are not empty."""

    titles: Mapping[str, str]
    rows: Sequence[PreviewRow]

    @property
    def kept(self) -> int:
        """How many of the rows go in."""
        return sum(not row.reason for row in self.rows)


def look(path: Path, name: str, kind: str | None = None) -> Look:
    """What the file at `path`, called `name` by its owner, looks like, taken for a `kind` of list.

    Raises ImportRefused if it cannot be read at all.
    """
    with open_file(path, name) as file:
        found = detect(file.head, fallback=file.fallback, kind=kind)
        doubt = found.doubt if kind or found.layout else found.doubt or _named(name, found.kind)
        return Look(file.what, file.size, file.encoding, found, file.head, file.fallback, doubt)


def _named(name: str, kind: str) -> Doubt | None:
    """A doubt where the name of a file speaks for another kind: opt-outs.csv, with names and
    phones."""
    told = next(iter(signs([Path(name).stem])), kind)
    return Doubt(told, name) if told != kind else None


def preview(seen: Look, layout: Layout, setting: Setting, most: int = MOST) -> Preview:
    """The first rows read and cleaned as the import does it; raises WrongLayout, ImportRefused."""
    columns = seen.columns(layout)
    names = loader_for(layout.kind, columns).columns
    clean = _cleaner(layout.kind, columns, setting)
    shown = _voter if layout.kind == "voters" else _listed
    rows = [
        PreviewRow(number, reason=found.reason, raw="" if found.secret else _cut(raw))
        if isinstance(found, Rejection)
        else PreviewRow(number, shown(_by_name(names, found)), found.lost)
        for number, raw, found in _cleaned(seen, columns, clean, most)
    ]
    used = {key for row in rows for key, cell in row.cells.items() if cell}
    if "source_id" not in columns.places:
        used.discard("source_id")  # one that is made up says nothing to a person
    return Preview({key: title for key, title in _titles(layout.kind, names) if key in used}, rows)


def _cleaner(kind: str, columns: Columns, setting: Setting) -> Clean:
    """As the importer's, but voters in their columns, not as a line for COPY."""
    if kind == "voters":
        return cleaner(columns, setting.country, setting.at.year)
    return make_clean(kind, columns, setting)


def _by_name(names: Sequence[str], found: Cleaned) -> dict[str, str]:
    """The cells of a cleaned row; some cleaners hand on several as one text, as COPY takes them."""
    return dict(zip(names, "\t".join(found.row).split("\t"), strict=False))


def _cleaned(
    seen: Look, columns: Columns, clean: Clean, most: int
) -> list[tuple[int, str, Cleaned | Rejection]]:
    """Number, text and outcome of the first rows, in the order of the file."""
    layout = columns.layout
    found: list[tuple[int, str, Cleaned | Rejection]] = []
    for batch in read_rows(
        (_beginning(seen.head, columns.skip + LINES),),
        *(layout.delimiter, seen.fallback, columns.width),
        skip=columns.skip,
        header=columns.header,
        quotes=layout.quotes,
    ):
        rows = zip(batch.numbers, batch.rows, batch.raws, strict=True)
        found += [(number, raw, clean(cells)) for number, cells, raw in islice(rows, most)]
        found += [(bad.number, bad.raw, Rejection(bad.reason)) for bad in batch.damaged]
    return sorted(found, key=lambda row: row[0])[:most]


def _beginning(head: bytes, lines: int) -> bytes:
    """The first lines of the head, without a last one that is cut off."""
    kept = head.split(b"\n", lines)
    if len(kept) > lines or (len(head) >= HEAD and len(kept) > 1):
        kept.pop()
    return b"\n".join(kept)


def _cut(raw: str) -> str:
    return raw if len(raw) <= RAW else f"{raw[:RAW]}…"


_VOTER = {
    "source_id": "Voter id",
    "name": "Name",
    "phones": "Phones",
    "email": "Email",
    "where": "Address",
    "birth_year": "Born",
    "gender": "Gender",
    "party": "Party",
    "status": "Status",
    "language": "Language",
    "registered_on": "Registered",
    "county": "County",
    "precinct": "Precinct",
    "zones": "Time zone",
    "voted": "Elections voted in",
    "kept": "Kept as it is",
}
"""What is shown of a voter, in this order."""


def _titles(kind: str, names: Sequence[str]) -> list[tuple[str, str]]:
    if kind == "voters":
        return list(_VOTER.items())
    known = {one.name: one.title for one in KINDS[kind].fields}
    return [(name, known.get(name, name.replace("_", " ").capitalize())) for name in names]


def _listed(row: Mapping[str, str]) -> dict[str, str]:
    return {name: _plain(cell) for name, cell in row.items()}


def _plain(cell: str) -> str:
    """A cell as a person writes it: nothing for NULL, an array's values with commas between."""
    if cell == NONE:
        return ""
    if cell.startswith("{") and cell.endswith("}"):
        return cell[1:-1].replace('"', "").replace(",", ", ")
    return cell


def _voter(row: Mapping[str, str]) -> dict[str, str]:
    cells = {name: _plain(cell) for name, cell in row.items() if name in _VOTER}
    names = ("first_name", "middle_name", "last_name", "suffix")
    where = (row["address"], row["city"], f"{row['state']} {row['postcode']}".strip())
    return cells | {
        "name": " ".join(_filled(row[name] for name in names)),
        "phones": " ".join(_filled(_plain(row[name]) for name in ("phone", "phone2", "phone3"))),
        "where": ", ".join(_filled(where)),
        "voted": str(len(_filled(_plain(row["votes"]).split(", "))) or ""),
        "kept": _extras(row["extra"]),
        "language": "" if row["language"] == "en" else row["language"],
    }


def _extras(cell: str) -> str:
    try:
        kept = json.loads(cell.replace("\\\\", "\\"))  # COPY wants each twice
    except ValueError:
        return ""
    return "; ".join(f"{name}: {value}" for name, value in kept.items() if value)


def _filled(cells: Iterable[str]) -> list[str]:
    return [cell for cell in cells if cell]
