"""The languages that people speak, as ISO 639-1 codes: their names, and what words for one mean."""

from collections.abc import Mapping
from functools import cache

from babel import Locale, UnknownLocaleError

from app.domain.name import clean_text
from app.domain.tables import table

USUAL = "en"

_THREE_LETTERS = {"eng": "en", "spa": "es", "spn": "es", "chi": "zh", "zho": "zh", "vie": "vi"}
_NO_CODES = frozenset({"no", "na"})
"""What files write for "none" though it is the code of a language, too."""
_NAMED_IN = ("en", "es")
"""Languages whose names of languages are understood; source: Unicode's CLDR, as Babel has it."""


@cache
def names() -> Mapping[str, str]:
    """Code → English name of every language that has an ISO 639-1 code and a name in CLDR."""
    return _named_in("en")


@cache
def direction(code: str) -> str:
    """ltr, or rtl for a language that is written from the right."""
    return str(Locale(code).text_direction) if code in names() and _is_known(code) else "ltr"


def _is_known(code: str) -> bool:
    try:
        Locale(code)
    except UnknownLocaleError:
        return False
    return True


def clean_language(raw: str) -> str:
    """The code of the language that a word or a code names: "Español", "spa" and "es-MX" are es.

    English where nothing is said or the word is not known.
    """
    return code_of(clean_text(raw).casefold().strip(" .")) or USUAL


def code_of(word: str) -> str:
    """The code that a word in small letters means (amharic, amárico, am, es-mx); empty if it is
    not known."""
    known = _words().get(word) or _THREE_LETTERS.get(word)
    if known:
        return known
    code = word.replace("_", "-").partition("-")[0]
    return code if code in names() and code not in _NO_CODES else ""


@cache
def _words() -> Mapping[str, str]:
    """Names of languages; what the table says comes first."""
    found: dict[str, str] = {}
    for one in _NAMED_IN:
        found |= {name.casefold(): code for code, name in _named_in(one).items()}
    return found | {row["word"]: row["language"] for row in table("language_words")}


def _named_in(language: str) -> dict[str, str]:
    found = Locale(language).languages
    return {code: str(name) for code, name in sorted(found.items()) if len(code) == 2}
