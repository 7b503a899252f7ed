"""Reads of the audit log: a page of entries, newest first, by indexes and within bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

PAGE = 50
SCANNED = 10_000
"""Entries that are looked at for one page, whatever is asked for; then one is asked to go on."""
MOST_TAKEN = 50_000
"""Entries of one file."""


@dataclass(frozen=True)
class Place:
    """Where a page begins: after this entry, in the order of the log."""

    at: datetime
    id: int


@dataclass(frozen=True)
class Within:
    """Of entries on accounts only those that concern this person or this campaign."""

    user_id: int
    campaign_id: int | None


@dataclass(frozen=True)
class Wanted:
    """Which entries; what is empty asks nothing."""

    user_id: int | None = None
    action: str = ""
    subject: str = ""  # as it stands in the log: voter:12
    begin: datetime | None = None
    end: datetime | None = None
    within: Within | None = None  # None: entries on all accounts


@dataclass(frozen=True)
class Entry:
    """One entry, with the name of who acted; empty where it was the program itself."""

    id: int
    at: datetime
    user_id: int | None
    name: str
    action: str
    subject: str
    details: Mapping[str, Any]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.at, self.id)


@dataclass(frozen=True)
class Page:
    """Entries, and where the next page begins; `unfinished` when the look ended before the page
    was full."""

    entries: list[Entry]
    next: Place | None
    unfinished: bool = False


def page(session: Session, wanted: Wanted, after: Place | None, most: int = PAGE) -> Page:
    """The next entries that are wanted."""
    inner, binds = _inner(wanted, after)
    scanned = _scanned(wanted, most)
    rows = session.execute(
        text(
            f"SELECT e.id, e.at, e.user_id, coalesce(u.name, ''), e.action, e.subject, e.details "
            f"FROM (SELECT * FROM ({inner} LIMIT :scanned) looked WHERE {_outer(wanted)} "
            "ORDER BY at DESC, id DESC LIMIT :most) e "
            "LEFT JOIN users u ON u.id = e.user_id ORDER BY e.at DESC, e.id DESC"
        ),
        {**binds, **_of(wanted.within), "scanned": scanned, "most": most + 1},
    )
    found = [Entry(*row) for row in rows]
    if len(found) > most:
        return Page(found[:most], found[most - 1].place)
    last = _last_looked_at(session, inner, binds, scanned) if _sifts(wanted) else None
    return Page(found, last, last is not None)


def _scanned(wanted: Wanted, most: int) -> int:
    if not _sifts(wanted):
        return most + 1
    return max(SCANNED if wanted.action else SCANNED // 10, most * 2)


def _sifts(wanted: Wanted) -> bool:
    """Whether entries are looked at that are not shown."""
    return bool(wanted.action) or wanted.within is not None


def _inner(wanted: Wanted, after: Place | None) -> tuple[str, dict[str, object]]:
    """What the indexes find, in the order of the log."""
    asked: list[tuple[str, str, object]] = [
        ("user_id = :user", "user", wanted.user_id),
        ("subject = :subject", "subject", wanted.subject or None),
        ("at >= :begin", "begin", wanted.begin),
        ("at < :end", "end", wanted.end),
    ]
    said = [sql for sql, _name, value in asked if value is not None]
    binds = {name: value for _sql, name, value in asked if value is not None}
    binds["action"] = wanted.action
    if after is not None:
        said.append("(at, id) < (:after_at, :after_id)")
        binds |= {"after_at": after.at, "after_id": after.id}
    where = f"WHERE {' AND '.join(said)} " if said else ""
    return f"SELECT * FROM audit {where}ORDER BY at DESC, id DESC", binds


def _outer(wanted: Wanted) -> str:
    said = ["action = :action"] if wanted.action else []
    said += [_CONCERNS] if wanted.within is not None else []
    return " AND ".join(said) or "TRUE"


_CONCERNS = """
(NOT starts_with(subject, 'user:') OR subject = 'user:' || CAST(:me AS text)
 OR details ->> 'campaign' = CAST(:mine AS text)
 OR subject IN (SELECT 'user:' || u.id FROM users u WHERE u.campaign_id = CAST(:mine AS bigint)))
"""
"""Who has changed to another campaign is shown there from then on."""


def _of(within: Within | None) -> dict[str, object]:
    return {"me": within.user_id, "mine": within.campaign_id} if within is not None else {}


def _last_looked_at(
    session: Session, inner: str, binds: Mapping[str, object], scanned: int
) -> Place | None:
    """The last entry that was looked at, if there are more behind it."""
    row = session.execute(
        text(
            f"SELECT at, id FROM ({inner} OFFSET :before LIMIT 2) looked ORDER BY at DESC, id DESC"
        ),
        {**binds, "before": scanned - 1},
    ).all()
    return Place(row[0][0], row[0][1]) if len(row) > 1 else None


def people(session: Session) -> list[tuple[int, str]]:
    """Accounts by name, for the choice of a person."""
    rows = session.execute(
        text("SELECT id, coalesce(nullif(name, ''), email, phone) FROM users ORDER BY 2 LIMIT 2000")
    )
    return [(row[0], row[1]) for row in rows]


def names(session: Session, ids: list[int]) -> dict[int, str]:
    """Names of accounts that entries are about."""
    rows = session.execute(
        text("SELECT id, coalesce(nullif(name, ''), '') FROM users WHERE id = ANY(:ids)"),
        {"ids": ids},
    )
    return {row[0]: row[1] for row in rows}


def campaigns(session: Session, ids: list[int]) -> dict[int, str]:
    """Names of campaigns that entries name by number."""
    rows = session.execute(
        text("SELECT id, name FROM campaigns WHERE id = ANY(:ids)"), {"ids": ids}
    )
    return {row[0]: row[1] for row in rows}
