"""Replies to start from: what is often asked, by what it is about, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.message import UnknownField, fill


@dataclass(frozen=True)
class Suggestion:
    """A reply to start from, by what it is for; its fields are filled."""

    name: str  # polling_place | hours | registration | thanks | wrong_number
    language: str
    body: str


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
