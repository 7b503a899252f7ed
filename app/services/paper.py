"""Paper: lists to print for the hour in which everything else fails, and their results entered."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import EFFECTS, Disposition
from app.domain.hours import Place
from app.domain.message import Unfilled, UnknownField
from app.domain.purpose import RAMP
from app.domain.sheet import (
    CALL_LETTERS,
    CODE_LENGTH,
    DOOR_LETTERS,
    MOST_LINES,
    SIGNS,
    Door,
    Kind,
    Typed,
    Unread,
    letters,
)
from app.services.claim import take_call
from app.services.compose import NoScript, scripts_of, words_for
from app.services.record import BadRecord, CallRecord, NotYours, record_call
from app.services.rides import NewRide, RideRefused, ask
from app.services.strike_desk import Desk, DeskRefused, strike_one, take_back
from app.services.undo import undo_call
from app.store import paper as stored
from app.store.call_log import was_shown, write_claim
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame
from app.store.people import AuditEntry
from app.store.sheets import Sheet, SheetLine

KEYS = UUID("5b0e7a52-6f5e-4c1c-9d53-3d1f6c0d4a11")
"""The namespace of the keys of what is entered: the same line and letter has the same key."""
HELD_WHILE_ENTERED = timedelta(minutes=1)
"""Machine time for which whoever enters a line holds its call; a crash gives it back by then."""
LONGEST_HELD = timedelta(hours=12)


DOOR_BACK = "door taken back"
BLANK = "______"
"""Where the script names the voter, the polling place or the volunteer."""


class SheetRefused(ValueError):
    """A sheet that cannot be made; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class NewSheet:
    """A sheet as it is asked for."""

    kind: Kind
    lines: int
    name: str = ""
    hold_for: timedelta = timedelta(hours=3)  # campaign time, of calls
    languages: tuple[str, ...] = ("en",)  # of calls: those that its caller speaks
    precinct: str = ""  # of doors
    street: str = ""


@dataclass(frozen=True)
class Entered:
    """What came of a line that was typed: a code, and the facts of its sentence.

    saved | already | other (another result stands) | undone | nothing (there is none to take back)
    | late (too late to take back) | sheet | line | letter | unread | refused | elsewhere (is to be
    taken back at its own page)
    """

    said: str
    code: str
    name: str = ""
    result: str = ""  # a disposition or a door's, by value
    voter_id: int | None = None

    @property
    def fine(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.code in ("saved", "already", "undone")


@patiently
def make_sheet(
    sessions: Sessions,
    campaign_id: int,
    asked: NewSheet,
    *,
    by: int,
    now: datetime,
    wall: datetime,
    speed: float = 1.0,
) -> int:
    """Makes a sheet with its lines; its id. Raises SheetRefused.

    Its calls are the next that a caller would get, asked by the same rules, and are held by the
    sheet until its time is over; then they go back as those of any caller do.
    """
    lines = max(1, min(asked.lines, MOST_LINES))
    with sessions.begin() as session:
        sheet = Sheet(
            campaign_id=campaign_id,
            kind=asked.kind.value,
            code=_new_code(session),
            name=" ".join(asked.name.split())[:80],
            filter={"precinct": asked.precinct, "street": asked.street} if asked.precinct else {},
            created_by=by,
            created_at=now,
        )
        session.add(sheet)
        session.flush()
        if asked.kind is Kind.CALLS:
            held_for = min(asked.hold_for, LONGEST_HELD)
            sheet.held_until = now + held_for
            found = _claim(
                session, sheet, asked, by, now, wall + held_for / max(speed, 0.01), lines
            )
        else:
            if not asked.precinct:
                raise SheetRefused("precinct")
            of = (asked.precinct.strip(), asked.street.strip())
            found = [(one, None) for one in stored.doors(session, campaign_id, *of, lines)]
        if not found:
            raise SheetRefused("nobody")
        for at, (voter, touch) in enumerate(found, 1):
            session.add(SheetLine(sheet_id=sheet.id, line=at, voter_id=voter, touch_id=touch))
        details = {"kind": sheet.kind, "lines": len(found), "campaign": campaign_id}
        session.add(_entry("sheet made", sheet.id, details, by, now))
        return sheet.id


def _new_code(session: Session) -> str:
    while True:
        code = "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))
        if stored.code_is_free(session, code) and not code.isdecimal():
            return code


def _claim(
    session: Session,
    sheet: Sheet,
    asked: NewSheet,
    by: int,
    now: datetime,
    lease_until: datetime,
    lines: int,
) -> list[tuple[int, int | None]]:
    frame = load_frame(session, sheet.campaign_id)
    found: list[tuple[int, int | None]] = []
    while len(found) < lines:
        touch = take_call(session, frame, by, asked.languages, now=now, lease_until=lease_until)
        if touch is None:
            break
        found.append((stored.put_on_sheet(session, touch, sheet.id), touch))
    return found


def script_on_paper(session: Session, frame: Frame, place: Place, language: str) -> str:
    """The call script beside a sheet, with room where a name goes; empty where nobody wrote one."""
    try:
        scripts = scripts_of(session, frame.id, Channel.CALL, RAMP)
        return words_for(scripts, frame, BLANK, BLANK, language, place, BLANK).body
    except (NoScript, UnknownField, Unfilled):
        return ""


def note_printed(sessions: Sessions, sheet: Sheet, *, by: int, now: datetime) -> None:
    """Notes in the audit log that a sheet was shown, with names and numbers, to be printed."""
    with sessions.begin() as session:
        details = {"kind": sheet.kind, "campaign": sheet.campaign_id}
        session.add(_entry("sheet printed", sheet.id, details, by, now))


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
    return [
        _enter(sessions, campaign_id, one, by=by, now=now, wall=wall, speed=speed)
        if isinstance(one, Typed)
        else Entered(one.said, "unread")
        for one in typed
    ]


def _enter(
    sessions: Sessions,
    campaign_id: int,
    typed: Typed,
    *,
    by: int,
    now: datetime,
    wall: datetime,
    speed: float,
) -> Entered:
    with sessions() as session:
        sheet = stored.by_code(session, campaign_id, typed.code)
    if sheet is None:
        return Entered(typed.plain, "sheet")
    kind = Kind(sheet.kind)
    result = letters(kind).get(typed.letter)
    if result is None and not typed.undo:
        return Entered(typed.plain, "letter")
    line, name = _line(sessions, sheet, typed.line)
    if line is None:
        return Entered(typed.plain, "line")
    known = letters(kind).get(line.result)
    if typed.undo:
        code = _undo(sessions, sheet, line, by=by, now=now, wall=wall, speed=speed)
        return Entered(typed.plain, code, name, known.value if known else "", line.voter_id)
    assert result is not None
    answer = Entered(typed.plain, "saved", name, result.value, line.voter_id)
    if line.result and line.result != typed.letter:
        return Entered(typed.plain, "other", name, known.value if known else "", line.voter_id)
    written, who = _write(sessions, sheet, line, typed.letter, by, now)
    if isinstance(result, Disposition):
        code = _record(sessions, sheet, line, result, by=who, now=now, wall=wall)
    else:
        code = _visit(sessions, sheet, line, result, by=who, now=now, wall=wall, first=written)
    return Entered(typed.plain, code, answer.name, answer.result, answer.voter_id)


def _line(sessions: Sessions, sheet: Sheet, number: int) -> tuple[SheetLine | None, str]:
    with sessions() as session:
        line = session.get(SheetLine, (sheet.id, number))
        return line, stored.name_of(session, line.voter_id) if line else ""


def _write(
    sessions: Sessions, sheet: Sheet, line: SheetLine, letter: str, by: int, now: datetime
) -> tuple[bool, int]:
    """Writes the letter on the line, before its effects: a crash in between is mended by entering
    the line again, by whomever. Whether it is new, and as whose it counts: two who enter a line at
    once must not each hold its call."""
    with sessions.begin() as session:
        row = stored.line_of(session, sheet.id, line.line)
        if row is None or row.result:
            return False, (row.entered_by if row is not None else None) or by
        row.result, row.entered_by, row.entered_at = letter, by, now
        return True, by


def _clear(sessions: Sessions, line: SheetLine) -> None:
    with sessions.begin() as session:
        row = stored.line_of(session, line.sheet_id, line.line)
        if row is not None:
            row.result, row.entered_by, row.entered_at = "", None, None


def _record(
    sessions: Sessions,
    sheet: Sheet,
    line: SheetLine,
    result: Disposition,
    *,
    by: int,
    now: datetime,
    wall: datetime,
) -> str:
    """Records a call as the call screen does: whoever enters it holds it for that moment."""
    assert line.touch_id is not None
    with sessions.begin() as session:
        lease = wall + HELD_WHILE_ENTERED
        fence = stored.take_from_sheet(session, line.touch_id, sheet.id, by, lease)
        if fence is not None or not was_shown(session, by, line.touch_id):
            write_claim(session, by, line.touch_id, line.voter_id, now)
        key = _key(session, line)
    record = CallRecord(key, line.touch_id, fence or 0, by, result, note=f"On paper, {sheet.code}.")
    try:
        done = record_call(sessions, record, now=now, wall=wall)
    except (BadRecord, NotYours):
        _clear(sessions, line)
        return "refused"
    return "already" if done.already else "saved"


def _key(session: Session, line: SheetLine) -> UUID:
    assert line.touch_id is not None
    tries = stored.taken_back(session, line.touch_id)
    return uuid5(KEYS, f"{line.sheet_id}:{line.line}:{tries}")


def _visit(
    sessions: Sessions,
    sheet: Sheet,
    line: SheetLine,
    result: Door,
    *,
    by: int,
    now: datetime,
    wall: datetime,
    first: bool,
) -> str:
    """What a door brings about; it is no attempt, and counts in no cap. Each effect happens once,
    also when a crash came between the line and it: then the line is entered again."""
    if result is Door.RIDE and not _ride(sessions, sheet, line, by, now):
        return "refused"
    if result is Door.VOTED:
        desk, key = _desk(sessions, sheet, line, by)
        strike_one(sessions, desk, key, voter_id=line.voter_id, now=now, wall=wall)
    with sessions.begin() as session:
        if result in OUT:
            stored.set_out(session, sheet.campaign_id, line.voter_id, OUT[result], "")
        if first:
            details = {"campaign": sheet.campaign_id, "line": line.line, "result": result.value}
            session.add(_entry("door entered", sheet.id, details, by, now))
    return "saved" if first else "already"


def _desk(sessions: Sessions, sheet: Sheet, line: SheetLine, by: int) -> tuple[Desk, str]:
    """The strike desk of whoever enters a line, and the key of the line there: another one after
    it was taken back."""
    with sessions() as session:
        day = session.get_one(Campaign, sheet.campaign_id).polling_day
        tries = stored.times_noted(session, DOOR_BACK, sheet.id, line.line)
    return Desk(by, sheet.campaign_id, day), f"sheet-{sheet.id}-{line.line}-{tries}"


OUT: Mapping[Door, str] = {
    Door.REFUSED: EFFECTS[Disposition.REFUSED].out,
    Door.MOVED: EFFECTS[Disposition.MOVED].out,
}
"""Why nobody tries a voter any more, by what was found at the door."""


def _ride(sessions: Sessions, sheet: Sheet, line: SheetLine, by: int, now: datetime) -> bool:
    with sessions() as session:
        rows = stored.rows(session, sheet.campaign_id, sheet.id)
    row = next(one for one in rows if one.line == line.line)
    asked = NewRide(
        key=f"sheet:{sheet.id}:{line.line}",
        name=row.name,
        pick_up=row.address,
        going_to=row.polling_place,
        note=f"At the door, sheet {sheet.code}.",
    )
    try:
        ask(sessions, sheet.campaign_id, asked, by=by, now=now)
    except RideRefused as refused:
        if refused.code == "key":  # somebody else has entered this line before
            return True
        _clear(sessions, line)
        return False
    return True


def _undo(
    sessions: Sessions,
    sheet: Sheet,
    line: SheetLine,
    *,
    by: int,
    now: datetime,
    wall: datetime,
    speed: float,
) -> str:
    if not line.result:
        return "nothing"
    if line.touch_id is not None and line.result in CALL_LETTERS:
        return _undo_call(sessions, sheet, line, by=by, now=now, wall=wall, speed=speed)
    return _undo_door(sessions, sheet, line, by=by, now=now, wall=wall)


def _undo_door(
    sessions: Sessions, sheet: Sheet, line: SheetLine, *, by: int, now: datetime, wall: datetime
) -> str:
    """Takes back what was found at a door; a ballot while the strike desk would, a ride never: a
    driver may be on the way."""
    result = DOOR_LETTERS[line.result]
    if result is Door.RIDE:
        return "elsewhere"
    if result is Door.VOTED:
        desk, key = _desk(sessions, sheet, line, by)
        try:
            take_back(sessions, desk, key, now=now, wall=wall)
        except DeskRefused:
            return "elsewhere"
    with sessions.begin() as session:
        if result in OUT:
            stored.set_out(session, sheet.campaign_id, line.voter_id, "", OUT[result])
        details = {"campaign": sheet.campaign_id, "line": line.line, "result": result.value}
        session.add(_entry(DOOR_BACK, sheet.id, details, by, now))
    _clear(sessions, line)
    return "undone"


def _undo_call(
    sessions: Sessions,
    sheet: Sheet,
    line: SheetLine,
    *,
    by: int,
    now: datetime,
    wall: datetime,
    speed: float,
) -> str:
    """Takes a call back within the seconds in which records can be; the sheet has it again."""
    assert line.touch_id is not None
    with sessions() as session:
        key = _key(session, line)
    if not undo_call(sessions, key, by, now=now, wall=wall).done:
        return "late"
    left = max((sheet.held_until or now) - now, timedelta())
    with sessions.begin() as session:
        lease = wall + left / max(speed, 0.01)
        stored.give_to_sheet(session, line.touch_id, sheet.id, by, lease)
    _clear(sessions, line)
    return "undone"


def _entry(
    action: str, sheet_id: int, details: Mapping[str, object], by: int, now: datetime
) -> AuditEntry:
    return AuditEntry(
        at=now, user_id=by, action=action, subject=f"sheet:{sheet_id}", details=dict(details)
    )
