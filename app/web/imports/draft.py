"""The page of a draft: what was found, what each column is, what is missing, the first rows."""

from collections.abc import Iterator, Mapping, Sequence
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
from app.web.imports.words import sentence, shipped_title, size
from app.web.retold import retold
from app.web.tongue import InTongue, marked, ngettext
from app.web.tongue import translated as _
from app.web.words import long_day, number

SHOWN = 200
"""Columns that the page shows at first; thousands of menus are slow to load and to read."""

VOTED = marked("Voted in this election")

_SEPARATORS = InTongue(
    {
        ",": marked("commas"),
        ";": marked("semicolons"),
        "\t": marked("tabs"),
        "|": marked("vertical bars"),
        ":": marked("colons"),
    }
)


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
    doubt: str  # why somebody is asked of which kind the list is; empty: nobody is

    @property
    def titles(self) -> Mapping[str, str]:
        """What each field of the kind is called."""
        return {field.name: field.title for field in self.kind.fields} | {VOTE: _(VOTED)}


def draft_of(
    chooser: Chooser,
    choice: Choice,
    around: Around,
    setting: Setting,
    *,
    name: str,
    show_all: bool,
    first: Look,
) -> Draft:
    """The page for this choice; `setting` is what the preview is cleaned with, and `first` the file
    as it looked before anybody said of which kind it is."""
    seen = chooser.seen
    settings = questions(choice, source_of(name), around)
    columns = _columns(chooser, choice)
    shown = columns if show_all or not choice.own else columns[:SHOWN]
    if len(shown) < len(columns):
        shown = [*shown, *(column for column in columns[SHOWN:] if column.field)][: 2 * SHOWN]
    rows, problem = _preview(chooser, choice, setting)
    doubt = _doubt(first, choice)
    todo = _todo(choice, columns, settings, problem)
    if doubt and choice.sure != choice.kind:
        todo = [Todo("sure", _("Say of which kind the list is.")), *todo]
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
        problems=todo,
        preview=rows,
        found=found_words(seen),
        doubt=doubt,
    )


def _doubt(first: Look, choice: Choice) -> str:
    """Why somebody is asked of which kind the list is: it was taken for this, and may not be."""
    if first.doubt is None or first.detected.kind != choice.kind:
        return ""
    kind = retold(KINDS[choice.kind].title)
    if not first.doubt.kind:
        return _(
            "We take it for “%(kind)s” by its cells alone: no column has a name that says so.",
            kind=kind,
        )
    return _(
        "We take it for “%(kind)s”. “%(sign)s” looks as if it were “%(other)s”.",
        kind=kind,
        sign=first.doubt.column[:60],
        other=retold(KINDS[first.doubt.kind].title),
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
            _(
                "Another column is “%(field)s” too: choose one of them.",
                field=retold(kind.field(field).title),
            )
            if field in doubled
            else "",
        )
        for place, (name, field) in enumerate(zip(seen.names, choice.fields, strict=True))
    ]


def _day_in_words(day: str) -> str:
    when = date.fromisoformat(day) if day else None
    return long_day(when) if when else ""


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
            Todo(
                "mapping",
                _(
                    "No column is %(field)s yet. Choose it at the column that holds it.",
                    field=retold(title),
                ),
            )
            for title in missing_fields(choice.kind, choice.fields)
        ]
        found += [
            Todo(f"at-{column.place}", f"{column.name[:60]}: {column.problem}")
            for column in columns
            if column.problem
        ]
    found += [Todo(one.name, one.problem) for one in settings if one.problem]
    if problem and not found:
        found.append(Todo("layout", sentence(problem)))
    return found


def _layouts(chooser: Chooser, choice: Choice) -> list[Option]:
    """What the columns may be read by: what fits first, then a mapping of one's own."""
    kind = choice.kind
    options = [Option(OWN, _("I say what each column is"))]
    options += [
        Option(SAVED + name, _("As in “%(name)s”", name=name)) for name in chooser.saved_for(kind)
    ]
    options += [
        Option(SHIPPED + name, _("%(title)s layout", title=shipped_title(name)))
        for name in layout_names(kind)
    ]
    if choice.layout not in {option.value for option in options}:
        options.append(Option(choice.layout, choice.layout.partition(":")[2]))
    return options


def _about(choice: Choice, seen: Look) -> str:
    if choice.own:
        return _("Say it once, and keep it under a name for the next file.")
    if choice.layout.startswith(SAVED):
        return _("A mapping that was kept here. To change it, choose “I say what each column is”.")
    known = seen.detected.layout
    if known and choice.layout == SHIPPED + known:
        return _("The columns are those of %(title)s.", title=load_layout(known).title)
    return _("Choose this only if the file is one of these.")


def found_words(seen: Look) -> str:
    """What was found out about the file, as a sentence or two."""
    said = [size(seen.size), retold(seen.what), *_columns_words(seen)]
    return _(
        "%(facts)s; %(header)s. Letters are in %(encoding)s.",
        facts=", ".join(said),
        header=_header_words(seen),
        encoding=seen.encoding,
    )


def _columns_words(seen: Look) -> Iterator[str]:
    """7 columns with commas between them, some in quotes."""
    detected, count = seen.detected, len(seen.names)
    if count > 1:
        between = _SEPARATORS.get(detected.delimiter, f"“{detected.delimiter}”")
        yield _("%(count)s columns with %(signs)s between them", count=number(count), signs=between)
    else:
        yield ngettext("%(count)s column", "%(count)s columns", count, count=number(count))
    if not detected.quotes:
        yield _("quotes taken as letters")
    elif b'"' in seen.head:
        yield _("some in quotes")


def _header_words(seen: Look) -> str:
    line = seen.detected.skip + 1
    if not seen.detected.header:
        return _("it has no line of column names")
    if line == 1:
        return _("its first line names the columns")
    return _("line %(line)s names the columns, what stands above is passed over", line=line)


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
