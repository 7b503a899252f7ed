"""Days as voter files write them."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

_TIME = re.compile(r"(?<=\d)T(?=\d)")

_LONGEST = 40

_DIRECTIVES = {
    "%Y": r"(?P<year>\d{4})",
    "%m": r"(?P<month>1[0-2]|0[1-9]|[1-9])",
    "%d": r"(?P<day>3[01]|[12]\d|0[1-9]|[1-9])",
}


def clean_day(raw: str, formats: Sequence[str], latest: int = 2199) -> date | None:
    """The day in `raw` by the first of strptime's `formats` that fits, from 1850 to 2199, or None.

    A time after the day is ignored; a time alone ("12:00:00 AM", left by a spreadsheet) is no day.
    Years of two digits are read only where a format has them (%y), as none later than `latest`.
    """
    words = _TIME.sub(" ", raw[:_LONGEST]).split()
    if not words or ":" in words[0]:
        return None
    for form in formats:
        text = " ".join(words[: form.count(" ") + 1])
        try:
            day = _read(text, form)
            if "%y" in form and day.year > latest:
                day = day.replace(year=day.year - 100)
        except ValueError:
            continue
        return day if 1850 <= day.year < 2200 else None
    return None


def _read(text: str, form: str) -> date:
    """Raises ValueError if `text` is not a day in this format."""
    pattern = _pattern(form)
    if pattern is None:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date(int(found["year"]), int(found["month"]), int(found["day"]))


@cache
def _pattern(form: str) -> re.Pattern[str] | None:
    """A format of digits alone as a pattern, ten times as fast as strptime; None for any other."""
    text = re.escape(form)
    for directive, pattern in _DIRECTIVES.items():
        text = text.replace(directive, pattern, 1)
    plain = all(directive in form for directive in _DIRECTIVES) and "%" not in text
    return re.compile(text, re.ASCII) if plain else None
