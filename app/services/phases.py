"""Phases: add, change and remove them, suggest rounds, and mark their people while they are on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.condition import BadUniverse
from app.domain.phase import PhaseDraft, PhaseKind, problems_of, suggest_rounds
from app.store import phase_people
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.frames import load_frame, place_names
from app.store.people import AuditEntry
from app.store.phases import (
    Phase,
    clear,
    due_for_marks,
    mark,
    note_marked,
    over,
    phases_of,
)
from app.store.universe_sql import Asking

AT_ONCE = 2_000
"""Targets marked in one transaction: a strike or a call that waits for one of them waits for a few
hundredths of a second."""


BEGUN = (
    "This phase has begun, so its kind, its start and its people stay as they are. End it and add "
    "another."
)


class PhaseRefused(ValueError):
    """A phase that cannot be: for each field, what is wrong and what to do."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems.values()))


@dataclass(frozen=True)
class Marked:
    """What a run of `mark_due` did, in targets."""

    marked: int = 0
    cleared: int = 0


def add(
    sessions: Sessions, campaign_id: int, draft: PhaseDraft, *, by: int | None, now: datetime
) -> int:
    """Adds a phase and returns its id; the same asked for twice is there once. Raises
    PhaseRefused."""
    with sessions.begin() as session:
        _take_turns(session, campaign_id)
        return _write(session, campaign_id, draft, by, now)


def change(
    sessions: Sessions,
    campaign_id: int,
    phase_id: int,
    draft: PhaseDraft,
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Changes a phase; of one that has begun all but its kind, its start and its people, for those
    are marked. Raises PhaseRefused."""
    with sessions.begin() as session:
        phase = _find(session, campaign_id, phase_id)
        if phase.ends_at <= now:
            raise PhaseRefused({"": "This phase is over; add another."})
        was = (phase.kind, phase.starts_at, phase.filter)
        begun = phase.starts_at <= now
        _fill(phase, draft, _check(session, campaign_id, draft, now))
        if begun and was != (phase.kind, phase.starts_at, phase.filter):
            raise PhaseRefused({"": BEGUN})
        session.add(_audit(phase, "phase changed", by, now))


def remove(
    sessions: Sessions, campaign_id: int, phase_id: int, *, by: int | None, now: datetime
) -> str:
    """Removes a phase that has not begun; one that is on ends now and stays as a record. Returns
    what was done, in words; raises PhaseRefused for one that is over."""
    with sessions.begin() as session:
        phase = _find(session, campaign_id, phase_id)
        if phase.ends_at <= now:
            raise PhaseRefused({"": "This phase is over; it stays as a record of what was done."})
        if phase.starts_at > now:
            session.add(_audit(phase, "phase removed", by, now))
            session.delete(phase)
            return f"“{phase.name}” is removed."
        phase.ends_at = now
        session.add(_audit(phase, "phase ended early", by, now))
        return f"“{phase.name}” has ended. What was done in it stays here."


def suggest(
    sessions: Sessions,
    campaign_id: int,
    whom: dict[str, Any],
    *,
    by: int | None,
    now: datetime,
) -> int:
    """Adds the suggested rounds of polling day for these people, but for those that are over and
    those whose time another round has; how many. Raises PhaseRefused."""
    with sessions.begin() as session:
        _take_turns(session, campaign_id)
        frame = load_frame(session, campaign_id)
        rounds = [
            one
            for one in suggest_rounds(frame.schedule, place_names(session, campaign_id))
            if one.ends_at > now
        ]
        if not rounds:
            raise PhaseRefused({"": "The polls have closed; there is no round left to suggest."})
        there = [one for one in phases_of(session, campaign_id) if one.kind is PhaseKind.ROUND]
        added = 0
        for one in rounds:
            if any(o.starts_at < one.ends_at and one.starts_at < o.ends_at for o in there):
                continue
            draft = PhaseDraft(PhaseKind.ROUND, one.name, one.starts_at, one.ends_at, whom=whom)
            _write(session, campaign_id, draft, by, now)
            added += 1
        return added


def _find(session: Session, campaign_id: int, phase_id: int) -> Phase:
    phase = session.get(Phase, phase_id, with_for_update=True, populate_existing=True)
    if phase is None or phase.campaign_id != campaign_id:
        raise PhaseRefused({"": "This phase is gone; somebody removed it."})
    return phase


def _take_turns(session: Session, campaign_id: int) -> None:
    """Two who add phases at once see each other's."""
    session.get_one(Campaign, campaign_id, with_for_update={"key_share": True})


def _write(
    session: Session, campaign_id: int, draft: PhaseDraft, by: int | None, now: datetime
) -> int:
    phase = Phase(campaign_id=campaign_id)
    _fill(phase, draft, _check(session, campaign_id, draft, now))
    same = [one for one in phases_of(session, campaign_id) if _facts(one) == _facts(phase)]
    if same:
        return same[0].id
    session.add(phase)
    session.flush()
    session.add(_audit(phase, "phase added", by, now))
    return phase.id


def _check(session: Session, campaign_id: int, draft: PhaseDraft, now: datetime) -> dict[str, Any]:
    """The draft's universe as it is kept; raises PhaseRefused."""
    frame = load_frame(session, campaign_id)
    problems = problems_of(draft, frame.schedule, place_names(session, campaign_id), now)
    whom: dict[str, Any] = {}
    try:
        whom = phase_people.kept(session, draft.whom)
    except BadUniverse as refused:
        problems["whom"] = f"{str(refused)[:1].upper()}{str(refused)[1:]}."
    if problems:
        raise PhaseRefused(problems)
    return whom


def _fill(phase: Phase, draft: PhaseDraft, whom: dict[str, Any]) -> None:
    phase.kind, phase.name = draft.kind, " ".join(draft.name.split())
    phase.starts_at, phase.ends_at = draft.starts_at, draft.ends_at
    phase.goal, phase.channels = draft.goal, [channel.value for channel in draft.channels]
    phase.filter = whom


def _facts(phase: Phase) -> tuple[object, ...]:
    """All that somebody says of a phase."""
    when = (phase.kind, phase.name, phase.starts_at, phase.ends_at)
    return *when, phase.goal, phase.channels, phase.filter


def _audit(phase: Phase, action: str, by: int | None, now: datetime) -> AuditEntry:
    details = {
        "name": phase.name,
        "kind": phase.kind.value,
        "starts_at": phase.starts_at.isoformat(),
        "ends_at": phase.ends_at.isoformat(),
        "goal": phase.goal,
        "channels": phase.channels,
        "filter": phase.filter,
    }
    return AuditEntry(
        at=now, user_id=by, action=action, subject=f"phase:{phase.id}", details=details
    )


def mark_due(sessions: Sessions, now: datetime) -> Marked:
    """Marks the people of phases that are on and lets those of the others go.

    Level-triggered: it compares phases and marks, so that a run that is missed, doubled, broken off
    or late changes nothing but the time. With nothing due it is two small queries. People who come
    to meet a phase's conditions after its start are not marked. What goes wrong with one phase is
    raised when all the others have had their turn.
    """
    with sessions() as session:
        gone = over(session, now)
        due = due_for_marks(session, now)
    cleared = sum(_let_go(sessions, campaign, phase, now) for campaign, phase in gone)
    marked, wrong = 0, []
    for phase in due:
        try:
            marked += _mark_all(sessions, phase, now)
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return Marked(marked, cleared)


def _let_go(sessions: Sessions, campaign_id: int, phase_id: int, now: datetime) -> int:
    with sessions.begin() as session:
        phase_people.write_down(session, campaign_id, phase_id, now)
    total = 0
    while some := _clear_part(sessions, campaign_id, phase_id):
        total += some
    return total


@patiently
def _clear_part(sessions: Sessions, campaign_id: int, phase_id: int) -> int:
    with sessions.begin() as session:
        return clear(session, campaign_id, phase_id, AT_ONCE)


def _mark_all(sessions: Sessions, phase_id: int, now: datetime) -> int:
    """Finds the phase's people in one reading and marks them part by part."""
    with sessions() as session:
        phase = session.get(Phase, phase_id)
        if phase is None:
            return 0
        campaign = session.get_one(Campaign, phase.campaign_id)
        people = phase_people.members(
            session, phase, Asking(campaign.polling_day, now, campaign.country)
        )
    marked = sum(
        _mark_part(sessions, phase, list(part), now)
        for part in phase_people.in_parts(people, AT_ONCE)
    )
    with sessions.begin() as session:
        note_marked(session, phase_id, len(people), now)
    return marked


@patiently
def _mark_part(sessions: Sessions, phase: Phase, voters: list[int], now: datetime) -> int:
    with sessions.begin() as session:
        return mark(session, phase, voters, now)
