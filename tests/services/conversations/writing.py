"""What a voter writes, what a volunteer answers, and what waits."""

from datetime import datetime, timedelta
from typing import Any

from app.domain.channel import Channel
from app.services import conversations
from app.services.conversation_answer import Sent
from app.services.conversation_answer import answer as send
from app.services.dispatch import claim_batch
from app.services.receive import TextIn, receive_text
from app.store.engine import Sessions
from tests import factories
from tests.factories import NOON
from tests.scene import CLAIMER, SENDER, column

MINUTE = timedelta(minutes=1)
OUR_SECOND = "+19195550143"


def phone(number: int) -> str:
    return f"+1919555{number:04}"


def volunteer(sessions: Sessions, name: str = "Ana", **facts: Any) -> int:
    return int(factories.person(sessions, "volunteer", 1, name, **facts).id)


def wrote(
    sessions: Sessions,
    number: int = 1,
    body: str = "Where?",
    now: datetime = NOON,
    to: str = SENDER,
) -> str:
    """A voter writes; what is answered at once."""
    sid = f"SM{number}{now.timestamp()}{body}"
    return receive_text(sessions, TextIn(sid, phone(number), to, body), now=now)


def take(sessions: Sessions, who: int, now: datetime = NOON) -> int | None:
    return conversations.take(sessions, 1, who, now=now, wall=now)


def answer(
    sessions: Sessions,
    one: int,
    who: int,
    body: str = "At Lincoln School.",
    key: str = "k1",
    now: datetime = NOON,
    **facts: Any,
) -> Sent:
    return send(sessions, one, who, key, body, now=now, **facts)


def sent(sessions: Sessions, now: datetime = NOON) -> list[tuple[str, str]]:
    """What a worker now sends, and from which number."""
    found: list[tuple[str, str]] = []
    while (batch := claim_batch(sessions, Channel.TEXT, CLAIMER, now=now, wall=now)) is not None:
        found += [(batch.sender, item.body) for item in batch.tries]
    return found


def waiting(sessions: Sessions) -> list[str]:
    """Who waits, the longest first."""
    return column(
        sessions,
        "SELECT address FROM conversations WHERE waits_since IS NOT NULL ORDER BY waits_since",
    )
