"""A whole name in one cell, taken apart: "Ortiz, María José" and "Maria Jose Ortiz Jr."."""

from typing import NamedTuple

from app.domain.name import clean_suffix, clean_text


class NameParts(NamedTuple):
    """The parts of a name, in the case in which they were written."""

    first: str = ""
    middle: str = ""
    last: str = ""
    suffix: str = ""


_TITLES = frozenset("MR MRS MS MISS MX DR REV HON PROF SIR".split())  # noqa: SIM905  one line

_SUFFIXES = frozenset("JR JUNIOR SR SENIOR II III IV VI VII MD DDS DVM PHD ESQ".split())  # noqa: SIM905

_AFTER_A_COMMA = _SUFFIXES | {"I", "V", "DO"}
"""Suffixes only where a comma or a given name leaves no doubt: Do is a surname, V an initial."""

_PARTICLES = frozenset(
    "da das de del den der di dos du la las le los ten ter van von vom zu zur st saint "  # noqa: SIM905
    "bin ibn al el abu".split()
)
"""Words that belong to the surname behind them."""

_BETWEEN = frozenset(("e", "y"))
"""Words that join two surnames: Ortiz y Gasset."""


def split_name(raw: str) -> NameParts:
    """The parts of a whole name, the surname before a comma or at the end.

    Words in capitals beside others that are not are the surname, wherever they stand. A name of
    one word is a surname.
    """
    text = clean_text(raw)
    if "," in text:
        parts = [part.split() for part in text.split(",")]
        return _with_comma([part for part in parts if part])
    words = _untitled(text.split())
    words, suffix = _without_suffix(words, _SUFFIXES, keep=2)
    given, last = _by_capitals(words) or _by_particles(words)
    return _parts(given, last, suffix)


def _with_comma(parts: list[list[str]]) -> NameParts:
    """Last, First Middle, Suffix in any of the orders in which people write it."""
    suffix = ""
    kept = []
    for number, part in enumerate(parts):
        if number and len(part) == 1 and _is_suffix(part[0], _AFTER_A_COMMA) and len(parts) > 1:
            suffix = part[0]
        else:
            kept.append(part)
    if len(kept) < 2:  # John Smith, Jr.
        whole = split_name(" ".join(kept[0])) if kept else NameParts()
        return whole._replace(suffix=suffix or whole.suffix)
    last, own = _without_suffix(kept[0], _SUFFIXES, keep=1)
    given = _untitled([word for part in kept[1:] for word in part])
    given, behind = _without_suffix(given, _AFTER_A_COMMA - {"I", "V"}, keep=1)
    return _parts(given, last, suffix or own or behind)


def _parts(given: list[str], last: list[str], suffix: str) -> NameParts:
    first, *middle = given or [""]
    return NameParts(first, " ".join(middle), " ".join(last), clean_suffix(suffix))


def _untitled(words: list[str]) -> list[str]:
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    return words


def _without_suffix(words: list[str], suffixes: frozenset[str], keep: int) -> tuple[list[str], str]:
    if len(words) > keep and _is_suffix(words[-1], suffixes):
        return words[:-1], words[-1]
    return words, ""


def _by_capitals(words: list[str]) -> tuple[list[str], list[str]] | None:
    """Given names and surname of "SMITH John" or "John DE LA CRUZ"; None if case says nothing."""
    large = [len(word) > 2 and word.isupper() for word in words]
    if not any(large) or all(word.isupper() for word in words):
        return None
    count = next((n for n, word in enumerate(words) if not word.isupper()), 0)
    if any(large[:count]):
        return words[count:], words[:count]
    back = next((n for n, word in enumerate(reversed(words)) if not word.isupper()), 0)
    if any(large[len(words) - back :]):
        return words[: len(words) - back], words[len(words) - back :]
    return None


def _by_particles(words: list[str]) -> tuple[list[str], list[str]]:
    """Given names and surname of "Juan de la Cruz": the last word and the particles before it."""
    start = len(words) - 1
    if start > 1 and all(word.lower() in _PARTICLES for word in words[:-1]):
        return [], words  # van der Berg
    while start > 1:
        before = words[start - 1].lower().rstrip(".")
        if before in _PARTICLES:
            start -= 1
        elif before in _BETWEEN and start > 2:
            start -= 2
        else:
            break
    start = max(start, 0)
    return words[:start], words[start:]


def _is_suffix(word: str, suffixes: frozenset[str]) -> bool:
    return _bare(word) in suffixes


def _bare(word: str) -> str:
    return word.upper().replace(".", "")
