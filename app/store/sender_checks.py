"""What is known of senders by looking: the latest checks, and what came back of test messages."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.store.campaigns import Sender, SenderCheck
from app.store.messages import Callback

SEEN = 20_000
"""Among so many callbacks after a test message its own are looked for: they come within seconds."""


def latest_checks(session: Session, campaign_id: int) -> dict[int, dict[str, SenderCheck]]:
    """By sender and kind the newest check of each."""
    rows = session.scalars(
        select(SenderCheck)
        .join(Sender, Sender.id == SenderCheck.sender_id)
        .where(Sender.campaign_id == campaign_id)
        .ext(distinct_on(SenderCheck.sender_id, SenderCheck.kind))
        .order_by(SenderCheck.sender_id, SenderCheck.kind, SenderCheck.id.desc())
    )
    found: dict[int, dict[str, SenderCheck]] = {}
    for row in rows:
        found.setdefault(row.sender_id, {})[row.kind] = row
    return found


def check_of_attempt(session: Session, sender_id: int, attempt_id: UUID) -> SenderCheck | None:
    """The test message with this attempt's id; None before it was asked for."""
    return session.scalars(
        select(SenderCheck).where(
            SenderCheck.sender_id == sender_id,
            SenderCheck.kind == "test",
            SenderCheck.facts["attempt"].astext == str(attempt_id),
        )
    ).first()


def is_test(session: Session, attempt_id: UUID) -> bool:
    """Whether a message with this id was a test of a sender."""
    mine = SenderCheck.facts["attempt"].astext == str(attempt_id)
    found = select(SenderCheck.id).where(SenderCheck.kind == "test", mine).limit(1)
    return session.scalar(found) is not None


def last_callback(session: Session) -> int:
    """The number of the newest callback; 0 before the first."""
    return session.scalar(select(func.max(Callback.id))) or 0


def states_seen(session: Session, tests: Iterable[SenderCheck]) -> Mapping[str, Sequence[str]]:
    """By attempt's id the states that its callbacks told, oldest first."""
    asked = [
        ((Callback.attempt_id == UUID(one.facts["attempt"])), int(one.facts.get("after", 0)))
        for one in tests
        if one.facts.get("attempt")
    ]
    found: dict[str, list[str]] = {}
    if not asked:
        return found
    # By the rows' numbers, since callbacks by the million have no index by attempt.
    matches = [mine & Callback.id.between(after + 1, after + SEEN) for mine, after in asked]
    condition = matches[0]
    for one in matches[1:]:
        condition = condition | one
    rows = session.execute(
        select(Callback.attempt_id, Callback.status).where(condition).order_by(Callback.id)
    )
    for attempt_id, status in rows:
        found.setdefault(str(attempt_id), []).append(status)
    return found
