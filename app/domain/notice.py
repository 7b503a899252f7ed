"""Notices: what volunteers are told about their shifts, in which words, and at which hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.time_of_day import between, in_words

NIGHT_FROM, NIGHT_UNTIL = time(21), time(8)
"""On the campaign's clock; nobody's phone buzzes in between."""
EVENING = time(18)
"""When one is reminded of a shift of the next day."""
LATE_EVENING = time(20, 30)
"""Instead of an hour before, where that would be at night already."""
BEFORE = timedelta(hours=1)
LEAST_BEFORE = timedelta(minutes=15)
"""A reminder nearer to the begin than this helps nobody."""


class Kind(StrEnum):
    """What a notice is about."""

    REMINDER = "reminder"  # a shift of theirs begins soon
    MISSED = "missed"  # it has begun, and there is no sign of them
    OFFER = "offer"  # somebody else did not come, or canceled: can they?
    ASKED = "asked"  # an organizer asks everybody for hours that are short
    WRITTEN = "written"  # their team lead's own words


class What(StrEnum):
    """Which words: two kinds of reminder and of offer, and one for each other kind."""

    EVE = "eve"
    HOUR = "hour"
    MISSED = "missed"
    OFFER = "offer"  # of a shift that is on
    FREED = "freed"  # of one to come
    ASKED = "asked"
    WRITTEN = "written"


@dataclass(frozen=True)
class Said:
    """A notice in words."""

    subject: str  # of a mail
    body: str

    def on(self, channel: Channel) -> str:
        """The body as this channel carries it: accents that would double a text's price go."""
        return self.body.translate(_PLAIN) if channel is Channel.TEXT else self.body


@dataclass(frozen=True)
class Hours:
    """A stretch of time with the clock on which it is told."""

    begins_at: datetime
    ends_at: datetime
    zone: str  # IANA


@dataclass(frozen=True)
class Reminder:
    """When somebody is reminded, and until when that still helps."""

    what: What
    due_at: datetime
    expires_at: datetime


_PLAIN = str.maketrans("áíóúÁÍÓÚ–—“”‘’", "aiouAIOU--\"\"''")

# A text outside the GSM alphabet costs double: see `Said.on`.
_WORDS: Mapping[str, Mapping[What, tuple[str, str]]] = {
    "en": {
        What.EVE: (
            "Your shift tomorrow",
            "Tomorrow is your shift for {campaign}: {hours}. You need your phone and this page: "
            "{page} Cannot come? Tell us: {cancel}",
        ),
        What.HOUR: (
            "Your shift begins at {begins}",
            "Your shift for {campaign} begins at {begins}. You need your phone and this page: "
            "{page} Cannot come? Tell us: {cancel}",
        ),
        What.MISSED: (
            "We miss you on your shift",
            "We miss you: your shift for {campaign} began at {begins}. Are you all right? You can "
            "still come: {page} If you cannot, tell us: {cancel}",
        ),
        What.OFFER: (
            "Can you step in until {ends}?",
            "Somebody could not come. Can you take over {doing} for {campaign} until {ends}? "
            "Whoever takes it first has it: {link}",
        ),
        What.FREED: (
            "Can you step in on {hours}?",
            "Somebody cannot come on {hours}. Can you take over {doing} for {campaign} then? "
            "Whoever takes it first has it: {link}",
        ),
        What.ASKED: (
            "Can you help on {hours}?",
            "{campaign} needs more people for {doing} on {hours}. Can you help? Book here: {link}",
        ),
        What.WRITTEN: ("A word from {name}", "{words} - {name}, {campaign}"),
    },
    "es": {
        What.EVE: (
            "Su turno de mañana",
            "Mañana tiene su turno de {campaign}: {hours}. Solo necesita su celular y esta "
            "página: {page} ¿No puede venir? Avise: {cancel}",
        ),
        What.HOUR: (
            "Su turno empieza a las {begins}",
            "Su turno de {campaign} empieza a las {begins}. Solo necesita su celular y esta "
            "página: {page} ¿No puede venir? Avise: {cancel}",
        ),
        What.MISSED: (
            "Le echamos de menos en su turno",
            "Le echamos de menos: su turno de {campaign} ha empezado a las {begins}. ¿Todo bien? "
            "Puede venir todavía: {page} Si no puede, avise: {cancel}",
        ),
        What.OFFER: (
            "¿Puede ayudar hasta las {ends}?",
            "Alguien no ha podido venir. ¿Puede hacer {doing} para {campaign} hasta las {ends}? "
            "Es para quien lo acepte primero: {link}",
        ),
        What.FREED: (
            "¿Puede ayudar el {hours}?",
            "Alguien no puede venir el {hours}. ¿Puede hacer {doing} para {campaign} a esa hora? "
            "Es para quien lo acepte primero: {link}",
        ),
        What.ASKED: (
            "¿Puede ayudar el {hours}?",
            "{campaign} necesita gente para {doing} el {hours}. ¿Puede ayudar? Reserve: {link}",
        ),
        What.WRITTEN: ("Un mensaje de {name}", "{words} - {name}, {campaign}"),
    },
}
_DOING = {
    "en": {Channel.CALL: "calls", Channel.TEXT: "texts"},
    "es": {Channel.CALL: "llamadas", Channel.TEXT: "mensajes"},
}
_DAYS_ES = ("lun", "mar", "mie", "jue", "vie", "sab", "dom")
_MONTHS_ES = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"]
TONGUES = tuple(_WORDS)


def tongue_of(chosen: str, spoken: Sequence[str]) -> str:
    """The language in which somebody is written to: as they chose for the pages, else Spanish for
    whoever speaks it and no English, else English."""
    if chosen in _WORDS:
        return chosen
    return "es" if "es" in spoken and "en" not in spoken else "en"


def say(
    what: What,
    tongue: str,
    hours: Hours | None = None,
    channel: Channel = Channel.CALL,
    **facts: str,
) -> Said:
    """The notice in this language; facts are campaign, page, cancel, link, words and name."""
    told = dict(facts)
    if hours is not None:
        told |= _hours(hours, tongue)
    told["doing"] = _DOING[tongue].get(channel, "")
    subject, body = _WORDS[tongue][what]
    return Said(subject.format(**told), body.format(**told))


def reminders(starts_at: datetime, booked_at: datetime, zone: str) -> list[Reminder]:
    """When a shift is told of: the evening before and an hour before, never at night, and never
    later than it was booked: whoever has just booked knows."""
    found = []
    eve = _on(starts_at.astimezone(ZoneInfo(zone)).date() - timedelta(days=1), EVENING, zone)
    if booked_at < eve:
        until = _on(eve.astimezone(ZoneInfo(zone)).date(), NIGHT_FROM, zone)
        found.append(Reminder(What.EVE, eve, min(until, starts_at)))
    hour = hour_before(starts_at, zone)
    if hour is not None and booked_at < hour:
        found.append(Reminder(What.HOUR, hour, starts_at - LEAST_BEFORE / 3))
    return found


def hour_before(starts_at: datetime, zone: str) -> datetime | None:
    """An hour before the begin; at night the nearest moment that is not. None for a shift so early
    that only the evening before is left."""
    due = starts_at - BEFORE
    there = due.astimezone(ZoneInfo(zone))
    if there.time() >= NIGHT_FROM:
        return _on(there.date(), LATE_EVENING, zone)
    if there.time() < NIGHT_UNTIL:
        morning = _on(there.date(), NIGHT_UNTIL, zone)
        return morning if morning <= starts_at - LEAST_BEFORE else None
    return due


def at_night(at: datetime, zone: str) -> bool:
    """Whether nobody is written to at this instant."""
    there = at.astimezone(ZoneInfo(zone)).time()
    return there >= NIGHT_FROM or there < NIGHT_UNTIL


def not_at_night(at: datetime, zone: str) -> datetime:
    """This instant, or the end of the night that it lies in."""
    if not at_night(at, zone):
        return at
    there = at.astimezone(ZoneInfo(zone))
    late = timedelta(days=1) if there.time() >= NIGHT_FROM else timedelta()
    return _on(there.date() + late, NIGHT_UNTIL, zone)


def dated(hours: Hours, tongue: str) -> str:
    """Tue, Nov 3, 5-8 pm; mar 3 nov, 5-8 p.m."""
    first, last = (at.astimezone(ZoneInfo(hours.zone)) for at in (hours.begins_at, hours.ends_at))
    stretch = between(_minute(first), _minute(last))
    return f"{_day(first.date(), tongue)}, {_spoken(stretch, tongue)}"


def _hours(hours: Hours, tongue: str) -> dict[str, str]:
    here = ZoneInfo(hours.zone)
    first, last = (_minute(at.astimezone(here)) for at in (hours.begins_at, hours.ends_at))
    return {
        "hours": dated(hours, tongue),
        "begins": _spoken(in_words(first), tongue),
        "ends": _spoken(in_words(last), tongue),
    }


def _day(day: date, tongue: str) -> str:
    if tongue == "es":
        return f"{_DAYS_ES[day.weekday()]} {day.day} {_MONTHS_ES[day.month - 1]}"
    return f"{day:%a, %b} {day.day}"


def _spoken(times: str, tongue: str) -> str:
    said = times.replace("–", "-")
    if tongue != "es":
        return said
    said = said.replace("noon", "12 pm").replace("midnight", "12 am")
    return said.replace(" am", " a.m.").replace(" pm", " p.m.")


def _minute(at: datetime) -> time:
    return at.time().replace(second=0, microsecond=0)


def _on(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)
