"""Paper, typed in: what was written on sheets, entered line by line, each once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.disposition import Disposition
from app.domain.sheet import CALL_LETTERS, Door, Kind, Typed, Unread, letters
from app.services.paper_calls import enter_call, take_call_back
from app.services.paper_doors import enter_door, take_door_back
from app.services.paper_line import Line, Typist
from app.store import paper as stored
from app.store.engine import Sessions
from app.store.frames import load_frame
from app.store.sheets import Sheet, SheetLine


@dataclass(frozen=True)
class Entered:
    """What came of a line that was typed: a code, and the facts of its sentence.

    saved | already | other (another result stands) | undone | nothing (there is none to take back)
    | late (too late to take back) | sheet | line | letter | unread | refused | elsewhere (is to be
    taken back at its own page) | when (no time to call back) | closed (nobody may be called then)
    | language (none that is known) | called (no time at which it can have been made)
    """

    said: str
    code: str
    name: str = ""
    result: str = ""  # a disposition or a door's, by value
    voter_id: int | None = None
    outside: bool = False  # called outside the hours in which it may have been; kept all the same

    @property
    def fine(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.code in ("saved", "already", "undone")


def enter(
    sessions: Sessions,
    campaign_id: int,
    typed: Iterable[Typed | Unread],
    *,
    by: int,
    now: datetime,
    wall: datetime,
    speed: float = 1.0,
) -> list[Entered]:
    """Enters lines one by one, each in transactions of its own: one that is wrong stops no other.

    The same line with the same result again changes nothing.
    """
    with sessions() as session:
        frame = load_frame(session, campaign_id)
    typist = Typist(sessions, frame, by, now, wall, speed)
    return [
        _enter(typist, one) if isinstance(one, Typed) else Entered(one.said, "unread")
        for one in typed
    ]


def _enter(typist: Typist, typed: Typed) -> Entered:
    with typist.sessions() as session:
        sheet = stored.by_code(session, typist.frame.id, typed.code)
    if sheet is None:
        return Entered(typed.plain, "sheet")
    result = letters(Kind(sheet.kind)).get(typed.letter)
    if result is None and not typed.undo:
        return Entered(typed.plain, "letter")
    row, name = _line(typist, sheet, typed.line)
    if row is None:
        return Entered(typed.plain, "line")
    return _enter_line(Line(typist, sheet, row), name, typed, result)


def _line(typist: Typist, sheet: Sheet, number: int) -> tuple[SheetLine | None, str]:
    with typist.sessions() as session:
        line = session.get(SheetLine, (sheet.id, number))
        return line, stored.name_of(session, line.voter_id) if line else ""


def _enter_line(line: Line, name: str, typed: Typed, result: Disposition | Door | None) -> Entered:
    known = letters(Kind(line.sheet.kind)).get(line.row.result)
    voter_id = line.row.voter_id
    there = Entered(typed.plain, "other", name, known.value if known else "", voter_id)
    if result is None:
        return replace(there, code=_take_back(line))
    if line.row.result and line.row.result != typed.letter:
        return there
    answer = Entered(typed.plain, "saved", name, result.value, voter_id)
    if isinstance(result, Disposition):
        code, outside = enter_call(line, typed)
        return replace(answer, code=code, outside=outside)
    return replace(answer, code=enter_door(line, typed.letter, result))


def _take_back(line: Line) -> str:
    if not line.row.result:
        return "nothing"
    if line.row.touch_id is not None and line.row.result in CALL_LETTERS:
        return take_call_back(line)
    return take_door_back(line)
