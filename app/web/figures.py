"""Figures: the model of a campaign, each figure with its source, and changes to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.channel import Channel
from app.domain.figure import FIGURES, in_words
from app.domain.value import Factors, Model, Salience, factors
from app.services import figures as service
from app.services.figures import FigureRefused, Standing
from app.store.campaigns import Campaign
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import day as day_words
from app.web.words import hour_of_day

bp = Blueprint("figures", __name__, url_prefix="/campaigns/<int:campaign_id>/model")

SALIENCES = InTongue(
    {
        Salience.LOW: (
            marked("Low"),
            marked("A primary, a school board, a run-off: few will hear of it."),
        ),
        Salience.MIDDLE: (marked("Middle"), marked("A midterm, a governor, a mayor.")),
        Salience.HIGH: (
            marked("High"),
            marked("A presidential year: everybody hears of it anyway."),
        ),
    }
)
OBSERVED = InTongue(
    {
        "dials_per_hour": marked("gaps between dials"),
        "show_rate": marked("shifts"),
        "delivered": marked("texts"),
        "opt_out": marked("texts"),
        "replies": marked("texts"),
        "unsubscribed": marked("emails"),
    }
)
"""What a figure is learned from, where it is not dials."""
SIX_PM = 18.0


@dataclass(frozen=True)
class Topic:
    """A heading with its figures."""

    name: str
    standings: tuple[Standing, ...]

    @property
    def moved(self) -> int:
        """How many of them are not the defaults."""
        return self.set + self.learned

    @property
    def set(self) -> int:
        """How many of them somebody set."""
        return sum(one.changed is not None for one in self.standings)

    @property
    def learned(self) -> int:
        """How many of them the campaign's records have taught, and nobody set."""
        return sum(one.learned is not None and one.changed is None for one in self.standings)

    def has(self, name: str) -> bool:
        """Whether it holds the figure of this name."""
        return any(one.figure.name == name for one in self.standings)


@dataclass(frozen=True)
class Example:
    """An attempt worked out with the figures in force."""

    words: str
    parts: Factors
    votes: float

    @property
    def a_vote(self) -> int | None:
        """How many such attempts make one vote; None when none ever do."""
        return round(1 / self.votes) if self.votes > 0 else None


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> ResponseReturnValue:
    """The model with its figures."""
    return _page(campaign_of(campaign_id))


@bp.post("/figures/<name>")
@open_to("organizer")
def change(campaign_id: int, name: str) -> ResponseReturnValue:
    """Set a figure, or let it be the learned or the default one again."""
    campaign = campaign_of(campaign_id)
    figure = FIGURES.get(name) or abort(404)
    label = retold(figure.label)
    said = {field: request.form.get(field, "") for field in ("value", "note")}
    who, now = current_user.id, parts().clock.now()
    try:
        if "reset" in request.form:
            service.reset_figure(parts().sessions, campaign_id, name, said["note"], by=who, now=now)
            said_of = _("%(figure)s: nobody’s change counts any more.", figure=label)
            flash(said_of, "good")
        else:
            value = service.set_figure(
                parts().sessions, campaign_id, name, said["value"], said["note"], by=who, now=now
            )
            flash(
                _(
                    "%(figure)s: %(value)s %(unit)s. The plan follows.",
                    figure=label,
                    value=in_words(value),
                    unit=retold(figure.unit_of(value)),
                ),
                "good",
            )
    except FigureRefused as refused:
        return _page(campaign, name=name, said=said, problems=refused.problems), 422
    return redirect(url_for(".show", campaign_id=campaign_id, _anchor=name), 303)


@bp.post("/salience")
@open_to("organizer")
def salience(campaign_id: int) -> ResponseReturnValue:
    """Say how much attention the election gets."""
    campaign, said = campaign_of(campaign_id), request.form.get("salience", "")
    who, now = current_user.id, parts().clock.now()
    try:
        changed = service.set_salience(parts().sessions, campaign_id, said, by=who, now=now)
    except FigureRefused as refused:
        return _page(campaign, problems=refused.problems), 422
    if changed:
        flash(
            _(
                "Saved. The plan follows, and within a quarter of an hour the order in which "
                "voters are tried."
            ),
            "good",
        )
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _page(
    campaign: Campaign,
    *,
    name: str = "",
    said: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    standings = service.standings(session(), campaign.id)
    model = Model.of({one.figure.name: one.value for one in standings}, campaign.salience)
    topics = [
        Topic(topic, tuple(some))
        for topic, some in groupby(standings, key=lambda one: one.figure.topic)
    ]
    return render_template(
        "figures/show.html",
        campaign=campaign,
        now=parts().clock.now(),
        topics=topics,
        moved=sum(topic.moved for topic in topics),
        first=worked(model, Channel.CALL, campaign),
        others=[
            worked(model, Channel.CALL, campaign, pass_=3),
            worked(model, Channel.CALL, campaign, earlier=timedelta(days=14)),
            worked(model, Channel.TEXT, campaign),
        ],
        saliences=SALIENCES,
        observed=OBSERVED,
        in_words=in_words,
        name=name,
        said=said or {},
        problems=problems or {},
    )


def worked(
    model: Model,
    channel: Channel,
    campaign: Campaign,
    *,
    pass_: int = 1,
    earlier: timedelta = timedelta(0),
) -> Example:
    """One attempt at 6 pm on polling day, or so much earlier, at a voter who votes every second
    time."""
    day = campaign.polling_day - earlier
    closes = datetime.combine(campaign.polling_day, campaign.polls_close)
    at = datetime.combine(day, datetime.min.time()) + timedelta(hours=SIX_PM)
    found = factors(
        model,
        channel,
        pass_,
        propensity=0.5,
        hour=SIX_PM,
        days_left=max(closes - at, timedelta(0)) / timedelta(days=1),
    )
    worth = found.reach * found.effect * found.gain * found.cut * found.left
    at_six = {"day": day_words(day), "at": hour_of_day(round(SIX_PM))}
    calls = (
        _("first call, %(day)s, %(at)s", **at_six),
        _("second call, %(day)s, %(at)s", **at_six),
        _("third call, %(day)s, %(at)s", **at_six),
    )
    texts = (
        _("first text, %(day)s, %(at)s", **at_six),
        _("second text, %(day)s, %(at)s", **at_six),
        _("third text, %(day)s, %(at)s", **at_six),
    )
    said = calls if channel is Channel.CALL else texts
    return Example(said[pass_ - 1], found, worth)
