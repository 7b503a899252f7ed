"""Calls that their volunteer said nothing of: what is unknown is asked, what has ended is settled.

Whatever becomes of a tab that was closed, no touch stays open, and no voter is rung twice: only
`bridge` has a voter's phone rung, and only while the attempt is open.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from app.channels.port import CarrierUnreachable
from app.channels.voice import Placed, VoicePort
from app.domain.voice import (
    DIALING,
    NOT_KNOWN,
    NOT_REACHED,
    NOT_RECORDED,
    TOLD,
    WRITE_UP,
    is_over,
    likely_cost,
    settled_as,
)
from app.domain.voice_words import GIVEN_UP
from app.services.call_ends import book, end_unrung, end_unsaid
from app.services.record import CallRecord, record_call
from app.services.voice_status import Leg, LegNews, apply_news
from app.store.engine import Sessions, patiently
from app.store.open_calls import (
    OpenCall,
    Unpriced,
    known_call_sids,
    open_call,
    open_calls,
    unpriced_calls,
)
from app.store.voice_calls import lock_call, prolong, rate_of

GRACE = timedelta(seconds=20)
"""Machine time after which a call that nobody has spoken of is asked about: more than a time-out
of the carrier's."""
CLOCKS_APART = timedelta(minutes=2)
"""How far the carrier's clock may be from ours, when a call is looked up by its time."""
MOST = 200
PRICE_PATIENCE = timedelta(days=1)
"""How long a price is asked for before the estimate is booked."""


def settle_calls(
    sessions: Sessions, voice: VoicePort | None = None, *, now: datetime, wall: datetime
) -> int:
    """Settles what can be settled of the calls that are open; returns how many were.

    Without a port nothing is asked, and the calls are settled by what is known once their leases
    are over.
    """
    with sessions() as session:
        waiting = open_calls(session, wall - GRACE, wall, MOST)
    settled = 0
    for item in waiting:
        if voice is not None and _is_unclear(item, wall):
            try:
                _ask(sessions, voice, item, now=now, wall=wall)
            except CarrierUnreachable:
                voice = None  # it will not answer for the others either
        settled += _settle(sessions, item, now=now, wall=wall)
    return settled


def _lease_over(item: OpenCall, wall: datetime) -> bool:
    return item.lease_until is None or item.lease_until <= wall


def _is_unclear(item: OpenCall, wall: datetime) -> bool:
    """Whether the carrier knows more than we do, and it matters by now."""
    if is_over(item.legs.voter_status):
        return False
    return item.sid is None or item.ended or _lease_over(item, wall)


def _ask(
    sessions: Sessions, voice: VoicePort, item: OpenCall, *, now: datetime, wall: datetime
) -> None:
    """Asks for the legs of a call and applies what they say. No transaction is open meanwhile."""
    if item.sid is None:
        ours = _ours(sessions, item, voice.placed_to(item.caller))
    else:
        ours = voice.fetch(item.sid)
    legs = voice.legs_of(ours.sid) if ours is not None and item.legs.voter_status else []
    _apply(sessions, item, ours, legs, now=now, wall=wall)


def _ours(sessions: Sessions, item: OpenCall, placed: Sequence[Placed]) -> Placed | None:
    """The first call to the volunteer since the attempt that belongs to no other."""
    since = item.asked_wall - CLOCKS_APART
    with sessions() as session:
        taken = known_call_sids(session, [one.sid for one in placed])
    free = [one for one in placed if one.sid not in taken and one.created_at >= since]
    return min(free, key=lambda one: (one.created_at, one.sid), default=None)


@patiently
def _apply(
    sessions: Sessions,
    item: OpenCall,
    ours: Placed | None,
    legs: Sequence[Placed],
    *,
    now: datetime,
    wall: datetime,
) -> None:
    with sessions.begin() as session:
        known = lock_call(session, item.id)
        if known is None or not known.is_open:
            return
        for leg in legs[:1]:
            news = _news(item, Leg.VOTER, leg)
            apply_news(session, known, news, now=now, wall=wall)
            if not is_over(leg.status):
                prolong(session, known.call, wall + WRITE_UP)  # they are still talking
        if known.call.voter_status == DIALING and not legs and _gone(ours):
            known.call.voter_status = ""  # it was told to ring the voter, and has not
        if ours is not None:
            apply_news(session, known, _news(item, Leg.CALLER, ours), now=now, wall=wall)
        if known.is_open and not known.call.voter_status and _gone(ours):
            end_unrung(session, known, GIVEN_UP, now=now, wall=wall)


def _gone(ours: Placed | None) -> bool:
    return ours is None or is_over(ours.status)


def _news(item: OpenCall, leg: Leg, said: Placed) -> LegNews:
    return LegNews(item.id, leg, said.sid, said.status, said.answered_by, said.seconds)


def _settle(sessions: Sessions, item: OpenCall, *, now: datetime, wall: datetime) -> bool:
    """Settles a call whose volunteer has had the time to say what came of it."""
    with sessions() as session:
        fresh = open_call(session, item.id)  # what was asked may have changed it
    if fresh is None:
        return True
    if not _lease_over(fresh, wall):
        return False
    legs = fresh.legs
    if not legs.voter_status:
        return _give_up(sessions, fresh, now=now, wall=wall)
    result = settled_as(legs)
    if result is not None:
        record = CallRecord(fresh.id, fresh.touch_id, fresh.fence, fresh.user_id, result, TOLD)
        record_call(sessions, record, now=now, wall=wall)
        return True
    return end_unsaid(sessions, fresh.id, _note(legs.voter_status), now=now)


def _note(voter_status: str) -> str:
    if voter_status == "failed":
        return NOT_REACHED
    return NOT_RECORDED if voter_status in ("completed", "in-progress") else NOT_KNOWN


@patiently
def _give_up(sessions: Sessions, item: OpenCall, *, now: datetime, wall: datetime) -> bool:
    """Nobody was told to ring the voter, and with the lease over nobody will be."""
    with sessions.begin() as session:
        known = lock_call(session, item.id)
        if known is None or not known.is_open or known.call.voter_status:
            return False
        end_unrung(session, known, GIVEN_UP, now=now, wall=wall)
    return True


def price_calls(sessions: Sessions, voice: VoicePort | None, *, wall: datetime) -> int:
    """Books what calls have cost, as the carrier tells it some time after they ended; returns how
    many. After a day an estimate is booked."""
    with sessions() as session:
        waiting = unpriced_calls(session, wall - PRICE_PATIENCE, MOST)
    booked = 0
    for item in waiting:
        price = None
        if voice is not None:
            try:
                price = _price(voice, item)
            except CarrierUnreachable:
                voice = None  # it will not answer for the others either
        if price is not None or item.asked_wall < wall - PRICE_PATIENCE:
            booked += _book(sessions, item, price)
    return booked


def _price(voice: VoicePort, item: Unpriced) -> Decimal | None:
    """What all its legs cost together; None while one of them has no price."""
    if not item.sids:
        return None
    legs = [voice.fetch(sid) for sid in item.sids]
    prices = [_leg_price(leg) for leg in legs if leg is not None]
    known = [price for price in prices if price is not None]
    return sum(known, Decimal(0)) if len(known) == len(prices) else None


def _leg_price(leg: Placed) -> Decimal | None:
    if leg.price is None and is_over(leg.status) and leg.status != "completed":
        return Decimal(0)  # nobody picked up: nothing is charged
    return leg.price


@patiently
def _book(sessions: Sessions, item: Unpriced, price: Decimal | None) -> bool:
    with sessions.begin() as session:
        known = lock_call(session, item.id)
        if known is None or known.call.price is not None:
            return False
        rate = rate_of(session, item.campaign_id)
        if price is None:
            price = likely_cost(rate.price, item.seconds) if rate is not None else Decimal(0)
        book(session, known, price)
    return True
