"""The inbox: whose a conversation is, what is done with many at once, and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.problem import ProblemKind, ProblemState
from app.store import inbox_acts as stored
from app.store import problems
from app.store.engine import Sessions, patiently
from app.store.inbox import people
from app.store.inbox_acts import Picked
from app.store.people import AuditEntry
from app.store.wishes import opt_out

MOST = 200
"""What may be chosen at once."""
UNDONE_WITHIN = timedelta(minutes=30)
"""In campaign time; later nobody remembers what it was."""
DONE = "inbox done"


@dataclass(frozen=True)
class Assigned:
    """Whether a conversation is now whose it was meant to be, and the name of whose it is."""

    won: bool
    whose: str


def look(
    session: Session, ids: Sequence[int], user_id: int, wall: datetime, seen: int | None = None
) -> Picked:
    """What would be done with these, as it stands now."""
    return stored.pick(session, ids[:MOST], user_id, wall, seen=seen)


@patiently
def done(
    sessions: Sessions,
    ids: Sequence[int],
    *,
    seen: int | None = None,
    by: int,
    now: datetime,
    wall: datetime,
) -> tuple[Picked, int | None]:
    """Takes all that these addresses wrote up to `seen` out of the inbox, but for what others have
    in hand; what it was, and the number by which it is undone. None: nothing waited any more."""
    with sessions.begin() as session:
        picked = stored.pick(session, ids[:MOST], by, wall, seen=seen, lock=True)
        if not picked.texts:
            return picked, None
        stored.settle(session, picked, by, now)
        entry = AuditEntry(
            at=now,
            user_id=by,
            action=DONE,
            subject="inbox",
            details={"texts": list(picked.texts), "conversations": list(picked.conversations)},
        )
        session.add(entry)
        session.flush()
        return picked, entry.id


@patiently
def undo(sessions: Sessions, entry_id: int, *, by: int, now: datetime) -> int:
    """Puts back what the same person took out a short time ago; how many texts wait again. What
    others wrote or did since stays."""
    with sessions.begin() as session:
        entry = session.get(AuditEntry, entry_id)
        if entry is None or entry.action != DONE or entry.user_id != by:
            return 0
        if not now - UNDONE_WITHIN <= entry.at <= now:
            return 0
        texts, talks = entry.details["texts"], entry.details["conversations"]
        back = stored.unsettle(session, texts, talks, by)
        if back:
            details = {"texts": texts, "undoes": entry_id}
            session.add(
                AuditEntry(
                    at=now, user_id=by, action="inbox undone", subject="inbox", details=details
                )
            )
        return back


@patiently
def opt_out_all(
    sessions: Sessions, ids: Sequence[int], *, by: int, now: datetime, wall: datetime
) -> Picked:
    """Opts these addresses out of texts, cancels what is pending to them and takes them out of the
    inbox, all or none; what it was. Only they themselves can undo it."""
    with sessions.begin() as session:
        picked = stored.pick(session, ids[:MOST], by, wall, lock=True)
        for address, campaign_id in sorted(picked.addresses, key=lambda one: one[0]):
            opt_out(session, address, Channel.TEXT, source="organizer", words="", now=now)
            subject = f"campaign:{campaign_id}" if campaign_id is not None else "inbox"
            session.add(
                AuditEntry(
                    at=now,
                    user_id=by,
                    action="opted out",
                    subject=subject,
                    details={"from": "inbox"},
                )
            )
        stored.settle(session, picked, by, now)
        return picked


@patiently
def assign(
    sessions: Sessions,
    conversation_id: int,
    to: int | None,
    *,
    seen: int | None,
    by: int,
    now: datetime,
) -> Assigned:
    """Gives a conversation to a person or, with None, back to all. `seen` is whose it was on the
    page that asks: of two who act at once one wins, and the other is told whose it is."""
    with sessions.begin() as session:
        if to is not None and to not in dict(people(session)):
            return Assigned(False, "")
        won, whose = stored.assign(session, conversation_id, to, seen)
        if won and to != seen:
            session.add(
                AuditEntry(
                    at=now,
                    user_id=by,
                    action="conversation given",
                    subject=f"conversation:{conversation_id}",
                    details={"to": to},
                )
            )
        return Assigned(won, whose)


@patiently
def take_note_up(
    sessions: Sessions, attempt_id: str, *, solved: bool, by: int, now: datetime
) -> int | None:
    """Makes a problem of the note of a call: theirs who takes it up, or solved at once when there
    is nothing to do. Its number; None when somebody had done so before, or there is no such call.
    """
    try:
        UUID(attempt_id)
    except ValueError:
        return None
    with sessions.begin() as session:
        facts = stored.note_of_call(session, attempt_id)
        if facts is None:
            return None
        state = ProblemState.SOLVED if solved else ProblemState.TAKEN
        code = "solved" if solved else "given"
        new = problems.add(
            session,
            **facts,
            key=f"note:{attempt_id}",
            kind=ProblemKind.ASKS.value,
            state=state.value,
            assigned_to=by,
            solved_at=now if solved else None,
            timeline=[{"at": now.isoformat(), "by": by, "code": code}],
        )
        if new is not None:
            session.add(
                AuditEntry(
                    at=now,
                    user_id=by,
                    action="note taken up",
                    subject=f"problem:{new}",
                    details={"campaign": facts["campaign_id"], "solved": solved},
                )
            )
        return new
