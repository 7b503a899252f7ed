"""The form of a campaign's settings: filled from them, read into them, problems at their fields."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    DecimalField,
    FloatField,
    Form,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from app.domain.campaign_setting import CampaignSettings, SenderSettings, plain
from app.services.voice_settings import VoiceSettings
from app.web.local_time import instant, on_clock
from app.web.number_range import from_to
from app.web.tongue import translated as _

NAMES = {"reserve_share": "reserve_percent"}
"""Where a setting is shown, if its field is called otherwise here."""


class SenderForm(Form):  # type: ignore[misc]
    """The rate and the price of one sender."""

    per_second = FloatField(
        lazy_gettext("A second"),
        validators=[InputRequired(lazy_gettext("Say how many it manages.")), from_to(0, 10_000)],
    )
    price = DecimalField(
        lazy_gettext("Price of each"),
        places=None,
        validators=[InputRequired(lazy_gettext("Write 0 for free.")), from_to(0, 10)],
    )


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """What may be changed of a running campaign, without its senders."""

    budget = DecimalField(
        lazy_gettext("Budget"),
        places=None,
        validators=[InputRequired(lazy_gettext("Write 0 for none.")), from_to(0, 999_999_999)],
    )
    reserve_percent = DecimalField(
        lazy_gettext("Held back for the final week"),
        places=None,
        validators=[InputRequired(lazy_gettext("Write 0 for none.")), from_to(0, 100)],
    )
    voter_daily_cap = IntegerField(
        lazy_gettext("Attempts a voter, in 24 h"),
        validators=[InputRequired(lazy_gettext("At least 1."))],
    )
    voter_total_cap = IntegerField(
        lazy_gettext("Attempts a voter, in all"),
        validators=[InputRequired(lazy_gettext("At least 1."))],
    )
    polls_by_state = SelectField(
        lazy_gettext("When the polls are open"),
        choices=[
            SelectChoice("no", lazy_gettext("The same everywhere, as below")),
            SelectChoice("yes", lazy_gettext("By state; where the table has none, as below")),
        ],
    )
    polls_open = TimeField(
        lazy_gettext("Polls open"),
        validators=[InputRequired(lazy_gettext("Say when the polls open."))],
    )
    polls_close = TimeField(
        lazy_gettext("Polls close"),
        validators=[InputRequired(lazy_gettext("Say when they close."))],
    )
    first_polling_day = DateField(lazy_gettext("First polling day"), validators=[Optional()])
    starts_at = DateTimeLocalField(
        lazy_gettext("Starts"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[Optional()],
    )
    loaded = HiddenField()


class VoiceForm(Form):  # type: ignore[misc]
    """How the campaign calls through the carrier; saved by itself."""

    caller_id = StringField(lazy_gettext("Number that voters see"))
    voice_per_second = FloatField(
        lazy_gettext("Calls a second"),
        validators=[InputRequired(lazy_gettext("Say how many.")), from_to(0, 30)],
    )
    voice_price = DecimalField(
        lazy_gettext("Price of a minute"),
        places=None,
        validators=[InputRequired(lazy_gettext("Write 0 if you do not know.")), from_to(0, 10)],
    )

    @classmethod
    def of(cls, stored: VoiceSettings, posted: Any | None = None) -> "VoiceForm":
        """The form with what is stored, or with what was posted."""
        facts = {
            "caller_id": stored.caller_id,
            "voice_per_second": _plain_rate(stored.per_second),
            "voice_price": Decimal(plain(stored.price)),
        }
        return cls(posted, data=facts)

    def settings(self) -> VoiceSettings:
        """What the form says."""
        return VoiceSettings(
            self.caller_id.data or "", self.voice_per_second.data, self.voice_price.data
        )

    def show(self, problems: Mapping[str, str]) -> None:
        """Puts each problem at its field."""
        names = {"per_second": "voice_per_second", "price": "voice_price"}
        for name, words in problems.items():
            field = self[names.get(name, name)]
            field.errors = [*field.errors, words]


class SettingsPage:
    """The form and those of the senders, as one."""

    def __init__(self, stored: CampaignSettings, zone: str, posted: Any | None = None) -> None:
        self.stored, self.zone = stored, zone
        self.form = SettingsForm(posted, data=_values(stored, zone))
        if posted is None:
            self.form.loaded.data = stored.token
        self.senders = [
            (one, SenderForm(posted, prefix=f"sender-{one.id}-", data=_rate(one)))
            for one in stored.senders
        ]

    def validate(self) -> bool:
        """Whether every field can be read; problems stand at the fields."""
        return all([self.form.validate(), *(form.validate() for _, form in self.senders)])

    def settings(self) -> CampaignSettings:
        """What the form says."""
        form = self.form
        return CampaignSettings(
            budget=form.budget.data,
            reserve_share=form.reserve_percent.data / 100,
            voter_daily_cap=form.voter_daily_cap.data,
            voter_total_cap=form.voter_total_cap.data,
            polls_by_state=form.polls_by_state.data == "yes",
            polls_open=form.polls_open.data,
            polls_close=form.polls_close.data,
            first_polling_day=form.first_polling_day.data,
            starts_at=self._starts_at(form.starts_at.data),
            senders=tuple(
                replace(one, per_second=said.per_second.data, price=said.price.data)
                for one, said in self.senders
            ),
        )

    def _starts_at(self, written: datetime | None) -> datetime:
        kept = self.stored.starts_at
        # The form shows minutes; the seconds that it cannot show are not taken for a change.
        if written is None or written == on_clock(kept, self.zone):
            return kept
        return instant(written, self.zone)

    def show(self, problems: dict[str, str]) -> list[str]:
        """Puts each problem at its field; returns those that belong to none."""
        return [words for name, words in problems.items() if not self._show(name, words)]

    def _show(self, name: str, words: str) -> bool:
        field = self._field(name)
        if field is None:
            return False
        field.errors = [*field.errors, words]
        return True

    def merge(self, stored: CampaignSettings) -> None:
        """After somebody else saved: what was not touched here becomes what they stored; what both
        touched keeps what was typed, and says so."""
        before, mine, theirs = self._loaded(), self.settings().written(), stored.written()
        fresh = SettingsPage(stored, self.zone)
        for name, text in theirs.items():
            field, newer = self._field(name), fresh._field(name)
            if field is None or newer is None or text in (before.get(name), mine.get(name)):
                continue
            if mine.get(name) == before.get(name):
                field.process_data(newer.data)
                field.raw_data = None
                self._show(
                    name, _("Somebody else changed this meanwhile; here is what they saved.")
                )
            else:
                words = _(
                    "Somebody else set this to %(value)s meanwhile. Save again to put yours in its "
                    "place.",
                    value=newer._value() or _("nothing"),
                )
                self._show(name, words)
        self.stored = stored
        self.form.loaded.data = stored.token

    def _loaded(self) -> dict[str, str]:
        try:
            said = json.loads(self.form.loaded.data or "{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}

    def _field(self, name: str) -> Any:
        own = NAMES.get(name, name)
        if own in self.form._fields:
            return self.form[own]
        for one, form in self.senders:
            prefix = f"sender-{one.id}-"
            if name.startswith(prefix):
                return form[name.removeprefix(prefix)]
        return None


def _values(stored: CampaignSettings, zone: str) -> dict[str, Any]:
    return {
        "budget": Decimal(plain(stored.budget)),
        "reserve_percent": Decimal(plain(stored.reserve_share * 100)),
        "voter_daily_cap": stored.voter_daily_cap,
        "voter_total_cap": stored.voter_total_cap,
        "polls_by_state": "yes" if stored.polls_by_state else "no",
        "polls_open": stored.polls_open,
        "polls_close": stored.polls_close,
        "first_polling_day": stored.first_polling_day,
        "starts_at": on_clock(stored.starts_at, zone),
    }


def _plain_rate(rate: float) -> float:
    return int(rate) if rate == int(rate) else rate  # 3 rather than 3.0


def _rate(one: SenderSettings) -> dict[str, Any]:
    return {"per_second": _plain_rate(one.per_second), "price": Decimal(plain(one.price))}
