"""Prices: what texts cost is asked of the carrier once they have ended, and booked once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from app.channels.port import Sent, TextPort
from app.store.dearest import learn_dearest
from app.store.engine import Sessions, patiently
from app.store.pool import settle_money
from app.store.sql import sql

BEGINNING = datetime.fromtimestamp(0, UTC)
_UNPRICED = "channel = 'text' AND price IS NULL AND sid IS NOT NULL"


async def book_prices(
    sessions: Sessions, texts: TextPort, *, after: datetime, limit: int = 200
) -> datetime:
    """Asks the carrier for the prices of texts that have ended, and books them.

    Goes round: `after` is the machine time up to which the last run has asked; returns where the
    next run is to go on, so that a text that never gets a price does not hold up the others.
    """
    with sessions() as session:
        waiting = session.execute(
            sql(
                f"SELECT id, sid, handed_at FROM attempts WHERE {_UNPRICED} "
                "AND settled_at IS NOT NULL AND handed_at > :after "
                "ORDER BY handed_at LIMIT :limit"
            ),
            {"after": after, "limit": limit},
        ).all()
    if not waiting:
        return BEGINNING
    found = await asyncio.gather(*(texts.fetch(row.sid) for row in waiting), return_exceptions=True)
    known = [
        (row.id, message.price)
        for row, message in zip(waiting, found, strict=True)
        if isinstance(message, Sent) and message.price is not None
    ]
    await asyncio.to_thread(_book, sessions, known)
    asked_until: datetime = waiting[-1].handed_at
    return asked_until


@patiently
def book_estimates(sessions: Sessions, *, before: datetime) -> int:
    """Books what was held for texts whose price nobody has told for long; returns how many."""
    with sessions() as session:
        rows = session.execute(
            sql(
                f"SELECT id, held FROM attempts WHERE {_UNPRICED} "
                "AND handed_at < :before LIMIT 5000"
            ),
            {"before": before},
        ).all()
    _book(sessions, [(row.id, row.held) for row in rows], told=False)
    return len(rows)


@patiently
def _book(sessions: Sessions, prices: Sequence[tuple[UUID, Decimal]], *, told: bool = True) -> None:
    """Books prices, each attempt once; `told` by the carrier, so that there is something to learn
    from them."""
    if not prices:
        return
    with sessions.begin() as session:
        rows = session.execute(
            sql(
                "WITH was AS (SELECT a.id, a.held, p.price FROM attempts a "
                "JOIN unnest(CAST(:ids AS uuid[]), CAST(:prices AS numeric[])) AS p(id, price) "
                "ON a.id = p.id WHERE a.price IS NULL FOR UPDATE OF a), "
                "booked AS (UPDATE attempts SET price = was.price, held = 0 FROM was "
                "WHERE attempts.id = was.id "
                "RETURNING attempts.campaign_id, was.held, was.price, attempts.handed_at, "
                "attempts.segments) "
                "SELECT campaign_id, sum(held), sum(price), "
                "max(price / greatest(segments, 1)), max(handed_at) FROM booked "
                "GROUP BY campaign_id ORDER BY campaign_id"
            ),
            {"ids": [key for key, _ in prices], "prices": [price for _, price in prices]},
        )
        for campaign_id, held, price, each, at in rows.all():
            settle_money(session, campaign_id, freed=held, spent=price)
            if told:
                learn_dearest(session, campaign_id, each, at)
