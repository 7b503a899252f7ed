"""The thread of a conversation: what was said, what may be answered, and what may be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.bar import Asked, bar_to_answer
from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.spoken import VotesAt
from app.domain.survey import Survey
from app.services.compose import facts_for
from app.services.conversations import Refusal
from app.services.suggested_replies import Suggestion, suggestions
from app.services.surveys import survey_of
from app.store import replies as stored
from app.store import written as written_texts
from app.store.facts import people_of
from app.store.frames import Frame, load_frame
from app.store.replies import Known, Said


@dataclass(frozen=True)
class MayAnswer:
    """Whether an answer may go, and when."""

    why: Refusal | None  # why none may ever go; None: it can
    opens_at: datetime | None = None  # it waits until then; None: it goes at once
    paused: bool = False  # for the end of a pause by an organizer


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
    may: MayAnswer


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
    return Thread(
        of.id,
        of,
        stored.thread(session, of),
        suggestions(facts, frame.schedule.country),
        survey,
        stored.answers_of(session, voter, [one.key for one in survey.questions]),
        facts.get(of.language) or facts["en"],
        may_answer(session, frame, of, now),
    )


def may_answer(session: Session, frame: Frame, of: Known, now: datetime) -> MayAnswer:
    """Why no answer may ever go, or until when it waits."""
    asker = written_texts.askers(session, of.campaign_id, [of.address])[of.address]
    asked = Asked(Place.of(of.place), asker.at, asker.opted_out, asker.dead)
    verdict = bar_to_answer(asked, now, frame.schedule)
    paused = frame.rules.pause(Channel.TEXT, now)
    if verdict is None:
        return MayAnswer(None, paused, paused is not None)
    if verdict.until is not None:
        opens = max(verdict.until, paused or verdict.until)
        return MayAnswer(None, opens, opens == paused)
    if asker.opted_out:
        return MayAnswer(Refusal.OPTED_OUT)
    return MayAnswer(Refusal.DEAD if asker.dead else Refusal.CLOSED)


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
