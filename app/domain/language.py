"""The language to speak with a voter, as an ISO 639 code."""

from collections.abc import Mapping
from functools import cache

from app.domain.name import clean_text
from app.domain.tables import table

USUAL = "en"

_THREE_LETTERS = {"eng": "en", "spa": "es", "spn": "es", "chi": "zh", "zho": "zh", "vie": "vi"}


def clean_language(raw: str) -> str:
    """The code of the language that a word or a code names: "Español", "spa" and "es-MX" are es.

    English where nothing is said or the word is not known.
    """
    word = clean_text(raw).casefold().strip(" .")
    known = _words().get(word) or _THREE_LETTERS.get(word)
    if known:
        return known
    code = word.replace("_", "-").partition("-")[0]
    return code if code in _words().values() else USUAL


@cache
def _words() -> Mapping[str, str]:
    return {row["word"]: row["language"] for row in table("language_words")}
