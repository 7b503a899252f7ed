"""The pulse: in the final week something goes out every few minutes, whatever the plan holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import opens_next
from app.domain.pulse import AT_A_TIME, TRYING
from app.domain.rest import final_from
from app.services.release import Order, groups_of, release_order
from app.services.reserves import open_reserve
from app.store import pacing
from app.store.frames import Frame, places_in
from app.store.means import able_senders
from app.store.reserves import next_closed

log = structlog.get_logger()
PAUSE = timedelta(minutes=1)
"""Where nobody was found, so long until the next look: it goes through all targets."""


@dataclass(frozen=True)
class Beat:
    """What a look for the pulse did, and until when no other is worth its while."""

    released: int = 0
    again_at: datetime | None = None
    channel: Channel | None = None


def keep_going(session: Session, frame: Frame, now: datetime) -> int:
    """In the final week, when nothing has gone out for PULSE and nothing is about to, releases the
    next best on a channel that works, beyond the hour's plan if need be; returns how many.

    They count in the plan of their channel. Two at once do not both release.
    """
    return beat(session, frame, now).released


def beat(session: Session, frame: Frame, now: datetime) -> Beat:
    """`keep_going`, with when to look again."""
    if now < final_from(frame.schedule) or all(frame.rules.pause(one, now) for one in Channel):
        return Beat(again_at=now + PAUSE)
    # Locked before anything is looked at: what another worker releases now goes out in a moment.
    if not pacing.quiet_and_alone(session, frame.id, now):
        return Beat()
    opened = [one for one in Channel if groups_of(session, frame, one, now)]
    if not opened:
        return Beat(again_at=_opening(session, frame, now))
    ways = _ways(session, frame, opened, now)
    if ways is None:
        return Beat()  # something is ready that goes out at any moment
    for channel in _released_on(session, frame, ways, now):
        log.info("kept going", campaign=frame.id, channel=channel.value)
        return Beat(AT_A_TIME, channel=channel)
    return Beat(again_at=now + PAUSE)


def _opening(session: Session, frame: Frame, now: datetime) -> datetime:
    """When to look again while all is closed."""
    opens = [
        opens_next(frame.schedule, place, channel, now)
        for place in places_in(session, frame)
        for channel in Channel
    ]
    return min([now + PAUSE, *(at for at in opens if at is not None and at > now)])


def _ways(
    session: Session, frame: Frame, opened: list[Channel], now: datetime
) -> list[Channel] | None:
    """The channels that work, best first: what was tried in vain last comes later, calls come last
    and only while somebody calls. None when something is ready and goes out at any moment."""
    able = [
        one
        for one in (Channel.TEXT, Channel.EMAIL)
        if one in opened and able_senders(session, frame.id, one, now)
    ]
    found = pacing.tries(session, frame.id, able, now)
    if any(one.oldest_at is not None and one.oldest_at > now - TRYING for one in found):
        return None
    # What waits for longer and is not taken will not be taken because there is more of it.
    free = sorted((one for one in found if one.oldest_at is None), key=lambda one: one.in_vain)
    ways = [one.channel for one in free]
    if Channel.CALL in opened:
        there, ready = pacing.callers_and_calls(session, frame.id, now)
        ways += [Channel.CALL] if there and not ready else []
    return ways


def _released_on(
    session: Session, frame: Frame, ways: list[Channel], now: datetime
) -> Iterator[Channel]:
    """On which channel something was released: first as usual, then sooner after the last try than
    usual, then from the reserve universes."""
    for nearer in (False, True):
        for channel in ways:
            order = Order(channel, AT_A_TIME, nearer=nearer)
            if release_order(session, frame, order, now).released:
                yield channel
                return
    if next_closed(session, frame.id) is None:
        return
    for channel in ways:
        while open_reserve(session, frame, channel, now):
            if release_order(session, frame, Order(channel, AT_A_TIME), now).released:
                yield channel
                return
