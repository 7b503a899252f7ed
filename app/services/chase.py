"""Chase: asks the carrier what became of texts whose last callback never came."""

import asyncio
from datetime import datetime

from sqlalchemy import select

from app.channels.port import Sent, TextPort
from app.domain.channel import Channel
from app.domain.touch import AttemptState
from app.services.receive import StatusNews, receive_status
from app.store.engine import Sessions
from app.store.touches import Attempt


async def chase(
    sessions: Sessions,
    texts: TextPort,
    *,
    now: datetime,
    after: datetime,
    before: datetime,
    limit: int = 100,
) -> datetime:
    """Fetches texts handed over between `after` and `before` (machine time) and not yet settled.

    What the carrier says is applied as its callback would have been. Returns where the next run
    is to go on; the beginning of time once the round is done.
    """
    with sessions() as session:
        late = session.execute(
            select(Attempt.id, Attempt.sid, Attempt.handed_at)
            .where(
                Attempt.channel == Channel.TEXT,
                Attempt.state.in_([AttemptState.ACCEPTED, AttemptState.SENT]),
                Attempt.price.is_(None),
                Attempt.sid.is_not(None),
                Attempt.handed_at > after,
                Attempt.handed_at < before,
            )
            .order_by(Attempt.handed_at)
            .limit(limit)
        ).all()
    found = await asyncio.gather(
        *(texts.fetch(row.sid or "") for row in late), return_exceptions=True
    )
    for row, message in zip(late, found, strict=True):
        if isinstance(message, Sent):
            news = StatusNews(row.id, message.sid, message.status, message.error_code, {})
            await asyncio.to_thread(receive_status, sessions, news, now=now)
    return late[-1].handed_at if len(late) == limit else datetime.fromtimestamp(0, before.tzinfo)
