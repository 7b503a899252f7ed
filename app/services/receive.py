"""Receive: what carriers and people send us, stored once and acted upon."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.reply import Meaning, meaning_of
from app.services.receive_alone import FAILURES, receive_alone
from app.services.strike import strike_voters
from app.store.engine import Sessions, patiently
from app.store.receipts import Filing, file_news
from app.store.receipts import StatusNews as StatusNews
from app.store.replies import end_waiting, opened
from app.store.sql import sql
from app.store.wishes import bury, confirm_once, opt_in, opt_out

MOST = 500
"""So much news is one statement at the most, so that nobody waits long for its locks."""


def receive_status(sessions: Sessions, news: StatusNews, *, now: datetime) -> str:
    """Stores the callback once and applies it in order of meaning, never backward.

    Returns applied, stale (a replay, or less than we know), or unknown attempt.
    """
    return receive_statuses(sessions, [news], now=now)[0]


def receive_statuses(sessions: Sessions, news: Sequence[StatusNews], *, now: datetime) -> list[str]:
    """As `receive_status` for each in turn, in few statements; a verdict for each.

    What only raises a state is applied together, failures and oddities one by one after it:
    messages know nothing of each other, so that the order among them does not matter.
    """
    return [
        verdict
        for first in range(0, len(news), MOST)
        for verdict in _receive_some(sessions, news[first : first + MOST], now)
    ]


def _receive_some(sessions: Sessions, news: Sequence[StatusNews], now: datetime) -> list[str]:
    known: dict[int, str] = {}
    for plain in rounds(news):
        found = _file(sessions, [news[at] for at in plain], now)
        known |= {plain[at]: verdict for at, verdict in found.items()}
    stored = {(news[at].sid, news[at].status) for at in known}
    for at, item in enumerate(news):
        if at not in known:
            doubled = (item.sid, item.status) in stored
            known[at] = "stale" if doubled else receive_alone(sessions, item, now)
    return [known[at] for at in range(len(news))]


def rounds(news: Sequence[StatusNews]) -> list[list[int]]:
    """The positions of what may only raise a state, in rounds of at most one for each message.

    Left out are doubled news, and messages of which some news is a failure, has an error, or does
    not agree with other news on who has which sid.
    """
    odd = _odd(news)
    seen: set[tuple[str, str]] = set()
    of: Counter[UUID] = Counter()
    found: list[list[int]] = []
    for at, item in enumerate(news):
        if item.attempt_id in odd or (item.sid, item.status) in seen:
            continue
        seen.add((item.sid, item.status))
        if of[item.attempt_id] == len(found):
            found.append([])
        found[of[item.attempt_id]].append(at)
        of[item.attempt_id] += 1
    return found


def _odd(news: Sequence[StatusNews]) -> set[UUID]:
    """The attempts of which something is odd."""
    failed = {item.attempt_id for item in news if item.said in FAILURES or item.error_code}
    pairs = {(item.attempt_id, item.sid) for item in news}
    if len({attempt for attempt, _ in pairs}) == len({sid for _, sid in pairs}) == len(pairs):
        return failed
    attempts = Counter(attempt for attempt, _ in pairs)
    sids = Counter(sid for _, sid in pairs)
    at_odds = {attempt for attempt, sid in pairs if attempts[attempt] > 1 or sids[sid] > 1}
    return failed | at_odds


@patiently
def _file(sessions: Sessions, news: Sequence[StatusNews], now: datetime) -> dict[int, str]:
    with sessions.begin() as session:
        return file_news(session, news, now)


class Mailbox:
    """Where callbacks of many requests are filed at once, on a connection of its own.

    One thread at a time may use it.
    """

    def __init__(self, engine: Engine) -> None:
        self._filing = Filing(engine)

    def receive(self, news: Sequence[StatusNews], *, now: datetime) -> list[str | None]:
        """A verdict for each that only raises a state; None for one to be received alone."""
        first = next(iter(rounds(news)), [])
        found = self._filing.file([news[at] for at in first], now) if first else {}
        known = {first[at]: verdict for at, verdict in found.items()}
        return [known.get(at) for at in range(len(news))]


@dataclass(frozen=True)
class TextIn:
    """A text that somebody sent to one of our numbers."""

    sid: str
    sender: str  # E.164
    to: str
    body: str


class Last(NamedTuple):
    """Whom of which campaign a text went to."""

    campaign_id: int
    voter_id: int
    organization: str  # or the campaign's name
    polling_day: date


_STORE = """
INSERT INTO inbound (sid, from_address, to_address, body, meaning, campaign_id, voter_id,
                     received_at, handled_at)
VALUES (:sid, :sender, :to, :body, :meaning, :campaign, :voter, :now, :handled)
ON CONFLICT DO NOTHING RETURNING id
"""


@patiently
def receive_text(sessions: Sessions, message: TextIn, *, now: datetime) -> str:
    """Stores an inbound text once, does what it asks, and returns the answer to send ("" = none).

    An opt-out and the cancelling of what is pending are one transaction. A replay of the same
    message changes nothing and is not answered again.
    """
    meaning = meaning_of(message.body)
    with sessions.begin() as session:
        last = _last_attempt(session, message.sender)
        stored = session.scalar(
            sql(_STORE),
            {
                "sid": message.sid,
                "sender": message.sender,
                "to": message.to,
                "body": message.body[:1600],
                "meaning": meaning.value,
                "campaign": last.campaign_id if last else None,
                "voter": last.voter_id if last else None,
                "now": now,
                # What the program has dealt with itself waits for nobody.
                "handled": None if meaning in (Meaning.OTHER, Meaning.WRONG) else now,
            },
        )
        if stored is None:
            return ""
        # The conversation before targets and touches, as whoever answers locks them.
        _converse(session, message, meaning, last, now)
        return _act(session, message, meaning, last, now)


WAITS = frozenset({Meaning.OTHER})
"""What a person has to answer: all else is answered, or done, by the program at once."""
WANTS_NOTHING = frozenset({Meaning.STOP, Meaning.WRONG})


def _converse(
    session: Session, message: TextIn, meaning: Meaning, last: Last | None, now: datetime
) -> None:
    """Opens a conversation, or goes on with it; whoever wants no more is not answered either."""
    if meaning in WANTS_NOTHING:
        end_waiting(session, message.sender)
    elif meaning in WAITS and last is not None:
        opened(
            session,
            last.campaign_id,
            message.sender,
            voter_id=last.voter_id,
            our_address=message.to,
            waits_since=now,
        )


_LAST = """
SELECT a.campaign_id, a.voter_id, coalesce(nullif(c.organization, ''), c.name), c.polling_day
FROM attempts a JOIN campaigns c ON c.id = a.campaign_id
WHERE a.address = :address AND a.channel = 'text'
ORDER BY a.state = 'absent', a.attempted_at DESC LIMIT 1
"""


def _last_attempt(session: Session, address: str) -> Last | None:
    """The last text to an address; only if there is no other, one that never went out, perhaps
    because it did after all."""
    row = session.execute(sql(_LAST), {"address": address}).first()
    return Last(*row) if row is not None else None


def _act(
    session: Session, message: TextIn, meaning: Meaning, last: Last | None, now: datetime
) -> str:
    name = last.organization if last else "this campaign"
    if meaning is Meaning.STOP:
        opt_out(session, message.sender, Channel.TEXT, source="reply", words=message.body, now=now)
        if confirm_once(session, message.sender, Channel.TEXT, now):
            return f"{name}: you are unsubscribed and will get no more texts from us."
    elif meaning is Meaning.START:
        opt_in(session, message.sender, Channel.TEXT)
        return f"{name}: you are subscribed again. Reply STOP to end."
    elif meaning is Meaning.HELP:
        return f"{name}: texts about the election. Reply STOP to end. Msg & data rates may apply."
    elif meaning is Meaning.WRONG:
        bury(session, message.sender, Channel.TEXT, "wrong number", now)
        bury(session, message.sender, Channel.CALL, "wrong number", now)
    elif meaning is Meaning.VOTED and last is not None:
        strike_voters(session, last.polling_day, [last.voter_id], by=None, source="text", at=now)
    return ""
