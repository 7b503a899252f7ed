"""Merge fields: a template and the facts of a voter make the words that go out."""

import re
from collections.abc import Mapping
from functools import lru_cache

_FIELD = re.compile(r"\{([^{}|]*)(\|[^{}]*)?\}")
LONGEST_FALLBACK = 80

FIELDS: Mapping[str, str] = {
    "first_name": "the voter's first name; “neighbor” when the file has none",
    "candidate": "for whom the campaign works",
    "organization": "who pays for it",
    "polling_place": "where the voter votes: the place and its address, else the precinct; write "
    "{polling_place|your polling place} for whom neither is on file",
    "polls_close": "when the polls close, on the voter's clock",
    "polling_day": "polling day, in words",
    "vote_time": "when the voter means to vote; “Tuesday by 7:30 pm” when they did not say",
    "volunteer": "who calls",
}
"""The fields that a template may name. `{polling_place|your polling place}` says after the bar what
stands there for whom nothing is known."""


class UnknownField(ValueError):
    """A template has a field that does not exist, that nothing fills, or a brace without one.

    `code` says which (unknown, fallback, brace or unfilled) and `name` of which field, so that it
    can be said in another language.
    """

    def __init__(self, message: str, code: str = "", name: str = "") -> None:
        self.code, self.name = code, name
        super().__init__(message)


class Unfilled(UnknownField):
    """Nothing is known of one voter for a field that has no words to fall back on: the template
    will do, but not for this voter."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing to put for {{{name}}}", "unfilled", name)


@lru_cache(maxsize=1024)
def fields_of(template: str) -> frozenset[str]:
    """The fields that a template names; raises UnknownField for one that nobody can fill, for one
    whose fallback will not do, and for a brace that belongs to none."""
    found = _FIELD.findall(template)
    named = frozenset(name for name, _ in found)
    unknown = named - set(FIELDS)
    if unknown:
        raise UnknownField(
            f"{{{sorted(unknown)[0]}}} is no field; use {', '.join(f'{{{f}}}' for f in FIELDS)}",
            "unknown",
            sorted(unknown)[0],
        )
    for name, fallback in found:
        if fallback and not 0 < len(fallback[1:].strip()) <= LONGEST_FALLBACK:
            raise UnknownField(
                f"{{{name}{fallback[:20]}}} needs 1 to {LONGEST_FALLBACK} characters after the "
                "bar; write what stands there when nothing is known",
                "fallback",
                name,
            )
    if re.search(r"[{}]", _FIELD.sub("", template)):
        raise UnknownField(
            "a brace stands alone; a field has one on each side: {first_name}", "brace"
        )
    return named


def bare_fields(template: str) -> set[str]:
    """The fields that a template names without a fallback, at least once; no template is refused,
    so that it can be asked of one that is being written."""
    return {name for name, fallback in _FIELD.findall(template) if not fallback}


def fill(template: str, facts: Mapping[str, str], usual: Mapping[str, str] | None = None) -> str:
    """The template with every field filled: with the fact, else with the fallback of the template,
    else with what is `usual`. Raises UnknownField rather than send a bare brace: Unfilled, if the
    template itself will do."""
    fields_of(template)

    def put(found: re.Match[str]) -> str:
        name, fallback = found[1], found[2]
        fact = facts.get(name, "")
        if fact.strip():
            ends_twice = fact.endswith(".") and template[found.end() :].startswith(".")
            return fact[:-1] if ends_twice else fact  # “… a las 7:30 p.m..”
        words = fallback[1:].strip() if fallback else (usual or {}).get(name, "")
        if not words:
            raise Unfilled(name)
        return words

    return _FIELD.sub(put, template)
