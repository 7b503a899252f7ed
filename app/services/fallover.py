"""Fallover: what a channel's plan misses goes out on another channel that still has people."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.purpose import FALLOVER
from app.services.ahead import ahead, calls_missing
from app.services.release import Order, release_order
from app.store.frames import Frame

log = structlog.get_logger()
OTHERS = (Channel.TEXT, Channel.EMAIL, Channel.CALL)
"""In this order: what goes out by itself first, then what needs somebody who calls."""


@dataclass(frozen=True)
class Moved:
    """How many were released on which channel, and whether nobody is left on any of them."""

    released: Counter[Channel] = field(default_factory=Counter)
    nobody: bool = True


def fall_over(session: Session, frame: Frame, dry: Channel, number: int, now: datetime) -> Moved:
    """Releases up to `number` touches on the other channels.

    They count as released in the plan of the dry channel, and stay so whatever becomes of them. A
    channel serves that has words, money, people, and a sender that is not stopped, or callers.
    """
    moved, nobody = Counter[Channel](), True
    for channel in OTHERS:
        left = number - moved.total()
        if channel is dry or left <= 0:
            continue
        order = _order(session, frame, channel, dry, left, now)
        if order.number > 0:
            outcome = release_order(session, frame, order, now)
            moved[channel] += outcome.released
            nobody = nobody and (outcome.short > 0 or not outcome.released)
        elif order.places:
            nobody = False  # the senders have enough for now
    if moved.total():
        log.info("fell over", campaign=frame.id, dry=dry.value, released=moved.total())
    return Moved(moved, nobody and moved.total() < number)


def _order(
    session: Session, frame: Frame, channel: Channel, dry: Channel, number: int, now: datetime
) -> Order:
    if channel is Channel.CALL:
        room = calls_missing(session, frame, now)
        return Order(channel, min(number, room), None, FALLOVER, dry)
    found = ahead(session, frame, channel, now)
    return Order(channel, min(number, found.number), found.places, FALLOVER, dry)
