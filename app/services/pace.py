"""Pace: each tick releases what is missing by now, and ends what can no longer go out."""

from collections import Counter
from collections.abc import MutableMapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.services.pulse import beat
from app.services.pulse import keep_going as keep_going
from app.services.supply import PAUSE, Supplied, fill_pool, follow_plan
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, frames_by
from app.store.pacing import A_PULSE, CALLS_READY, Lack, lacks
from app.store.pool import end_pending

Dry = MutableMapping[tuple[int, str], datetime]
"""Campaign and what it lacks → until when nobody needs to look; only spares work, and starts
empty."""
_BEATS = (Channel.TEXT, Channel.EMAIL)


def pace(sessions: Sessions, now: datetime, dry: Dry | None = None) -> Counter[Channel]:
    """Releases what the plans wanted by now, keeps calls ready for the callers, and in the final
    week keeps the pulse; returns how many were released on which channel.

    Level-triggered: it compares plan and releases, so a missed or doubled tick changes nothing.
    With nothing due it is one query. What goes wrong in one campaign is raised when all the others
    have had their turn.
    """
    known: Dry = {} if dry is None else dry
    with sessions() as session:
        missing = [one for one in lacks(session, now) if not _rests(known, one, now)]
        frames = _frames(session, missing)
    released: Counter[Channel] = Counter()
    wrong: list[Exception] = []
    beating: set[int] = set()  # campaigns for which a text or mail goes out at any moment
    for lack in missing:
        if lack.what == A_PULSE and lack.campaign_id in beating:
            continue
        try:
            done = _supply(sessions, frames[lack.campaign_id], lack, now)
        except Exception as error:
            wrong.append(error)
            continue
        released += done.released
        if any(done.released[one] for one in _BEATS):
            beating.add(lack.campaign_id)
        if done.again_at is not None:
            known[lack.campaign_id, lack.what] = done.again_at
    if wrong:
        raise wrong[0]
    return released


def _rests(dry: Dry, lack: Lack, now: datetime) -> bool:
    # A clock that was set back leaves instants too far ahead to mean anything.
    return now < dry.get((lack.campaign_id, lack.what), now) <= now + PAUSE


def _frames(session: Session, missing: Sequence[Lack]) -> dict[int, Frame]:
    ids = sorted({one.campaign_id for one in missing})
    return {one.id: one for one in frames_by(session, "c.id = ANY(:ids)", ids=ids)} if ids else {}


def _supply(sessions: Sessions, frame: Frame, lack: Lack, now: datetime) -> Supplied:
    paused = frame.rules.paused_until
    if paused is not None and now < paused:
        return Supplied()
    if lack.what == CALLS_READY:
        return fill_pool(sessions, frame, now)
    if lack.what == A_PULSE:
        return _beat(sessions, frame, now)
    return follow_plan(sessions, frame, Channel(lack.what), now)


@patiently
def _beat(sessions: Sessions, frame: Frame, now: datetime) -> Supplied:
    with sessions.begin() as session:
        found = beat(session, frame, now)
    by_channel = Counter({found.channel: found.released} if found.channel is not None else {})
    return Supplied(by_channel, found.again_at)


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
