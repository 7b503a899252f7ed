"""The people of a phase: whom it takes, how many they are, and what came of it so far."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.condition import Condition, InUniverse
from app.domain.phase import BUILT_IN, PLEDGED, STILL_OUT, PhaseKind, built_in
from app.domain.universe import Universe
from app.store.people import AuditEntry
from app.store.phases import Phase
from app.store.saved_universes import SavedUniverse
from app.store.universe_sql import Asking, Where, where
from app.store.universes import questions, resolve, resolved

ENDED = "phase ended"
"""The entry of the audit log that keeps what came of a phase once its people are let go."""

_BALLOT_OUT = (
    "EXISTS (SELECT FROM mail_ballots m WHERE m.voter_id = v.id AND m.polling_day = :chased_on "
    "AND m.stage = ANY(:still_out))"
)
_MAY_BE_TAKEN = (
    "t.campaign_id = :campaign AND t.voted_at IS NULL AND t.out = '' AND t.arm = 'treated'"
)


def condition_of(session: Session, said: Mapping[str, Any]) -> Condition | None:
    """The condition of a phase's universe, with what it refers to written out; None asks nothing.
    Raises BadUniverse."""
    condition = Universe.from_json(dict(said)).condition
    if isinstance(condition, InUniverse) and _is_built_in(session, condition.name):
        return built_in(condition.name, questions(session) if condition.name == PLEDGED else {})
    return resolve(session, condition)


def whom(session: Session, kind: PhaseKind, said: Mapping[str, Any], asking: Asking) -> Where:
    """On voters v, whom a phase takes: its universe, and in a ballot chase only those whose mail
    ballot is still out. Raises BadUniverse."""
    found = where(session, condition_of(session, said), asking)
    if kind is not PhaseKind.BALLOT_CHASE:
        return found
    binds = {"chased_on": asking.day, "still_out": list(STILL_OUT)}
    return Where(f"{found.sql} AND {_BALLOT_OUT}", {**found.binds, **binds})


def kept(session: Session, said: Mapping[str, Any]) -> dict[str, Any]:
    """The universe as a phase keeps it: saved universes written out, so that a later change of
    theirs is not the phase's; built-in people by their name. Raises BadUniverse."""
    universe = Universe.from_json(dict(said))
    named = universe.condition
    if isinstance(named, InUniverse) and _is_built_in(session, named.name):
        return universe.to_json()
    return resolved(session, universe).to_json()


def _is_built_in(session: Session, name: str) -> bool:
    if name not in BUILT_IN:
        return False
    return session.scalar(select(SavedUniverse.id).where(SavedUniverse.name == name)) is None


def members(session: Session, phase: Phase, asking: Asking) -> "array[int]":
    """The ids of all targets whom the phase takes now, in order; eight bytes each."""
    found = whom(session, phase.kind, phase.filter, asking)
    rows = session.execute(
        text(
            "SELECT t.voter_id FROM targets t JOIN voters v ON v.id = t.voter_id "
            f"WHERE {_MAY_BE_TAKEN} AND {found.sql} ORDER BY t.voter_id"
        ),
        {**found.binds, "campaign": phase.campaign_id},
        execution_options={"yield_per": 10_000},
    )
    return array("q", rows.scalars())


def count_members(
    session: Session, campaign_id: int, kind: PhaseKind, said: Mapping[str, Any], asking: Asking
) -> int:
    """How many targets such a phase would take now; raises BadUniverse."""
    found = whom(session, kind, said, asking)
    return int(
        session.scalar(
            text(
                "SELECT count(*) FROM targets t JOIN voters v ON v.id = t.voter_id "
                f"WHERE {_MAY_BE_TAKEN} AND {found.sql}"
            ),
            {**found.binds, "campaign": campaign_id},
        )
        or 0
    )


@dataclass(frozen=True)
class Progress:
    """What came of a phase, among the people whom it had."""

    people: int = 0
    ballots: int = 0  # of them; a mail ballot that came back is one
    attempts: int = 0  # while it was on, by its channels
    tried: int = 0  # people with such an attempt


_PROGRESS = """
SELECT had.people, had.ballots, tries.attempts, tries.tried
FROM (SELECT count(*) AS people, count(voted_at) AS ballots FROM targets
      WHERE campaign_id = :campaign AND phase_id = :phase) AS had,
     (SELECT count(*) AS attempts, count(DISTINCT a.voter_id) AS tried
      FROM attempts a JOIN targets t USING (campaign_id, voter_id)
      WHERE a.campaign_id = :campaign AND t.phase_id = :phase AND a.state <> 'absent'
        AND a.attempted_at >= :begin AND a.attempted_at < :end
        AND (:all_channels OR a.channel = ANY(:channels))) AS tries
"""


def progress(session: Session, phase: Phase) -> Progress:
    """What came of a phase so far; of one that is over, what was written down at its end."""
    kept = session.scalar(
        select(AuditEntry.details)
        .where(AuditEntry.subject == f"phase:{phase.id}", AuditEntry.action == ENDED)
        .limit(1)
    )
    if kept is not None:
        return Progress(**kept)
    row = session.execute(
        text(_PROGRESS),
        {
            "campaign": phase.campaign_id,
            "phase": phase.id,
            "begin": phase.starts_at,
            "end": phase.ends_at,
            "all_channels": not phase.channels,
            "channels": list(phase.channels),
        },
    ).one()
    marked, ballots, attempts, tried = row
    return Progress(max(marked, phase.people), ballots, attempts, tried)


def write_down(session: Session, campaign_id: int, phase_id: int, now: datetime) -> None:
    """Keeps what came of a phase before its people are let go; once, whoever else does it too."""
    phase = session.scalars(select(Phase).where(Phase.id == phase_id).with_for_update()).first()
    if phase is None or phase.campaign_id != campaign_id or phase.ends_at > now:
        return
    subject = f"phase:{phase_id}"
    known = select(AuditEntry.id).where(AuditEntry.subject == subject, AuditEntry.action == ENDED)
    if session.scalar(known.limit(1)) is None:
        details = asdict(progress(session, phase))
        session.add(AuditEntry(at=now, action=ENDED, subject=subject, details=details))


def in_parts(voters: "array[int]", size: int) -> Iterator[Sequence[int]]:
    """The ids in parts of `size`."""
    for begin in range(0, len(voters), size):
        yield voters[begin : begin + size].tolist()
