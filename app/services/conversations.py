"""Conversations: replies that wait for a person, taken up one by one, answered, handed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bar import Asked, bar_to_answer
from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.message import UnknownField, fill
from app.domain.purpose import written_of, written_purpose
from app.domain.segment import segments
from app.domain.survey import DEFAULT, BadSurvey, Survey, from_json
from app.domain.touch import TouchState
from app.services.compose import facts_for, votes_at
from app.services.strike import strike_voters
from app.store import replies as stored
from app.store.campaigns import Campaign
from app.store.dearest import dearest
from app.store.engine import Sessions, patiently
from app.store.facts import people_of
from app.store.frames import Frame, load_frame
from app.store.means import scripts_by, senders_by
from app.store.people import AuditEntry
from app.store.pool import end_pending, hold_money
from app.store.replies import Known, Said
from app.store.wishes import bury, opt_out

HOLD = timedelta(minutes=5)
"""Machine time; the page renews it while she is on it."""
LONGEST = 1_600
LONGEST_WHY = 300
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
    """An answer that goes out: at once, or at `at` when the hours open."""

    at: datetime | None = None
    again: bool = False  # it was known: told twice, sent once


@dataclass(frozen=True)
class Suggestion:
    """A reply to start from, by what it is for; its fields are filled."""

    name: str  # polling_place | hours | registration | thanks | wrong_number
    language: str
    body: str


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
            session.add(_entry(now, user_id, "conversation opened", found))
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
            session.add(_entry(now, user_id, "conversation opened", conversation_id))
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
        return Sent(opens)


def _hers(session: Session, conversation_id: int, user_id: int, key: str) -> Known | None:
    """The conversation, locked, if she may answer in it; None if this answer is known already."""
    of = stored.known(session, conversation_id, lock=True)
    if stored.key_known(session, key[:LONGEST_KEY]):
        return None
    if of is None:
        raise Refused(Refusal.GONE)
    if of.held_by != user_id:
        raise Refused(Refusal.OTHERS)
    return of


def _make_way(session: Session, of: Known, now: datetime) -> None:
    """One text to a voter at a time: what waits to go by itself gives way to the answer."""
    before = stored.open_text(session, of.campaign_id, of.voter_id or 0)
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
    written = stored.write(session, of.id, key, user_id, body, now)
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
    stored.put_out(
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
    asker = stored.askers(session, of.campaign_id, [of.address])[of.address]
    asked = Asked(Place.of(of.place), asker.at, asker.opted_out, asker.dead)
    verdict = bar_to_answer(asked, now, frame.schedule)
    if verdict is None:
        return None, None
    if not verdict.permanent:
        return None, verdict.until
    if asker.opted_out:
        return Refusal.OPTED_OUT, None
    return (Refusal.DEAD if asker.dead else Refusal.CLOSED), None


@patiently
def done(
    sessions: Sessions,
    conversation_id: int,
    user_id: int,
    *,
    seen: int | None = None,
    now: datetime,
) -> None:
    """Nothing is to be answered in what came in up to `seen`. Raises Refused."""
    with sessions.begin() as session:
        of = _in_hand(session, conversation_id, user_id)
        stored.end(session, of, user_id, now, seen)
        session.add(_entry(now, user_id, "conversation done", of.id))


@patiently
def wants_no_texts(
    sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime
) -> None:
    """Opts the address out, in the words that they wrote, and cancels what is pending to it.
    Raises Refused."""
    with sessions.begin() as session:
        of = _in_hand(session, conversation_id, user_id)
        _lock_target(session, of)
        words = stored.last_words(session, of)
        opt_out(session, of.address, Channel.TEXT, source="reply", words=words, now=now)
        stored.end(session, of, user_id, now, None)
        session.add(_entry(now, user_id, "opted out", of.id))


@patiently
def has_voted(sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime) -> None:
    """Records the ballot of whoever says so. Raises Refused."""
    with sessions.begin() as session:
        of = _in_hand(session, conversation_id, user_id)
        if of.voter_id is None:
            raise Refused(Refusal.GONE)
        day = session.scalars(
            select(Campaign.polling_day).where(Campaign.id == of.campaign_id)
        ).one()
        strike_voters(session, day, [of.voter_id], by=user_id, source="text", at=now)
        stored.end(session, of, user_id, now, None)
        session.add(_entry(now, user_id, "ballot recorded", of.id))


@patiently
def wrong_number(sessions: Sessions, conversation_id: int, user_id: int, *, now: datetime) -> None:
    """The number is another person's: nobody texts or calls it any more. Raises Refused."""
    with sessions.begin() as session:
        of = _in_hand(session, conversation_id, user_id)
        _lock_target(session, of)
        for channel in (Channel.TEXT, Channel.CALL):
            bury(session, of.address, channel, "wrong number", now)
        stored.end(session, of, user_id, now, None)
        session.add(_entry(now, user_id, "wrong number", of.id))


@patiently
def hand_over(
    sessions: Sessions,
    conversation_id: int,
    why: str,
    user_id: int,
    *,
    now: datetime,
) -> None:
    """Leaves it to an organizer, who sees it in the inbox with why. Raises Refused."""
    with sessions.begin() as session:
        of = _in_hand(session, conversation_id, user_id)
        stored.hand_over(session, of.id, user_id, " ".join(why.split())[:LONGEST_WHY], now)
        session.add(_entry(now, user_id, "conversation handed over", of.id))


@patiently
def keep_answers(
    sessions: Sessions,
    conversation_id: int,
    user_id: int,
    given: Mapping[str, str],
    *,
    now: datetime,
) -> Mapping[str, str]:
    """Keeps what the voter answered to the survey, of which only questions and answers that there
    are count; returns what was kept. Raises Refused."""
    with sessions.begin() as session:
        of = _in_hand(session, conversation_id, user_id)
        if of.voter_id is None:
            raise Refused(Refusal.GONE)
        survey = survey_of(session, of.campaign_id)
        kept = {
            one.key: given[one.key]
            for one in survey.questions
            if one.choice(given.get(one.key, "")) is not None
        }
        stored.answered(session, of.voter_id, kept, now)
        return kept


def survey_of(session: Session, campaign_id: int) -> Survey:
    """The questions of the campaign: those of its newest call script that has some."""
    for script in reversed(scripts_by(session, campaign_id, Channel.CALL)):
        if script.survey:
            try:
                return from_json(script.survey)
            except BadSurvey:
                continue
    return DEFAULT


_REPLIES: Mapping[str, Mapping[str, str]] = {
    "polling_place": {
        "en": "You vote at {polling_place}, until {polls_close}. If you are in line by then, stay: "
        "you may vote.",
        "es": "Usted vota en {polling_place}, hasta las {polls_close}. Si a esa hora hace fila, "
        "no se vaya: puede votar.",
    },
    "hours": {
        "en": "The polls are open on {polling_day} until {polls_close}.",
        "es": "Puede votar {vote_time}.",
    },
    "registration": {
        "en": "You can check your registration and your polling place at vote.gov, or ask your "
        "county's election office.",
        "es": "Puede comprobar su registro y su lugar para votar en vote.gov/es, o preguntar en "
        "la oficina electoral de su condado.",
    },
    "thanks": {
        "en": "Thank you, {first_name}! Have a good day.",
        "es": "Gracias, {first_name}. Que tenga un buen dia.",
    },
    "wrong_number": {
        "en": "Sorry for the mix-up. We will not text this number again.",
        "es": "Disculpe la molestia. No volveremos a escribir a este número.",
    },
}
"""What is often asked, by what it is about. In Spanish without accents outside the alphabet of a
text where a word has another way, since they double its price."""


_ONLY_IN = {"registration": "US"}


def suggestions(facts: Mapping[str, Mapping[str, str]], country: str = "US") -> list[Suggestion]:
    """The replies to start from, filled; one for which something is not known is left out."""
    found = []
    for name, words in _REPLIES.items():
        if _ONLY_IN.get(name, country) != country:
            continue
        for language, template in words.items():
            try:
                body = fill(template, facts[language])
            except (UnknownField, KeyError):
                continue
            found.append(Suggestion(name, language, body))
    return found


def _facts(
    session: Session, frame: Frame, of: Known, now: datetime
) -> dict[str, Mapping[str, str]]:
    """What merge fields stand for, by language."""
    people = people_of(session, frame.id, Channel.TEXT, [of.voter_id or 0], now)
    person = people.get(of.voter_id or 0)
    where = votes_at(person.polling_place, person.precinct) if person is not None else ""
    place = Place.of(of.place)
    return {
        language: facts_for(frame, place, of.first_name, where, language)
        for language in ("en", "es")
    }


def _in_hand(session: Session, conversation_id: int, user_id: int) -> Known:
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


def _lock_target(session: Session, of: Known) -> None:
    """The target before its touches, as everybody does."""
    if of.voter_id is not None:
        stored.lock_target(session, of.campaign_id, of.voter_id)


def _entry(at: datetime, by: int, action: str, conversation_id: int) -> AuditEntry:
    return AuditEntry(at=at, user_id=by, action=action, subject=f"conversation:{conversation_id}")
