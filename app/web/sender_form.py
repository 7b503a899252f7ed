"""The form of a sender: filled from one, read as a draft, problems at their fields."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DecimalField, FloatField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from app.domain.campaign_setting import plain
from app.domain.channel import Channel
from app.domain.sender import PRESETS, TEN_DLC, Kind, Rates, ten_dlc
from app.domain.sender_draft import SenderDraft
from app.web.retold import retold
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _

_TRUST = f"{Kind.TEN_DLC.value}:"
KIND_WORDS = InTongue(
    {
        Kind.LONG_CODE: marked("Ordinary number"),
        Kind.TOLL_FREE: marked("Toll-free number"),
        Kind.SHORT_CODE: marked("Short code"),
        Kind.TEN_DLC: marked("10DLC number"),
        Kind.SERVICE: marked("Messaging service"),
        Kind.RELAY: marked("Mail relay"),
    }
)


def _choices() -> list[SelectChoice]:
    found = []
    for kind, words in KIND_WORDS.items():
        if kind is Kind.TEN_DLC:
            for trust in TEN_DLC:
                value = f"{_TRUST}{trust.from_score}"
                found.append(SelectChoice(value, f"{words}, {retold(trust.words)}"))
        else:
            found.append(SelectChoice(kind.value, words))
    return found


class _Whole(IntegerField):  # type: ignore[misc]
    """A whole number, with words of ours for what is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([one.replace(",", "") for one in valuelist])
        except ValueError as error:
            raise ValueError(_("Write a whole number, or leave it empty.")) from error


class SenderForm(FlaskForm):  # type: ignore[misc]
    """A sender of a campaign."""

    kind = SelectField(lazy_gettext("Kind"), choices=_choices)
    address = StringField(
        lazy_gettext("Number, service or From address"),
        validators=[InputRequired(lazy_gettext("Say which."))],
    )
    name = StringField(lazy_gettext("Name"))
    price = DecimalField(
        lazy_gettext("Price of each"),
        places=None,
        validators=[InputRequired(lazy_gettext("Write 0 for free."))],
    )
    per_second = FloatField(lazy_gettext("A second"), validators=[Optional()])
    per_minute = _Whole(lazy_gettext("A minute"), validators=[Optional()])
    per_hour = _Whole(lazy_gettext("An hour"), validators=[Optional()])
    per_day = _Whole(lazy_gettext("A day"), validators=[Optional()])

    @property
    def chosen(self) -> Kind:
        """The kind; that of 10DLC comes with a trust score."""
        return Kind(self.kind.data.partition(":")[0])

    def usual(self) -> Rates:
        """What the kind may usually send."""
        if self.kind.data.startswith(_TRUST):
            return ten_dlc(int(self.kind.data.removeprefix(_TRUST)))
        return PRESETS[self.chosen].rates

    def draft(self, *, new: bool) -> SenderDraft:
        """What the form says. Of a new sender, what is left empty is as usual for its kind; of one
        that is changed, it is no limit."""
        usual = self.usual()
        said = {one.name: self[one.name].data for one in fields(Rates)}
        if new:
            said = {
                name: getattr(usual, name) if value is None else value
                for name, value in said.items()
            }
        elif said["per_second"] is None:
            said["per_second"] = usual.per_second
        return SenderDraft(
            self.chosen,
            self.name.data or "",
            self.address.data or "",
            Rates(**said),
            self.price.data if self.price.data is not None else Decimal("NaN"),
        )

    def show(self, problems: dict[str, str]) -> list[str]:
        """Puts each problem at its field; returns those that belong to none."""
        others = []
        for name, words in problems.items():
            if name in self._fields:
                self[name].errors = [*self[name].errors, words]
            else:
                others.append(words)
        return others


def form_for(draft: SenderDraft, channel: Channel) -> SenderForm:
    """A form with a sender in it; its kind can become another one of the same channel."""
    rates = draft.rates
    form = SenderForm(
        data={
            "kind": _choice_of(draft),
            "address": draft.address,
            "name": draft.name,
            "price": Decimal(plain(draft.price)),
            "per_second": _short(rates.per_second),
            "per_minute": rates.per_minute,
            "per_hour": rates.per_hour,
            "per_day": rates.per_day,
        }
    )
    form.kind.choices = [
        one for one in _choices() if Kind(one.value.partition(":")[0]).channel is channel
    ]
    return form


def empty_form() -> SenderForm:
    """A form for a new sender, never filled by another form's post."""
    return SenderForm(formdata=None, data={"price": Decimal("0.0079")})


def _choice_of(draft: SenderDraft) -> str:
    if draft.kind is not Kind.TEN_DLC:
        return draft.kind.value
    nearest = min(TEN_DLC, key=lambda one: abs(one.per_second - draft.rates.per_second))
    return f"{_TRUST}{nearest.from_score}"


def _short(rate: float) -> Any:
    return int(rate) if rate == int(rate) else rate  # 3 rather than 3.0
