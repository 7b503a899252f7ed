"""Sheets on paper: their codes, the letters of results, and what somebody types in afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.disposition import Disposition

SIGNS = "ACDEFHJKMNPRTUVWXY34679"
"""Letters and digits that no handwriting confuses: no B and 8, I and 1, O and 0, S and 5, Z and 2,
G and 6 (6 stays), L, Q."""
CODE_LENGTH = 4
LINES_A_PAGE = 12
MOST_LINES = 120


class Kind(StrEnum):
    """What a sheet is for; stored by value."""

    CALLS = "calls"
    DOORS = "doors"


D = Disposition

CALL_LETTERS: Mapping[str, Disposition] = {
    "t": D.CANVASSED,
    "v": D.ALREADY_VOTED,
    "n": D.NOT_HOME,
    "m": D.ANSWERING_MACHINE,
    "l": D.LEFT_MESSAGE,
    "b": D.BUSY,
    "h": D.HUNG_UP,
    "r": D.REFUSED,
    "x": D.WRONG_NUMBER,
    "z": D.DISCONNECTED,
    "o": D.MOVED,
    "d": D.DECEASED,
    "s": D.DO_NOT_CALL,
}
"""Results of calls by the letter in their box. Those that need a time or a language stay out."""


class Door(StrEnum):
    """What came of a door; stored by its letter in the sheet's line."""

    VOTED = "voted"
    RIDE = "ride"
    REFUSED = "refused"
    MOVED = "moved"
    NOT_HOME = "not_home"


DOOR_LETTERS: Mapping[str, Door] = {
    "v": Door.VOTED,
    "w": Door.RIDE,
    "r": Door.REFUSED,
    "o": Door.MOVED,
    "n": Door.NOT_HOME,
}


def letters(kind: Kind) -> Mapping[str, Disposition] | Mapping[str, Door]:
    """The results of a kind of sheet by their letters."""
    return CALL_LETTERS if kind is Kind.CALLS else DOOR_LETTERS


@dataclass(frozen=True)
class Typed:
    """One line as it was typed: of which sheet, which line, which letter."""

    said: str
    code: str
    line: int
    letter: str  # lower case; empty: take back what was entered

    @property
    def plain(self) -> str:
        """The line as it can be typed anew, whatever stood before it."""
        return f"{self.code} {self.line} {self.letter}"

    @property
    def undo(self) -> bool:
        """Whether the entry is taken back."""
        return self.letter == UNDO


UNDO = "-"
"""In place of a letter: take the entry of this line back."""


@dataclass(frozen=True)
class Unread:
    """What was typed and cannot be read."""

    said: str


_TYPED = re.compile(
    rf"\s*(?:(?P<code>[{SIGNS}{SIGNS.lower()}]{{{CODE_LENGTH}}})[\s,.;:/]+)?"
    r"(?P<line>\d{1,3})[\s,.;:/]*(?P<letter>[A-Za-z]|-)\s*"
)


def read_typed(text: str) -> list[Typed | Unread]:
    """The lines of what was typed; a line without a sheet's code means the one before's.

    "K7RM 3 v", "k7rm 3v", then "4 n"; "K7RM 3 -" takes the entry of a line back. Empty lines are
    left out.
    """
    found: list[Typed | Unread] = []
    code = ""
    for said in filter(None, map(str.strip, text.splitlines())):
        read = _TYPED.fullmatch(said)
        if read is None or not (read["code"] or code):
            found.append(Unread(said))
            continue
        code = (read["code"] or code).upper()
        found.append(Typed(said, code, int(read["line"]), read["letter"].lower()))
    return found
