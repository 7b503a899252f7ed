"""Paper, typed in: what was written on sheets, entered line by line, each once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import EFFECTS, Disposition
from app.domain.hours import Place, open_until
from app.domain.language import code_of
from app.domain.sheet import (
    CALL_LETTERS,
    DOOR_LETTERS,
    Door,
    Kind,
    Typed,
    Unread,
    letters,
    time_after,
    time_before,
)
from app.services.paper import call_until, entry
from app.services.record import BadRecord, CallRecord, NotYours, record_call
from app.services.rides import NewRide, RideRefused, ask
from app.services.strike_desk import Desk, DeskRefused, strike_one, take_back
from app.services.undo import undo_call
from app.store import paper as stored
from app.store.call_log import was_shown, write_claim
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import Frame, load_frame
from app.store.sheets import Sheet, SheetLine

DOOR_BACK = "door taken back"
OUTSIDE = "called outside hours"
SOON, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KEYS = UUID("5b0e7a52-6f5e-4c1c-9d53-3d1f6c0d4a11")
"""The namespace of the keys of what is entered: the same line and letter has the same key."""
HELD_WHILE_ENTERED = timedelta(minutes=1)
"""Machine time for which whoever enters a line holds its call; a crash gives it back by then."""


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
    return [
        _enter(sessions, frame, one, by=by, now=now, wall=wall, speed=speed)
        if isinstance(one, Typed)
        else Entered(one.said, "unread")
        for one in typed
    ]


def _enter(
    sessions: Sessions,
    frame: Frame,
    typed: Typed,
    *,
    by: int,
    now: datetime,
    wall: datetime,
    speed: float,
) -> Entered:
    with sessions() as session:
        sheet = stored.by_code(session, frame.id, typed.code)
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
    if isinstance(result, Disposition):
        return _enter_call(sessions, frame, sheet, line, typed, answer, by=by, now=now, wall=wall)
    written, who = _write(sessions, sheet, line, typed.letter, by, now)
    code = _visit(sessions, sheet, line, result, by=who, now=now, wall=wall, first=written)
    return replace(answer, code=code)


def _enter_call(
    sessions: Sessions,
    frame: Frame,
    sheet: Sheet,
    line: SheetLine,
    typed: Typed,
    answer: Entered,
    *,
    by: int,
    now: datetime,
    wall: datetime,
) -> Entered:
    """Enters a call at the time at which it was made. One outside the hours is kept and flagged:
    it happened, and the voter's wish holds whenever it was told."""
    with sessions() as session:
        place = Place.of(stored.place_of(session, sheet.campaign_id, line.voter_id))
    made = _call_made(frame, place, sheet, typed, now)
    if isinstance(made, str):
        return replace(answer, code=made)
    _written, who = _write(sessions, sheet, line, typed.letter, by, now)
    code = _record(sessions, sheet, line, made, by=who, wall=wall)
    if made.outside and code == "saved":
        with sessions.begin() as session:
            details = {"campaign": sheet.campaign_id, "line": line.line}
            session.add(entry(OUTSIDE, sheet.id, details, by, now))
    return replace(answer, code=code, outside=made.outside)


@dataclass(frozen=True)
class _Made:
    """A call as it was made."""

    result: Disposition
    at: datetime
    outside: bool
    callback_at: datetime | None = None
    language: str = ""


def _call_made(
    frame: Frame, place: Place, sheet: Sheet, typed: Typed, now: datetime
) -> _Made | str:
    """What is said of a call, or the code of what is wrong with it."""
    result = CALL_LETTERS[typed.letter]
    zone = place.clock(frame.schedule.zone).key
    at = _called_at(sheet, frame, place, typed, now)
    if at is None:
        return "called"
    outside = open_until(frame.schedule, place, Channel.CALL, at) is None
    if result is Disposition.OTHER_LANGUAGE:
        language = code_of(typed.more.casefold().strip(" ."))
        return _Made(result, at, outside, language=language) if language else "language"
    if result is not Disposition.CALL_BACK:
        return _Made(result, at, outside)
    again = time_after(typed.more, at, zone)
    if again is None:
        return "when"
    again = max(again, now + SOON)  # one whose time has passed is due at once
    if open_until(frame.schedule, place, Channel.CALL, again) is None:
        return "closed"
    return _Made(result, at, outside, callback_at=again)


def _called_at(
    sheet: Sheet, frame: Frame, place: Place, typed: Typed, now: datetime
) -> datetime | None:
    """When a call was made: as it is said; else now, or the last instant at which the sheet allowed
    it. None for a time that lies before the sheet."""
    if typed.called:
        zone = place.clock(frame.schedule.zone).key
        at = time_before(typed.called, now, zone)
        return at if at is not None and at >= sheet.created_at - A_MINUTE else None
    until = call_until(sheet, frame, place)
    return max(sheet.created_at, min(now, until - SOON)) if until else now


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
    made: _Made,
    *,
    by: int,
    wall: datetime,
) -> str:
    """Records a call as the call screen does, as of the time at which it was made: whoever enters
    it holds it for that moment."""
    assert line.touch_id is not None
    with sessions.begin() as session:
        lease = wall + HELD_WHILE_ENTERED
        fence = stored.take_from_sheet(session, line.touch_id, sheet.id, by, lease)
        if fence is not None or not was_shown(session, by, line.touch_id):
            write_claim(session, by, line.touch_id, line.voter_id, made.at)
        key = _key(session, line)
    record = CallRecord(
        key,
        line.touch_id,
        fence or 0,
        by,
        made.result,
        note=f"On paper, {sheet.code}.",
        callback_at=made.callback_at,
        language=made.language,
    )
    try:
        done = record_call(sessions, record, now=made.at, wall=wall)
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
            session.add(entry("door entered", sheet.id, details, by, now))
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
        session.add(entry(DOOR_BACK, sheet.id, details, by, now))
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
