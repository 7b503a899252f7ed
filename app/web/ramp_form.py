"""The figures of a ramp as fields, and how they become a rule."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from wtforms import DateField, FloatField, Form, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape, drawn_until
from app.domain.ramp_rule import LONGEST, LONGEST_DOUBLING, MOST, MOST_A_DAY, MOST_RISE
from app.web.number_range import from_to
from app.web.tongue import translated as _

SHAPES = {
    Shape.LINEAR: lazy_gettext("Linear: equal steps"),
    Shape.EXPONENTIAL: lazy_gettext("Exponential: doubles"),
    Shape.S_CURVE: lazy_gettext("S-curve: slow, fast, level"),
    Shape.STEPS: lazy_gettext("Steps"),
    Shape.DRAWN: lazy_gettext("Drawn by hand"),
}
MOST_STEPS = 100


class RampForm(Form):  # type: ignore[misc]
    """How one channel rises toward polling day; a total or a peak of 0 leaves the channel out."""

    shape = SelectField(
        lazy_gettext("Shape"),
        default=Shape.LINEAR.value,
        choices=[SelectChoice(shape.value, words) for shape, words in SHAPES.items()],
    )
    starts_on = DateField(lazy_gettext("First day"), validators=[Optional()])
    by = SelectField(
        lazy_gettext("Measured by"),
        default="total",
        choices=[
            SelectChoice("total", lazy_gettext("the total")),
            SelectChoice("peak", lazy_gettext("the last day")),
        ],
    )
    total = IntegerField(
        lazy_gettext("Attempts in all"), default=0, validators=[Optional(), from_to(0, MOST)]
    )
    peak = IntegerField(
        lazy_gettext("Attempts on the last day"),
        default=0,
        validators=[Optional(), from_to(0, MOST_A_DAY)],
    )
    rise = FloatField(
        lazy_gettext("Last day ÷ first day"),
        default=4,
        validators=[Optional(), from_to(1, MOST_RISE)],
    )
    doubling_days = FloatField(
        lazy_gettext("Doubles every … days"),
        default=3,
        validators=[Optional(), from_to(0.1, LONGEST_DOUBLING)],
    )
    middle = FloatField(
        lazy_gettext("Half the rise is done after"),
        default=60,
        validators=[Optional(), from_to(0, 100)],
    )
    steps = IntegerField(
        lazy_gettext("Levels"), default=3, validators=[Optional(), from_to(1, MOST_STEPS)]
    )
    daily_cap = IntegerField(
        lazy_gettext("At most a day"), validators=[Optional(), from_to(1, MOST_A_DAY)]
    )
    drawn = StringField(lazy_gettext("Attempts of each day"), validators=[Optional()])

    def validate_drawn(self, field: Any) -> None:
        """Numbers with blanks between them; nobody guesses what a comma means."""
        if self.shape.data == Shape.DRAWN:
            _numbers(field.data)

    def draft(self, otherwise: date, polling_day: date) -> RampRule:
        """The ramp as the service takes it; `otherwise` is its first day when none is given.

        Numbers drawn here end on polling day.
        """
        numbers = _numbers(self.drawn.data) if self.shape.data == Shape.DRAWN else []
        return self.rule(otherwise, drawn_until(polling_day, numbers) if numbers else ())

    def rule(self, otherwise: date, drawn: Sequence[tuple[date, int]]) -> RampRule:
        """The ramp with these drawn days, if its shape is drawn."""
        hand = self.shape.data == Shape.DRAWN
        by_peak = self.by.data == "peak" and not hand
        return RampRule(
            shape=Shape(self.shape.data),
            starts_on=drawn[0][0] if hand and drawn else self.starts_on.data or otherwise,
            total=sum(volume for _, volume in drawn) if hand else self.total.data or 0,
            rise=self.rise.data or 4.0,
            doubling_days=self.doubling_days.data or 3.0,
            daily_cap=self.daily_cap.data,
            peak=self.peak.data or 0 if by_peak else None,
            middle=0.6 if self.middle.data is None else self.middle.data / 100,
            steps=self.steps.data or 3,
            drawn=tuple(drawn) if hand else (),
        )


def is_used(rule: RampRule) -> bool:
    """Whether anything is planned; a form leaves a channel out by a total or a peak of 0."""
    return bool(rule.peak if rule.by_peak else rule.total)


def as_fields(rule: RampRule, last_day: int) -> dict[str, Any]:
    """The rule as the fields' data; `last_day` is what it comes to on the last day."""
    return {
        "shape": rule.shape.value,
        "starts_on": rule.starts_on,
        "by": "peak" if rule.by_peak else "total",
        "total": rule.total,
        "peak": rule.peak or last_day,
        "rise": _short(rule.rise),
        "doubling_days": _short(rule.doubling_days),
        "middle": _short(round(rule.middle * 100, 2)),
        "steps": rule.steps,
        "daily_cap": rule.daily_cap,
    }


def show_problem(form: Any, name: str, words: str) -> bool:
    """Puts a problem of a service at its field of a form with a part for each channel.

    A ramp's total is text_total to the service. False when no such field is on the page.
    """
    for channel in Channel:
        part, inner = form[channel.value].form, name.removeprefix(f"{channel.value}_")
        if inner != name and inner in part._fields:
            part[inner].errors = [*part[inner].errors, words]
            return True
    return False


def read_days(
    typed: Mapping[str, str], channel: Channel, days: Sequence[date]
) -> tuple[dict[date, int], dict[date, str]]:
    """The numbers of the table of days, and for each day what is wrong with what was typed."""
    numbers, wrong = {}, {}
    for day in days:
        said = typed.get(day_name(channel, day), "").replace(",", "").strip()
        if said.isdecimal() and int(said[:12]) <= MOST_A_DAY:
            numbers[day] = int(said[:12])
        elif said:
            wrong[day] = _("Write a whole number from 0 to %(most)s.", most=f"{MOST_A_DAY:,}")
    return numbers, wrong


def day_name(channel: Channel, day: date) -> str:
    """What a day of the table is called in the form."""
    return f"{channel.value}-day-{day.isoformat()}"


def _short(number: float) -> float:
    """4 for 4.0, as people write it."""
    return int(number) if number == int(number) else number


def _numbers(text: str | None) -> list[int]:
    words = (text or "").split()
    if any(not word.isdecimal() or len(word) > len(str(MOST_A_DAY)) for word in words):
        raise ValidationError(
            _(
                "Write a whole number for each day with blanks between them, such as 100 150 300; "
                "the last is for polling day."
            )
        )
    if len(words) > LONGEST:
        raise ValidationError(_("A ramp has at most %(most)s days.", most=f"{LONGEST:,}"))
    return [int(word) for word in words]
