"""Saved universes: save, rename and delete them, with what refers to them kept whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.condition import BadUniverse, Condition, names_in, renamed
from app.domain.condition_json import write
from app.domain.universe import Universe
from app.services.campaigns import upcoming_polling_days
from app.store.engine import Sessions
from app.store.once import once
from app.store.people import AuditEntry
from app.store.saved_universes import SavedUniverse
from app.store.universe_sql import Asking
from app.store.universes import UniverseCount, count_universe, overlap, resolve

LONGEST_NAME = 80
MOST_COMPARED = 8


class NoUniverse(BadUniverse):
    """There is no universe of this name or number."""


class BadName(BadUniverse):
    """A universe cannot be called so."""


@dataclass(frozen=True)
class Named:
    """A saved universe, read."""

    id: int
    name: str
    condition: Condition
    changed_at: datetime


def listed(session: Session) -> list[Named]:
    """All saved universes by name."""

    def ask() -> Sequence[SavedUniverse]:
        every = select(SavedUniverse).order_by(func.lower(SavedUniverse.name))
        return session.scalars(every).all()

    return [_named(row) for row in once(session, "saved universes", ask)]


def by_id(session: Session, universe_id: int) -> Named:
    """The universe of this number; raises NoUniverse."""
    row = session.get(SavedUniverse, universe_id)
    if row is None:
        raise NoUniverse("this universe is gone; somebody deleted it")
    return _named(row)


def by_name(session: Session, name: str) -> Named:
    """The universe of this name; raises NoUniverse, naming those there are."""
    row = session.scalar(select(SavedUniverse).where(SavedUniverse.name == name.strip()))
    if row is None:
        there = session.scalars(select(SavedUniverse.name).order_by(SavedUniverse.name).limit(10))
        names = ", ".join(f"“{one}”" for one in there) or "none yet"
        raise NoUniverse(f"there is no universe called “{name}”; there are {names}")
    return _named(row)


def _named(row: SavedUniverse) -> Named:
    condition = Universe.from_json(row.filter).condition
    assert condition is not None  # one that asks nothing is not saved
    return Named(row.id, row.name, condition, row.changed_at)


def save(
    sessions: Sessions,
    name: str,
    data: Mapping[str, Any],
    *,
    now: datetime,
    by: int | None = None,
    universe_id: int | None = None,
) -> int:
    """Saves the filter under the name, as a new universe or in place of `universe_id`; its id.

    With another name than before it is renamed, and what refers to it follows. Raises BadUniverse
    for a filter without sense, BadName, or NoUniverse.
    """
    called = _checked(name)
    condition = Universe.from_json(dict(data)).condition
    if condition is None:
        raise BadUniverse("add a condition; a filter that asks nothing is everybody on file")
    try:
        with sessions.begin() as session:
            # One at a time: two that each refer to the other would both look right alone.
            session.execute(text("LOCK TABLE universes IN SHARE ROW EXCLUSIVE MODE"))
            row = _row(session, universe_id, by, now)
            old, row.name, row.changed_at = row.name, called, now
            if old and old != called:
                condition = renamed(condition, old, called)
                _follow(session, old, called)
            resolve(session, condition, called)
            row.filter = write(condition)
            session.add(row)
            session.flush()
            session.add(_audit(now, by, "universe saved", row))
            return row.id
    except IntegrityError as error:
        if "uq_universes_name" not in str(error):
            raise
        raise BadName("there is a universe of this name already; choose another name") from error


def _checked(name: str) -> str:
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise BadName(f"give the universe a name of 1 to {LONGEST_NAME} characters")
    return called


def _row(session: Session, universe_id: int | None, by: int | None, now: datetime) -> SavedUniverse:
    if universe_id is None:
        return SavedUniverse(name="", created_by=by, created_at=now)
    row = session.get(SavedUniverse, universe_id)
    if row is None:
        raise NoUniverse("this universe is gone; save the filter as a new one")
    return row


def _follow(session: Session, old: str, new: str) -> None:
    for other in _referring(session, old):
        condition = Universe.from_json(other.filter).condition
        assert condition is not None
        other.filter = write(renamed(condition, old, new))


def _referring(session: Session, name: str) -> list[SavedUniverse]:
    rows = session.scalars(select(SavedUniverse).order_by(SavedUniverse.name))
    return [row for row in rows if name in names_in(Universe.from_json(row.filter).condition)]


def delete(sessions: Sessions, universe_id: int, *, now: datetime, by: int | None = None) -> str:
    """Deletes a universe and returns its name; raises NoUniverse, or BadUniverse while others
    refer to it. Campaigns keep the filter that they were set up with."""
    with sessions.begin() as session:
        session.execute(text("LOCK TABLE universes IN SHARE ROW EXCLUSIVE MODE"))
        row = session.get(SavedUniverse, universe_id)
        if row is None:
            raise NoUniverse("this universe is gone already")
        others = [f"“{one.name}”" for one in _referring(session, row.name)]
        if others:
            raise BadUniverse(
                f"“{row.name}” is part of {' and '.join(others)}; change or delete that first"
            )
        session.add(_audit(now, by, "universe deleted", row))
        session.delete(row)
        return row.name


def _audit(now: datetime, by: int | None, action: str, row: SavedUniverse) -> AuditEntry:
    details = {"name": row.name, "filter": row.filter}
    return AuditEntry(
        at=now, user_id=by, action=action, subject=f"universe {row.id}", details=details
    )


def asking(session: Session, now: datetime, country: str) -> Asking:
    """Ages and past elections count from the next polling day; without a campaign from today."""
    days = upcoming_polling_days(session, now.date())
    return Asking(days[0] if days else now.date(), now, country)


def count(
    session: Session, data: Mapping[str, Any], asking: Asking, *, rough: bool = False
) -> UniverseCount:
    """Counts a filter given as JSON; raises BadUniverse."""
    return count_universe(session, Universe.from_json(dict(data)).condition, asking, rough=rough)


def compare(session: Session, chosen: Sequence[Named], asking: Asking) -> list[list[int]]:
    """How many voters each two share, see `overlap`; raises BadUniverse for too many at once."""
    if not 2 <= len(chosen) <= MOST_COMPARED:
        raise BadUniverse(f"choose 2 to {MOST_COMPARED} universes to compare")
    return overlap(session, [one.condition for one in chosen], asking)
