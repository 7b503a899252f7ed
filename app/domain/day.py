"""Days as voter files write them."""

from collections.abc import Sequence
from datetime import date, datetime


def clean_day(raw: str, formats: Sequence[str]) -> date | None:
    """The day in `raw` by the first of strptime's `formats` that fits, from 1850 to 2199, or None.

    A time after the day is ignored; a time alone ("12:00:00 AM", left by a spreadsheet) is no day.
    """
    words = raw.split(maxsplit=1)
    text = words[0].partition("T")[0] if words else ""
    if not 8 <= len(text) <= 10 or not text.isascii():
        return None
    for form in formats:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
        return day if 1850 <= day.year < 2200 else None
    return None
