"""Rehearsals: wanted by a person, carried out by any worker under a lease, one a campaign."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.domain.rehearsal import Fault, Outcome
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.rehearsals import Rehearsal

LEASE = timedelta(seconds=15)
"""How long a rehearsal without a sign of life belongs to its process."""

WORKERS = range(1, 9)
SEEDS = range(2**31)
MOVING = ("wanted", "running")
AGAIN = "rehearsal begun again"
"""What the audit log says when its worker ended and it waits for another."""
LOST = "Its process ended in the middle. Start it again; the same seed plays the same week."


class NoRehearsal(ValueError):
    """It cannot be; the message says why and what to do."""


class Claimed(NamedTuple):
    """A rehearsal that a process has taken."""

    id: int
    campaign_id: int
    seed: int
    workers: int
    faults: frozenset[Fault]


def want(
    sessions: Sessions,
    campaign_id: int,
    *,
    faults: Collection[Fault],
    seed: int | None,
    workers: int,
    by: int | None,
    now: datetime,
    holder: str = "",
    wall: datetime | None = None,
) -> int:
    """Asks for a rehearsal; its id, which is its seed too if none is given. Raises NoRehearsal.

    With a `holder` (and machine time) it is that process's own from the start.
    """
    if workers not in WORKERS:
        raise NoRehearsal(f"Choose {WORKERS[0]} to {WORKERS[-1]} workers.")
    if seed is not None and seed not in SEEDS:
        raise NoRehearsal(f"A seed is a whole number from 0 to {SEEDS[-1]}.")
    with sessions.begin() as session:
        if wall:
            _end_lost(session, now, wall)
        _one_at_a_time(session, campaign_id)
        row = Rehearsal(
            campaign_id=campaign_id,
            seed=seed or 0,
            workers=workers,
            faults=sorted(fault.value for fault in faults),
            wanted_by=by,
            wanted_at=now,
            state="running" if holder else "wanted",
            holder=holder,
            lease_until=wall + LEASE if wall else None,
        )
        session.add(row)
        session.flush()
        if seed is None:
            row.seed = row.id
        details = {"seed": row.seed, "workers": workers, "faults": row.faults}
        session.add(_noted("rehearsal wanted", row.id, by, now, details))
        return row.id


def _one_at_a_time(session: Session, campaign_id: int) -> None:
    """Lets one person a campaign through; raises NoRehearsal while another is under way."""
    known = session.execute(
        text("SELECT FROM campaigns WHERE id = :id FOR NO KEY UPDATE"), {"id": campaign_id}
    )
    if known.first() is None:
        raise NoRehearsal(f"There is no campaign {campaign_id}.")
    under_way = session.scalar(
        select(Rehearsal.id).where(
            Rehearsal.campaign_id == campaign_id, Rehearsal.state.in_(MOVING)
        )
    )
    if under_way is not None:
        raise NoRehearsal(
            f"Rehearsal {under_way} of this campaign is under way; wait for its end, or stop it."
        )


_TAKE = text(
    """
    UPDATE rehearsals SET state = 'running', progress = 0, holder = :holder, lease_until = :until
    WHERE id = (SELECT id FROM rehearsals WHERE state = 'wanted'
                ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, campaign_id, seed, workers, faults
    """
)


def claim(sessions: Sessions, holder: str, *, now: datetime, wall: datetime) -> Claimed | None:
    """Takes the next rehearsal that is wanted."""
    with sessions.begin() as session:
        _end_lost(session, now, wall)
        row = session.execute(_TAKE, {"holder": holder, "until": wall + LEASE}).first()
        if row is None:
            return None
        faults = frozenset(Fault(name) for name in row.faults)
        return Claimed(row.id, row.campaign_id, row.seed, row.workers, faults)


def _end_lost(session: Session, now: datetime, wall: datetime) -> None:
    """Ends those whose process is gone: whatever ended it might end the next one too."""
    session.execute(
        update(Rehearsal)
        .where(Rehearsal.state == "running", Rehearsal.lease_until < wall)
        .values(state="failed", problem=LOST, ended_at=now, lease_until=None)
    )


def claimed_by(sessions: Sessions, rehearsal_id: int, holder: str) -> Claimed | None:
    """What `holder` has taken, as its process finds it; None if it is no longer its own."""
    with sessions() as session:
        row = session.get(Rehearsal, rehearsal_id)
    if row is None or (row.state, row.holder) != ("running", holder):
        return None
    faults = frozenset(Fault(name) for name in row.faults)
    return Claimed(row.id, row.campaign_id, row.seed, row.workers, faults)


def tell_progress(
    sessions: Sessions, rehearsal_id: int, holder: str, share: float, *, wall: datetime
) -> bool:
    """Says how far it is (0 to 1) and prolongs the lease; False if it is no longer the holder's."""
    facts = {"progress": min(max(share, 0.0), 1.0), "lease_until": wall + LEASE}
    return _change(sessions, rehearsal_id, holder, facts)


def end(
    sessions: Sessions, rehearsal_id: int, holder: str, outcome: Outcome, *, now: datetime
) -> bool:
    """Stores what came of it; False if it is no longer the holder's, and then nothing is stored."""
    facts = {
        "state": "done",
        "progress": 1.0,
        "report": outcome.as_json(),
        "ended_at": now,
        "lease_until": None,
    }
    return _change(sessions, rehearsal_id, holder, facts)


def fail(
    sessions: Sessions, rehearsal_id: int, holder: str, problem: str, *, now: datetime
) -> bool:
    """Says why nothing came of it; False if it is no longer the holder's."""
    facts = {"state": "failed", "problem": problem[:500], "ended_at": now, "lease_until": None}
    return _change(sessions, rehearsal_id, holder, facts)


def put_back(sessions: Sessions, rehearsal_id: int, holder: str, *, now: datetime) -> bool:
    """Lets another worker take it up from the start, because this one is told to end or has died;
    False if it is no longer the holder's."""
    facts = {"state": "wanted", "progress": 0.0, "holder": "", "lease_until": None}
    return _change(
        sessions, rehearsal_id, holder, facts, _noted(AGAIN, rehearsal_id, None, now, {})
    )


def begun_again(session: Session, rehearsal_id: int) -> list[datetime]:
    """When it was put back to be played from the start, in campaign time."""
    mine = AuditEntry.subject == _subject(rehearsal_id)
    put = select(AuditEntry.at).where(mine, AuditEntry.action == AGAIN)
    return list(session.scalars(put.order_by(AuditEntry.id)))


def _change(
    sessions: Sessions,
    rehearsal_id: int,
    holder: str,
    facts: dict[str, object],
    note: AuditEntry | None = None,
) -> bool:
    with sessions.begin() as session:
        changed = session.execute(
            update(Rehearsal)
            .where(
                Rehearsal.id == rehearsal_id,
                Rehearsal.holder == holder,
                Rehearsal.state == "running",
            )
            .values(**facts)
            .returning(Rehearsal.id)
        )
        if changed.first() is None:
            return False
        if note is not None:
            session.add(note)
        return True


def stop(sessions: Sessions, rehearsal_id: int, who: str, *, by: int | None, now: datetime) -> bool:
    """Stops a rehearsal; its process finds out within a second. False if it has ended already."""
    with sessions.begin() as session:
        stopped = session.execute(
            update(Rehearsal)
            .where(Rehearsal.id == rehearsal_id, Rehearsal.state.in_(MOVING))
            .values(
                state="failed",
                problem=f"{who} stopped it.",
                ended_at=now,
                lease_until=None,
            )
            .returning(Rehearsal.id)
        )
        if stopped.first() is None:
            return False
        session.add(_noted("rehearsal stopped", rehearsal_id, by, now, {}))
        return True


def _noted(
    action: str, rehearsal_id: int, by: int | None, now: datetime, details: dict[str, object]
) -> AuditEntry:
    subject = _subject(rehearsal_id)
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)


def _subject(rehearsal_id: int) -> str:
    return f"rehearsal:{rehearsal_id}"
