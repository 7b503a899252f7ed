"""Times, days and places as people say them in the voter's language.

What is said in a language stands in data/spoken_words.csv; names of days and months are those of
Unicode's CLDR (Babel). A language that is not in the table has the English words throughout. What
was said is kept, for every message of a day says the same few times.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time

from app.domain.plain_sign import in_plain_signs
from app.domain.tables import table

USUAL = "en"


class VotesAt(NamedTuple):
    """Where somebody votes, as far as is known: the place with its address, else the precinct."""

    polling_place: str = ""
    precinct: str = ""

    def said(self, language: str) -> str:
        """The place, else “precinct 12”; empty if neither is known."""
        if self.polling_place or not self.precinct:
            return self.polling_place
        return phrases(language)["precinct"].format(number=self.precinct)


def phrases(language: str) -> Mapping[str, str]:
    """What is said in a language: neighbor, polling_place, precinct, at and by."""
    return _table().get(language) or _table()[USUAL]


@lru_cache(maxsize=4096)
def time_in_words(at: datetime, language: str = USUAL) -> str:
    """7 pm, 7:30 pm: the way it is said on the phone; in Spanish 7:30 p.m., in others 19:30 or as
    its own clock has it."""
    if _own(language):
        return _plain(format_time(at, "short", locale=language), language)
    clock = at.strftime("%I:%M").lstrip("0").removesuffix(":00")
    half = "am" if at.hour < 12 else "pm"
    return f"{clock} {half[0]}.m." if language == "es" else f"{clock} {half}"


@lru_cache(maxsize=4096)
def day_in_words(at: datetime, language: str = USUAL) -> str:
    """Tuesday, November 3; martes 3 de noviembre."""
    if language != "es" and not _own(language):
        return f"{at:%A, %B} {at.day}"
    between = " " if language == "es" else ", "
    day = format_skeleton("MMMMd", at, locale=language)
    return f"{_weekday(at, language)}{between}{_plain(day, language)}"


@lru_cache(maxsize=4096)
def vote_time_in_words(votes_at: datetime | None, closes: datetime, language: str) -> str:
    """Tuesday at 5 pm; without a time, until when it can be: Tuesday by 7:30 pm."""
    at, kind = (closes, "by") if votes_at is None else (votes_at, "at")
    said = phrases(language)[kind].format(
        day=_weekday(at, language), clock=time_in_words(at, language)
    )
    return said.replace("las 1", "la 1", 1) if language == "es" and at.hour % 12 == 1 else said


def _weekday(at: datetime, language: str) -> str:
    spoken = language if language in _table() else USUAL
    return _plain(format_date(at, "EEEE", locale=spoken), language)


def _plain(said: str, language: str) -> str:
    """Without CLDR's narrow spaces; in Spanish also without the accent of sábado, which is outside
    the alphabet of a text and would double its price."""
    return in_plain_signs(said) if language == "es" else said.replace("\u202f", " ")


def _own(language: str) -> bool:
    """Whether its clock and its months are those of CLDR."""
    return language not in (USUAL, "es") and language in _table()


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return {row["language"]: row for row in table("spoken_words") if _known(row["language"])}


def _known(language: str) -> bool:
    try:
        Locale.parse(language)
    except UnknownLocaleError:
        return False
    return True
