"""The campaign form: fields, and how they become a draft."""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DecimalField,
    FloatField,
    Form,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from app.domain.channel import Channel
from app.domain.condition import InUniverse
from app.domain.message import UnknownField, fields_of
from app.domain.universe import Universe
from app.services import universes
from app.services.campaigns import CampaignDraft
from app.web.ramp_form import RampForm, is_used, show_problem
from app.web.sessions import session

ZONES = (
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Arizona"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
)

CALL_SCRIPT = (
    "Hi, may I speak with {first_name}? I'm {volunteer}, a volunteer for {candidate}.\n"
    "Will you vote on {polling_day}? What time will you go, and how will you get there?\n"
    "Your polling place is open until {polls_close}. Thank you!"
)
TEXT_BODY = (
    "Hi {first_name}, it's {candidate}'s team. Polls are open until {polls_close} on "
    "{polling_day}. Will you vote? Paid for by {organization}. STOP to opt out"
)
EMAIL_SUBJECT = "{first_name}, your plan for {polling_day}"
EMAIL_BODY = (
    "Hi {first_name},\n\nPolls are open until {polls_close} on {polling_day}. When will you go?\n\n"
    "Paid for by {organization}"
)


def needed(words: object) -> InputRequired:
    """A field that may not be empty, with words that say what to write."""
    return InputRequired(words)


def template_text(_form: Form, field: Any) -> None:
    """Only merge fields that we can fill."""
    try:
        fields_of(field.data or "")
    except UnknownField as error:
        raise ValidationError(str(error)) from error


def saved_universes() -> list[SelectChoice]:
    """Those an organizer may choose, after the one that narrows nothing down."""
    names = [one.name for one in universes.listed(session())]
    return [
        SelectChoice("", str(lazy_gettext("Everybody on file"))),
        *(SelectChoice(name, name) for name in names),
    ]


class UniverseForm(Form):  # type: ignore[misc]
    """Whom the campaign works on: a saved universe, narrowed down by what else is said."""

    saved = SelectField(lazy_gettext("Universe"), choices=saved_universes, default="")
    parties = StringField(lazy_gettext("Parties"), validators=[Optional(), Length(max=200)])
    states = StringField(lazy_gettext("States"), validators=[Optional(), Length(max=200)])
    min_age = IntegerField(lazy_gettext("From age"), validators=[Optional(), NumberRange(16, 120)])
    max_age = IntegerField(lazy_gettext("To age"), validators=[Optional(), NumberRange(16, 120)])
    min_votes = IntegerField(
        lazy_gettext("Voted in at least … elections"),
        default=0,
        validators=[Optional(), NumberRange(0, 100)],
    )

    def universe(self) -> Universe:
        """The filter; raises BadUniverse."""
        return Universe(
            parties=_codes(self.parties.data),
            states=_codes(self.states.data),
            min_age=self.min_age.data,
            max_age=self.max_age.data,
            min_votes=self.min_votes.data or 0,
            filter=InUniverse(self.saved.data) if self.saved.data else None,
        )


class CampaignForm(FlaskForm):  # type: ignore[misc]
    """A new campaign."""

    name = StringField(
        lazy_gettext("Name"),
        validators=[needed(lazy_gettext("Give the campaign a name.")), Length(max=120)],
    )
    organization = StringField(
        lazy_gettext("Who pays"),
        validators=[needed(lazy_gettext("Say who pays; texts must name them.")), Length(max=120)],
    )
    candidate = StringField(
        lazy_gettext("Candidate or cause"),
        validators=[needed(lazy_gettext("Say what it is for.")), Length(max=120)],
    )
    polling_day = DateField(
        lazy_gettext("Polling day"), validators=[needed(lazy_gettext("Choose the polling day."))]
    )
    polls_open = TimeField(
        lazy_gettext("Polls open"),
        default=time(6, 30),
        validators=[needed(lazy_gettext("Say when the polls open."))],
    )
    polls_close = TimeField(
        lazy_gettext("Polls close"),
        default=time(19, 30),
        validators=[needed(lazy_gettext("Say when the polls close."))],
    )
    zone = SelectField(
        lazy_gettext("The campaign's own clock"),
        choices=[SelectChoice(zone, name) for zone, name in ZONES],
    )
    universe = FormField(UniverseForm)
    call = FormField(RampForm)
    text = FormField(RampForm)
    email = FormField(RampForm)
    budget = DecimalField(
        lazy_gettext("Budget"),
        places=None,
        default=Decimal(0),
        validators=[needed(lazy_gettext("Write 0 for none.")), NumberRange(0)],
    )
    reserve_percent = DecimalField(
        lazy_gettext("Held back for the final week"),
        places=None,
        default=Decimal(30),
        validators=[needed(lazy_gettext("Write 0 for none.")), NumberRange(0, 100)],
    )
    voter_daily_cap = IntegerField(
        lazy_gettext("Attempts a voter, in 24 h"),
        default=2,
        validators=[needed(lazy_gettext("At least 1.")), NumberRange(1, 20)],
    )
    voter_total_cap = IntegerField(
        lazy_gettext("Attempts a voter, in all"),
        default=12,
        validators=[needed(lazy_gettext("At least 1.")), NumberRange(1, 200)],
    )
    text_body = TextAreaField(
        lazy_gettext("Text"), default=TEXT_BODY, validators=[Length(max=1600), template_text]
    )
    text_sender = StringField(lazy_gettext("Text sender"), validators=[Length(max=40)])
    text_price = DecimalField(
        lazy_gettext("Price a segment"),
        places=None,
        default=Decimal("0.0079"),
        validators=[Optional(), NumberRange(0, 10)],
    )
    text_per_second = FloatField(
        lazy_gettext("Segments a second"),
        default=3.0,
        validators=[Optional(), NumberRange(0.01, 2000)],
    )
    email_subject = StringField(
        lazy_gettext("Subject"), default=EMAIL_SUBJECT, validators=[Length(max=200), template_text]
    )
    email_body = TextAreaField(
        lazy_gettext("Email"), default=EMAIL_BODY, validators=[Length(max=20_000), template_text]
    )
    email_sender = StringField(lazy_gettext("Email sender"), validators=[Length(max=200)])
    call_script = TextAreaField(
        lazy_gettext("Call script"),
        default=CALL_SCRIPT,
        validators=[Length(max=10_000), template_text],
    )

    def draft(self, today: date) -> CampaignDraft:
        """The campaign as the service takes it; raises BadUniverse."""
        day = self.polling_day.data
        ramps = {channel: self[channel.value].form.draft(today, day) for channel in Channel}
        return CampaignDraft(
            name=_words(self.name.data),
            organization=_words(self.organization.data),
            candidate=_words(self.candidate.data),
            zone=self.zone.data,
            polling_day=day,
            polls_open=self.polls_open.data,
            polls_close=self.polls_close.data,
            universe=self.universe.form.universe(),
            ramps={channel: ramp for channel, ramp in ramps.items() if is_used(ramp)},
            budget=self.budget.data,
            reserve_share=self.reserve_percent.data / 100,
            voter_daily_cap=self.voter_daily_cap.data,
            voter_total_cap=self.voter_total_cap.data,
            text_body=_lines(self.text_body.data),
            email_subject=_words(self.email_subject.data),
            email_body=_lines(self.email_body.data),
            call_script=_lines(self.call_script.data),
            text_sender=_words(self.text_sender.data),
            text_price=self.text_price.data or Decimal(0),
            text_per_second=self.text_per_second.data or 3.0,
            email_sender=_words(self.email_sender.data),
        )

    def show(self, problems: dict[str, str]) -> list[str]:
        """Put each problem at its field; return those that belong to none on the page."""
        return [words for name, words in problems.items() if not self._show(name, words)]

    def _show(self, name: str, words: str) -> bool:
        field = self._find(NAMES.get(name, name))
        if field is None:
            return show_problem(self, name, words)
        field.errors = [*field.errors, words]
        return True

    def _find(self, name: str) -> Any:
        """The field that sends `name`."""
        if name in self._fields and not isinstance(self[name], FormField):
            return self[name]
        inner = name.removeprefix("universe-")
        part = self.universe.form
        return part[inner] if inner != name and inner in part._fields else None


NAMES = {"reserve_share": "reserve_percent", "universe": "universe-parties"}
"""Where a problem of the service is shown, if its field is called otherwise here."""


def _codes(text: str | None) -> tuple[str, ...]:
    words: Iterable[str] = (text or "").replace(",", " ").replace(";", " ").split()
    return tuple(dict.fromkeys(word.upper() for word in words))


def _words(text: str | None) -> str:
    """One line, with single blanks."""
    return " ".join((text or "").split())


def _lines(text: str | None) -> str:
    """The text with the line ends that people meant, not those that browsers send."""
    return (text or "").replace("\r\n", "\n").strip()
