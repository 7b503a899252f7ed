"""Voting plans: what a voter told us is kept, and a reminder that waits follows it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.follow import Intention, problem_with
from app.domain.hours import Place
from app.domain.touch import TouchState
from app.store import follow as stored
from app.store import voting_plans
from app.store.frames import Frame
from app.store.pool import end_pending

MOVED = "the voter's plan has changed"


class PlanRefused(ValueError):
    """A plan that cannot be; the message says what to do."""


def keep_plan(
    session: Session,
    frame: Frame,
    place: Place,
    voter_id: int,
    said: Intention,
    *,
    source: str,
    by: int | None,
    now: datetime,
) -> bool:
    """Keeps what a voter told of their plan; the latest word stands. False when a later one does.

    Part of the caller's transaction, which holds the target's lock. When the time has changed,
    reminders that wait end, and are released anew for the new time: follow_through looks at what
    stands. Raises PlanRefused.
    """
    problem = problem_with(said, frame.schedule, place, now)
    if problem:
        raise PlanRefused(problem)
    before = voting_plans.times_of(session, frame.id, [voter_id])
    word = voting_plans.Word(said, source, by, now)
    if not voting_plans.write(session, frame.id, voter_id, word):
        return False
    if voter_id not in before or before[voter_id] != said.votes_at:
        end_pending(
            session,
            "ids",
            ids=stored.reminders_of(session, frame.id, voter_id),
            state=TouchState.CANCELED,
            reason=MOVED,
            now=now,
        )
    return True
