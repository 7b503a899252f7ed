"""Answers a conversation: one text, from the number that they wrote to, sent once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.purpose import written_of, written_purpose
from app.domain.script_check import LONGEST_TEXT
from app.domain.segment import segments
from app.domain.touch import TouchState
from app.services.conversation_thread import may_answer
from app.services.conversations import Refusal, Refused, held_by
from app.store import replies as stored
from app.store import written as written_texts
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, load_frame
from app.store.means import senders_by
from app.store.pool import end_pending, hold_money
from app.store.replies import Known
from app.store.wishes import bury

LONGEST_KEY = 64


@dataclass(frozen=True)
class Sent:
    """An answer that goes out: at once, or at `at` when the hours open or a pause ends."""

    at: datetime | None = None
    paused: bool = False  # it is a pause by an organizer that it waits for
    again: bool = False  # it was known: told twice, sent once


@patiently
def answer(
    sessions: Sessions,
    conversation_id: int,
    user_id: int,
    key: str,
    body: str,
    *,
    seen: int | None = None,
    wrong_number: bool = False,
    now: datetime,
) -> Sent:
    """Sends an answer from the number that they wrote to. `key` is the client's own: a repeat is
    sent once. What came in after `seen` (an id of a text of theirs) waits still. To a stranger
    (`wrong_number`) it is the last that anybody sends. Raises Refused.

    One transaction keeps the words, puts the touch out and ends the waiting; any worker sends it.
    """
    body, key = _tidy(body), key[:LONGEST_KEY]
    with sessions.begin() as session:
        of = _hers(session, conversation_id, user_id, key)
        if of is None:
            return Sent(again=True)
        frame = load_frame(session, of.campaign_id)
        may = may_answer(session, frame, of, now)
        if may.why is not None:
            raise Refused(may.why)
        if of.voter_id is None or not stored.lock_target(session, of.campaign_id, of.voter_id):
            raise Refused(Refusal.GONE)
        _make_way(session, of, now)
        _put_out(session, frame, of, key, user_id, body, now)
        if wrong_number:
            bury(session, of.address, Channel.CALL, "wrong number", now)
            stored.close_number(session, of.address, "wrong number")
        stored.end(session, of, user_id, now, seen)
        return Sent(may.opens_at, may.paused)


def _tidy(body: str) -> str:
    """The words as they go out. Raises Refused where there are none, or too many."""
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Refused(Refusal.EMPTY)
    if len(body) > LONGEST_TEXT or "\0" in body:
        raise Refused(Refusal.LONG)
    return body


def _hers(session: Session, conversation_id: int, user_id: int, key: str) -> Known | None:
    """The conversation, locked, if she may answer in it; None if this answer is known already."""
    of = stored.known(session, conversation_id, lock=True)
    return None if written_texts.key_known(session, key) else held_by(of, user_id)


def _make_way(session: Session, of: Known, now: datetime) -> None:
    """One text to a voter at a time: what waits to go by itself gives way to the answer."""
    before = written_texts.open_text(session, of.campaign_id, of.voter_id or 0)
    if before is None:
        return
    if before.state in (TouchState.ATTEMPTING, TouchState.UNKNOWN):
        raise Refused(Refusal.BUSY)
    if written_of(before.purpose) is not None:
        later = before.due_at > now
        raise Refused(Refusal.WAITS if later else Refusal.BUSY, before.due_at if later else None)
    state, reason = TouchState.CANCELED, "in conversation"
    end_pending(session, "ids", ids=[before.id], state=state, reason=reason, now=now)


def _put_out(
    session: Session, frame: Frame, of: Known, key: str, user_id: int, body: str, now: datetime
) -> None:
    written = written_texts.write(session, of.id, key, user_id, body, now)
    if written is None:
        raise AssertionError("the conversation is locked, and its key was asked for")
    senders = senders_by(session, frame.id, Channel.TEXT)
    prices = [one.price for one in senders if not one.stopped] or [one.price for one in senders]
    held = max(prices, default=Decimal(0)) * segments(body)
    if held and not hold_money(session, frame.id, held, frame.spendable(now)):
        raise Refused(Refusal.MONEY)
    # It waits through the quiet hours: the bar is asked at each claim.
    closes = frame.schedule.polls_close_at(Place.of(of.place))
    written_texts.put_out(
        session,
        of,
        purpose=written_purpose(written),
        user_id=user_id,
        now=now,
        expires_at=max(closes, now + timedelta(hours=1)),
        held=held,
    )
