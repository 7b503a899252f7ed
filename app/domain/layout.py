"""Layouts of files: which column is which of our fields. Data in `data/layouts/`, or a mapping."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from operator import itemgetter
from typing import Any

from app.domain.kind import VOTERS
from app.domain.layout_facts import DAYS, WORD_TABLES, check, named_fields
from app.domain.layout_facts import WrongLayout as WrongLayout

CONFIDENTIAL = "confidential"
"""The status of a voter on file whom a newer file marks as confidential."""

OWN = "own"
"""The source of voters whose file has no ids, so that one was made of each person."""

MISSING = "missing"
"""The status of a voter on file whom a newer and complete file does not have at all."""

GLUE = {"source_id": "-"}
"""What stands between the joined parts of a field unless a layout says; else a blank."""


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
        marks=tuple(map(name_key, facts.get("marks", ()))),
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


def name_key(name: str) -> str:
    """A column's name without regard to case and doubled blanks."""
    return " ".join(name.split()).lower()
