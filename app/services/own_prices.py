"""Prices of messages to our own people: what each try of them is booked at, and when."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.channels.port import Accepted, CarrierUnreachable, NoAnswer, Outcome, Sent, TextPort
from app.domain.channel import Channel
from app.services.look_up import CLOCKS_APART
from app.store.engine import Sessions, patiently
from app.store.own_messages import (
    ASKED_AFTER,
    Unpriced,
    price_own_later,
    settle_own,
    take_unpriced,
    taken_sids,
)

PRICE_PATIENCE = timedelta(days=1)
"""How long a price is asked for before what is reserved is booked."""
MOST = 50

Answer = list[Sent] | None
"""What the carrier has that may be a try, maybe nothing; None: it could not be asked."""


def own_answered(
    session: Session, channel: Channel, said: Mapping[str, Outcome | None], wall: datetime
) -> None:
    """Settles tries by what the carrier or relay said of them: None if it was not asked at all.

    What nobody answered counts as sent until it is proved absent. Relays report no price.
    """
    costs: dict[str, Decimal | None] = {}
    for key, outcome in said.items():
        if isinstance(outcome, Accepted) and channel is Channel.TEXT:
            price_own_later(session, key, outcome.sid, wall + ASKED_AFTER)
        elif not isinstance(outcome, NoAnswer):
            costs[key] = None if isinstance(outcome, Accepted) else Decimal(0)
    settle_own(session, costs, wall)


async def book_own_prices(sessions: Sessions, texts: TextPort, *, wall: datetime) -> int:
    """Settles tries whose price the carrier tells, or that it never had; returns how many it was
    asked about. Safe for any number of workers at once."""
    due = await asyncio.to_thread(_take, sessions, wall)
    if due:
        answers = await asyncio.gather(*(_ask(texts, one) for one in due))
        await asyncio.to_thread(_settle, sessions, list(zip(due, answers, strict=True)), wall)
    return len(due)


@patiently
def _take(sessions: Sessions, wall: datetime) -> list[Unpriced]:
    with sessions.begin() as session:
        return take_unpriced(session, wall, MOST)


async def _ask(texts: TextPort, one: Unpriced) -> Answer:
    if one.channel is not Channel.TEXT:
        return None
    try:
        if one.sid is None:
            return await texts.sent_to(one.address)
        found = await texts.fetch(one.sid)
    except CarrierUnreachable:
        return None
    return [found] if found is not None else []


@patiently
def _settle(sessions: Sessions, asked: Sequence[tuple[Unpriced, Answer]], wall: datetime) -> None:
    """What is unknown is settled first by the carrier's list: found, it is priced in its turn."""
    told: dict[str, Decimal | None] = {}
    guessed: dict[str, Decimal | None] = {}
    with sessions.begin() as session:
        for one, answer in asked:
            old = one.handed_at <= wall - PRICE_PATIENCE
            price = next((item.price for item in answer or ()), None)
            if one.sid is not None and price is not None:
                told[one.key] = price
            elif one.sid is None and answer is not None:
                if not _found(session, one, answer, wall):
                    guessed[one.key] = Decimal(0)
            elif old or one.channel is not Channel.TEXT:
                guessed[one.key] = None  # it counts as sent: nobody has proved it absent
        settle_own(session, told, wall, told=True)
        settle_own(session, guessed, wall)


def _found(session: Session, one: Unpriced, sent: Sequence[Sent], wall: datetime) -> bool:
    """Whether the carrier has something of that time for this number that is nobody else's: then it
    is this try. Its words are not asked, for nobody keeps those of a sign-in code."""
    taken = taken_sids(session, [item.sid for item in sent])
    since = one.handed_at - CLOCKS_APART
    mine = [item for item in sent if item.sid not in taken and item.created_at >= since]
    if mine:
        price_own_later(session, one.key, mine[-1].sid, wall)
    return bool(mine)
