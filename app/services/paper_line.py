"""A line of a sheet while it is entered: its letter is written before its effects."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.hours import Place
from app.services.paper import entry
from app.store import paper as stored
from app.store.engine import Sessions
from app.store.frames import Frame
from app.store.sheets import Sheet, SheetLine


@dataclass(frozen=True)
class Typist:
    """Whoever enters, in which campaign, and when."""

    sessions: Sessions
    frame: Frame
    user_id: int
    now: datetime
    wall: datetime
    speed: float = 1.0  # of campaign time against machine time


@dataclass(frozen=True)
class Line:
    """A line of a sheet, and who enters it."""

    typist: Typist
    sheet: Sheet
    row: SheetLine  # as it was read

    def place(self) -> Place:
        """Where its voter is."""
        with self.typist.sessions() as session:
            return Place.of(stored.place_of(session, self.sheet.campaign_id, self.row.voter_id))

    def write(self, letter: str) -> tuple[bool, "Line"]:
        """Writes the letter on the line, before its effects: a crash in between is mended by
        entering the line again, by whomever. Whether it is new, and the line of whoever it counts
        as: two who enter a line at once must not each hold its call."""
        with self.typist.sessions.begin() as session:
            row = stored.line_of(session, self.sheet.id, self.row.line)
            if row is None or row.result:
                who = (row.entered_by if row is not None else None) or self.typist.user_id
                return False, replace(self, typist=replace(self.typist, user_id=who))
            row.result, row.entered_by = letter, self.typist.user_id
            row.entered_at = self.typist.now
            return True, self

    def clear(self) -> None:
        """Takes the letter off the line."""
        with self.typist.sessions.begin() as session:
            row = stored.line_of(session, self.sheet.id, self.row.line)
            if row is not None:
                row.result, row.entered_by, row.entered_at = "", None, None

    def note(self, session: Session, action: str, **facts: str) -> None:
        """Writes in the audit log what was done with it."""
        details = {"campaign": self.sheet.campaign_id, "line": self.row.line, **facts}
        session.add(entry(action, self.sheet.id, details, self.typist.user_id, self.typist.now))
