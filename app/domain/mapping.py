"""A mapping made by hand: what each column of a file is, and the layout that this makes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.day import clean_day
from app.domain.detect import PHONES_GLUE, Detected
from app.domain.kind import KINDS, VOTERS, Kind
from app.domain.layout import Columns

LEFT_OUT = ""
"""What a column is that nothing is read from."""

KEPT = "extra"
"""What a column is that is kept under its own name."""

VOTE = "vote"
"""What a column of a voter file is that has an election's day in its name."""

_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m%d%Y")
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d-%b-%Y")

DAY_ORDERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "month": ("Month first, as 11/03/2026", (*_MONTH_FIRST, "%m/%d/%y")),
    "day": ("Day first, as 03/11/2026", (*_DAY_FIRST, "%d/%m/%y")),
    "year": ("Year first, as 2026-11-03", ("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")),
}
"""How days may be written: what to call it, and its forms; ISO days are read in any of them."""

_ISO = "%Y-%m-%d"

DAY_FIELDS = frozenset(
    {"born_on", "registered_on", "day", "given_on", "stage_on", "requested_on", "sent_on"}
    | {"returned_on", "answered_on"}
)

_END = "$)"
"""Ends what is put before the pattern of elections to choose some of them."""

_WHERE = ("columns", "joined", "positions", "joined_positions", "extra")


def day_forms(order: str) -> list[str]:
    """The strptime formats of an order of DAY_ORDERS, ISO first."""
    return [_ISO, *DAY_ORDERS[order][1]]


def day_order(forms: Sequence[str]) -> str:
    """The order that these formats have: that of the first which is not ISO."""
    for form in forms:
        for order, (_, known) in DAY_ORDERS.items():
            if form in known:
                return order
    return "year" if _ISO in forms else "month"


def facts_of(
    base: Mapping[str, Any], kind: str, names: Sequence[str], fields: Sequence[str]
) -> dict[str, Any]:
    """The facts of a layout in which the columns `names` are `fields`, one for each.

    `base` says how the file is written (delimiter, header, words, …). A field that stands twice
    is joined if it may be, else tried in turn.
    """
    facts = {key: value for key, value in base.items() if key not in _WHERE} | {"kind": kind}
    places: dict[str, list[int]] = {}
    for place, field in enumerate(fields):
        if field:
            places.setdefault(field, []).append(place)
    kept, votes = places.pop(KEPT, []), places.pop(VOTE, [])
    if kept:
        facts["extra"] = [names[place] for place in kept]
    if "votes" in base:
        facts |= _only_votes(base["votes"], [names[place] for place in votes])
        if not votes:
            del facts["votes"]
    if len(places.get("phone", ())) > 1:
        facts["glue"] = {**base.get("glue", {}), "phone": PHONES_GLUE}
    if base.get("header", True):
        facts |= _by_name(kind, names, places)
    else:
        facts |= _by_position(places) | {"width": len(names)}
    return facts


def _only_votes(votes: Mapping[str, str], names: Sequence[str]) -> dict[str, Any]:
    """The columns of elections, those of these names alone."""
    pattern = votes["pattern"].rpartition(_END)[2]
    chosen = "|".join(re.escape(_key(name)) for name in names)
    return {"votes": {**votes, "pattern": f"(?=(?:{chosen}){_END}{pattern}"}}


def election_of(name: str, votes: Mapping[str, str]) -> str:
    """The ISO day of the election whose column has this name, or empty."""
    found = re.fullmatch(votes["pattern"], _key(name), re.IGNORECASE) if votes else None
    day = clean_day(found[1], (votes["day"],)) if found else None
    return day.isoformat() if day else ""


def _key(name: str) -> str:
    return " ".join(name.split()).lower()


def _by_name(
    kind: str, names: Sequence[str], places: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    columns, joined = {}, {}
    for field, spots in places.items():
        found = [names[spot] for spot in spots]
        if len(found) > 1 and KINDS[kind].field(field).several:
            joined[field] = found
        else:
            columns[field] = found
    return {"columns": columns} | ({"joined": joined} if joined else {})


def _by_position(places: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    single = {field: spots[0] for field, spots in places.items() if len(spots) == 1}
    joined = {field: list(spots) for field, spots in places.items() if len(spots) > 1}
    return {"positions": single} | ({"joined_positions": joined} if joined else {})


def guessed_fields(seen: Detected) -> list[str]:
    """What each column of a file is by what was guessed."""
    fields = [LEFT_OUT] * len(seen.names)
    for place, name in enumerate(seen.names):
        if election_of(name, seen.facts.get("votes", {})):
            fields[place] = VOTE
    for field, places in seen.guess.items():
        for place in places:
            fields[place] = field
    return fields


def fields_of(columns: Columns) -> list[str]:
    """What each column of a file is by a layout that was found in it; the other way round."""
    fields = [LEFT_OUT] * columns.width
    for _, place in columns.extra:
        fields[place] = KEPT
    for place, _ in columns.votes:
        fields[place] = VOTE
    for field, places in columns.places.items():
        for place in places:
            fields[place] = field
    return fields


def missing_fields(kind: str, fields: Sequence[str]) -> list[str]:
    """What no column is yet and some column must be, as people read it: “Last name”."""
    found, known = set(fields), KINDS[kind]
    missing = [_quoted(known, name) for name in known.required if name not in found]
    if known is VOTERS and not found & {"last_name", "full_name"}:
        missing.append(f"{_quoted(known, 'last_name')} or {_quoted(known, 'full_name')}")
    if not missing and not found - {LEFT_OUT, KEPT, VOTE}:
        missing.append(_quoted(known, known.fields[0].name))
    return missing


def doubled_fields(kind: str, fields: Sequence[str]) -> list[str]:
    """Fields that two columns claim to be, and that cannot be joined of two."""
    return [
        field.name
        for field in KINDS[kind].fields
        if field.name != KEPT and not field.several and list(fields).count(field.name) > 1
    ]


def _quoted(kind: Kind, field: str) -> str:
    return f"“{kind.field(field).title}”"
