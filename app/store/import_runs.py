"""Import runs: made, claimed by workers under a lease, watched, ended."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, text, update

from app.store.imports import ENDED, WAITING, WORKING, ImportRun

LEASE = timedelta(seconds=15)
"""How long a run without a sign of life belongs to its worker."""

MOST_TRIES = 3
"""A run that has ended so many workers is not given to another."""


def begin(connection: Connection, **facts: Any) -> int:
    """A new run with these facts; its id."""
    made = insert(ImportRun).values(**facts).returning(ImportRun.id)
    return int(connection.execute(made).scalar_one())


class Claimed(NamedTuple):
    """A run that a worker has taken."""

    id: int
    state: str  # checking | running


_TAKE = text(
    f"""
    UPDATE import_runs SET
        state = CASE WHEN state IN ('check_queued', 'checking') THEN 'checking' ELSE 'running' END,
        stage = '', worker = :worker, lease_until = :until, tries = tries + 1
    WHERE id = (
        SELECT id FROM import_runs
        WHERE (state IN {WAITING} OR state IN {WORKING} AND lease_until < :wall)
          AND tries < {MOST_TRIES} AND stored_as = ANY(:seen)
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, state
    """
)


def take(
    connection: Connection, worker: str, seen: Iterable[str], wall: datetime
) -> Claimed | None:
    """Claim the oldest run that waits, or whose worker has died, if its file is among `seen`."""
    binds = {"worker": worker, "wall": wall, "until": wall + LEASE, "seen": list(seen)}
    row = connection.execute(_TAKE, binds).first()
    return Claimed(*row) if row else None


def waiting_files(connection: Connection, wall: datetime) -> list[str]:
    """The stored names of runs that a worker could take up now."""
    rows = connection.scalars(
        text(
            f"SELECT stored_as FROM import_runs WHERE stored_as <> '' AND tries < {MOST_TRIES} "
            f"AND (state IN {WAITING} OR state IN {WORKING} AND lease_until < :wall)"
        ),
        {"wall": wall},
    )
    return list(rows)


def give_up(connection: Connection, at: datetime, wall: datetime) -> int:
    """Fail the runs whose workers died: those tried too often, and those of a command line,
    which nobody can take up; how many."""
    return connection.execute(
        update(ImportRun)
        .where(
            ImportRun.state.in_(WORKING),
            ImportRun.lease_until < wall,
            (ImportRun.tries >= MOST_TRIES) | (ImportRun.stored_as == ""),
        )
        .values(
            state="failed",
            ended_at=at,
            message="its process ended in the middle; nothing of it was stored",
        )
    ).rowcount


class Progress(NamedTuple):
    """How far a run has come."""

    stage: str  # waiting | reading | storing | …
    bytes_read: int
    bytes_total: int
    rows: int


def beat(
    connection: Connection, run_id: int, worker: str, progress: Progress, wall: datetime
) -> bool | None:
    """Prolong the lease and tell how far the run is.

    Whether it is to be canceled; None if it is no longer this worker's, which then has to stop.
    """
    canceled: bool | None = connection.scalar(
        text(
            f"""
            UPDATE import_runs SET lease_until = :until, stage = :stage,
                   bytes_read = :bytes_read, rows_read = :rows
            WHERE id = :id AND worker = :worker AND state IN {WORKING}
            RETURNING cancel_asked
            """
        ),
        {**progress._asdict(), "id": run_id, "worker": worker, "until": wall + LEASE},
    )
    return canceled


def end(connection: Connection, run_id: int, worker: str, **facts: Any) -> bool:
    """Say what came of a run; False if it is no longer this worker's, and then nothing is said."""
    done = connection.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.worker == worker, ImportRun.state.in_(WORKING))
        .values(stage="", lease_until=None, **facts)
    )
    return bool(done.rowcount)


def put_back(connection: Connection, run_id: int, worker: str) -> bool:
    """Let another worker take a run up at once, because this one is told to end."""
    done = connection.execute(
        text(
            f"""
            UPDATE import_runs SET tries = tries - 1, worker = '', lease_until = NULL, stage = '',
                   state = CASE state WHEN 'checking' THEN 'check_queued' ELSE 'queued' END
            WHERE id = :id AND worker = :worker AND state IN {WORKING} AND stored_as <> ''
            """
        ),
        {"id": run_id, "worker": worker},
    )
    return bool(done.rowcount)


def ask_to_cancel(connection: Connection, run_id: int, at: datetime) -> str | None:
    """Cancel a run at once if nobody works on it, else ask its worker; the state it has then.

    None for a run that has ended already or that there is none.
    """
    state: str | None = connection.scalar(
        text(
            f"""
            UPDATE import_runs SET cancel_asked = true,
                   state = CASE WHEN state IN {WORKING} THEN state ELSE 'canceled' END,
                   ended_at = CASE WHEN state IN {WORKING} THEN NULL ELSE :at END
            WHERE id = :id AND state NOT IN {ENDED} RETURNING state
            """
        ),
        {"id": run_id, "at": at},
    )
    return state


def move(
    connection: Connection, run_id: int, froms: tuple[str, ...], to: str, **facts: Any
) -> bool:
    """Bring a run from one of these states to another; False if it was in none of them."""
    done = connection.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state.in_(froms))
        .values(state=to, **facts)
    )
    return bool(done.rowcount)
