"""The card of a call: all that a volunteer sees of the voter in front of them, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.disposition import Disposition
from app.domain.hours import Place
from app.domain.message import UnknownField, fill
from app.domain.purpose import CHASE
from app.domain.spoken import VotesAt
from app.domain.survey import Question, said_in
from app.services.compose import (
    NoScript,
    facts_for,
    scripts_of,
    usual_words,
    words_for,
)
from app.services.surveys import survey_of
from app.store.call_history import Member, Said, contacts, members
from app.store.calls import Card
from app.store.frames import Frame

COMMON_TONGUE = "en"


@dataclass(frozen=True)
class Option:
    """An answer as it is offered: its words, where it leads and the result that it suggests."""

    key: str
    words: str
    next: str
    result: Disposition | None


@dataclass(frozen=True)
class Asked:
    """A question as it is asked, every field filled in."""

    key: str
    words: str
    options: list[Option]
    before: str  # what they answered before, in words; empty: nothing


@dataclass(frozen=True)
class CallCard:
    """All that a volunteer sees of the voter in front of them."""

    touch_id: int
    fence: int
    campaign_id: int
    voter_id: int
    first_name: str
    full_name: str
    said_as: str  # how the name is said, where the file tells
    age: int | None
    language: str
    household: list[Member]
    phone: str  # E.164
    number_shown: bool  # the volunteer has asked for the whole number
    address: str
    precinct: str
    polling_place: str  # with its address; empty where no list of precincts says
    zone: str  # IANA, of the voter's clock
    polls_open_at: datetime
    polls_close_at: datetime
    history: list[Said]
    script: str  # every field filled in
    script_language: str
    script_id: int | None  # whose words they are; None: ours
    survey: list[Asked]  # the first is asked first
    plan: Mapping[str, Any] | None  # votes_at, how, with_whom, ride: what they told of their plan
    plan_at: datetime | None  # when they mean to vote
    purpose: str
    lease_until: datetime  # machine time
    voted: bool
    fresh: bool  # claimed just now: nothing was done about it yet


def whole_card(session: Session, frame: Frame, card: Card, *, fresh: bool = False) -> CallCard:
    """The card of a call, with its words in the voter's language as far as there are any."""
    place = Place.of(card.place)
    # A script that the volunteer cannot read out helps nobody.
    tongue = card.language if card.language in card.speaks or not card.speaks else COMMON_TONGUE
    year = frame.schedule.polling_day.year
    script, spoken, script_id = _script(session, frame, card, place, tongue)
    return CallCard(
        touch_id=card.touch_id,
        fence=card.fence,
        campaign_id=card.campaign_id,
        voter_id=card.voter_id,
        first_name=card.first_name,
        full_name=" ".join(part for part in (card.first_name, card.last_name, card.suffix) if part),
        said_as=card.said_as,
        age=year - card.birth_year if card.birth_year else None,
        language=card.language,
        household=members(card.household, year),
        phone=card.phone,
        number_shown=card.number_shown,
        address=", ".join(part for part in (card.address, card.city) if part),
        precinct=card.precinct,
        polling_place=card.polling_place,
        zone=place.clock(frame.schedule.zone).key,
        polls_open_at=frame.schedule.polls_open_at(place),
        polls_close_at=frame.schedule.polls_close_at(place),
        history=contacts(card.history),
        script=script,
        script_language=spoken,
        script_id=script_id,
        survey=_survey(session, frame, card, place, spoken),
        plan=card.plan,
        plan_at=card.plan_at,
        purpose=card.purpose,
        lease_until=card.lease_until,
        voted=card.voted,
        fresh=fresh,
    )


def _script(
    session: Session, frame: Frame, card: Card, place: Place, tongue: str
) -> tuple[str, str, int | None]:
    """What to say, in which language it is written and in which script; empty where nobody wrote
    anything."""
    try:
        scripts = scripts_of(session, frame.id, Channel.CALL, card.purpose)
        words = words_for(
            scripts,
            frame,
            card.first_name,
            VotesAt(card.polling_place, card.precinct),
            tongue,
            place,
            card.volunteer or "a volunteer",
            card.plan_at if card.purpose != CHASE else None,
        )
    except (NoScript, UnknownField):
        return "", tongue, None
    return words.body, words.language, words.script_id


def _survey(session: Session, frame: Frame, card: Card, place: Place, language: str) -> list[Asked]:
    where = VotesAt(card.polling_place, card.precinct)
    facts = facts_for(
        frame, place, card.first_name, where, language, card.volunteer or "a volunteer"
    )
    before = {question: answer for question, answer, _ in card.answers}
    usual = usual_words(language, calls=True)
    facts["polling_place"] = facts["polling_place"] or usual["polling_place"]
    if not card.first_name:  # what the question falls back on comes first
        facts["first_name"] = ""
    questions = survey_of(session, frame.id).questions
    return [_asked(one, facts, usual, language, before.get(one.key, "")) for one in questions]


def _asked(
    question: Question,
    facts: Mapping[str, str],
    usual: Mapping[str, str],
    language: str,
    before: str,
) -> Asked:
    known = question.choice(before)
    return Asked(
        question.key,
        fill(said_in(question.words, language), facts, usual),
        [
            Option(one.key, fill(said_in(one.words, language), facts, usual), one.next, one.result)
            for one in question.answers
        ],
        said_in(known.words, language) if known is not None else before,
    )
