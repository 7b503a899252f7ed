"""Times of day as lists write them: 6:30 am, 06:30, 7, 7pm, 19:30."""

import re
from datetime import time

_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>[0-5]\d))?(?::[0-5]\d(?:\.0+)?)?\s*(?P<half>[ap])?\.?m?\.?"
)
_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def clean_time(raw: str) -> time | None:
    """The time in `raw`, or None. Without am or pm the hour counts from 0 to 23; seconds go."""
    text = " ".join(raw.split()).casefold()
    if text in _WORDS:
        return _WORDS[text]
    found = _TIME.fullmatch(text)
    if found is None or not text.isascii() or ("m" in text and not found["half"]):
        return None
    hour, half = int(found["hour"]), found["half"]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found["minute"] or 0)) if hour < 24 else None


def says_half(raw: str) -> bool:
    """Whether `raw` says which half of the day it means, by am, pm or a word."""
    text = raw.casefold()
    return "a" in text or "p" in text or "noon" in text or "mid" in text


def in_words(at: time) -> str:
    """6:30 am, 7 pm, noon, midnight."""
    if at in (time(), time(12)):
        return "noon" if at.hour else "midnight"
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"


def between(begins: time, ends: time) -> str:
    """A stretch of a day: 5–8 pm, 11 am–2 pm, noon–3 pm, 9 pm–midnight."""
    first, last = in_words(begins), in_words(ends)
    half = last.rpartition(" ")[2]
    same = " " in last and first.endswith(f" {half}")
    return f"{first.removesuffix(f' {half}') if same else first}–{last}"
