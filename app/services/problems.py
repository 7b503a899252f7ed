"""Problems of voters: reported, given to somebody, noted, solved, opened again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.phone import clean_phone
from app.domain.problem import ImpossibleMove, ProblemKind, ProblemState, move
from app.store import problems
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.in_hand import in_hand
from app.store.people import AuditEntry, User
from app.store.polling_day import Problem

LONGEST = 1_000
"""Characters of what was said."""
MOST_LINES = 200
"""Lines of a timeline."""


class ProblemRefused(ValueError):
    """What cannot be done with a problem: a code, and what its sentence names."""

    def __init__(self, code: str, field: str = "", **facts: object) -> None:
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts


@dataclass(frozen=True)
class NewProblem:
    """A problem as it is reported. Of the voter in a call only the touch is named."""

    key: str
    kind: str
    said: str = ""
    place: str = ""
    precinct: str = ""
    phone: str = ""
    touch_id: int | None = None


@patiently
def report(
    sessions: Sessions, campaign_id: int, told: NewProblem, *, by: int, now: datetime
) -> tuple[int, bool]:
    """Writes a problem down; its id, and whether it is new: the same key again is the same
    problem. Raises ProblemRefused."""
    with sessions.begin() as session:
        known = problems.by_key(session, told.key)
        if known is None:
            facts = _facts(session, campaign_id, told, by)
            line = {"at": now.isoformat(), "by": by, "code": "reported"}
            new = problems.add(
                session,
                campaign_id=campaign_id,
                key=told.key,
                created_by=by,
                created_at=now,
                timeline=[line],
                **facts,
            )
            if new is not None:
                session.add(_audit("problem reported", new, campaign_id, by, now, kind=told.kind))
                return new, True
            known = problems.by_key(session, told.key)  # at the same moment, under the same key
        if known is None or known.campaign_id != campaign_id or known.created_by != by:
            raise ProblemRefused("key")
        return known.id, False


def _facts(session: Session, campaign_id: int, told: NewProblem, by: int) -> dict[str, object]:
    if told.kind not in set(ProblemKind):
        raise ProblemRefused("kind", "kind")
    said = " ".join(told.said.split())[:LONGEST]
    if not said and told.kind == ProblemKind.OTHER:
        raise ProblemRefused("said", "said")
    country = session.get_one(Campaign, campaign_id).country
    phone = clean_phone(told.phone, country) or ""
    if told.phone.strip() and not phone:
        raise ProblemRefused("phone", "phone")
    facts: dict[str, object] = {
        "kind": told.kind,
        "said": said,
        "place": " ".join(told.place.split())[:LONGEST],
        "precinct": " ".join(told.precinct.split())[:100],
        "phone": phone,
        "voter_id": None,
    }
    if told.touch_id is not None:
        voter = in_hand(session, campaign_id, told.touch_id, by)
        if voter is None:
            raise ProblemRefused("not_yours")
        facts["voter_id"] = voter.voter_id
        facts["phone"] = phone or voter.phone
        if not facts["place"] and not facts["precinct"]:
            facts["place"], facts["precinct"] = voter.polling_place, voter.precinct
    return facts


@patiently
def assign(
    sessions: Sessions,
    campaign_id: int,
    problem_id: int,
    user_id: int | None,
    *,
    seen: int | None,
    by: int,
    now: datetime,
) -> None:
    """Gives a problem to somebody, or to nobody; `seen` is whose it was on the page that asks, so
    that of two who act at once one wins and the other is told. Raises ProblemRefused."""
    with sessions.begin() as session:
        row = _held(session, campaign_id, problem_id)
        if row.assigned_to not in (seen, user_id):
            raise ProblemRefused("meanwhile", name=_name(session, row.assigned_to))
        if row.assigned_to == user_id and row.state != ProblemState.SOLVED:
            return
        if user_id is not None and user_id not in dict(problems.organizers(session, campaign_id)):
            raise ProblemRefused("nobody", "user")
        onward = ProblemState.OPEN if user_id is None else ProblemState.TAKEN
        if row.state != onward:
            _move(row, onward)
        row.assigned_to = user_id
        code = "let_go" if user_id is None else "taken" if user_id == by else "given"
        _line(row, now, by, code, _name(session, user_id))
        session.add(_audit("problem given", row.id, campaign_id, by, now, to=user_id))


@patiently
def note(
    sessions: Sessions, campaign_id: int, problem_id: int, said: str, *, by: int, now: datetime
) -> None:
    """Adds a line to the timeline; the same line again is there once. Raises ProblemRefused."""
    words = " ".join(said.split())[:LONGEST]
    if not words:
        raise ProblemRefused("note", "said")
    with sessions.begin() as session:
        row = _held(session, campaign_id, problem_id)
        last = row.timeline[-1] if row.timeline else {}
        if (last.get("by"), last.get("said")) != (by, words):
            _line(row, now, by, "", words)


@patiently
def solve(
    sessions: Sessions, campaign_id: int, problem_id: int, outcome: str, *, by: int, now: datetime
) -> None:
    """Ends a problem with what came of it; again it changes nothing. Raises ProblemRefused."""
    words = " ".join(outcome.split())[:LONGEST]
    with sessions.begin() as session:
        row = _held(session, campaign_id, problem_id)
        if row.state == ProblemState.SOLVED:
            return
        if not words:
            raise ProblemRefused("outcome", "said")
        _move(row, ProblemState.SOLVED)
        row.solved_at = now
        _line(row, now, by, "solved", words)
        session.add(_audit("problem solved", row.id, campaign_id, by, now))


@patiently
def reopen(
    sessions: Sessions, campaign_id: int, problem_id: int, *, by: int, now: datetime
) -> None:
    """Opens a solved problem again; again it changes nothing. Raises ProblemRefused."""
    with sessions.begin() as session:
        row = _held(session, campaign_id, problem_id)
        if row.state != ProblemState.SOLVED:
            return
        _move(row, ProblemState.OPEN)
        row.solved_at = row.assigned_to = None
        _line(row, now, by, "reopened")
        session.add(_audit("problem reopened", row.id, campaign_id, by, now))


def _held(session: Session, campaign_id: int, problem_id: int) -> Problem:
    row = problems.hold(session, campaign_id, problem_id)
    if row is None:
        raise ProblemRefused("gone")
    return row


def _move(row: Problem, onward: ProblemState) -> None:
    try:
        row.state = move(ProblemState(row.state), onward).value
    except ImpossibleMove as over:
        raise ProblemRefused("over") from over


def _line(row: Problem, now: datetime, by: int, code: str, said: str = "") -> None:
    """A line of the timeline: a code, words, or both. A very long one gets no longer."""
    if len(row.timeline) < MOST_LINES:
        line = {"at": now.isoformat(), "by": by, "code": code, "said": said}
        row.timeline = [*row.timeline, line]


def _name(session: Session, user_id: int | None) -> str:
    return session.scalar(select(User.name).where(User.id == user_id)) or ""


def _audit(
    action: str, problem_id: int, campaign_id: int, by: int, now: datetime, **details: object
) -> AuditEntry:
    return AuditEntry(
        at=now,
        user_id=by,
        action=action,
        subject=f"problem:{problem_id}",
        details={"campaign": campaign_id, **details},
    )
