"""Ahead: how many touches may be ready before the senders, and for which places."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import open_until
from app.domain.pace import Reach, pool_size, reach
from app.services.figures import figures_of
from app.services.situations import text_segments
from app.store import pacing
from app.store.frames import Frame, places_in
from app.store.means import Sends, able_senders
from app.store.rates import rates_of


def ahead(session: Session, frame: Frame, channel: Channel, now: datetime) -> Reach:
    """The open places whose people the senders of a channel still reach in time, and how many more
    touches may be released for them; none while no sender may send."""
    pace = sum(_pace(sender) for sender in able_senders(session, frame.id, channel, now))
    if not pace:
        return Reach()
    if channel is Channel.TEXT:
        pace /= max(text_segments(session, frame), 1)
    until = {
        place.key: closes
        for place in places_in(session, frame)
        if (closes := open_until(frame.schedule, place, channel, now)) is not None
    }
    waiting = pacing.waiting(session, frame.id, channel, now)
    return reach(pace, waiting, until, now)


def _pace(sender: Sends) -> float:
    return rates_of(sender).pace_of(sender.health)


def calls_missing(session: Session, frame: Frame, now: datetime) -> int:
    """How many more calls should be ready for the callers who are there; 0 without callers."""
    there, ready = pacing.callers_and_calls(session, frame.id, now)
    if not there:
        return 0
    dials = figures_of(session, frame.id)["dials_per_hour"]
    return max(pool_size(there, dials) - ready, 0)
