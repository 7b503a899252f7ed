"""Sentences that domain and services composed in English, said once more in the page's language.

Those layers know nothing of pages and languages; what they say reaches a page as it is. Each
sentence is known here by its form, with a named field for each fact in it; a fact may be a sentence
that is known as well. A sentence of no known form stays English.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

from babel.dates import format_date

from app.web.told import TOLD
from app.web.tongue import tongue, translated

LONGEST = 2000
"""Longer words are nobody's sentence."""
_FIELD = re.compile(r"%\((\w+)\)s")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY = re.compile(
    rf"\b(?P<week>Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<month>{'|'.join(_MONTHS)}) (?P<day>\d\d?)\b"
)
_HALF = re.compile(r"(?<=\d) ([ap])m\b")
_NOONS = {"noon": "mediodía", "midnight": "medianoche"}
_NOON = re.compile(r"\b(?:noon|midnight)\b")
_WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def retold(sentence: object) -> str:
    """The sentence in the page's language."""
    said = str(sentence)
    if tongue() == "en" or not said or len(said) > LONGEST:
        return said
    known = translated(said)
    if known != said:
        return known
    if found := form_of(said):
        form, facts = found
        return translated(form, **{name: retold(fact) for name, fact in facts.items()})
    if "; " in said:
        return "; ".join(retold(part) for part in said.split("; "))
    return clocked(_DAY.sub(_dated, said)) if tongue() == "es" else said


def clocked(said: str) -> str:
    """5–8 pm and noon as Spanish writes them: 5–8 p. m., mediodía."""
    halved = _HALF.sub("\N{NO-BREAK SPACE}\\1.\N{NO-BREAK SPACE}m.", said)
    return _NOON.sub(lambda found: _NOONS[found[0]], halved)


@lru_cache(maxsize=512)
def form_of(said: str) -> tuple[str, Mapping[str, str]] | None:
    """The form of a sentence and the facts in it; None for one that is not known."""
    for form, fits in _forms():
        if found := fits.fullmatch(said):
            return form, found.groupdict()
    return None


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each form that has fields, with the pattern that finds them; the surest first: those that
    begin with words of their own, and of them those that have the most."""
    with_fields = sorted((form for form in TOLD if _FIELD.search(form)), key=_doubt)
    return tuple((form, _pattern(form)) for form in with_fields)


def _doubt(form: str) -> tuple[bool, int]:
    return form.startswith("%("), -len(_FIELD.sub("", form))


def _pattern(form: str) -> re.Pattern[str]:
    parts = _FIELD.split(form)
    said = re.escape(parts[0])
    for name, plain in zip(parts[1::2], parts[2::2], strict=True):
        said += f"(?P<{name}>.*?){re.escape(plain)}"
    return re.compile(said, re.S)


def _dated(found: re.Match[str]) -> str:
    """Tue, Nov 3 in the language of the page; the weekday is as it was written."""
    month, number = _MONTHS.index(found["month"]) + 1, int(found["day"])
    week = date(2024, 1, 1 + _WEEK.index(found["week"]))  # that year began on a Monday
    language = tongue()
    weekday = format_date(week, "EEE", locale=language)
    try:
        return f"{weekday} {format_date(date(2024, month, number), 'd MMM', locale=language)}"
    except ValueError:
        return found[0]
