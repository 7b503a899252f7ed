"""What keeps a script from being saved, and what it had better say: codes with facts, no words."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.channel import Channel
from app.domain.first_words import Written, says_how_to_stop, says_who_pays
from app.domain.message import UnknownField, fields_of
from app.domain.plain_sign import in_plain_signs
from app.domain.purpose import (
    CALLBACK,
    CHASE,
    FALLOVER,
    IN_LINE,
    RAMP,
    REMIND_EVE,
    REMIND_HOUR,
)
from app.domain.spoken import phrases

LONGEST_SUBJECT = 200
LONGEST_TEXT = 1_600
"""Characters; as many as Twilio takes."""
LONGEST = {Channel.TEXT: LONGEST_TEXT, Channel.EMAIL: 20_000, Channel.CALL: 5_000}
"""Characters."""
LONGEST_NOTE = 200
OFFERED = ("en", "es")
"""Languages that are offered everywhere. A script can be written in any other; whoever reads one
in which there is none gets the English words."""

PURPOSES = {
    Channel.CALL: (RAMP, FALLOVER, CALLBACK, REMIND_EVE, REMIND_HOUR, CHASE),
    Channel.TEXT: (RAMP, FALLOVER, IN_LINE, REMIND_EVE, REMIND_HOUR, CHASE),
    Channel.EMAIL: (RAMP, FALLOVER, REMIND_EVE, REMIND_HOUR, CHASE),
}
"""What a channel can have words of its own for."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, in which field of the form, with the facts of its sentence."""

    field: str  # subject, body, note, survey
    code: str
    name: str = ""  # of a merge field
    most: int = 0  # characters


def problems(written: Written, *, may_be_empty: bool) -> list[Problem]:
    """What keeps a script from being saved; `may_be_empty` where other words then stand."""
    if may_be_empty and not written.body and not written.subject:
        return []
    return [*_of_the_subject(written), *_of_the_body(written)]


def _of_the_subject(written: Written) -> list[Problem]:
    if written.channel is not Channel.EMAIL:
        return []
    if not written.subject:
        return [Problem("subject", "no_subject")]
    if len(written.subject) > LONGEST_SUBJECT:
        return [Problem("subject", "too_long", most=LONGEST_SUBJECT)]
    return _of_fields("subject", written.subject, written.channel)


def _of_the_body(written: Written) -> list[Problem]:
    if not written.body:
        return [Problem("body", "empty")]
    if len(written.body) > LONGEST[written.channel]:
        return [Problem("body", "too_long", most=LONGEST[written.channel])]
    if "\0" in written.body:
        return [Problem("body", "bad_sign")]
    return _of_fields("body", written.body, written.channel)


def _of_fields(field: str, words: str, channel: Channel) -> list[Problem]:
    try:
        named = fields_of(words)
    except UnknownField as wrong:
        return [Problem(field, wrong.code, wrong.name)]
    if "volunteer" in named and channel is not Channel.CALL:
        return [Problem(field, "volunteer")]
    return []


@dataclass(frozen=True)
class Asked:
    """What law or custom asks of words, and whether they have it."""

    code: str  # who_pays | opt_out | who_calls
    met: bool


def asked_of(written: Written, organization: str, country: str) -> Sequence[Asked]:
    """What is asked of these words: to say who pays (US; first_words.py), in a text how to opt out
    (data/opt_out_words.csv), in a call who calls. Each mail has its link to unsubscribe anyway."""
    asked = []
    if written.channel is not Channel.CALL and country == "US":
        asked.append(Asked("who_pays", says_who_pays(written, organization)))
    if written.channel is Channel.TEXT:
        asked.append(Asked("opt_out", says_how_to_stop(written.body)))
    if written.channel is Channel.CALL:
        asked.append(Asked("who_calls", "{volunteer" in written.body))
    return asked


ENDS = {
    ("who_pays", "en"): "Paid for by {organization}.",
    ("who_pays", "es"): "Pagado por {organization}.",
    ("opt_out", "en"): "STOP to opt out",
    ("opt_out", "es"): "STOP para salir",
    ("who_calls", "en"): "I'm {volunteer}, a volunteer with {organization}.",
    ("who_calls", "es"): "Soy {volunteer}, de {organization}.",
}
"""What is added by one tap where it is missing."""


def end_for(code: str, language: str) -> str:
    """What one tap adds for something that is asked for; in English where we have no words."""
    return ENDS.get((code, language)) or ENDS.get((code, "en"), "")


def fallback_for(field: str, language: str) -> str:
    """What a field that may be empty falls back on, as it is inserted; empty where it never is. In
    Spanish without accents, which would double the price of a text."""
    name = {"polling_place": "polling_place", "first_name": "neighbor"}.get(field)
    if name is None:
        return ""
    words = phrases(language)[name]
    return in_plain_signs(words) if language == "es" else words
