"""What the page of a draft asks beside the columns: ids, dates, country, campaign, and so on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.kind import VOTERS
from app.domain.layout import layout_names, load_layout
from app.domain.mapping import DAY_FIELDS, DAY_ORDERS
from app.store.campaigns import Campaign
from app.web.imports.choice import NAME_LENGTH, Choice
from app.web.imports.words import row_words, shipped_title
from app.web.retold import retold
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import day

COUNTRIES = InTongue(
    {
        "US": marked("United States"),
        "CA": marked("Canada"),
        "GB": marked("United Kingdom"),
        "IE": marked("Ireland"),
        "AU": marked("Australia"),
        "NZ": marked("New Zealand"),
        "MX": marked("Mexico"),
        "PR": marked("Puerto Rico"),
        "DE": marked("Germany"),
        "ES": marked("Spain"),
        "FR": marked("France"),
        "IN": marked("India"),
        "PH": marked("Philippines"),
        "ZA": marked("South Africa"),
    }
)

FOR_CAMPAIGNS = InTongue(
    {
        "ballots": marked("For the polling day of which campaign?"),
        "shifts": marked("For which campaign?"),
        "volunteers": marked("For which campaign?"),
    }
)

_WITH_PHONES = ("phone", "mobile", "landline")


@dataclass(frozen=True)
class Option:
    """One of the answers that may be chosen."""

    value: str
    title: str


@dataclass(frozen=True)
class Asked:
    """One question of the page, its answer so far, and what is wrong with it."""

    name: str
    title: str
    hint: str
    value: str
    options: Sequence[Option] = ()  # none: it is typed
    most: int = NAME_LENGTH
    problem: str = ""


@dataclass(frozen=True)
class Around:
    """What is on file already and bears on an import."""

    sources: Sequence[str]  # whose voters there are
    campaigns: Sequence[Campaign]


def questions(choice: Choice, own_source: str, around: Around) -> list[Asked]:
    """What is asked for this choice."""
    return [
        one
        for ask in (_days, _ids, _whose_ids, _state, _country, _missing, _campaign, _save_as)
        if (one := ask(choice, own_source, around)) is not None
    ]


def _days(choice: Choice, _own: str, _around: Around) -> Asked | None:
    if not choice.own or not choice.has(*DAY_FIELDS):
        return None
    options = [Option(order, retold(title)) for order, (title, _) in DAY_ORDERS.items()]
    hint = _("See the dates among the rows below: 03/04/2026 is March 4 or April 3.")
    return Asked("days", _("How are dates written?"), hint, choice.days, options)


def _ids(choice: Choice, own_source: str, around: Around) -> Asked | None:
    """Whose ids the voters of a voter file have."""
    if choice.kind != VOTERS.name or not choice.own:
        return None
    own = choice.source if choice.source not in _known_sources(around) else own_source
    options = [Option(own or own_source, _("Its own (“%(name)s”)", name=own or own_source))]
    options += _source_options(_known_sources(around))
    if not choice.has("source_id"):
        return Asked(
            "source",
            _("Whose list is it?"),
            _(
                "The file has no voter ids, so voters are known again by name and address. Choose "
                "the same each time, so that a newer file updates them instead of doubling them."
            ),
            choice.source,
            options,
        )
    return Asked(
        "source",
        _("Whose voter ids are these?"),
        _(
            "If they are the ids of a voter file that is here already, choose that file: its "
            "voters are updated. Choose the same each time."
        ),
        choice.source,
        options,
    )


def _whose_ids(choice: Choice, _own: str, around: Around) -> Asked | None:
    """Whose ids another list names voters by."""
    if choice.kind == VOTERS.name or not choice.has("source_id"):
        return None
    options = [Option("", _("Any voter file that is here")), *_source_options(around.sources)]
    if choice.source and choice.source not in around.sources:
        options += _source_options([choice.source])
    return Asked(
        "source",
        _("Whose voter ids are these?"),
        _("Rows whose id is nobody’s, or means two people, stay out.")
        if around.sources
        else _(
            "There are no voters here yet, so no id will be known: import the voter file first."
        ),
        choice.source,
        options,
    )


def _known_sources(around: Around) -> list[str]:
    shipped = [load_layout(name).source or name for name in layout_names(VOTERS.name)]
    return list(dict.fromkeys((*around.sources, *shipped)))


def _source_options(sources: Iterable[str]) -> list[Option]:
    shipped = layout_names(VOTERS.name)
    return [
        Option(one, f"{shipped_title(one)} ({one})" if one in shipped else f"“{one}”")
        for one in sources
    ]


def _state(choice: Choice, _own: str, _around: Around) -> Asked | None:
    if not choice.own or choice.has("state") or choice.kind not in ("voters", "precincts"):
        return None
    if choice.country not in ("US", ""):
        return None
    typed = choice.state
    wrong = typed and not (len(typed) == 2 and typed.isascii() and typed.isalpha())
    return Asked(
        "state",
        _("State of every row"),
        _(
            "Two letters, such as NC; no column is the state. It tells the time zone, so that "
            "nobody is called too early."
        ),
        typed,
        most=2,
        problem=_("Write the state in two letters, such as NC.") if wrong else "",
    )


def _country(choice: Choice, _own: str, _around: Around) -> Asked | None:
    phones = choice.has(*_WITH_PHONES) or (
        choice.kind in ("consents", "do_not_contact") and choice.has("address")
    )
    if not choice.own or not phones:
        return None
    options = [Option(code, title) for code, title in COUNTRIES.items()]
    if choice.country not in COUNTRIES:
        options.append(Option(choice.country, choice.country))
    hint = _("For phone numbers that do not begin with a country code.")
    return Asked("country", _("Country"), hint, choice.country, options)


def _missing(choice: Choice, _own: str, _around: Around) -> Asked | None:
    if choice.kind != VOTERS.name:
        return None
    options = [
        Option("keep", _("Keep them as they are")),
        Option("withdraw", _("Take them off every list")),
    ]
    hint = _("Keep them unless this file has every voter of its list.")
    title = _("Voters on file whom this file does not have")
    return Asked("missing", title, hint, choice.missing, options)


def _campaign(choice: Choice, _own: str, around: Around) -> Asked | None:
    title = FOR_CAMPAIGNS.get(choice.kind)
    if title is None:
        return None
    none = _("Every campaign") if choice.kind == "volunteers" else _("Choose a campaign")
    options = [Option("", none)]
    options += [
        Option(str(one.id), f"{one.name}, {day(one.polling_day)}") for one in around.campaigns
    ]
    rows = row_words(choice.kind)
    wrong = choice.kind != "volunteers" and choice.campaign not in {
        str(one.id) for one in around.campaigns
    }
    problem = ""
    if wrong:
        problem = (
            _("Say which campaign these %(rows)s are for.", rows=rows)
            if around.campaigns
            else _("Set up a campaign first: %(rows)s belong to one.", rows=rows)
        )
    hints = {
        "ballots": _("A ballot belongs to an election: the polling day of this campaign."),
        "shifts": _("Times are on this campaign’s own clock."),
        "volunteers": _("Whom they will call for."),
    }
    return Asked("campaign", title, hints[choice.kind], choice.campaign, options, problem=problem)


def _save_as(choice: Choice, _own: str, _around: Around) -> Asked | None:
    if not choice.own:
        return None
    hint = _("Then the next file like this is mapped by itself. Empty: only for this file.")
    return Asked("save_as", _("Keep this mapping under the name"), hint, choice.save_as)
