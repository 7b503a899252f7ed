"""Pace: each tick releases what the plan wanted by now and is not yet released."""

from collections import Counter
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.pace import wanted_by
from app.domain.touch import TouchState
from app.services.release import release_some
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, running_frames
from app.store.plan_hours import plan_of
from app.store.pool import end_pending

MOST_AT_ONCE = 1_000
"""A release holds the plan's rows while it runs, and a STOP or a strike may wait for them."""
MOST_A_TICK = 10_000


def pace(sessions: Sessions, now: datetime) -> Counter[Channel]:
    """Releases what is due on every channel of every campaign; returns how many by channel.

    Level-triggered: it compares plan and releases, so a missed or doubled tick changes nothing.
    What goes wrong in one campaign is raised when all the others have had their turn.
    """
    with sessions() as session:
        frames = running_frames(session)
    released: Counter[Channel] = Counter()
    wrong: list[Exception] = []
    for frame in frames:
        for channel in Channel:
            try:
                released[channel] += _release_all(sessions, frame, channel, now)
            except Exception as error:
                wrong.append(error)
    if wrong:
        raise wrong[0]
    return released


def _release_all(sessions: Sessions, frame: Frame, channel: Channel, now: datetime) -> int:
    total = 0
    while total < MOST_A_TICK:
        some = _release_part(sessions, frame, channel, now)
        total += some
        if some < MOST_AT_ONCE:
            break
    return total


@patiently
def _release_part(sessions: Sessions, frame: Frame, channel: Channel, now: datetime) -> int:
    with sessions.begin() as session:
        return release_due(session, frame, channel, now)


def release_due(session: Session, frame: Frame, channel: Channel, now: datetime) -> int:
    """Releases the difference between plan and releases of one channel, up to MOST_AT_ONCE."""
    paused = frame.rules.paused_until
    if (paused is not None and now < paused) or not _alone(session, frame, channel):
        return 0
    hours = plan_of(session, frame.id, channel)
    wanted = wanted_by({hour: planned for hour, (planned, _) in hours.items()}, now)
    missing = wanted - sum(done for _, done in hours.values())
    if missing <= 0:
        return 0
    return release_some(session, frame, channel, min(missing, MOST_AT_ONCE), now)


def _alone(session: Session, frame: Frame, channel: Channel) -> bool:
    # Only spares two workers the same search; the locks on the plan's rows keep the counts right.
    key = f"pace:{frame.id}:{channel.value}"
    return bool(
        session.scalar(
            text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
        )
    )


@patiently
def expire(sessions: Sessions, now: datetime) -> int:
    """Ends touches whose open hours ran out before anything went out; the plan gets them back."""
    with sessions.begin() as session:
        return end_pending(
            session,
            "expired",
            state=TouchState.EXPIRED,
            reason="its open hours ended",
            now=now,
            patient=False,
        )
