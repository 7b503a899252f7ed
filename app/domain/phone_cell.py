"""What one cell of a file holds in phones: "555-123-4567 (cell) / 555 987 6543 x12"."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class NumberInCell(NamedTuple):
    """Part of a cell that looks like a number, and what is written beside it."""

    text: str
    kind: str | None = None  # mobile, landline, or empty for a line at work; None: not said
    bar: str = ""  # why nobody may use it, else empty


_BESIDE = {
    "mobile": "cell cellphone cellular cel celular móvil movil handy mobile mob m c text sms",
    "landline": "home house h hm land landline residence res casa fijo",
    "": "work w wk office off business bus trabajo oficina",
}
"""Kind of line → what people write beside the number. A line at work may be of any kind."""

_WORDS = {word: kind for kind, words in _BESIDE.items() for word in words.split()}

_EXTENSION = re.compile(
    r"(?<=[\d\s).])(?:;?ext(?:ension|n)?\b|x|#)[\s.:=]*\d{1,7}\b", re.IGNORECASE
)

_DO_NOT = re.compile(
    r"\b(?:do\s+not|don['’]?t|dnc|wrong|disconnected|out\s+of\s+service|bad)\b", re.IGNORECASE
)

_AREA = re.compile(r"(^|[^\d\s().+-])(\s*\(?\d{2,5}\)?)\s*/\s*(?=\d)")
"""An area code set off by a slash, as in 919/555-0123, where a slash parts no two numbers."""

_PARTS = re.compile(r"[/;,|&\n]|\b(?:or|and)\b", re.IGNORECASE)

_TOKENS = re.compile(r"(?P<number>[+(]*\d[\d\s().\-\u2010-\u2015]*)|(?P<word>[^\W\d_]+)")

_FEWEST, _MOST = 5, 17
"""Digits of any number in the world, with what is dialed before it."""


def numbers_in(cell: str, valid: Callable[[str], bool]) -> Iterator[NumberInCell]:
    """What looks like a number in `cell`, in its order; `valid` says whether a text is one.

    Numbers are parted by marks, by words, or by nothing but a blank if both sides are valid.
    Digits too few for a number are passed over where there is a number beside them.
    """
    text = _EXTENSION.sub(" ", cell)
    text = _AREA.sub(lambda found: f"{found[1]}{found[2]} ", text)
    found = [number for part in _PARTS.split(text) for number in _in_part(part, valid)]
    enough = [number for number in found if _digits(number.text) >= _FEWEST]
    yield from enough or found


def _in_part(part: str, valid: Callable[[str], bool]) -> list[NumberInCell]:
    """The numbers between two marks, each with the word before it or, if none is, after it."""
    bar = "is marked as not to be used" if _DO_NOT.search(part) else ""
    found: list[NumberInCell] = []
    said: str | None = None  # by a word that awaits its number
    leads = False  # words stand before their numbers
    for token in _TOKENS.finditer(part):
        word = (token["word"] or "").casefold()
        if word == "fax":
            bar = bar or "is a fax"
        elif word in _WORDS and (leads or not found):
            said, leads = _WORDS[word], True
        elif word in _WORDS and found[-1].kind is None:
            found[-1] = found[-1]._replace(kind=_WORDS[word])
        elif token["number"]:
            numbers = _apart(token["number"].strip(" -.("), valid)
            found += [NumberInCell(number, said) for number in numbers]
            said = None
    return [number._replace(bar=bar) for number in found]


def _apart(text: str, valid: Callable[[str], bool]) -> list[str]:
    """The numbers that `text` is made of, if it is several with blanks between; else itself.

    Nothing may be left over: "44 20 7946 0958" is no number of Maine with a 44 before it.
    """
    if valid(text):
        return [text]
    words, found = text.split(), list[str]()
    while words:
        cut = next((cut for cut in range(len(words), 0, -1) if _fits(words[:cut], valid)), 0)
        if not cut:
            return [text]
        found.append(" ".join(words[:cut]))
        del words[:cut]
    return found or [text]


def _fits(words: list[str], valid: Callable[[str], bool]) -> bool:
    text = " ".join(words)
    return _FEWEST <= _digits(text) <= _MOST and valid(text)


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)
