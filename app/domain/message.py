"""Merge fields: a template and the facts of a voter make the words that go out."""

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{([^{}]*)\}")

FIELDS: Mapping[str, str] = {
    "first_name": "the voter's first name; “neighbor” when the file has none",
    "candidate": "for whom the campaign works",
    "organization": "who pays for it",
    "polling_place": "where the voter votes: the place and its address, else the precinct",
    "polls_close": "when the polls close, on the voter's clock",
    "polling_day": "polling day, in words",
    "vote_time": "when the voter means to vote; “Tuesday by 7:30 pm” when they did not say",
    "volunteer": "who calls",
}
"""The fields that a template may name."""


class UnknownField(ValueError):
    """A template has a field that does not exist, that nothing fills, or a brace without one."""


def fields_of(template: str) -> set[str]:
    """The fields that a template names; raises UnknownField for one that nobody can fill and for
    a brace that belongs to none."""
    named = set(_FIELD.findall(template))
    unknown = named - set(FIELDS)
    if unknown:
        raise UnknownField(
            f"{{{sorted(unknown)[0]}}} is no field; use {', '.join(f'{{{f}}}' for f in FIELDS)}"
        )
    if re.search(r"[{}]", _FIELD.sub("", template)):
        raise UnknownField("a brace stands alone; a field has one on each side: {first_name}")
    return named


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The template with every field filled; raises UnknownField rather than send a bare brace."""
    missing = fields_of(template) - {name for name, value in facts.items() if value.strip()}
    if missing:
        raise UnknownField(f"nothing to put for {{{sorted(missing)[0]}}}")
    return _FIELD.sub(lambda found: facts[found[1]], template)
