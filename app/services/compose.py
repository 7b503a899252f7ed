"""The words that go to one voter: the newest script in their language, every field filled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.follow_words import FOLLOW_WORDS
from app.domain.hours import Place
from app.domain.message import bare_fields, fill
from app.domain.purpose import (
    CALLBACK,
    CHASE,
    FALLOVER,
    IN_LINE,
    RAMP,
    REMIND_EVE,
    REMIND_HOUR,
    blast_of,
)
from app.domain.spoken import (
    VotesAt,
    day_in_words,
    phrases,
    time_in_words,
    vote_time_in_words,
)
from app.store.blasts import Blast
from app.store.frames import Frame
from app.store.means import Written, scripts_by


@dataclass(frozen=True)
class Words:
    """A subject (mail only) and a body, ready to go."""

    subject: str
    body: str
    language: str = ""  # in which they are written
    script_id: int | None = None  # the script that they are of; None: ours, or a blast's


class NoScript(LookupError):
    """A campaign has nothing to say on this channel."""


STAY_IN_LINE = {
    "en": "Hi {first_name}, polls close at {polls_close}. In line by then? You have the right to "
    "vote: stay in line! Paid for by {organization}. STOP to opt out",
    # Without á, í, ó and ú, which are outside the alphabet of a text and would double its price.
    "es": "Hola {first_name}: las urnas cierran a las {polls_close}. Si a esa hora hace fila, "
    "puede votar: no se vaya. Pagado por {organization}. STOP para salir",
}
"""What a text at the close says where the organizer wrote nothing: one segment for most names."""

SCRIPTED = frozenset({RAMP, IN_LINE, REMIND_EVE, REMIND_HOUR, CHASE})
"""Purposes that have scripts of their own; whatever else a touch is for takes that of the ramp."""
LIKE_THE_RAMP = frozenset({FALLOVER, CALLBACK})
"""Purposes that have the words of the ramp in each language in which they have none of their own.
"""
OURS: Mapping[tuple[Channel, str], Mapping[str, Words]] = {
    (Channel.TEXT, IN_LINE): {language: Words("", body) for language, body in STAY_IN_LINE.items()},
    **{
        whose: {language: Words(*words) for language, words in written.items()}
        for whose, written in FOLLOW_WORDS.items()
    },
}
"""Words of ours by channel and purpose, for languages in which the organizer wrote none."""


class Template(Protocol):
    """A subject and a body with merge fields: a script as it is stored, or words of ours."""

    @property
    def subject(self) -> str: ...

    @property
    def body(self) -> str: ...


def scripts_of(
    session: Session, campaign_id: int, channel: Channel, purpose: str = RAMP
) -> dict[str, Template]:
    """Language → newest script of the purpose; raises NoScript when there is none.

    Some purposes have words of ours in the languages in which nobody wrote any, but only in a
    campaign that uses the channel: one with a script for it. A blast has its own words.
    """
    blast = blast_of(purpose)
    if blast is not None:
        return _blast_words(session, blast)
    own = RAMP if purpose not in SCRIPTED else purpose
    rows = scripts_by(session, campaign_id, channel)
    # A version without words puts ours back.
    found: dict[str, Template] = {
        row.language: row for row in rows if row.purpose == own and row.body
    }
    if purpose in LIKE_THE_RAMP:
        found |= {row.language: row for row in rows if row.purpose == purpose and row.body}
    ours = OURS.get((channel, own), {})
    if ours and any(row.purpose == RAMP and row.body for row in rows):
        found = {**ours, **found}
    if not found:
        raise NoScript(f"write a script for {channel.value}s first")
    return found


def _blast_words(session: Session, blast_id: int) -> dict[str, Template]:
    blast = session.get(Blast, blast_id)
    if blast is None or not blast.words:
        raise NoScript("this blast has no words")
    return {
        language: Words(words.get("subject", ""), words["body"])
        for language, words in blast.words.items()
    }


def facts_for(
    frame: Frame,
    place: Place,
    first_name: str,
    where: VotesAt,
    language: str,
    volunteer: str = "",
    plan_at: datetime | None = None,
) -> dict[str, str]:
    """What each merge field stands for, for one voter; empty are the
    caller, where nobody calls, and the polling place where not even the precinct is on file.

    `plan_at` is when the voter means to vote, if they said.
    """
    clock = place.clock(frame.schedule.zone)
    closes = frame.schedule.polls_close_at(place).astimezone(clock)
    return {
        "first_name": first_name or phrases(language)["neighbor"],
        "candidate": frame.candidate or frame.name,
        "organization": frame.organization or frame.name,
        "polling_place": where.said(language),
        "polls_close": time_in_words(closes, language),
        "polling_day": day_in_words(closes, language),
        "vote_time": vote_time_in_words(
            plan_at.astimezone(clock) if plan_at is not None else None, closes, language
        ),
        "volunteer": volunteer,
    }


def words_for(
    scripts: Mapping[str, Template],
    frame: Frame,
    first_name: str,
    where: VotesAt,
    language: str,
    place: Place,
    volunteer: str = "",
    plan_at: datetime | None = None,
    said: Callable[[str], str] = str,
) -> Words:
    """The words for one voter who votes at `where`, and means to at `plan_at`;
    `said` tells how a fact is written into the body.

    Raises Unfilled where something is not known of this voter for which the words have no
    fallback, and UnknownField for words that nobody can have.
    """
    spoken = spoken_in(scripts, language)
    script = scripts[spoken]
    facts = facts_for(frame, place, first_name, where, spoken, volunteer, plan_at)
    if not first_name:  # what the template falls back on comes first
        facts["first_name"] = ""
    usual = usual_words(spoken, calls=bool(volunteer))
    return Words(
        fill(script.subject, facts, usual),
        fill(script.body, {name: said(fact) for name, fact in facts.items()}, usual),
        spoken,
        script.id if isinstance(script, Written) else None,
    )


def spoken_in(scripts: Mapping[str, Template], language: str) -> str:
    """In which of the languages of some scripts somebody of a language is spoken to."""
    return next((one for one in (language, "en") if one in scripts), None) or next(iter(scripts))


def usual_words(language: str, *, calls: bool) -> dict[str, str]:
    """What stands for a field of which nothing is known and for which the words say nothing. For
    the polling place a person on the phone has words; in writing nothing stands for it."""
    said = phrases(language)
    usual = {"first_name": said["neighbor"]}
    return {**usual, "polling_place": said["polling_place"]} if calls else usual


def needs_place(scripts: Mapping[str, Template]) -> list[str]:
    """The languages in which nothing can be written to whom no polling place is known."""
    return [
        language
        for language, script in scripts.items()
        if "polling_place" in bare_fields(script.subject) | bare_fields(script.body)
    ]
