"""Layouts of files: which column is which of our fields. Data in `data/layouts/`, or a mapping."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import Any

from app.domain.day import clean_day
from app.domain.election import kind_of_election, named_kind
from app.domain.kind import KINDS, VOTERS
from app.domain.layout_facts import DAYS, WORD_TABLES, check, named_fields
from app.domain.layout_facts import WrongLayout as WrongLayout
from app.domain.row import Record, first_records

FIELDS = (
    *("source_id", "first_name", "middle_name", "last_name", "suffix", "gender", "birth_year"),
    *("born_on", "age", "party", "status", "registered_on", "address", "city", "state"),
    *("postcode", "county", "precinct", "phone", "email", "confidential"),
)

CONFIDENTIAL = "confidential"
"""The status of a voter on file whom a newer file marks as confidential."""

OWN = "own"
"""The source of voters whose file has no ids, so that one was made of each person."""

MISSING = "missing"
"""The status of a voter on file whom a newer and complete file does not have at all."""

DELIMITERS = (",", "\t", ";", "|")

GLUE = {"source_id": "-"}
"""What stands between the joined parts of a field unless a layout says; else a blank."""

LOOKED_AT = 20
"""Rows whose shape tells whether a file without a header is in a layout."""


@dataclass(frozen=True)
class Layout:
    """How one state, or one tool, or one spreadsheet writes its file."""

    name: str
    title: str
    kind: str  # see domain/kind.py
    source: str  # whose voter ids these are; empty: not known
    delimiter: str
    quotes: bool  # whether cells may stand in quotes
    encoding: str  # what bytes that are not UTF-8 mean
    header: bool
    skip: int  # lines before the header
    width: int  # cells a row where there is no header, else 0
    state: str  # of a row that does not say
    country: str  # of the file, if it can be of only one
    days: tuple[str, ...]  # strptime formats
    columns: Mapping[str, tuple[str, ...]]  # field → the file's names, tried in turn
    joined: Mapping[str, tuple[str, ...]]  # field → the file's columns that make it up
    positions: Mapping[str, tuple[int, ...]]  # the same without a header
    glue: Mapping[str, str]  # field → what stands between its joined parts
    extra: tuple[str, ...]  # columns kept as they are, under their own names
    marks: tuple[str, ...]  # columns by which the layout is known
    shape: Mapping[int, re.Pattern[str]]  # what a row without a header looks like
    vote_column: re.Pattern[str] | None  # a column of this name is an election; group 1 its day
    vote_day: str
    words: Mapping[str, Mapping[str, str]]  # table → the file's word in capitals → ours

    @property
    def party(self) -> Mapping[str, str]:
        """The file's word for a party → ours."""
        return self.words.get("party", {})

    @property
    def status(self) -> Mapping[str, str]:
        """The file's word for a status → ours."""
        return self.words.get("status", {})

    @property
    def gender(self) -> Mapping[str, str]:
        """The file's word for a gender → F, M or X."""
        return self.words.get("gender", {})

    @property
    def refused(self) -> Mapping[str, str]:
        """Our word for a status → why such a row stays out."""
        return self.words.get("refused", {})

    def is_vote(self, code: str) -> bool:
        """Whether a row of vote history with this code is a ballot that was cast.

        Without a table of codes every row is; with one, only what it gives a word for.
        """
        codes = self.words.get("code")
        return not codes or bool(codes.get(" ".join(code.upper().split())))


@dataclass(frozen=True)
class Columns:
    """A layout found in a file: where each field stands."""

    layout: Layout
    width: int  # cells a row must have
    places: Mapping[str, tuple[int, ...]]  # field → the columns that make it up
    votes: tuple[tuple[int, str], ...]  # column → ISO day of its election
    elections: tuple[tuple[str, str], ...] = ()  # ISO day of each election and its kind
    extra: tuple[tuple[str, int], ...] = ()  # name and place of the columns kept as they are
    names: tuple[str, ...] = field(default=(), repr=False)  # of all columns, told apart
    skip: int = 0  # lines before the first row
    header: str = field(default="", repr=False)  # as it stands, to be known if it comes again

    def picker(self, name: str) -> Callable[[Sequence[str]], str]:
        """From a row of cells to the text of this field, joined if need be; empty if absent."""
        places = self.places.get(name, ())
        if not places:
            return lambda cells: ""
        if len(places) == 1:
            return itemgetter(places[0])
        pick, glue = itemgetter(*places), self.glue(name)
        return lambda cells: glue.join(filter(None, map(str.strip, pick(cells))))

    def glue(self, name: str) -> str:
        """What stands between the parts of a field that is joined of several columns."""
        return self.layout.glue.get(name, GLUE.get(name, " "))


@cache
def layout_names(kind: str = VOTERS.name) -> tuple[str, ...]:
    """The names of the shipped layouts of a kind, in order; all of them for an empty kind."""
    folder = files("app.domain").joinpath("data", "layouts")
    names = sorted(
        path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")
    )
    return tuple(name for name in names if not kind or _shipped(name).kind == kind)


def load_layout(name: str) -> Layout:
    """The shipped layout of this name; raises WrongLayout if there is none."""
    if name not in layout_names(""):
        raise WrongLayout(f"there is no layout {name!r}; there are {', '.join(layout_names(''))}")
    return _shipped(name)


@cache
def layout_facts(name: str) -> Mapping[str, Any]:
    """What the file of a shipped layout says; not to be changed."""
    path = files("app.domain").joinpath("data", "layouts", f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def layout_from(facts: Mapping[str, Any], name: str) -> Layout:
    """The layout that `facts` make: a TOML file, or a mapping kept as JSON; one format for both.

    Raises WrongLayout with a sentence on what is wrong. `name` stands for the source of voter ids
    where the facts name none.
    """
    layout = _layout(facts, name)
    odd = sorted(set(layout.refused) - withdrawn_statuses())
    if odd:
        raise WrongLayout(
            f"the layout {name!r} cannot be used: [refused] names {odd[0]!r}; "
            f"it can name {', '.join(sorted(withdrawn_statuses()))}"
        )
    return layout


@cache
def withdrawn_statuses() -> frozenset[str]:
    """The statuses of voters on file of whom a newer file says that they are to be left alone."""
    return frozenset({CONFIDENTIAL, MISSING}).union(
        *(_shipped(name).refused for name in layout_names())
    )


@cache
def _shipped(name: str) -> Layout:
    return _layout(layout_facts(name), name)


def _layout(facts: Mapping[str, Any], name: str) -> Layout:
    check(facts, name)
    kind = facts.get("kind", VOTERS.name)
    votes = facts.get("votes", {})
    columns = {
        field: (names,) if isinstance(names, str) else tuple(names)
        for field, names in facts.get("columns", {}).items()
    }
    return Layout(
        name=name,
        title=facts.get("title", name),
        kind=kind,
        source=facts.get("source") or _own_source(facts, kind, name),
        delimiter=facts.get("delimiter", ","),
        quotes=facts.get("quotes", True),
        encoding=facts.get("encoding", "windows-1252"),
        header=facts.get("header", True),
        skip=facts.get("skip", 0),
        width=facts.get("width", 0),
        state=facts.get("state", "").upper(),
        country=facts.get("country", "").upper(),
        days=tuple(facts.get("days", DAYS)),
        columns=columns,
        joined=_tuples(facts.get("joined", {})),
        positions={field: (place,) for field, place in facts.get("positions", {}).items()}
        | _tuples(facts.get("joined_positions", {})),
        glue=dict(facts.get("glue", {})),
        extra=tuple(facts.get("extra", ())),
        marks=tuple(map(_key, facts.get("marks", ()))),
        shape={int(place): re.compile(text) for place, text in facts.get("shape", {}).items()},
        vote_column=re.compile(votes["pattern"], re.IGNORECASE) if votes else None,
        vote_day=votes.get("day", ""),
        words=_words(facts),
    )


def _own_source(facts: Mapping[str, Any], kind: str, name: str) -> str:
    """Whose ids a list of voters brings: its own. Ids made of the person are the same in any."""
    if kind != VOTERS.name:
        return ""
    return name if "source_id" in named_fields(facts) else OWN


def _words(facts: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The word tables; the file's words in capitals, and those of `refused` as they are: ours."""
    return {
        table: {
            word if table == "refused" else " ".join(word.upper().split()): ours
            for word, ours in facts[table].items()
        }
        for table in WORD_TABLES
        if table in facts
    }


def _tuples(table: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Any, ...]]:
    return {field: tuple(values) for field, values in table.items()}


def told_apart(cells: Sequence[str]) -> tuple[str, ...]:
    """The names in a header: a second "Phone" is "Phone (2)", one without a name "Column 7"."""
    taken: set[str] = set()
    names = []
    for number, cell in enumerate(cells, 1):
        name = base = " ".join(cell.split()) or f"Column {number}"
        again = 1
        while name.lower() in taken:
            again += 1
            name = f"{base} ({again})"
        taken.add(name.lower())
        names.append(name)
    return tuple(names)


def find_columns(layout: Layout, text: str) -> Columns:
    """Where the fields stand in a file that begins with `text`: its first line or more of it.

    Where a header is only found with another delimiter, the layout of the columns has that one.
    Raises WrongLayout, naming the columns that are missing and the layout that would fit better.
    """
    columns, missing = _look(layout, text)
    if columns is not None:
        return columns
    if layout.header:
        for delimiter in DELIMITERS:
            columns, _ = _look(replace(layout, delimiter=delimiter), text)
            if columns is not None:
                return columns
    message = f"this is not a file in the {layout.title} layout: {missing}"
    better = _better(layout, text)
    if better is not None:
        message += f"; it looks like the {better.title} layout: try --layout {better.name}"
    raise WrongLayout(message)


def _look(layout: Layout, text: str) -> tuple[Columns | None, str]:
    records, passed = first_records(
        text, layout.delimiter, layout.quotes, 1 if layout.header else LOOKED_AT, layout.skip
    )
    if not layout.header:
        return _look_at_shape(layout, records, passed)
    if not records:
        return None, "it has no header"
    header = records[0]
    names = told_apart(header.cells)
    columns, missing = match_names(layout, names)
    if missing:
        one = len(missing) == 1
        listed = " and ".join(missing)
        return (
            None,
            f"the {'column' if one else 'columns'} {listed} {'is' if one else 'are'} missing",
        )
    return replace(columns, skip=passed + header.lines, header=header.raw), ""


def match_names(layout: Layout, names: Sequence[str]) -> tuple[Columns, list[str]]:
    """Where the fields stand under these names, and the columns that are wanting."""
    columns = _place(layout, names)
    return columns, _missing(layout, columns)


def _look_at_shape(
    layout: Layout, records: Sequence[Record], passed: int
) -> tuple[Columns | None, str]:
    first = len(records[0].cells) if records else 0
    wide = [record.cells for record in records if len(record.cells) == layout.width]
    if not wide or (first != layout.width and len(wide) * 2 < len(records)):
        mark = layout.delimiter
        return None, f"a row has {layout.width} cells between {mark!r}, its first has {first}"
    if sum(fits_shape(layout, cells) for cells in wide) * 2 < len(wide):
        return None, "its rows have other things in these places"
    names = told_apart([""] * layout.width)
    return replace(_place(layout, names), skip=passed), ""


def fits_shape(layout: Layout, cells: Sequence[str]) -> bool:
    """Whether a row without a header looks as rows of this layout do."""
    return all(
        place < len(cells) and pattern.fullmatch(cells[place].strip())
        for place, pattern in layout.shape.items()
    )


def _place(layout: Layout, names: Sequence[str]) -> Columns:
    found = {name: place for place, name in reversed(list(enumerate(map(_key, names))))}
    places = {
        field: spots
        for field, spots in layout.positions.items()
        if all(spot < len(names) for spot in spots)
    }
    for name, tried in layout.columns.items():
        place = next((found[_key(one)] for one in tried if _key(one) in found), None)
        if place is not None:
            places[name] = (place,)
    for name, parts in layout.joined.items():
        spots = tuple(found[_key(part)] for part in parts if _key(part) in found)
        if spots and (name != "source_id" or len(spots) == len(parts)):
            places[name] = spots
    extra = tuple((name, found[_key(name)]) for name in layout.extra if _key(name) in found)
    votes = _elections(layout, names)
    return Columns(
        layout,
        len(names),
        places,
        tuple((place, day) for place, day, _ in votes),
        tuple({day: kind for _, day, kind in reversed(votes)}.items())[::-1],
        extra,
        tuple(names),
    )


def _missing(layout: Layout, columns: Columns) -> list[str]:
    """Columns that the layout names and the file lacks, of those it cannot do without."""
    named = {**layout.columns, **layout.joined}
    wanted = [name for name in KINDS[layout.kind].required if name in named]
    if layout.kind == VOTERS.name:
        wanted = [name for name in ("source_id",) if name in named]
        either = [name for name in ("last_name", "full_name") if name in named]
        if not columns.places.keys() & set(either):
            wanted += either[:1]
    missing = [named[name][0] for name in wanted if name not in columns.places]
    if not missing and not columns.places:
        missing = [names[0] for names in named.values()][:3]
    if layout.marks and not set(map(_key, columns.names)).intersection(layout.marks):
        missing += layout.marks[:1]
    return list(dict.fromkeys(missing))


def _key(name: str) -> str:
    return " ".join(name.split()).lower()


def _elections(layout: Layout, names: Sequence[str]) -> list[tuple[int, str, str]]:
    """Column, day and kind of each election, in the order of their days."""
    if layout.vote_column is None:
        return []
    found = []
    for place, name in enumerate(names):
        election = layout.vote_column.fullmatch(_key(name))
        day = clean_day(election[1], (layout.vote_day,)) if election else None
        if day is not None:
            found.append((place, day.isoformat(), named_kind(name) or kind_of_election(day)))
    return sorted(found, key=lambda vote: vote[1])


def _better(layout: Layout, text: str) -> Layout | None:
    fits = [
        (len(columns.places), other)
        for other in map(load_layout, layout_names(""))
        if other.name != layout.name and (columns := _look(other, text)[0]) is not None
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None
