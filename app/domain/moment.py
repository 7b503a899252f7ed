"""Moments told from polling day, in the words of the table of election silence."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from app.domain.local import instant

EXAMPLES = (
    '"00:00 on the eve", "48 h before polls close", "24 h before polls open", "3 days before", '
    '"20:00 on polling day", "polls close" or "3 h after polls close"'
)


class BadMoment(ValueError):
    """Words that name no moment; says what to write."""


class Anchor(StrEnum):
    """What a moment is told from."""

    OPEN = "open"  # the first opening of the polls
    CLOSE = "close"  # their last closing
    DAY = "day"  # polling day


@dataclass(frozen=True)
class Moment:
    """A moment relative to polling day."""

    anchor: Anchor
    hours: int = 0  # after the polls open or close; before it: below zero
    days_before: int = 0  # of the first polling day
    at: time = time.min  # on the voter's clock


@dataclass(frozen=True)
class Voting:
    """When the polls are open on one clock: from the first opening to the last closing."""

    zone: str
    first: date
    last: date
    opens_at: datetime
    closes_at: datetime


_POLLS = re.compile(
    r"(?:(?P<hours>\d{1,3}) ?h (?P<side>before|after) )?polls (?P<anchor>open|close)"
)
_DAY = re.compile(
    r"(?:(?P<at>[0-2]?\d:[0-5]\d),? )?"
    r"(?:on )?(?:(?P<eve>(?:the )?eve)|(?P<day>polling day)|(?P<days>\d{1,2}) days? before)",
    re.ASCII,
)
_EXAMPLE = re.compile(r"\s*\(.*\)$")  # of what it comes to on the country's usual day


@lru_cache(maxsize=256)
def moment(words: str) -> Moment:
    """The moment that `words` name. Days begin at 00:00; what stands in brackets at the end is an
    example and is not read. Raises BadMoment."""
    text = " ".join(_EXAMPLE.sub("", words).casefold().split())
    if found := _POLLS.fullmatch(text):
        hours = int(found["hours"] or 0)
        return Moment(Anchor(found["anchor"]), -hours if found["side"] == "before" else hours)
    found = _DAY.fullmatch(text)
    if found is None or int((found["at"] or "0").partition(":")[0]) > 23:
        raise BadMoment(f"{words[:60]!r} names no moment: write it like {EXAMPLES}")
    hour, _, minute = (found["at"] or "0:0").partition(":")
    days = 1 if found["eve"] else int(found["days"] or 0)
    return Moment(Anchor.DAY, days_before=days, at=time(int(hour), int(minute)))


def starts_at(when: Moment, voting: Voting) -> datetime:
    """The instant of a moment at which something begins, in UTC: the earliest it may mean."""
    return _instant(when, voting, voting.first, 0)


def ends_at(when: Moment, voting: Voting) -> datetime:
    """The instant of a moment at which something ends, in UTC: the latest it may mean."""
    return _instant(when, voting, voting.last, 1)


def _instant(when: Moment, voting: Voting, day: date, fold: int) -> datetime:
    if when.anchor is Anchor.OPEN:
        return voting.opens_at + timedelta(hours=when.hours)
    if when.anchor is Anchor.CLOSE:
        return voting.closes_at + timedelta(hours=when.hours)
    if when.days_before:
        day = voting.first - timedelta(days=when.days_before)
    return instant(day, when.at, voting.zone, fold)
