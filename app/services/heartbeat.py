"""Heartbeats: each worker says every few seconds that it is alive, and a monitor is told."""

from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from app.channels.port import HookPort
from app.domain.alarm import GONE
from app.domain.lookout import Kind
from app.store.engine import Sessions
from app.store.incident_desk import is_open
from app.store.people import AuditEntry
from app.store.sql import sql

FORGOTTEN = timedelta(days=1)


def beat(
    sessions: Sessions,
    name: str,
    *,
    wall: datetime,
    doing: str = "",
    doing_since: datetime | None = None,
) -> None:
    """Writes a worker's sign of life and the job that it has had under way for longest.

    Forgets workers that have been gone for a day.
    """
    host, _, pid = name.rpartition(":")
    with sessions.begin() as session:
        session.execute(
            sql(
                "INSERT INTO workers "
                "(name, host, pid, started_at, beat_at, doing, doing_since) "
                "VALUES (:name, :host, :pid, :wall, :wall, :doing, :since) "
                "ON CONFLICT (name) DO UPDATE SET beat_at = :wall, ended_at = NULL, "
                "doing = :doing, doing_since = :since"
            ),
            {
                "name": name,
                "host": host,
                "pid": int(pid),
                "wall": wall,
                "doing": doing,
                "since": doing_since,
            },
        )
        session.execute(sql("DELETE FROM workers WHERE beat_at < :old"), {"old": wall - FORGOTTEN})


def sign_off(sessions: Sessions, name: str, *, by: int | None = None, wall: datetime) -> None:
    """Notes that a worker ended of its own will, or that a person says so of one that is gone."""
    with sessions.begin() as session:
        ended = session.execute(
            sql("UPDATE workers SET ended_at = :wall WHERE name = :name RETURNING name"),
            {"name": name, "wall": wall},
        ).first()
        if by is not None and ended is not None:
            entry = {"subject": f"worker:{name}", "action": "worker forgotten"}
            session.add(AuditEntry(at=wall, user_id=by, **entry))


def last_beat(sessions: Sessions) -> datetime | None:
    """The newest sign of life of any worker, in machine time; None before the first."""
    with sessions() as session:
        at = session.scalar(sql("SELECT max(beat_at) FROM workers"))
    return at if isinstance(at, datetime) else None


def ping(
    sessions: Sessions,
    hooks: HookPort,
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    url: str,
    *,
    wall: datetime,
) -> str:
    """Asks for the address of an outside monitor, with /fail added while outreach is silent.

    Asks nothing without an address, while no worker beats, and while the database does not answer
    (which raises): the monitor misses it then. Returns the address that answered well, else "".
    """
    if not url:
        return ""
    beaten = last_beat(sessions)
    if beaten is None or wall - beaten > GONE:
        return ""
    with sessions() as session:
        silent = is_open(session, Kind.SILENCE)
    asked = f"{url.rstrip('/')}/fail" if silent else url
    return "" if run(hooks.get(asked)) else asked
