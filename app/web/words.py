"""How numbers, money, times and addresses are written on the pages."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.dates import format_date
from flask import Flask

from app.domain.channel import Channel
from app.domain.disposition import LABELS
from app.domain.language import names as language_names
from app.domain.time_of_day import between, in_words
from app.web.retold import clocked, retold
from app.web.tongue import InTongue, marked, tongue

CHANNELS = InTongue(
    {
        Channel.CALL: ("●", marked("calls")),
        Channel.TEXT: ("▲", marked("texts")),
        Channel.EMAIL: ("■", marked("emails")),
    }
)
"""Each channel's mark and name; the color is in the style sheet."""

ZONES = {
    "America/New_York": "Eastern",
    "America/Detroit": "Eastern",
    "America/Chicago": "Central",
    "America/Denver": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Anchorage": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}

_ZONES_ES = {
    "Eastern": "del Este",
    "Central": "del Centro",
    "Mountain": "de la Montaña",
    "Arizona": "de Arizona",
    "Pacific": "del Pacífico",
    "Alaska": "de Alaska",
    "Hawaii": "de Hawái",
}


def channel_name(channel: str) -> str:
    """calls, texts or emails."""
    return CHANNELS[Channel(channel)][1]


def number(value: int | float) -> str:
    """4120 → 4,120."""
    return f"{value:,.0f}"


def money(value: Decimal | float) -> str:
    """8120 → $8,120; cents only where there are some."""
    exact = Decimal(value).quantize(Decimal("0.01"))
    return f"${exact:,.0f}" if exact == exact.to_integral_value() else f"${exact:,.2f}"


def phone(e164: str) -> str:
    """+15125550142 → (512) 555-0142; a foreign number keeps its country."""
    try:
        known = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    home = known.country_code == 1
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(known, style.NATIONAL if home else style.INTERNATIONAL)


def masked(e164: str) -> str:
    """+15125550142 → (512) •••-••42: whose it is cannot be told from it."""
    shown = phone(e164)
    digits = [at for at, sign in enumerate(shown) if sign.isdigit()]
    hidden = set(digits[3:-2] if len(digits) > 5 else digits[:-2])
    return "".join("•" if at in hidden else sign for at, sign in enumerate(shown))


def clock(at: datetime, zone: str) -> str:
    """6:40 pm, on the clock of `zone`; on the full hour 8 pm; noon, midnight. In Spanish
    6:40 p. m."""
    return hour(at.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0))


def hour(at: time) -> str:
    """6:40 pm, noon; 6:40 p. m., mediodía."""
    return _on_the_clock(in_words(at))


def hour_of_day(at: int) -> str:
    """18 → 6 pm."""
    return hour(time(at))


def hours_between(begins: time, ends: time) -> str:
    """5–8 pm, 11 am–2 pm; 5–8 p. m., 11 a. m.–2 p. m."""
    return "–".join(_on_the_clock(said) for said in between(begins, ends).split("–"))


def _on_the_clock(said: str) -> str:
    """7, 7 pm and noon, as the language of the page writes them."""
    return clocked(said) if tongue() == "es" else said


def day(when: date) -> str:
    """Tue, Nov 3; mar 3 nov."""
    if tongue() == "es":
        return format_date(when, "EEE d MMM", locale="es")
    return f"{when:%a, %b} {when.day}"


def weekday(when: date) -> str:
    """Tue; mar."""
    return format_date(when, "EEE", locale="es") if tongue() == "es" else f"{when:%a}"


def month(when: date) -> str:
    """Nov; nov."""
    return format_date(when, "MMM", locale="es") if tongue() == "es" else f"{when:%b}"


def month_day(when: date) -> str:
    """Nov 3; 3 nov."""
    if tongue() == "es":
        return format_date(when, "d MMM", locale="es")
    return f"{when:%b} {when.day}"


def long_day(when: date) -> str:
    """November 3, 2026; 3 de noviembre de 2026."""
    if tongue() == "es":
        return format_date(when, "long", locale="es")
    return f"{when:%B} {when.day}, {when.year}"


def month_year(when: date) -> str:
    """Nov 2024; nov 2024."""
    return format_date(when, "MMM y", locale="es") if tongue() == "es" else f"{when:%b %Y}"


def moment(at: datetime, now: datetime, zone: str) -> str:
    """The clock alone for today, else with the day: Sun 4 pm, or Oct 12, 4 pm."""
    there, here = at.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    if there == here:
        return clock(at, zone)
    near = abs((there - here).days) < 7
    said = clock(at, zone)
    return f"{weekday(there)} {said}" if near else f"{month_day(there)}, {said}"


def span(length: timedelta) -> str:
    """A length of time in its two largest units: 3 d 4 h, 1 h 20 min, 12 min, 40 s."""
    seconds = max(int(length.total_seconds()), 0)
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def zone_name(zone: str) -> str:
    """Eastern for America/New_York; the city for a zone without a common name."""
    said = ZONES.get(zone) or zone.rpartition("/")[2].replace("_", " ")
    if tongue() != "es":
        return said
    return _ZONES_ES.get(said) or (f"de {said}" if "/" in zone else said)


def language(code: str) -> str:
    """Spanish for es, as the page's language says it; the code itself where nobody knows it."""
    name = spoken(code)
    return name[:1].upper() + name[1:]


def spoken(code: str) -> str:
    """The same within a sentence, where Spanish writes español small."""
    name: str = Locale(tongue()).languages.get(code, code)
    return name


def all_languages() -> list[tuple[str, str]]:
    """(code, name) of every language there is a code for, by its name in the page's language."""
    return sorted(((code, language(code)) for code in language_names()), key=lambda one: one[1])


def place(name: str) -> str:
    """LINCOLN SCHOOL, as files shout it, in a quieter voice: Lincoln School."""
    return name.title() if name.isupper() else name


def plural(count: int, one: str, many: str = "") -> str:
    """1 call, 4,120 calls."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


FILTERS = (
    number,
    money,
    phone,
    masked,
    clock,
    hour,
    hour_of_day,
    day,
    weekday,
    month_day,
    month_year,
    moment,
    span,
    zone_name,
    language,
    spoken,
    place,
    plural,
    retold,
)


def init_app(app: Flask) -> None:
    """Make them filters of the templates."""
    for filter_ in FILTERS:
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.globals["CHANNELS"] = CHANNELS
    app.jinja_env.globals["all_languages"] = all_languages
    app.jinja_env.globals["CALL_RESULTS"] = {
        result.value: words for result, words in LABELS.items()
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
