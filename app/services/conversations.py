"""Conversations: replies that wait for a person, taken up one by one, answered, handed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.bar import Asked, bar_to_answer
from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.purpose import written_of, written_purpose
from app.domain.segment import segments
from app.domain.spoken import VotesAt
from app.domain.survey import DEFAULT, BadSurvey, Survey, from_json
from app.domain.touch import TouchState
from app.services.compose import facts_for
from app.services.suggested_replies import Suggestion, suggestions
from app.store import replies as stored
from app.store import written as written_texts
from app.store.dearest import dearest
from app.store.engine import Sessions, patiently
from app.store.facts import people_of
from app.store.frames import Frame, load_frame
from app.store.means import scripts_by, senders_by
from app.store.people import AuditEntry
from app.store.pool import end_pending, hold_money
from app.store.replies import Known, Said
from app.store.wishes import bury

HOLD = timedelta(minutes=5)
"""Machine time; the page renews it while she is on it."""
LONGEST = 1_600
LONGEST_KEY = 64


class Refusal(StrEnum):
    """Why an answer does not go out; what was typed stays on the page."""

    OTHERS = "others"  # somebody else has the conversation in hand
    GONE = "gone"  # there is no such conversation, or no such voter any more
    EMPTY = "empty"
    LONG = "long"  # more than a carrier takes
    OPTED_OUT = "opted_out"
    DEAD = "dead"
    CLOSED = "closed"  # the polls have closed
    BUSY = "busy"  # a text to this voter is on its way at this moment: try again in seconds
    WAITS = "waits"  # the answer before this one waits for the hours to open
    MONEY = "money"  # the budget does not last


class Refused(Exception):
    """What cannot be done, as a code; `until` where waiting helps."""

    def __init__(self, why: Refusal, until: datetime | None = None) -> None:
        self.why, self.until = why, until
        super().__init__(why.value)


@dataclass(frozen=True)
class Sent:
    """An answer that goes out: at once, or at `at` when the hours open or a pause ends."""

    at: datetime | None = None
    paused: bool = False  # it is a pause by an organizer that it waits for
    again: bool = False  # it was known: told twice, sent once


@dataclass(frozen=True)
class Thread:
    """All that somebody sees who answers."""

    id: int
    of: Known
    said: list[Said]
    suggestions: list[Suggestion]
    survey: Survey
    answers: Mapping[str, str]  # question → answer, as the voter last gave it
    facts: Mapping[str, str]  # merge fields, for the words of the survey
    may_answer: Refusal | None  # why no answer can go; None: it can
    opens_at: datetime | None  # an answer waits until then; None: it goes at once
    paused: bool = False  # for the end of a pause by an organizer


def waiting(session: Session, campaign_id: int, now: datetime) -> int:
    """How many conversations wait for a volunteer's answer."""
    return stored.waiting(session, campaign_id)


@patiently
def take(
    sessions: Sessions, campaign_id: int, user_id: int, *, now: datetime, wall: datetime
) -> int | None:
    """Takes up the conversation in hand, else the next that waits, for HOLD; None when none is
    free. Two people never hold the same; each opening is in the audit log."""
    with sessions.begin() as session:
        had = stored.held(session, user_id, wall)
        found = stored.take(session, campaign_id, user_id, now=now, wall=wall, until=wall + HOLD)
        if found is not None and found != had:
            session.add(entry(now, user_id, "conversation opened", found))
        return found


@patiently
def take_up(
    sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime, wall: datetime
) -> bool:
    """Takes up one that was handed over; False when somebody else has it in hand."""
    with sessions.begin() as session:
        of = stored.known(session, conversation_id, lock=True)
        if of is None or _is_anothers(of, user_id, wall):
            return False
        if of.held_by != user_id:
            session.add(entry(now, user_id, "conversation opened", conversation_id))
        stored.let_go(session, user_id, but=conversation_id)
        stored.hold(session, conversation_id, user_id, wall + HOLD)
        return True


@patiently
def renew(sessions: Sessions, conversation_id: int, user_id: int, *, wall: datetime) -> bool:
    """Whoever is on the page keeps the conversation; False when it is another's by now."""
    with sessions.begin() as session:
        of = stored.known(session, conversation_id, lock=True)
        if of is None or of.held_by != user_id:
            return False
        stored.hold(session, conversation_id, user_id, wall + HOLD)
        return True


@patiently
def put_back(sessions: Sessions, user_id: int) -> None:
    """Lets go of what a person has in hand, for others to answer."""
    with sessions.begin() as session:
        stored.let_go(session, user_id)


def thread(session: Session, conversation_id: int, user_id: int, *, now: datetime) -> Thread | None:
    """A conversation that a person has in hand, with what she may answer; None when it is not
    hers."""
    of = stored.known(session, conversation_id)
    if of is None or of.held_by != user_id:
        return None
    frame = load_frame(session, of.campaign_id)
    survey = survey_of(session, of.campaign_id)
    facts = _facts(session, frame, of, now)
    voter = of.voter_id or 0
    why, opens = _may_answer(session, frame, of, now)
    return Thread(
        of.id,
        of,
        stored.thread(session, of),
        suggestions(facts, frame.schedule.country),
        survey,
        stored.answers_of(session, voter, [one.key for one in survey.questions]),
        facts.get(of.language) or facts["en"],
        why,
        opens,
        opens is not None and opens == frame.rules.pause(Channel.TEXT, now),
    )


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
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Refused(Refusal.EMPTY)
    if len(body) > LONGEST or "\0" in body:
        raise Refused(Refusal.LONG)
    with sessions.begin() as session:
        of = _hers(session, conversation_id, user_id, key)
        if of is None:
            return Sent(again=True)
        frame = load_frame(session, of.campaign_id)
        why, opens = _may_answer(session, frame, of, now)
        if why is not None:
            raise Refused(why)
        if of.voter_id is None or not stored.lock_target(session, of.campaign_id, of.voter_id):
            raise Refused(Refusal.GONE)
        _make_way(session, of, now)
        _put_out(session, frame, of, key[:LONGEST_KEY], user_id, body, now)
        if wrong_number:
            bury(session, of.address, Channel.CALL, "wrong number", now)
            stored.close_number(session, of.address, "wrong number")
        stored.end(session, of, user_id, now, seen)
        return Sent(opens, opens is not None and opens == frame.rules.pause(Channel.TEXT, now))


def _hers(session: Session, conversation_id: int, user_id: int, key: str) -> Known | None:
    """The conversation, locked, if she may answer in it; None if this answer is known already."""
    of = stored.known(session, conversation_id, lock=True)
    if written_texts.key_known(session, key[:LONGEST_KEY]):
        return None
    if of is None:
        raise Refused(Refusal.GONE)
    if of.held_by != user_id:
        raise Refused(Refusal.OTHERS)
    return of


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
    price = max(max(prices, default=Decimal(0)), dearest(session, frame.id))
    held = price * segments(body)
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


def _may_answer(
    session: Session, frame: Frame, of: Known, now: datetime
) -> tuple[Refusal | None, datetime | None]:
    """Why no answer may ever go, or until when it waits."""
    asker = written_texts.askers(session, of.campaign_id, [of.address])[of.address]
    asked = Asked(Place.of(of.place), asker.at, asker.opted_out, asker.dead)
    verdict = bar_to_answer(asked, now, frame.schedule)
    paused = frame.rules.pause(Channel.TEXT, now)
    if verdict is None:
        return None, paused
    if verdict.until is not None:
        return None, max(verdict.until, paused or verdict.until)
    if asker.opted_out:
        return Refusal.OPTED_OUT, None
    return (Refusal.DEAD if asker.dead else Refusal.CLOSED), None


def survey_of(session: Session, campaign_id: int) -> Survey:
    """The questions of the campaign: those of its newest call script that has some."""
    for script in reversed(scripts_by(session, campaign_id, Channel.CALL)):
        if script.survey:
            try:
                return from_json(script.survey)
            except BadSurvey:
                continue
    return DEFAULT


def _facts(
    session: Session, frame: Frame, of: Known, now: datetime
) -> dict[str, Mapping[str, str]]:
    """What merge fields stand for, by language."""
    people = people_of(session, frame.id, Channel.TEXT, [of.voter_id or 0], now)
    person = people.get(of.voter_id or 0)
    where = VotesAt(person.polling_place, person.precinct) if person is not None else VotesAt()
    place = Place.of(of.place)
    return {
        language: facts_for(frame, place, of.first_name, where, language)
        for language in ("en", "es")
    }


def in_hand(session: Session, conversation_id: int, user_id: int) -> Known:
    """The conversation, locked, which this person holds, or held last."""
    of = stored.known(session, conversation_id, lock=True)
    if of is None:
        raise Refused(Refusal.GONE)
    if of.held_by != user_id:
        raise Refused(Refusal.OTHERS)
    return of


def _is_anothers(of: Known, user_id: int, wall: datetime) -> bool:
    held = of.held_until is not None and of.held_until > wall
    return held and of.held_by not in (None, user_id)


def lock_target(session: Session, of: Known) -> None:
    """The target before its touches, as everybody does."""
    if of.voter_id is not None:
        stored.lock_target(session, of.campaign_id, of.voter_id)


def entry(at: datetime, by: int, action: str, conversation_id: int) -> AuditEntry:
    """An entry of the audit log on a conversation."""
    return AuditEntry(at=at, user_id=by, action=action, subject=f"conversation:{conversation_id}")
