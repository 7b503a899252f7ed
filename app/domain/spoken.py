"""Times as people say them, on a clock that the caller has chosen."""

from datetime import datetime


def time_in_words(at: datetime) -> str:
    """7 pm, 7:30 pm: the way it is said on the phone."""
    clock = at.strftime("%I:%M").lstrip("0").removesuffix(":00")
    return f"{clock} {'am' if at.hour < 12 else 'pm'}"


def day_in_words(at: datetime) -> str:
    """Tuesday, November 3."""
    return f"{at:%A, %B} {at.day}"


WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    # Without the accent of sábado, which is outside the alphabet of a text.
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sabado", "domingo"),
}
_AT = {"en": "{day} at {clock}", "es": "el {day} a las {clock}"}
_BY = {"en": "{day} by {clock}", "es": "el {day} antes de las {clock}"}


def vote_time_in_words(votes_at: datetime | None, closes: datetime, language: str) -> str:
    """Tuesday at 5 pm; without a time, until when it can be: Tuesday by 7:30 pm."""
    spoken = language if language in WEEKDAYS else "en"
    at, words = (closes, _BY) if votes_at is None else (votes_at, _AT)
    day = WEEKDAYS[spoken][at.weekday()]
    return words[spoken].format(day=day, clock=time_in_words(at))
