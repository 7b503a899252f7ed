"""The log of the call screen: who was given which call, saw which number, gave calls back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.store.sql import sql

GIVEN_BACK = "call given back"
NUMBER_SHOWN = "number shown"
"""The entry of the audit log for a call whose volunteer saw the whole number."""

WAS_SHOWN = """
EXISTS (SELECT FROM audit WHERE subject = :subject AND user_id = :user AND action = 'call opened')
"""
MANY_GIVEN_BACK = f"""
(SELECT at FROM audit WHERE subject = 'user:' || {{user}} AND action = '{GIVEN_BACK}'
 AND at > :since ORDER BY at DESC LIMIT 1 OFFSET :many - 1)
"""
"""In SQL, since when a volunteer gave back so many calls; null when it were fewer."""


def many_given_back(session: Session, user_id: int, since: datetime, many: int) -> datetime | None:
    """When a volunteer gave back the first of the last `many` calls; None when it were fewer after
    `since`."""
    query = sql(f"SELECT {MANY_GIVEN_BACK.format(user=':user')}")
    found: datetime | None = session.scalar(query, {"user": user_id, "since": since, "many": many})
    return found


def write_given_back(session: Session, user_id: int, touch_id: int, now: datetime) -> None:
    """Notes in the audit log that a volunteer gave a call back without having made it."""
    session.execute(
        sql(
            "INSERT INTO audit (at, user_id, action, subject, details) VALUES "
            f"(:now, :user, '{GIVEN_BACK}', :subject, jsonb_build_object('touch', :touch))"
        ),
        {"now": now, "user": user_id, "subject": f"user:{user_id}", "touch": touch_id},
    )


def write_claims(session: Session, opened: Sequence[tuple[int, int, int]], now: datetime) -> None:
    """Notes in the audit log who was given which call and shown which voter: user, touch, voter."""
    if not opened:
        return
    users, touches, voters = zip(*opened, strict=True)
    session.execute(
        sql(
            "INSERT INTO audit (at, user_id, action, subject) "
            "SELECT :now, one.by, said.action, said.subject "
            "FROM unnest(CAST(:users AS bigint[]), CAST(:touches AS bigint[]), "
            "CAST(:voters AS bigint[])) AS one (by, touch, voter), "
            "LATERAL (VALUES ('call opened', 'touch:' || touch), "
            "('voter shown', 'voter:' || voter)) AS said (action, subject)"
        ),
        {"now": now, "users": list(users), "touches": list(touches), "voters": list(voters)},
    )


def write_number_shown(session: Session, user_id: int, touch_id: int, now: datetime) -> None:
    """Notes in the audit log, once a call, that a volunteer was shown the whole number."""
    session.execute(
        sql(
            "INSERT INTO audit (at, user_id, action, subject) "
            f"SELECT :now, :user, '{NUMBER_SHOWN}', :subject WHERE NOT EXISTS ("
            "SELECT FROM audit WHERE subject = :subject AND user_id = :user "
            f"AND action = '{NUMBER_SHOWN}')"
        ),
        {"now": now, "user": user_id, "subject": f"touch:{touch_id}"},
    )


def was_shown(session: Session, user_id: int, touch_id: int) -> bool:
    """Whether this volunteer ever held this call."""
    binds = {"subject": f"touch:{touch_id}", "user": user_id}
    return bool(session.scalar(sql(f"SELECT {WAS_SHOWN}"), binds))
