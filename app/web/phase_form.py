"""The form of a phase: filled from one, read as a draft, problems at their fields."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from app.domain.channel import Channel
from app.domain.condition import InUniverse
from app.domain.phase import BUILT_IN, KIND_WORDS, PLEDGED, PhaseDraft, PhaseKind, pledges
from app.domain.universe import Universe
from app.services import universes
from app.store.phases import Phase
from app.store.universes import questions
from app.web.day_and_time import NEEDED, DayAndTime
from app.web.filter_words import in_words
from app.web.local_time import instant, on_clock
from app.web.retold import retold
from app.web.sessions import session
from app.web.tongue import translated as _

KEEP, EVERYONE = "as it is", ""
"""Choices of people that are no universe's name: those of the phase, and all of the campaign."""
MOST_BALLOTS = 1_000_000_000


class _Whole(IntegerField):  # type: ignore[misc]
    """A whole number, with words of ours for what is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a whole number, or 0 for none.")) from error


class PhaseForm(FlaskForm):  # type: ignore[misc]
    """A phase of a campaign; the times are on the campaign's own clock."""

    kind = SelectField(
        lazy_gettext("Kind"),
        choices=lambda: [SelectChoice(kind.value, retold(KIND_WORDS[kind])) for kind in PhaseKind],
    )
    name = StringField(lazy_gettext("Name"))
    starts_at = DayAndTime(lazy_gettext("Starts"), validators=[InputRequired(NEEDED)])
    ends_at = DayAndTime(lazy_gettext("Ends"), validators=[InputRequired(NEEDED)])
    # A universe that somebody has deleted meanwhile: the service says which there are.
    whom = SelectField(
        lazy_gettext("Who is tried first"), choices=lambda: people_choices(), validate_choice=False
    )
    goal = _Whole(
        lazy_gettext("Goal"),
        default=0,
        validators=[
            Optional(),
            NumberRange(
                max=MOST_BALLOTS,
                message=lazy_gettext("Write a number up to %(most)s.", most=f"{MOST_BALLOTS:,}"),
            ),
        ],
    )
    channels = SelectMultipleField(
        lazy_gettext("Channels"), choices=[SelectChoice(one.value, one.value) for one in Channel]
    )

    def draft(self, zone: str, phase: Phase | None, now: datetime) -> PhaseDraft:
        """The phase as the service takes it; what cannot be changed any more is `phase`'s own."""
        begun = phase is not None and phase.starts_at <= now
        kept = phase is not None and (begun or self.whom.data == KEEP)
        assert phase is not None or not kept
        return PhaseDraft(
            kind=phase.kind if begun and phase else PhaseKind(self.kind.data),
            name=self.name.data or "",
            starts_at=phase.starts_at if begun and phase else instant(self.starts_at.data, zone),
            ends_at=instant(self.ends_at.data, zone),
            goal=self.goal.data or 0,
            channels=_channels(self.channels.data or []),
            whom=phase.filter if kept and phase else people(self.whom.data),
        )

    def show(self, problems: Mapping[str, str]) -> list[str]:
        """Put each problem at its field; return those that belong to none."""
        for name, words in problems.items():
            if name in self._fields:
                self[name].errors = [*self[name].errors, words]
        return [words for name, words in problems.items() if name not in self._fields]


def _channels(names: list[str]) -> tuple[Channel, ...]:
    """Those that are ticked; all of them are the same as none."""
    chosen = tuple(channel for channel in Channel if channel.value in names)
    return () if len(chosen) == len(Channel) else chosen


def form_for(phase: Phase, zone: str) -> PhaseForm:
    """The form as a phase fills it; after a post, as it was sent."""
    form = PhaseForm(
        data={
            "kind": phase.kind.value,
            "name": phase.name,
            "starts_at": on_clock(phase.starts_at, zone),
            "ends_at": on_clock(phase.ends_at, zone),
            "goal": phase.goal,
            "channels": phase.channels or [one.value for one in Channel],
            "whom": KEEP,
        }
    )
    kept = SelectChoice(KEEP, _("As it is: %(people)s", people=people_in_words(phase.filter)))
    form.whom.choices = [kept, *people_choices()]
    return form


def people_choices() -> list[SelectChoice]:
    """Whom a phase may try first: built-in people, then the saved universes."""
    saved = [one.name for one in universes.listed(session())]
    return [
        SelectChoice(EVERYONE, _("Everyone who has not voted")),
        *(SelectChoice(name, retold(name)) for name in BUILT_IN),
        *(SelectChoice(name, name) for name in saved if name not in BUILT_IN),
    ]


def likely_choice() -> str:
    """Whom suggested rounds are for, if nothing else is said: those who pledged, if anybody did."""
    return PLEDGED if pledges(questions(session())) else EVERYONE


def people(chosen: str | None) -> dict[str, Any]:
    """The universe of a choice."""
    return {"name": chosen} if chosen else {}


def people_in_words(said: Mapping[str, Any]) -> str:
    """Whom a stored universe means."""
    condition = Universe.from_json(dict(said)).condition
    if condition is None:
        return _("Everyone who has not voted")
    if not isinstance(condition, InUniverse):
        return in_words(condition)
    return retold(condition.name) if condition.name in BUILT_IN else condition.name
