"""The forms of the set-up: a new campaign in three short steps, its money, its first words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    DecimalField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, Optional

from app.domain.channel import Channel
from app.services.set_up.basics import Basics
from app.web.forms import CALL_SCRIPT, EMAIL_BODY, EMAIL_SUBJECT, TEXT_BODY, ZONES
from app.web.setup.problem_words import problem_said
from app.web.tongue import tongue
from app.web.tongue import translated as _

STEPS = ("who", "where", "rules")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "who": ("name", "candidate", "organization"),
    "where": ("country", "states", "polling_day", "zone"),
    "rules": ("polls_open", "polls_close"),
}
"""What each step asks."""


class BeginForm(FlaskForm):  # type: ignore[misc]
    """A new campaign."""

    name = StringField(validators=[Length(max=120)])
    candidate = StringField(validators=[Length(max=120)])
    organization = StringField(validators=[Length(max=120)])
    country = SelectField()
    states = StringField(validators=[Length(max=200)])
    polling_day = DateField(validators=[Optional()])
    zone = SelectField()
    polls_open = TimeField(validators=[Optional()])
    polls_close = TimeField(validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = countries(tongue())
        self.zone.choices = [("", _("By the place")), *zones()]
        for name, words in _labels().items():
            self[name].label.text = words

    def basics(self) -> Basics:
        """As the service takes it; a day that was not given is the first of all, and past."""
        country = self.country.data or "US"
        zone = self.zone.data or ("" if country == "US" else zone_of_country(country))
        return Basics(
            _line(self.name.data),
            _line(self.candidate.data),
            _line(self.organization.data),
            self.polling_day.data or date(1970, 1, 1),
            country,
            _states(self.states.data) if country == "US" else (),
            zone,
            self.polls_open.data,
            self.polls_close.data,
        )

    def problems_of(self, step: str, found: Mapping[str, str]) -> bool:
        """Shows the problems of the fields that a step asks; True if there are any."""
        here = False
        for name in FIELDS[step]:
            if name == "polling_day" and self.polling_day.data is None:
                self[name].errors = [_("Choose the polling day.")]
            elif name in found:
                self[name].errors = [*self[name].errors, problem_said(name, found[name])]
            here = here or bool(self[name].errors)
        return here


def _labels() -> dict[str, str]:
    return {
        "name": _("Name of the campaign"),
        "candidate": _("Candidate or cause"),
        "organization": _("Who pays"),
        "country": _("Country"),
        "states": _("States"),
        "polling_day": _("Polling day"),
        "zone": _("The campaign’s own clock"),
        "polls_open": _("Polls open"),
        "polls_close": _("Polls close"),
    }


class MoneyForm(FlaskForm):  # type: ignore[misc]
    """Budget and reserve."""

    budget = DecimalField(places=None, validators=[InputRequired()])
    reserve_percent = DecimalField(places=None, validators=[InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.budget.label.text = _("Budget")
        self.reserve_percent.label.text = _("Held back for the final week")

    def has_numbers(self) -> bool:
        """Whether both are numbers; at what is none it shows so."""
        for field in (self.budget, self.reserve_percent):
            if not field.validate(self):
                field.errors = [_("Write a number; 0 for none.")]
        return not self.budget.errors and not self.reserve_percent.errors

    @property
    def share(self) -> Decimal:
        """The reserve as a share of the budget."""
        return Decimal(self.reserve_percent.data) / 100


class WordsForm(FlaskForm):  # type: ignore[misc]
    """The first words of each channel, in English."""

    call_body = TextAreaField()
    text_body = TextAreaField()
    email_subject = StringField()
    email_body = TextAreaField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.call_body.label.text = _("What callers say")
        self.text_body.label.text = _("The first text")
        self.email_subject.label.text = _("Subject of the email")
        self.email_body.label.text = _("The email")

    def words(self, channels: tuple[Channel, ...]) -> dict[Channel, tuple[str, str]]:
        """Subject and body by channel."""
        return {
            channel: (
                _line(self.email_subject.data) if channel is Channel.EMAIL else "",
                _lines(self[f"{channel.value}_body"].data),
            )
            for channel in channels
        }


WORDS = {
    "call_body": CALL_SCRIPT,
    "text_body": TEXT_BODY,
    "email_subject": EMAIL_SUBJECT,
    "email_body": EMAIL_BODY,
}
"""What stands in the form before anybody wrote anything."""


class GoForm(FlaskForm):  # type: ignore[misc]
    """When a draft begins."""

    starts_at = DateTimeLocalField(
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], validators=[Optional()]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.starts_at.label.text = _("Begins")


class CopyForm(FlaskForm):  # type: ignore[misc]
    """A copy for the next election."""

    name = StringField(validators=[Length(max=120)])
    polling_day = DateField(validators=[Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name.label.text = _("Name of the new campaign")
        self.polling_day.label.text = _("Its polling day")


@cache
def countries(code: str) -> list[tuple[str, str]]:
    """Country codes with their names in a language, by name; the US first."""
    names = Locale(code).territories
    known = {land: names[land] for land in _first_zones() if land in names}
    others = sorted((item for item in known.items() if item[0] != "US"), key=lambda one: one[1])
    return [("US", names["US"]), *others]


@cache
def zones() -> list[tuple[str, str]]:
    """Clocks: those of the US by their names, then all others by their place."""
    mine = dict(ZONES)
    others = sorted(
        zone
        for zone in available_timezones()
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "US/", "SystemV/"))
    )
    return [*ZONES, *((zone, zone.replace("_", " ")) for zone in others if zone not in mine)]


@cache
def _first_zones() -> dict[str, str]:
    """Country → the first of its zones. Source: zone.tab of the tz database."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            code, _place, zone = line.split("\t")[:3]
            found.setdefault(code, zone)
    return found


def zone_of_country(code: str) -> str:
    """The zone of a country that has one, else the first of several; empty for no country."""
    return _first_zones().get(code, "")


def _states(typed: str | None) -> tuple[str, ...]:
    words = (typed or "").replace(",", " ").replace(";", " ").split()
    return tuple(dict.fromkeys(word.upper() for word in words))


def _line(typed: str | None) -> str:
    return " ".join((typed or "").split())


def _lines(typed: str | None) -> str:
    return (typed or "").replace("\r\n", "\n").strip()
