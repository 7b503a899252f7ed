"""Sentences that domain and services composed in English, said once more in the page's language.

Those layers know nothing of pages and languages; what they say reaches a page as it is. Each
sentence is known here by its form, with a named field for each fact in it; a fact may be a sentence
that is known as well. A sentence of no known form stays English.
"""

import re
from functools import cache

from app.web.told import TOLD
from app.web.tongue import tongue, translated

_FIELD = re.compile(r"%\((\w+)\)s")


def retold(sentence: object) -> str:
    """The sentence in the page's language."""
    said = str(sentence)
    if tongue() == "en" or not said:
        return said
    known = translated(said)
    return known if known != said else _by_form(said)


def _by_form(said: str) -> str:
    for form, fits in _forms():
        if found := fits.fullmatch(said):
            facts = {name: retold(fact or "") for name, fact in found.groupdict().items()}
            return translated(form, **facts)
    return said


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each form that has fields, with the pattern that finds them; the most said in words first."""
    with_fields = sorted((form for form in TOLD if _FIELD.search(form)), key=_words, reverse=True)
    return tuple((form, _pattern(form)) for form in with_fields)


def _words(form: str) -> int:
    return len(_FIELD.sub("", form))


def _pattern(form: str) -> re.Pattern[str]:
    parts = _FIELD.split(form)
    fields = iter(parts[1::2])
    said = [re.escape(parts[0].replace("%%", "%"))]
    for plain in parts[2::2]:
        said += [f"(?P<{next(fields)}>.*?)", re.escape(plain.replace("%%", "%"))]
    return re.compile("".join(said), re.S)
