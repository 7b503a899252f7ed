"""Which column is which field: guessed from names, in English and Spanish, and from content."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

from app.domain.cell import Looks, looks
from app.domain.dialect import forms
from app.domain.kind import KINDS, VOTERS, Kind
from app.domain.tables import table

Guess = dict[str, list[int]]
"""Field → the columns that make it up, from the left."""

CELLS = 100_000
"""Cells that are looked at, so that a file of 5,000 columns takes no longer than others."""

FEWEST = 10

_PARTS = tuple(
    (field, re.compile(rf"\b(?:{words})\b"))
    for field, words in (
        ("mobile", r"cell|cellphone|mobile|celular|movil"),
        ("landline", r"landline|home (?:phone|tel)"),
        ("email", r"e ?mail|correo"),
        ("phone", r"phone|telephone|telefono|tel"),
        ("postcode", r"zip|zipcode|postcode|postal code|codigo postal"),
        ("born_on", r"birth date|birthdate|date of birth|dob|nacimiento"),
        ("birth_year", r"birth ?year|year of birth"),
        ("first_name", r"first ?name|firstname|given name"),
        ("last_name", r"last ?name|lastname|surname|apellido"),
        ("full_name", r"full ?name|nombre"),
        ("city", r"city|ciudad"),
        ("county", r"county"),
        ("precinct", r"precinct"),
        ("party", r"party"),
        ("gender", r"gender|sex"),
        ("address", r"street address|address|direccion"),
        ("language", r"language"),
    )
)
"""Words within a name that tell a field, tried in turn where no name is known whole."""

_NOT_THE_HOME = re.compile(r"\b(?:mail|mailing|postal address|billing|work|business|plus|zip ?4)\b")
_PLACES = ("address", "city", "state", "postcode", "county")
_SURE = {"phone": "phone", "mobile": "phone", "landline": "phone", "email": "email"}
"""Fields whose content has to bear the name out: field → what its cells have to look like."""


def sample(rows: Sequence[Sequence[str]], width: int) -> list[Looks]:
    """What each column looks like."""
    most = max(FEWEST, CELLS // max(1, width))
    return [looks([row[place] for row in rows[:most]]) for place in range(width)]


def guess(names: Sequence[str], columns: Sequence[Looks], kind: Kind) -> Guess:
    """The columns of each field of a kind; `names` is empty where the file has no header."""
    found = guess_by_name(names, columns, kind)
    _add_by_content(found, names, columns, kind)
    if kind is VOTERS:
        _mend_names(found, columns)
    order = [field.name for field in kind.fields]
    return {field: sorted(found[field]) for field in order if found.get(field)}


def guess_by_name(names: Sequence[str], columns: Sequence[Looks], kind: Kind) -> Guess:
    """The columns whose names alone tell a field of this kind."""
    found: Guess = {}
    meant = _names_of(kind.name)
    told: list[tuple[int, int, str]] = []
    for place, name in enumerate(names):
        best = min((meant[form] for form in forms(name) if form in meant), default=None)
        if best is not None:
            told.append((best[0], place, best[1]))
    for _, place, field in sorted(told):  # a "Voter ID" comes before an "ID"
        _take(found, field, place, columns, kind)
    left = [place for place in range(len(names)) if not _taken(found, place)]
    known = {field.name for field in kind.fields}
    for place in left:
        for field in _by_part(names[place]):
            if field in known and _take(found, field, place, columns, kind):
                break
    return found


@cache
def _names_of(kind: str) -> Mapping[str, tuple[int, str]]:
    """Folded name → its rank among the names of its field, and the field.

    A number after the name of a field that takes several is no matter.
    """
    meant: dict[str, tuple[int, str]] = {}
    for field in KINDS[kind].fields:
        own = (row["name"] for row in table("column_names") if row["field"] == field.name)
        for rank, name in enumerate((*field.names, *own)):
            meant.setdefault(name, (rank, field.name))
            if field.several:
                for number in range(1, 7):
                    meant.setdefault(f"{name} {number}", (rank, field.name))
                    meant.setdefault(f"{name}{number}", (rank, field.name))
    return meant


@lru_cache(maxsize=20_000)
def _by_part(name: str) -> tuple[str, ...]:
    folded = max(forms(name), key=len, default="")
    away = bool(_NOT_THE_HOME.search(folded))
    return tuple(
        field for field, words in _PARTS if words.search(folded) and not (away and field in _PLACES)
    )


def _take(found: Guess, field: str, place: int, columns: Sequence[Looks], kind: Kind) -> bool:
    """Give a column to a field, unless its content speaks against it or the field has one."""
    look = columns[place]
    if field in _SURE and look.filled > 2 and getattr(look, _SURE[field]) < 0.3:
        return False
    if field == "born_on" and look.filled and look.year > 0.8:
        field = "birth_year"
    taken = found.get(field)
    if not taken:
        found[field] = [place]
        return True
    if field in ("mobile", "landline") and kind is VOTERS:
        found.setdefault("phone", []).append(place)
        return True
    if kind.field(field).several:
        taken.append(place)
        return True
    return False


_CONTENT: tuple[tuple[str, Callable[[Looks], bool]], ...] = (
    ("email", lambda look: look.email >= 0.8),
    ("phone", lambda look: look.phone >= 0.8 and look.postcode < 0.5),
    ("address", lambda look: look.street >= 0.7),
    ("full_name", lambda look: look.comma >= 0.8),
    ("name", lambda look: look.comma >= 0.8),
    ("gender", lambda look: look.gender >= 0.9),
    ("state", lambda look: look.state >= 0.9),
    ("birth_year", lambda look: look.year >= 0.9),
    ("postcode", lambda look: look.postcode >= 0.9),
)
"""What cells tell of a column that no name tells of."""

_UNNAMED = {"gender", "state", "birth_year", "postcode"}
"""Of these only where the column has no name: "Canvassed by" may hold an M as well."""

_IDS = re.compile(r"\b(?:id|ids|no|nr|num|number|numero|ref|key|code)\b")
_BIRTHS = re.compile(r"birth|born|dob|nacim")


def _add_by_content(
    found: Guess, names: Sequence[str], columns: Sequence[Looks], kind: Kind
) -> None:
    known = {field.name for field in kind.fields}
    left = [place for place, look in enumerate(columns) if look.filled and not _taken(found, place)]
    if kind.name == "do_not_contact":
        for place in list(left):
            look = columns[place]
            if look.address >= 0.8 and max(look.phone, look.email) < 0.8:
                found.setdefault("address", []).append(place)
                left.remove(place)
    elif kind.name in ("precincts", "shifts"):
        return
    for place in list(left):
        field = _by_look(columns[place], found, kind, known, named=bool(names))
        if field:
            found.setdefault(field, []).append(place)
            left.remove(place)
    _add_id(found, names, columns, left, known)
    _add_day(found, names, columns, left, known)
    if kind is VOTERS:
        _add_names(found, columns, left)


def _by_look(look: Looks, found: Guess, kind: Kind, known: set[str], *, named: bool) -> str:
    """The field that a column's cells tell of, among those that still want a column."""
    for field, fits in _CONTENT:
        if field not in known or (named and field in _UNNAMED):
            continue
        if field == "address" and kind.name == "do_not_contact":
            continue
        free = field not in found or (field == "phone" and kind.field(field).several)
        if free and fits(look):
            return field
    return ""


def _taken(found: Guess, place: int) -> bool:
    return any(place in places for places in found.values())


def _add_id(
    found: Guess,
    names: Sequence[str],
    columns: Sequence[Looks],
    left: list[int],
    known: set[str],
) -> None:
    """An id is in every row and never twice, and if it has a name, that says so."""
    if "source_id" not in known or "source_id" in found:
        return
    for place in left:
        look = columns[place]
        if names and not any(map(_IDS.search, forms(names[place]))):
            continue
        if look.full and look.id >= 0.95 and max(look.phone, look.day) < 0.5:
            found["source_id"] = [place]
            left.remove(place)
            return


def _add_day(
    found: Guess,
    names: Sequence[str],
    columns: Sequence[Looks],
    left: list[int],
    known: set[str],
) -> None:
    """The only column of days, where the list has to have one or its name tells of a birth."""
    days = [place for place in left if columns[place].day >= 0.8]
    if len(days) != 1:
        return
    for field in ("born_on", "day", "answered_on", "given_on"):
        if field not in known or field in found:
            continue
        if field == "born_on" and names and not any(map(_BIRTHS.search, forms(names[days[0]]))):
            continue
        found[field] = days
        left.remove(days[0])
        return


def _add_names(found: Guess, columns: Sequence[Looks], left: list[int]) -> None:
    """Without a name for the names: the first columns of words are first and last name."""
    if found.keys() & {"first_name", "last_name", "full_name"}:
        return
    words = [place for place in left if columns[place].word >= 0.8 and columns[place].filled > 1]
    if len(words) > 1 and columns[words[0]].whole < 0.6:
        found["first_name"], found["last_name"] = [words[0]], [words[1]]
        return
    whole = next((place for place in left if columns[place].whole >= 0.7), None)
    if whole is not None:
        found["full_name"] = [whole]


def _mend_names(found: Guess, columns: Sequence[Looks]) -> None:
    """ "Name" beside "Last name" is the first name; a "Nombre" alone may be the whole one."""
    if "last_name" in found and "full_name" in found:
        whole = found.pop("full_name")
        found.setdefault("first_name", whole)
    if "first_name" in found and not found.keys() & {"last_name", "full_name"}:
        found["full_name"] = found.pop("first_name")
