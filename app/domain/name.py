"""Names as people write them: McDonald, O'Brien, de la Cruz, Jr., III."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LEADING = _words("da das de del den der di dos du ten ter van von vom zu zur")
"""Particles that stay small even where they open a surname: de la Cruz, van der Berg."""

_INNER = _LEADING | _words("e la las le los und y")
"""Particles that stay small between two words."""

_MAC = _words(
    "macallister macarthur macaulay macbride maccallum macdonald macdonnell macdougall macduff "
    "macfarlane macgregor macinnis macintosh macintyre macisaac maciver mackinnon maclachlan "
    "maclaren maclean maclellan macleod macmahon macmillan macmurray macnab macnamara macneil "
    "macpherson macqueen macrae mactavish macvicar macwilliams"
)
"""Surnames in which Mac is a prefix; most others (Mack, Macias, Machado) only begin alike."""

_NUMERAL = re.compile(r"II|III|IV|VI|VII|VIII|IX")

_SUFFIXES = {
    "JR": "Jr.",
    "JUNIOR": "Jr.",
    "SR": "Sr.",
    "SENIOR": "Sr.",
    "PHD": "PhD",
    "ESQ": "Esq.",
} | {word: word for word in ("I", "II", "III", "IV", "V", "VI", "VII", "MD", "DDS", "DVM", "DO")}

_UPPER = _words("N S E W NE NW SE SW US PO RR HC C/O")
"""Words of an address that are abbreviations and stay large."""

_LONGEST_KEY = 200
"""Characters of a text whose answer is kept; nothing longer recurs."""

K = TypeVar("K", bound=Sequence[str])
T = TypeVar("T")


class Cache(dict[K, T], Generic[K, T]):
    """Answers of a pure function by its text, or texts; emptied when full, to bound the memory."""

    def __init__(self, answer: Callable[[K], T], limit: int = 100_000) -> None:
        super().__init__()
        self._answer = answer
        self._limit = limit

    def __missing__(self, text: K) -> T:
        answer = self._answer(text)
        if len(text) <= _LONGEST_KEY:
            if len(self) >= self._limit:
                self.clear()
            self[text] = answer
        return answer


_NOTHING = frozenset(
    ("", "NULL", "(NULL)", "N/A", "#N/A", "NA", "N.A", "NONE", "NIL", "NAN", "UNKNOWN", "0")
)


def is_nothing(raw: str) -> bool:
    """Whether `raw` only says that there is no phone, email or day: a blank, NULL, N/A, a dash.

    Not for names: Null and Na are surnames.
    """
    return len(raw) < 20 and raw.strip(" \t\n\r\u00a0\u200b-_.?").upper() in _NOTHING


def clean_text(raw: str) -> str:
    """`raw` on one line: single blanks, composed letters, no control character or backslash."""
    text = " ".join(raw.split())
    if text.isascii() and "\\" not in text and text.isprintable():
        return text
    kept = "".join(filter(_writable, text.replace("\\", "/")))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _writable(character: str) -> bool:
    return character == " " or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Cn", "Co"}


_DROPPED = dict.fromkeys(map(ord, "'’‘ʻʼ`´"))
"""Marks within a word: O'Brien is found as obrien."""

_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart."""


def fold(text: str) -> str:
    """A name as it is searched for: no case, no accents, no marks, single blanks.

    "O'Brien" is "obrien", "Fernández-Ortiz" is "fernandez ortiz", "Weiß" is "weiss".
    """
    text = text.casefold().translate(_DROPPED)
    if not text.isascii():
        taken_apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(c for c in taken_apart if not unicodedata.combining(c))
        text = text.translate(_PLAIN_LETTERS).translate(_DROPPED)
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())


def clean_name(raw: str) -> str:
    """A given name in good case. What is already in mixed case is left as its bearer wrote it."""
    return _in_case(clean_text(raw), surname=False)


def clean_surname(raw: str) -> str:
    """A surname in good case: particles stay small, a numeral at its end stays large."""
    return _in_case(clean_text(raw), surname=True)


def clean_suffix(raw: str) -> str:
    """Jr., Sr., III, MD and the like in one spelling; anything else in good case."""
    text = clean_text(raw)
    return _SUFFIXES.get(text.upper().replace(".", "").strip()) or _in_case(text, surname=False)


def clean_place(raw: str) -> str:
    """A city, county or street address in good case: "12 NE 4TH ST" is "12 NE 4th St"."""
    if not raw.isascii() or not raw.isprintable() or "\\" in raw:
        raw = clean_text(raw)
    return " ".join(map(_PLACE_WORDS.__getitem__, raw.split()))


def _in_case(text: str, surname: bool) -> str:
    if text != text.upper() and text != text.lower():
        return text
    *words, last = text.lower().split() or [""]
    small = [_LEADING if surname else frozenset[str](), *[_INNER] * len(words)]
    cased = [
        word if word in kept else _capital(word) for word, kept in zip(words, small, strict=False)
    ]
    numeral = words and surname and _NUMERAL.fullmatch(last.upper())
    return " ".join([*cased, last.upper() if numeral else _capital(last)])


def _capital(word: str) -> str:
    return "-".join(_part(part) for part in word.split("-"))


def _part(part: str) -> str:
    for mark in ("'", "’"):
        head, found, tail = part.partition(mark)
        if found:
            return head.capitalize() + mark + (_part(tail) if len(tail) > 1 else tail)
    if "." in part:
        return ".".join(map(str.capitalize, part.split(".")))  # J.R., St.John
    if part in _MAC:
        return "Mac" + part[3:].capitalize()
    if part.startswith("mc") and len(part) > 3:
        return "Mc" + part[2:].capitalize()
    if part.startswith("("):
        return "(" + part[1:].capitalize()
    return part.capitalize()


def _place_word(word: str) -> str:
    upper = word.upper()
    if upper in _UPPER:
        return upper
    if word not in (upper, word.lower()):
        return word
    if word[0].isdigit() or (word[0] == "#" and len(word) > 1):
        ordinal = word[:-2].isdigit() and word[-2:].lower() in ("st", "nd", "rd", "th")
        return word.lower() if ordinal else upper
    if any(letter.isdigit() for letter in word):
        return upper
    return _capital(word.lower())


_PLACE_WORDS = Cache(_place_word, limit=200_000)
