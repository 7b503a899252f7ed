"""The log of the call screen: who was given which call, saw which number, gave calls back."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.store.sql import sql

GIVEN_BACK = "call given back"
NUMBER_SHOWN = "number shown"
"""The entry of the audit log for a call whose volunteer saw the whole number."""

WAS_SHOWN = """
EXISTS (SELECT FROM audit WHERE subject = :subject AND user_id = :user AND action = 'call opened')
"""
CALLER = f"""
coalesce((SELECT languages FROM users WHERE id = :user), '{{}}'),
ARRAY(SELECT at FROM audit WHERE subject = :subject AND action = '{GIVEN_BACK}' AND at > :since
      ORDER BY at)
"""


def caller_of(session: Session, user_id: int, since: datetime) -> tuple[list[str], list[datetime]]:
    """The languages of a volunteer, and when they gave calls back after `since`, the oldest
    first."""
    binds = {"user": user_id, "subject": f"user:{user_id}", "since": since}
    row = session.execute(sql(f"SELECT {CALLER}"), binds).one()
    return list(row[0]), list(row[1])


def write_given_back(session: Session, user_id: int, touch_id: int, now: datetime) -> None:
    """Notes in the audit log that a volunteer gave a call back without having made it."""
    session.execute(
        sql(
            "INSERT INTO audit (at, user_id, action, subject, details) VALUES "
            f"(:now, :user, '{GIVEN_BACK}', :subject, jsonb_build_object('touch', :touch))"
        ),
        {"now": now, "user": user_id, "subject": f"user:{user_id}", "touch": touch_id},
    )


def write_claim(
    session: Session, user_id: int, touch_id: int, voter_id: int, now: datetime
) -> None:
    """Notes in the audit log that a volunteer was given this call and shown this voter."""
    session.execute(
        sql(
            "INSERT INTO audit (at, user_id, action, subject) VALUES "
            "(:now, :user, 'call opened', :touch), (:now, :user, 'voter shown', :voter)"
        ),
        {
            "now": now,
            "user": user_id,
            "touch": f"touch:{touch_id}",
            "voter": f"voter:{voter_id}",
        },
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
