"""The open call: what a volunteer may do with the call in hand, and what becomes of it."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place, open_until
from app.domain.touch import TouchState
from app.services.call_card import CallCard, whole_card
from app.store.call_log import write_given_back, write_number_shown
from app.store.calls import (
    News,
    card_of,
    held_touch,
    lock_claimed,
    news_of,
    place_of_call,
    whole_card_of,
)
from app.store.engine import Sessions
from app.store.frames import Frame, load_frame
from app.store.queue import postpone


def held_call(
    sessions: Sessions, user_id: int, *, now: datetime, wall: datetime
) -> CallCard | None:
    """The call that a volunteer holds at this moment."""
    with sessions() as session:
        touch = held_touch(session, user_id, wall)
        card = whole_card_of(session, touch) if touch is not None else None
        if card is None:
            return None
        frame = load_frame(session, card.campaign_id)
        return whole_card(session, frame, card)


def reveal(
    sessions: Sessions, touch_id: int, user_id: int, *, now: datetime, wall: datetime
) -> str | None:
    """The whole number of the call that a volunteer holds, and a note in the audit log that it was
    shown; None when they hold it no more, or the voter has voted."""
    with sessions.begin() as session:
        held = held_touch(session, user_id, wall)
        card = card_of(session, touch_id) if held == touch_id else None
        if card is None or card.voted:
            return None
        write_number_shown(session, user_id, touch_id, now)
        return card.phone


def zone_of_call(sessions: Sessions, touch_id: int, user_id: int) -> str | None:
    """The clock of the voter of a call, whoever has it now: IANA; None for whoever was never given
    it."""
    with sessions() as session:
        found = place_of_call(session, touch_id, user_id)
    return Place.of(found[0]).clock(found[1]).key if found is not None else None


def call_news(
    sessions: Sessions, touch_id: int, user_id: int, *, now: datetime, wall: datetime
) -> str:
    """What has become of an open call: open, voted, opted_out, hours_over, or lost, which is all
    that anybody hears whose call it is not."""
    with sessions() as session:
        return news_and_ring(session, touch_id, user_id, now=now, wall=wall)[0]


def news_and_ring(
    session: Session,
    touch_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    frame_by: Callable[[Session, int], Frame] = load_frame,
) -> tuple[str, bool]:
    """What has become of an open call, as `call_news`; and whether a phone was rung for it.

    Every screen asks all the time, so `frame_by` may give rules as they stood a moment ago.
    """
    found = news_of(session, touch_id, user_id)
    if found is None:
        return "lost", False
    return news_word(session, found, now, wall, frame_by), found.rung


def news_word(
    session: Session,
    found: News,
    now: datetime,
    wall: datetime,
    frame_by: Callable[[Session, int], Frame] = load_frame,
) -> str:
    """What has become of an open call, of which this is known, for whoever was given it last."""
    if found.voted:
        return "voted"
    if found.barred:
        return "opted_out"
    frame = frame_by(session, found.campaign_id)
    if open_until(frame.schedule, Place.of(found.place), Channel.CALL, now) is None:
        return "hours_over"
    held = found.state in (TouchState.CLAIMED, TouchState.ATTEMPTING)
    is_on = held and found.lease_until is not None and found.lease_until > wall
    return "open" if is_on else "lost"


def give_back(sessions: Sessions, touch_id: int, user_id: int, *, now: datetime) -> bool:
    """Puts a held call back for somebody else; False when it is not held, or a phone rings for
    it."""
    with sessions.begin() as session:
        mine = lock_claimed(session, touch_id, user_id)
        if mine:
            postpone(session, [touch_id], now)
            write_given_back(session, user_id, touch_id, now)
    return mine
