"""Calls on paper: recorded as the call screen does, as of the time at which they were made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.hours import Place, open_until
from app.domain.language import code_of
from app.domain.sheet import CALL_LETTERS, Typed, time_after, time_before
from app.services.paper import call_until
from app.services.paper_line import Line
from app.services.record import BadRecord, CallRecord, NotYours, record_call
from app.services.undo import undo_call
from app.store import paper as stored
from app.store.call_log import was_shown, write_claims

OUTSIDE = "called outside hours"
SOON, A_MINUTE = timedelta(seconds=1), timedelta(minutes=1)
KEYS = UUID("5b0e7a52-6f5e-4c1c-9d53-3d1f6c0d4a11")
"""The namespace of the keys of what is entered: the same line and letter has the same key."""
HELD_WHILE_ENTERED = timedelta(minutes=1)
"""Machine time for which whoever enters a line holds its call; a crash gives it back by then."""


@dataclass(frozen=True)
class _Made:
    """A call as it was made."""

    result: Disposition
    at: datetime
    outside: bool
    callback_at: datetime | None = None
    language: str = ""


def enter_call(line: Line, typed: Typed) -> tuple[str, bool]:
    """Enters a call at the time at which it was made; the code of what came of it, and whether it
    was outside the hours. Such a one is kept and flagged: it happened, and the voter's wish holds
    whenever it was told."""
    made = _call_made(line, line.place(), typed)
    if isinstance(made, str):
        return made, False
    _new, theirs = line.write(typed.letter)
    code = _record(theirs, made)
    if made.outside and code == "saved":
        with line.typist.sessions.begin() as session:
            line.note(session, OUTSIDE)
    return code, made.outside


def _call_made(line: Line, place: Place, typed: Typed) -> _Made | str:
    """What is said of a call, or the code of what is wrong with it."""
    result, schedule = CALL_LETTERS[typed.letter], line.typist.frame.schedule
    at = _called_at(line, place, typed)
    if at is None:
        return "called"
    outside = open_until(schedule, place, Channel.CALL, at) is None
    if result is Disposition.OTHER_LANGUAGE:
        language = code_of(typed.more.casefold().strip(" ."))
        return _Made(result, at, outside, language=language) if language else "language"
    if result is not Disposition.CALL_BACK:
        return _Made(result, at, outside)
    again = time_after(typed.more, at, place.clock(schedule.zone).key)
    if again is None:
        return "when"
    again = max(again, line.typist.now + SOON)  # one whose time has passed is due at once
    if open_until(schedule, place, Channel.CALL, again) is None:
        return "closed"
    return _Made(result, at, outside, callback_at=again)


def _called_at(line: Line, place: Place, typed: Typed) -> datetime | None:
    """When a call was made: as it is said; else now, or the last instant at which the sheet allowed
    it. None for a time that lies before the sheet."""
    sheet, frame, now = line.sheet, line.typist.frame, line.typist.now
    if typed.called:
        at = time_before(typed.called, now, place.clock(frame.schedule.zone).key)
        return at if at is not None and at >= sheet.created_at - A_MINUTE else None
    until = call_until(sheet, frame, place)
    return max(sheet.created_at, min(now, until - SOON)) if until else now


def _record(line: Line, made: _Made) -> str:
    """Records a call as the call screen does, as of the time at which it was made."""
    by = line.typist
    record = _held(line, made)
    try:
        done = record_call(by.sessions, record, now=made.at, wall=by.wall)
    except (BadRecord, NotYours):
        line.clear()
        return "refused"
    return "already" if done.already else "saved"


def _held(line: Line, made: _Made) -> CallRecord:
    """The record, of a call that whoever enters it holds for this moment."""
    by, row = line.typist, line.row
    assert row.touch_id is not None
    with by.sessions.begin() as session:
        lease = by.wall + HELD_WHILE_ENTERED
        fence = stored.take_from_sheet(session, row.touch_id, line.sheet.id, by.user_id, lease)
        if fence is not None or not was_shown(session, by.user_id, row.touch_id):
            write_claims(session, [(by.user_id, row.touch_id, row.voter_id)], made.at)
        key = _key(session, line)
    return CallRecord(
        key,
        row.touch_id,
        fence or 0,
        by.user_id,
        made.result,
        note=f"On paper, {line.sheet.code}.",
        callback_at=made.callback_at,
        language=made.language,
    )


def _key(session: Session, line: Line) -> UUID:
    assert line.row.touch_id is not None
    tries = stored.taken_back(session, line.row.touch_id)
    return uuid5(KEYS, f"{line.sheet.id}:{line.row.line}:{tries}")


def take_call_back(line: Line) -> str:
    """Takes a call back within the seconds in which records can be; the sheet has it again."""
    by, touch = line.typist, line.row.touch_id
    assert touch is not None
    with by.sessions() as session:
        key = _key(session, line)
    if not undo_call(by.sessions, key, by.user_id, now=by.now, wall=by.wall).done:
        return "late"
    left = max((line.sheet.held_until or by.now) - by.now, timedelta())
    with by.sessions.begin() as session:
        lease = by.wall + left / max(by.speed, 0.01)
        stored.give_to_sheet(session, touch, line.sheet.id, by.user_id, lease)
    line.clear()
    return "undone"
