"""The form of a blast: filled from one, read as a draft, problems at their fields."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
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
from app.domain.language import names
from app.domain.script_check import OFFERED
from app.store.blasts import Blast
from app.web.day_and_time import NEEDED, DayAndTime
from app.web.number_range import from_to
from app.web.phase_form import KEEP, people, people_choices, people_in_words
from app.web.tongue import translated as _
from app.web.words import language

_MOST_HOURS = LONGEST_SPREAD / timedelta(hours=1)
COMPUTER, VOLUNTEERS = "computer", "volunteers"
_HANDS = [
    SelectChoice(COMPUTER, lazy_gettext("Sent by the computer")),
    SelectChoice(VOLUNTEERS, lazy_gettext("Sent by volunteers, one tap each")),
]
_NAMES = {Channel.TEXT: lazy_gettext("Texts"), Channel.EMAIL: lazy_gettext("Emails")}


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
    starts_at = DayAndTime(lazy_gettext("Starts"), validators=[InputRequired(NEEDED)])
    spread = DecimalField(
        lazy_gettext("Spread over"),
        default=0,
        places=None,
        validators=[
            InputRequired(lazy_gettext("Write 0 for all at once.")),
            from_to(0, _MOST_HOURS),
        ],
    )
    done_by = DayAndTime(lazy_gettext("Done by"), validators=[Optional()])

    @property
    def languages(self) -> list[str]:
        """Those that have a field for words, in their order."""
        return [name.removeprefix("body_") for name in self._fields if name.startswith("body_")]

    def draft(self, blast: Blast | None) -> BlastDraft:
        """The blast as the service takes it; people who stay as they are come from `blast`."""
        kept = blast is not None and self.whom.data == KEEP
        spread = timedelta(minutes=round(float(self.spread.data) * 60))
        return BlastDraft(
            channel=Channel(self.channel.data),
            name=self.name.data or "",
            words={code: self._words(code) for code in self.languages},
            timing=Timing(self.starts_at.data, spread, self.done_by.data),
            whom=blast.filter if kept and blast else people(self.whom.data),
            by_hand=self.by_hand.data == VOLUNTEERS and self.channel.data == Channel.TEXT,
        )

    def _words(self, code: str) -> dict[str, str]:
        # The subject of a text that was a mail before is not kept.
        mail = self.channel.data == Channel.EMAIL
        subject = self[f"subject_{code}"].data if mail else ""
        return {"subject": subject or "", "body": self[f"body_{code}"].data or ""}

    def show(self, problems: Mapping[str, str]) -> list[str]:
        """Put each problem at its field; return those that belong to none."""
        fields = {name: name.replace("-", "_") for name in problems}
        for name, words in problems.items():
            if fields[name] in self._fields:
                field = self[fields[name]]
                field.errors = [*field.errors, words]
        return [words for name, words in problems.items() if fields[name] not in self._fields]


def adds() -> bool:
    """Whether what was sent asks for fields in another language, and for nothing else."""
    return request.form.get("act") == "another"


def _in(languages: Iterable[str], data: Mapping[str, Any]) -> BlastForm:
    """A form with fields for the words in these languages, in those that are offered, and in those
    that were sent."""
    sent = [name.removeprefix("body_") for name in request.form if name.startswith("body_")]
    fields: dict[str, Any] = {}
    asked = [request.form.get("another", "")] if adds() else []
    for code in dict.fromkeys([*OFFERED, *languages, *sent, *asked]):
        if code in names():
            label = _("Subject, %(language)s", language=language(code))
            fields[f"subject_{code}"] = StringField(label)
            fields[f"body_{code}"] = TextAreaField(language(code))
    form: BlastForm = type("BlastFormIn", (BlastForm,), fields)(data=data)
    return form


def empty_form(starts_at: datetime, body: str) -> BlastForm:
    """A form for a new blast; after a post, as it was sent."""
    said = {"starts_at": starts_at, "channel": Channel.TEXT.value, "body_en": body}
    return _in((), said)


def form_for(blast: Blast) -> BlastForm:
    """The form as a blast fills it; after a post, as it was sent."""
    said = {
        f"{part}_{code}": words.get(part, "")
        for code, words in blast.words.items()
        for part in ("subject", "body")
    }
    form = _in(
        blast.words,
        {
            "name": blast.name,
            "channel": blast.channel.value,
            "by_hand": VOLUNTEERS if blast.by_hand else COMPUTER,
            "starts_at": blast.starts_at,
            "spread": f"{blast.spread_minutes / 60:g}",
            "done_by": blast.done_by,
            "whom": KEEP,
            **said,
        },
    )
    kept = SelectChoice(KEEP, _("As it is: %(people)s", people=people_in_words(blast.filter)))
    form.whom.choices = [kept, *people_choices()]
    return form
