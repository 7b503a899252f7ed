"""Claim: hands a volunteer the next call under a lease, or says why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.services.call_card import CallCard, whole_card
from app.services.no_call import CALLS_WAIT, USED_UP, NoCall, Reasons, Why, why_none
from app.services.release import anybody
from app.services.take_calls import take_or_release, take_ready
from app.store.call_log import many_given_back, write_claims
from app.store.calls import (
    Caller,
    Claimed,
    Turn,
    come_for_calls,
    held_touch,
    whole_card_of,
)
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame

__all__ = ["Asks", "CallCard", "NoCall", "Why", "next_call", "ready_calls", "why_no_call"]
LEASE = timedelta(minutes=20)  # machine time; a long call and its notes fit twice
MOST_GIVEN_BACK, GIVE_BACKS_WITHIN = 12, timedelta(minutes=10)  # campaign time
"""Cards are for calling: whoever only leafs through them waits, and an organizer sees it."""
Take = Callable[[Session, Frame, int, Sequence[str], datetime, datetime, datetime], Claimed | None]
TURNS = 3
"""How often a call is looked for while others take and release the same ones."""


@dataclass(frozen=True)
class Asks:
    """Who asks for the next call of a campaign, when, and how long they may have it."""

    campaign_id: int
    user_id: int
    now: datetime  # campaign time
    wall: datetime  # machine time
    lease: timedelta = LEASE


def next_call(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    lease: timedelta = LEASE,
    reasons: Reasons | None = None,
) -> CallCard | NoCall:
    """The call this volunteer already holds, else the best that is ready, else one released for
    them, else the reason why nobody may be called. One household is open once at a time.

    `reasons` keeps what was found out for others in the last seconds.
    """
    asks = Asks(campaign_id, user_id, now, wall, lease)
    for tries_left in reversed(range(TURNS)):
        found = _call_or_why(sessions, asks, reasons)
        # Whoever released calls in this moment held the voters whom we would have released.
        came_late = isinstance(found, NoCall) and found.why is Why.WAITING
        if not came_late or not tries_left:
            return found
    raise AssertionError("unreachable")


@patiently
def _call_or_why(sessions: Sessions, asks: Asks, reasons: Reasons | None) -> CallCard | NoCall:
    user, now, wall = asks.user_id, asks.now, asks.wall
    with sessions.begin() as session:
        frame, callers = _come(session, [asks], now, Turn.WAIT)
        since = callers[user].many_given_back
        if since is not None or frame.rules.pause(Channel.CALL, now) is not None:
            # Nothing new; but whoever is on a call stays on it.
            held = _held_of(session, frame, user, wall)
            if held is None and since is not None:
                return _too_many(since)
            return held or why_none(session, frame, user, now, wall, reasons)
        found = _call_by(take_or_release, session, frame, asks, callers[user])
        _note(session, [asks], [found], now)
        return found or why_none(session, frame, user, now, wall, reasons)


def _held_of(session: Session, frame: Frame, user_id: int, wall: datetime) -> CallCard | None:
    """The call of this campaign that they hold."""
    touch = held_touch(session, user_id, wall)
    card = whole_card_of(session, touch) if touch is not None else None
    if card is None or card.campaign_id != frame.id:
        return None
    return whole_card(session, frame, card)


def ready_calls(sessions: Sessions, asks: Sequence[Asks]) -> list[CallCard | None]:
    """What `next_call` would give to several who ask in the same moment, in their order, as far as
    it can be had at once: those of a campaign in one transaction, which for each of them takes half
    as long as one of their own. None for whom nothing is ready, and for whom another request of
    theirs is being served: `next_call` is for them."""
    found: dict[int, CallCard | None] = {}
    for campaign in dict.fromkeys(one.campaign_id for one in asks):
        these = [at for at, one in enumerate(asks) if one.campaign_id == campaign]
        found |= zip(these, _ready(sessions, [asks[at] for at in these]), strict=True)
    return [found[at] for at in range(len(asks))]


@patiently
def _ready(sessions: Sessions, asks: Sequence[Asks]) -> list[CallCard | None]:
    now = max(one.now for one in asks)
    with sessions.begin() as session:
        frame, callers = _come(session, asks, now, Turn.NOW)
        if frame.rules.pause(Channel.CALL, now) is not None:
            return [None] * len(asks)
        free = {user: one for user, one in callers.items() if one.many_given_back is None}
        found = [
            _call_by(take_ready, session, frame, one, free[one.user_id])
            if one.user_id in free
            else None
            for one in asks
        ]
        _note(session, asks, found, now)
    return found


def _come(
    session: Session, asks: Sequence[Asks], now: datetime, turn: Turn
) -> tuple[Frame, dict[int, Caller]]:
    since = now - GIVE_BACKS_WITHIN
    users = [one.user_id for one in asks]
    return come_for_calls(session, asks[0].campaign_id, users, since, MOST_GIVEN_BACK, turn)


def _call_by(
    take: Take, session: Session, frame: Frame, asks: Asks, caller: Caller
) -> CallCard | None:
    lease_until = asks.wall + asks.lease
    claimed = take(session, frame, asks.user_id, caller.languages, asks.now, asks.wall, lease_until)
    return whole_card(session, frame, claimed.card, fresh=claimed.fresh) if claimed else None


def _note(
    session: Session, asks: Sequence[Asks], found: Sequence[CallCard | None], now: datetime
) -> None:
    opened = [
        (one.user_id, card.touch_id, card.voter_id)
        for one, card in zip(asks, found, strict=True)
        if card is not None and card.fresh
    ]
    write_claims(session, opened, now)


def _too_many(since: datetime) -> NoCall:
    """Whoever looked at one voter after another without calling them waits."""
    words = "You gave back many calls in a short time. Wait a little."
    return NoCall(words, since + GIVE_BACKS_WITHIN, Why.GIVEN_BACK)


def why_no_call(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    *,
    now: datetime,
    wall: datetime,
    reasons: Reasons | None = None,
) -> NoCall:
    """Why a volunteer has no call in hand, and whether one waits."""
    with sessions() as session:
        since = many_given_back(session, user_id, now - GIVE_BACKS_WITHIN, MOST_GIVEN_BACK)
        if since is not None:
            return _too_many(since)
        frame = load_frame(session, campaign_id)
        found = why_none(session, frame, user_id, now, wall, reasons)
        # Calls are released for whoever asks for one; this one has only looked.
        waits = found.why in USED_UP and anybody(session, frame, Channel.CALL, now)
        return CALLS_WAIT if waits else found
