"""The form of a blast: filled from one, read as a draft, problems at their fields."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    DateTimeLocalField,
    DecimalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from app.domain.blast import CHANNELS, LONGEST_SPREAD, BlastDraft, Timing
from app.domain.channel import Channel
from app.services.blast_words import LANGUAGES
from app.store.blasts import Blast
from app.web.number_range import from_to
from app.web.phase_form import KEEP, people, people_choices, people_in_words
from app.web.tongue import translated as _

_WHEN = lazy_gettext("Give the day and the time.")
_YEARS = range(2000, 2100)
_MOST_HOURS = LONGEST_SPREAD / timedelta(hours=1)
COMPUTER, VOLUNTEERS = "computer", "volunteers"
_HANDS = [
    SelectChoice(COMPUTER, lazy_gettext("Sent by the computer")),
    SelectChoice(VOLUNTEERS, lazy_gettext("Sent by volunteers, one tap each")),
]
_NAMES = {Channel.TEXT: lazy_gettext("Texts"), Channel.EMAIL: lazy_gettext("Emails")}


class _When(DateTimeLocalField):  # type: ignore[misc]
    """A day and a time on the voter's clock, with words of ours for what is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(_WHEN)) from error
        if self.data is not None and self.data.year not in _YEARS:
            raise ValueError(
                _("Choose a day from %(first)s to %(last)s.", first=_YEARS[0], last=_YEARS[-1])
            )


class BlastForm(FlaskForm):  # type: ignore[misc]
    """A blast; its times are on each voter's own clock."""

    name = StringField(lazy_gettext("Name"))
    channel = SelectField(
        lazy_gettext("Channel"), choices=[SelectChoice(one.value, _NAMES[one]) for one in CHANNELS]
    )
    by_hand = RadioField(lazy_gettext("Who sends it"), choices=_HANDS, default=COMPUTER)
    # A universe that somebody has deleted meanwhile: the service says which there are.
    whom = SelectField(
        lazy_gettext("Who gets it"), choices=lambda: people_choices(), validate_choice=False
    )
    starts_at = _When(lazy_gettext("Starts"), validators=[InputRequired(_WHEN)])
    spread = DecimalField(
        lazy_gettext("Spread over"),
        default=0,
        places=None,
        validators=[
            InputRequired(lazy_gettext("Write 0 for all at once.")),
            from_to(0, _MOST_HOURS),
        ],
    )
    done_by = _When(lazy_gettext("Done by"), validators=[Optional()])
    subject_en = StringField(lazy_gettext("Subject, English"))
    body_en = TextAreaField(lazy_gettext("English"))
    subject_es = StringField(lazy_gettext("Subject, Spanish"))
    body_es = TextAreaField(lazy_gettext("Spanish"))

    def draft(self, blast: Blast | None) -> BlastDraft:
        """The blast as the service takes it; people who stay as they are come from `blast`."""
        kept = blast is not None and self.whom.data == KEEP
        spread = timedelta(minutes=round(float(self.spread.data) * 60))
        return BlastDraft(
            channel=Channel(self.channel.data),
            name=self.name.data or "",
            words={language: self._words(language) for language in LANGUAGES},
            timing=Timing(self.starts_at.data, spread, self.done_by.data),
            whom=blast.filter if kept and blast else people(self.whom.data),
            by_hand=self.by_hand.data == VOLUNTEERS and self.channel.data == Channel.TEXT,
        )

    def _words(self, language: str) -> dict[str, str]:
        # The subject of a text that was a mail before is not kept.
        mail = self.channel.data == Channel.EMAIL
        subject = self[f"subject_{language}"].data if mail else ""
        return {"subject": subject or "", "body": self[f"body_{language}"].data or ""}

    def show(self, problems: Mapping[str, str]) -> list[str]:
        """Put each problem at its field; return those that belong to none."""
        fields = {name: name.replace("-", "_") for name in problems}
        for name, words in problems.items():
            if fields[name] in self._fields:
                field = self[fields[name]]
                field.errors = [*field.errors, words]
        return [words for name, words in problems.items() if fields[name] not in self._fields]


def empty_form(starts_at: datetime, body: str) -> BlastForm:
    """A form for a new blast; after a post, as it was sent."""
    return BlastForm(data={"starts_at": starts_at, "channel": Channel.TEXT.value, "body_en": body})


def form_for(blast: Blast) -> BlastForm:
    """The form as a blast fills it; after a post, as it was sent."""
    said = {
        f"{part}_{language}": words.get(part, "")
        for language, words in blast.words.items()
        for part in ("subject", "body")
    }
    form = BlastForm(
        data={
            "name": blast.name,
            "channel": blast.channel.value,
            "by_hand": VOLUNTEERS if blast.by_hand else COMPUTER,
            "starts_at": blast.starts_at,
            "spread": f"{blast.spread_minutes / 60:g}",
            "done_by": blast.done_by,
            "whom": KEEP,
            **said,
        }
    )
    kept = SelectChoice(KEEP, _("As it is: %(people)s", people=people_in_words(blast.filter)))
    form.whom.choices = [kept, *people_choices()]
    return form
