"""The page of a draft: what was found, what each column is, what is missing, the first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.kind import KINDS, VOTERS, Kind
from app.domain.layout import layout_names, load_layout
from app.domain.layout_facts import WrongLayout
from app.domain.mapping import VOTE, doubled_fields, missing_fields
from app.services.loader import Setting
from app.services.look import Look, Preview, preview
from app.services.rejects import ImportRefused
from app.web.imports.asked import Around, Asked, Option, questions
from app.web.imports.choice import OWN, SAVED, SHIPPED, Choice, Chooser, source_of
from app.web.imports.words import shipped_title, size
from app.web.words import plural

SHOWN = 200
"""Columns that the page shows at first; thousands of menus are slow to load and to read."""

VOTED = "Voted in this election"

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", ":": "colons"}


@dataclass(frozen=True)
class Column:
    """A column of the file, as the page shows it."""

    place: int
    name: str
    samples: Sequence[str]
    field: str
    election: str = ""  # the day of the election whose name it has, in words
    problem: str = ""


@dataclass(frozen=True)
class Todo:
    """Something to mend, and where on the page."""

    at: str
    words: str


@dataclass(frozen=True)
class Draft:
    """All that the page shows, by the names that its template knows."""

    look: Look
    choice: Choice
    kind: Kind
    columns: Sequence[Column]
    hidden_columns: int
    show_all: bool
    layouts: Sequence[Option]
    layout_about: str
    settings: Sequence[Asked]
    problems: Sequence[Todo]
    preview: Preview | None
    found: str

    @property
    def titles(self) -> Mapping[str, str]:
        """What each field of the kind is called."""
        return {field.name: field.title for field in self.kind.fields} | {VOTE: VOTED}


def draft_of(
    chooser: Chooser, choice: Choice, around: Around, setting: Setting, *, name: str, show_all: bool
) -> Draft:
    """The page for this choice; `setting` is what the preview is cleaned with."""
    seen = chooser.seen
    settings = questions(choice, source_of(name), around)
    columns = _columns(chooser, choice)
    shown = columns if show_all or not choice.own else columns[:SHOWN]
    if len(shown) < len(columns):
        shown = [*shown, *(column for column in columns[SHOWN:] if column.field)][: 2 * SHOWN]
    first, problem = _preview(chooser, choice, setting)
    return Draft(
        look=seen,
        choice=choice,
        kind=KINDS[choice.kind],
        columns=shown,
        hidden_columns=len(columns) - len(shown),
        show_all=show_all,
        layouts=_layouts(chooser, choice),
        layout_about=_about(choice, seen),
        settings=settings,
        problems=_todo(choice, columns, settings, problem),
        preview=first,
        found=found_words(seen),
    )


def _columns(chooser: Chooser, choice: Choice) -> list[Column]:
    seen = chooser.seen
    elections = chooser.elections(choice) if choice.kind == VOTERS.name else {}
    doubled = set(doubled_fields(choice.kind, choice.fields)) if choice.own else set()
    kind = KINDS[choice.kind]
    return [
        Column(
            place,
            name,
            seen.samples(place),
            field,
            _day_in_words(elections.get(place, "")),
            f"Another column is “{kind.field(field).title}” too: choose one of them."
            if field in doubled
            else "",
        )
        for place, (name, field) in enumerate(zip(seen.names, choice.fields, strict=True))
    ]


def _day_in_words(day: str) -> str:
    when = date.fromisoformat(day) if day else None
    return f"{when:%B} {when.day}, {when.year}" if when else ""


def _preview(chooser: Chooser, choice: Choice, setting: Setting) -> tuple[Preview | None, str]:
    """The first rows, or None and why there are none; empty where the mapping says so itself."""
    if choice.own and missing_fields(choice.kind, choice.fields):
        return None, ""
    try:
        return preview(chooser.seen, chooser.layout(choice), setting), ""
    except (WrongLayout, ImportRefused) as error:
        return None, str(error)


def _todo(
    choice: Choice, columns: Sequence[Column], settings: Sequence[Asked], problem: str
) -> list[Todo]:
    found = []
    if choice.own:
        found = [
            Todo("mapping", f"No column is {title} yet. Choose it at the column that holds it.")
            for title in missing_fields(choice.kind, choice.fields)
        ]
        found += [
            Todo(f"at-{column.place}", f"{column.name[:60]}: {column.problem}")
            for column in columns
            if column.problem
        ]
    found += [Todo(one.name, one.problem) for one in settings if one.problem]
    if problem and not found:
        found.append(Todo("layout", f"{problem[:1].upper()}{problem[1:]}."))
    return found


def _layouts(chooser: Chooser, choice: Choice) -> list[Option]:
    """What the columns may be read by: what fits first, then a mapping of one's own."""
    kind = choice.kind
    options = [Option(OWN, "I say what each column is")]
    options += [Option(SAVED + name, f"As in “{name}”") for name in chooser.saved_for(kind)]
    options += [
        Option(SHIPPED + name, f"{shipped_title(name)} layout") for name in layout_names(kind)
    ]
    if choice.layout not in {option.value for option in options}:
        options.append(Option(choice.layout, choice.layout.partition(":")[2]))
    return options


def _about(choice: Choice, seen: Look) -> str:
    if choice.own:
        return "Say it once, and keep it under a name for the next file."
    if choice.layout.startswith(SAVED):
        return "A mapping that was kept here. To change it, choose “I say what each column is”."
    known = seen.detected.layout
    if known and choice.layout == SHIPPED + known:
        return f"The columns are those of {load_layout(known).title}."
    return "Choose this only if the file is one of these."


def found_words(seen: Look) -> str:
    """What was found out about the file, as a sentence or two."""
    detected = seen.detected
    header = "it has no line of column names"
    if detected.header:
        line = detected.skip + 1
        header = (
            f"line {line} names the columns" if line > 1 else "its first line names the columns"
        )
        header += ", what stands above is passed over" if line > 1 else ""
    between = _SEPARATORS.get(detected.delimiter, f"“{detected.delimiter}”")
    columns = plural(len(seen.names), "column")
    if len(seen.names) > 1:
        columns += f" with {between} between them"
    if not detected.quotes:
        columns += ", quotes taken as letters"
    elif b'"' in seen.head:
        columns += ", some in quotes"
    return f"{size(seen.size)}, {seen.what}, {columns}; {header}. Letters are in {seen.encoding}."


def options_of(choice: Choice, settings: Sequence[Asked], around: Around) -> dict[str, Any]:
    """What the run is told beside its layout."""
    asked = {one.name for one in settings}
    options: dict[str, Any] = {}
    if "missing" in asked:
        options["missing"] = choice.missing
    if "source" in asked and choice.source:
        options["source"] = choice.source
    if "country" in asked:
        options["country"] = choice.country
    campaign = next((one for one in around.campaigns if str(one.id) == choice.campaign), None)
    if "campaign" in asked and campaign is not None:
        options["campaign"] = campaign.id
        if choice.kind == "ballots":
            options["polling_day"] = campaign.polling_day.isoformat()
    return options
