"""Rows that have served: what may go of each kind, the oldest first, a few at a time."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session

from app.store.sql import sql

# A call that lasted long was handed out long before it was recorded, hence the second look; such
# calls are few. What a call that was taken back keeps is no more than that it was.
_WAYS_BACK = """
UPDATE attempts SET before = NULL WHERE id IN (
    SELECT id FROM attempts
    WHERE before IS NOT NULL AND NOT before ? 'undone' AND handed_at < :until
      AND coalesce(CAST(before ->> 'wall' AS timestamptz), handed_at) < :until
    ORDER BY handed_at LIMIT :most FOR UPDATE SKIP LOCKED)
"""

# Codes end in the order in which they were made, so the lowest numbers are the oldest.
_CODES = """
DELETE FROM sign_in_codes WHERE id IN (
    SELECT id FROM (SELECT id, expires_at FROM sign_in_codes ORDER BY id LIMIT :most) oldest
    WHERE expires_at < :until)
"""

_NOTICES = """
DELETE FROM notices WHERE id IN (
    SELECT old.id FROM campaigns c CROSS JOIN LATERAL (
        SELECT n.id, n.expires_at FROM notices n
        WHERE n.campaign_id = c.id AND n.due_at < :until ORDER BY n.due_at LIMIT :most) old
    WHERE old.expires_at < :until LIMIT :most)
"""


_FREED = """
DELETE FROM freed_shifts WHERE shift_id IN (
    SELECT shift_id FROM (SELECT shift_id, ends_at FROM freed_shifts
                          ORDER BY shift_id LIMIT :most) oldest
    WHERE ends_at < :until)
"""


def forget_ways_back(session: Session, until: datetime, most: int) -> int:
    """Drops what undoing needs of calls recorded before `until`, in machine time; how many."""
    return _run(session, _WAYS_BACK, until, most)


def drop_codes(session: Session, until: datetime, most: int) -> int:
    """Drops sign-in codes that ended before `until`, in machine time; how many."""
    return _run(session, _CODES, until, most)


def drop_notices(session: Session, until: datetime, most: int) -> int:
    """Drops notices that helped nobody any more before `until`, in campaign time; how many."""
    return _run(session, _NOTICES, until, most)


def drop_freed_shifts(session: Session, until: datetime, most: int) -> int:
    """Drops the places of canceled shifts that ended before `until`, in campaign time; how many."""
    return _run(session, _FREED, until, most)


def _run(session: Session, statement: str, until: datetime, most: int) -> int:
    done = session.execute(sql(statement), {"until": until, "most": most})
    return cast("CursorResult[Any]", done).rowcount
