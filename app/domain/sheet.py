"""Sheets on paper: their codes, the letters of results, and what somebody types in afterwards."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.disposition import Disposition
from app.domain.local import DAY, day_at, instant
from app.domain.time_of_day import clean_time

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
    "c": D.CALL_BACK,
    "g": D.OTHER_LANGUAGE,
}
"""Results of calls by the letter in their box; a call back is typed with its time, another language
with its name."""


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
    more: str = ""  # when to call back, or which language
    called: str = ""  # when it was called, on the voter's clock; empty: not said

    @property
    def plain(self) -> str:
        """The line as it can be typed anew, whatever stood before it."""
        called = f"@{self.called}" if self.called else ""
        return " ".join(filter(None, (self.code, str(self.line), self.letter, self.more, called)))

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
    r"(?P<line>\d{1,3})[\s,.;:/]*(?P<letter>[A-Za-z]|-)"
    r"(?:\s+(?P<more>[^@]*?))?(?:\s*@\s*(?P<called>[^@]*?))?\s*"
)
WITH_MORE = frozenset("cg")
"""Letters after which more is typed."""


def read_typed(text: str) -> list[Typed | Unread]:
    """The lines of what was typed; a line without a sheet's code means the one before's.

    "K7RM 3 v", "k7rm 3v", then "4 n"; "K7RM 3 -" takes the entry of a line back. "K7RM 3 c sun
    3 pm" says when to call back, "5 g spanish" which language, and "6 t @5:40 pm" when the call was
    made. Empty lines are left out.
    """
    found: list[Typed | Unread] = []
    code = ""
    for said in filter(None, map(str.strip, text.splitlines())):
        read = _TYPED.fullmatch(said)
        if read is None or not (read["code"] or code):
            found.append(Unread(said))
            continue
        letter, more = read["letter"].lower(), read["more"] or ""
        if more and letter not in WITH_MORE:
            found.append(Unread(said))
            continue
        code = (read["code"] or code).upper()
        found.append(Typed(said, code, int(read["line"]), letter, more, read["called"] or ""))
    return found


def time_before(said: str, now: datetime, zone: str) -> datetime | None:
    """The last instant until `now` at which a clock showed this time; None if it is no time."""
    at = clean_time(said)
    if at is None:
        return None
    found = instant(day_at(now, zone), at, zone)
    return found if found <= now else instant(day_at(now, zone) - DAY, at, zone)


def time_after(said: str, now: datetime, zone: str) -> datetime | None:
    """The next instant after `now` at which a clock shows this time, "6:30 pm", on the weekday that
    stands before it, "sun 3 pm"; None if it cannot be read."""
    first, _blank, rest = said.strip().partition(" ")
    weekday = _WEEKDAYS.get(first.casefold().strip(".,"))
    at = clean_time(said if weekday is None else rest)
    if at is None:
        return None
    today = day_at(now, zone)
    for days in range(8):
        day = today + days * DAY
        found = instant(day, at, zone)
        if found > now and weekday in (None, day.weekday()):
            return found
    return None


_WEEKDAYS: Mapping[str, int] = {
    name: at
    for at, names in enumerate(
        (
            ("mon", "monday", "lun", "lunes"),
            ("tue", "tues", "tuesday", "mar", "martes"),
            ("wed", "wednesday", "mie", "mié", "miercoles", "miércoles"),
            ("thu", "thur", "thurs", "thursday", "jue", "jueves"),
            ("fri", "friday", "vie", "viernes"),
            ("sat", "saturday", "sab", "sáb", "sabado", "sábado"),
            ("sun", "sunday", "dom", "domingo"),
        )
    )
    for name in names
}
