"""Heartbeats: each worker says every few seconds that it is alive."""

from datetime import datetime, timedelta

from sqlalchemy import text

from app.store.engine import Sessions

FORGOTTEN = timedelta(days=1)


def beat(sessions: Sessions, name: str, *, wall: datetime) -> None:
    """Writes a worker's sign of life; forgets workers that have been gone for a day."""
    host, _, pid = name.rpartition(":")
    with sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO workers (name, host, pid, started_at, beat_at) "
                "VALUES (:name, :host, :pid, :wall, :wall) "
                "ON CONFLICT (name) DO UPDATE SET beat_at = :wall, ended_at = NULL"
            ),
            {"name": name, "host": host, "pid": int(pid), "wall": wall},
        )
        session.execute(text("DELETE FROM workers WHERE beat_at < :old"), {"old": wall - FORGOTTEN})


def sign_off(sessions: Sessions, name: str, *, wall: datetime) -> None:
    """Notes that a worker ended of its own will."""
    with sessions.begin() as session:
        session.execute(
            text("UPDATE workers SET ended_at = :wall WHERE name = :name"),
            {"name": name, "wall": wall},
        )


def last_beat(sessions: Sessions) -> datetime | None:
    """The newest sign of life of any worker, in machine time; None before the first."""
    with sessions() as session:
        at = session.scalar(text("SELECT max(beat_at) FROM workers"))
    return at if isinstance(at, datetime) else None
