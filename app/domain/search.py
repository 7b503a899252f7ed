"""What somebody types to find a voter, and what it may mean: names, a phone, an id, an email."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import phonenumbers

from app.domain.name import clean_text, fold

LONGEST = 100  # characters that are looked at
MOST_WORDS = 5
FEWEST_DIGITS = 3

_PHONE = re.compile(r"\+?[\d\s()./\u2010-\u2013-]+")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_APART = frozenset({"o", "d", "l", "mc", "mac"})
"""What people write apart from the rest of a surname: O Brien, Mc Donald."""


@dataclass(frozen=True)
class NameGuess:
    """How the names may begin, folded; an empty one asks nothing."""

    first: str
    last: str


@dataclass(frozen=True)
class Search:
    """All that was typed may mean, the likeliest guess first."""

    names: tuple[NameGuess, ...] = ()
    phones: tuple[str, ...] = ()  # how a number in E.164 may begin
    ids: tuple[str, ...] = ()  # how the id in the voter file may begin
    email: str = ""  # how it begins, in lower case
    own_id: int | None = None  # our number of the voter, typed as #123

    @property
    def asks(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.names or self.phones or self.ids or self.email or self.own_id)


def parse(typed: str, country: str = "US") -> Search:
    """What `typed` may mean; `country` is that of phones without a country code."""
    text = clean_text(typed[:LONGEST])
    if re.fullmatch(r"#\d{1,18}", text):
        return Search(own_id=int(text[1:]))
    if "@" in text:
        email = text.replace(" ", "").lower()
        return Search(email="" if email.startswith("@") else email)
    if any(letter.isdigit() for letter in text):
        return Search(phones=_phones(text, country), ids=_ids(text))
    return Search(names=tuple(dict.fromkeys(_guesses(text))))


def _phones(text: str, country: str) -> tuple[str, ...]:
    digits = "".join(re.findall(r"[0-9]", text))
    if not _PHONE.fullmatch(text) or len(digits) < FEWEST_DIGITS:
        return ()
    if text.startswith("+"):
        return (f"+{digits}",)
    code = str(phonenumbers.country_code_for_region(country))
    if digits.startswith("00"):
        return (f"+{digits[2:]}",)
    if code == "1":
        return (f"+1{digits.removeprefix('1')}",)
    home = f"+{code}{digits.lstrip('0')}"
    return (home, f"+{digits}") if digits.startswith(code) else (home,)


def _ids(text: str) -> tuple[str, ...]:
    """An id as typed and in capitals; nothing that could only be a phone."""
    if text[0] in "+(":
        return ()
    return tuple(dict.fromkeys((text, text.upper(), text.replace(" ", "").upper())))


def _guesses(text: str) -> Iterator[NameGuess]:
    before, comma, after = text.partition(",")
    if comma:
        last, first = fold(before), fold(after)
        if last or first:
            yield NameGuess(first, last)
            yield NameGuess(first.partition(" ")[0], last)
        return
    words = _without_suffix(fold(text).split()[:MOST_WORDS])
    for cut in range(1, len(words)):
        start, end = " ".join(words[:cut]), " ".join(words[cut:])
        yield NameGuess(start, end)
        yield NameGuess(end, start)
    whole = " ".join(words)
    if whole:
        yield NameGuess("", whole)
        yield NameGuess(whole, "")
    if len(words) > 2:  # a middle name, which has no index
        yield NameGuess(words[0], words[-1])
    if len(words) > 1 and words[-2] in _APART:
        yield NameGuess(" ".join(words[:-2]), "".join(words[-2:]))


def _without_suffix(words: Sequence[str]) -> Sequence[str]:
    return words[:-1] if len(words) > 2 and words[-1] in _SUFFIXES else words
