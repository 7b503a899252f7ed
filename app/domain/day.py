"""Days as voter files write them."""

import re
from collections.abc import Sequence
from datetime import date, datetime

_TIME = re.compile(r"(?<=\d)T(?=\d)")

_LONGEST = 40


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
            day = datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
            if "%y" in form and day.year > latest:
                day = day.replace(year=day.year - 100)
        except ValueError:
            continue
        return day if 1850 <= day.year < 2200 else None
    return None
