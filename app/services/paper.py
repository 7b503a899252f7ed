"""Paper: lists to print for the hour in which everything else fails, and their results entered."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.message import Unfilled, UnknownField
from app.domain.purpose import RAMP
from app.domain.sheet import CODE_LENGTH, MOST_LINES, SIGNS, Kind
from app.domain.spoken import VotesAt
from app.services.compose import NoScript, scripts_of, words_for
from app.services.take_calls import take_call
from app.store import paper as stored
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame
from app.store.people import AuditEntry
from app.store.sheets import Sheet, SheetLine

SHORTEST_HELD, LONGEST_HELD = timedelta(hours=1), timedelta(hours=12)


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
    code: str = ""  # that its form bears, so that the form makes one sheet however often it comes


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
    """Makes a sheet with its lines, once for each form; its id. Raises SheetRefused.

    Its calls are the next that a caller would get, asked by the same rules, and are held by the
    sheet until its time is over; then they go back as those of any caller do.
    """
    lines = max(1, min(asked.lines, MOST_LINES))
    with sessions.begin() as session:
        if session.get_one(Campaign, campaign_id).state == "closed":
            raise SheetRefused("closed")
        stored.wait_for_form(session, asked.code)
        if made := stored.sheet_of_form(session, campaign_id, by, asked.code):
            return made
        sheet = Sheet(
            campaign_id=campaign_id,
            kind=asked.kind.value,
            code=asked.code if stored.code_is_free(session, asked.code) else new_code(session),
            name=" ".join(asked.name.split())[:80],
            filter={"precinct": asked.precinct, "street": asked.street} if asked.precinct else {},
            created_by=by,
            created_at=now,
        )
        session.add(sheet)
        session.flush()
        if asked.kind is Kind.CALLS:
            held_for = max(SHORTEST_HELD, min(asked.hold_for, LONGEST_HELD))
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
        session.add(entry("sheet made", sheet.id, details, by, now))
        return sheet.id


def new_code(session: Session) -> str:
    """A code that no sheet has."""
    while True:
        code = "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))
        if stored.code_is_free(session, code):
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
        return words_for(scripts, frame, BLANK, VotesAt(BLANK), language, place, BLANK).body
    except (NoScript, UnknownField, Unfilled):
        return ""


def call_until(sheet: Sheet, frame: Frame, place: Place) -> datetime | None:
    """Until when a number of a sheet may be called: while the hours that were open when it was made
    last, and the sheet holds its calls; None where they were not open, or it has no calls."""
    if sheet.held_until is None:
        return None
    closes = open_until(frame.schedule, place, Channel.CALL, sheet.created_at)
    return min(closes, sheet.held_until) if closes else None


def note_printed(sessions: Sessions, sheet: Sheet, *, by: int, now: datetime) -> None:
    """Notes in the audit log that a sheet was shown, with names and numbers, to be printed."""
    with sessions.begin() as session:
        details = {"kind": sheet.kind, "campaign": sheet.campaign_id}
        session.add(entry("sheet printed", sheet.id, details, by, now))


def entry(
    action: str, sheet_id: int, details: Mapping[str, object], by: int, now: datetime
) -> AuditEntry:
    return AuditEntry(
        at=now, user_id=by, action=action, subject=f"sheet:{sheet_id}", details=dict(details)
    )
