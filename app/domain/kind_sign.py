"""Signs in the names of columns by which one kind of list is told from another."""

import re
from collections.abc import Mapping, Sequence

from app.domain.dialect import forms

_SIGNS: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(rf"\b(?:{words})\b")
    for kind, words in (
        (
            "do_not_contact",
            r"do not (?:call|text|contact|e ?mail|mail)|dnc|opt(?:ed)? ?outs?|unsubscribed?"
            r"|no (?:llamar|contactar)|baja",
        ),
        (
            "consents",
            r"consent|consents|consented|agreed|agrees|agreement|opt(?:ed)? ?in|permission"
            r"|consentimiento|acepto|autorizacion|autorizo",
        ),
        ("ballots", r"ballots?|voted|returned (?:on|date|at)|boletas?|voto"),
        ("volunteers", r"volunteers?|availability|available|voluntari[oa]s?|languages|speaks"),
        ("history", r"election (?:date|day|name|type)|voting method|history code"),
    )
}
"""Kind → words of which one stands in the name of a column of such a list, folded. The first kind
of which there is a sign counts: an opt-out outweighs a consent."""

OF_VOTER_FILES = frozenset(
    {"address", "city", "postcode", "county", "precinct", "party", "gender"}
    | {"born_on", "birth_year", "age", "registered_on", "status"}
)
"""Fields of which a voter file has several, and other lists of people hardly any."""
FEWEST = 2


def signs(names: Sequence[str]) -> dict[str, str]:
    """Kind → the column whose name is a sign of it, the weightiest first."""
    found: dict[str, str] = {}
    for kind, words in _SIGNS.items():
        for name in names:
            if any(map(words.search, forms(name))):
                found.setdefault(kind, name)
    return found


def looks_like_a_voter_file(fields: set[str]) -> bool:
    """Whether so much is told of each person that a sign of something else is a column of many."""
    return len(fields & OF_VOTER_FILES) >= FEWEST
