"""The ramp editor: a curve for each channel, and what the plan would be with them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import FormField

from app.domain.channel import Channel
from app.domain.ramp import RampRule, Shape
from app.domain.report import Report
from app.services import plans
from app.services.plans import PlanRefused
from app.store.campaigns import Campaign
from app.store.ramps import ramps_of
from app.web.fall_words import falls
from app.web.guard import open_to
from app.web.kept import kept
from app.web.of_campaign import campaign_of
from app.web.ramp_form import RampForm, as_fields, is_used, read_days, show_problem
from app.web.ramp_page import Frame, chart, frame_of, rows, sums
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("ramps", __name__, url_prefix="/campaigns/<int:campaign_id>/ramp")


class RampsForm(FlaskForm):  # type: ignore[misc]
    """A ramp for each channel."""

    call = FormField(RampForm)
    text = FormField(RampForm)
    email = FormField(RampForm)


@dataclass
class Said:
    """What a form says: a ramp for each channel that it uses, and what is wrong with it."""

    form: RampsForm
    ramps: dict[Channel, RampRule] = field(default_factory=dict)
    wrong_days: dict[Channel, dict[date, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)  # that belong to no field

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong so far."""
        return not (self.form.errors or self.problems or any(self.wrong_days.values()))

    def errors_of(self, channel: Channel) -> dict[str, str]:
        """What is wrong with a channel, by field."""
        part = self.form[channel.value].form
        return {name: " ".join(map(retold, words)) for name, words in part.errors.items()}

    def refuse(self, problems: dict[str, str]) -> None:
        """Shows each problem at its field."""
        self.problems += [
            words for name, words in problems.items() if not show_problem(self.form, name, words)
        ]


@bp.get("")
@open_to("organizer")
def edit(campaign_id: int) -> str:
    """The ramps as they are stored, with what the plan in force makes of them."""
    campaign = campaign_of(campaign_id)
    frame, stored = _frame(campaign), ramps_of(session(), campaign.id)
    curves = _curves(frame, stored)
    right = _right(frame, stored)
    data = {
        channel.value: as_fields(
            frame.whole(channel, rule) if channel in right else rule,
            max(curves[channel][-1:], default=0),
        )
        for channel, rule in stored.items()
    }
    said = Said(RampsForm(formdata=None, data=data), stored)
    _refuse_wrong(frame, said)
    made = plans.latest(session(), campaign.id)
    return _page(campaign, frame, said, curves, made.report if made else None)


@bp.post("")
@open_to("organizer")
def save(campaign_id: int) -> ResponseReturnValue:
    """Store the ramps and plan anew."""
    campaign = campaign_of(campaign_id)
    frame, clock = _frame(campaign), parts().clock
    said = _read(campaign, frame)
    if said.is_right:
        try:
            plans.set_ramps(
                parts().sessions,
                campaign.id,
                said.ramps,
                by=current_user.id,
                now=clock.now(),
                wall=clock.wall(),
            )
        except PlanRefused as refused:
            said.refuse(refused.problems)
        else:
            flash(_("The ramps are saved, and the plan is made anew."), "good")
            return redirect(url_for(".edit", campaign_id=campaign.id), 303)
    return _page(campaign, frame, said, _curves(frame, said.ramps), None), 422


@bp.post("/curve")
@open_to("organizer")
def curve(campaign_id: int) -> ResponseReturnValue:
    """The attempts of each day that the shapes come to, at once; what is wrong, by field."""
    frame = _frame(campaign_of(campaign_id))
    said = _read(campaign_of(campaign_id), frame)
    right = _right(frame, said.ramps)
    curves = _curves(frame, right)
    return jsonify(
        {
            channel.value: {
                "volumes": curves[channel],
                "total": right[channel].total if channel in right else 0,
                "peak": max(curves[channel][-1:], default=0),
                "problems": said.errors_of(channel),
                "warnings": [
                    retold(one)
                    for one in (frame.warnings(channel, right[channel]) if channel in right else [])
                ],
            }
            for channel in Channel
        }
    )


@bp.post("/sketch")
@open_to("organizer")
def sketch(campaign_id: int) -> str:
    """What the plan would be with these ramps: a part of the page; nothing is stored."""
    campaign = campaign_of(campaign_id)
    said = _read(campaign, _frame(campaign))
    report = None
    if said.is_right:
        try:
            now = parts().clock.now()
            report = plans.sketch(parts().sessions, campaign.id, said.ramps, now=now)
        except PlanRefused as refused:
            said.problems += refused.problems.values()
    made = plans.latest(session(), campaign.id)
    return render_template(
        "ramps/_sketch.html",
        **_told(campaign, report, made.report if made else None),
        problems=said.problems,
        wrong=not said.is_right,
    )


def _read(campaign: Campaign, frame: Frame) -> Said:
    """What was sent. Days that are past stay as they were stored."""
    said = Said(RampsForm(meta={"csrf": False}))  # the application asks for the token itself
    said.form.validate()
    if not frame.ahead:
        said.problems.append(
            _("No day is left before the polls close: nothing can change any more.")
        )
        return said
    stored = ramps_of(session(), campaign.id)
    kept = _curves(frame, stored)
    for channel in Channel:
        part = said.form[channel.value].form
        if part.shape.data not in list(Shape) or part.errors:
            continue
        rule = part.rule(frame.today, ())
        if rule.shape is Shape.DRAWN:
            numbers, said.wrong_days[channel] = read_days(request.form, channel, frame.ahead)
            past = {
                day: volume
                for day, volume in zip(frame.days, kept[channel], strict=True)
                if day < frame.today and stored
            }
            rule = part.rule(frame.today, _without_idle_start(past | numbers))
        if is_used(rule):
            said.ramps[channel] = rule
    _refuse_wrong(frame, said)
    for channel, rule in _right(frame, said.ramps).items():
        said.ramps[channel] = frame.whole(channel, rule)
    if not said.ramps and said.is_right:
        said.problems.append(
            _("Nothing is planned: give at least one channel a total of more than 0.")
        )
    return said


def _without_idle_start(numbers: dict[date, int]) -> list[tuple[date, int]]:
    days = sorted(numbers)
    first = next((at for at, day in enumerate(days) if numbers[day]), len(days))
    return [(day, numbers[day]) for day in days[first:]]


def _refuse_wrong(frame: Frame, said: Said) -> None:
    for channel, rule in said.ramps.items() if frame.days else ():
        problems = frame.problems(rule)
        said.refuse({f"{channel.value}_{name}": words for name, words in problems.items()})


def _right(frame: Frame, ramps: dict[Channel, RampRule]) -> dict[Channel, RampRule]:
    """The ramps that can be drawn, though others may be wrong."""
    return {
        channel: rule for channel, rule in ramps.items() if frame.days and not frame.problems(rule)
    }


def _curves(frame: Frame, ramps: dict[Channel, RampRule]) -> dict[Channel, list[int]]:
    """The days of each channel; nothing for one without a ramp or with one that cannot be."""
    right = _right(frame, ramps)
    idle = [0] * len(frame.days)
    return {
        channel: frame.curve(channel, right[channel]) if channel in right else idle
        for channel in Channel
    }


def _page(
    campaign: Campaign,
    frame: Frame,
    said: Said,
    curves: dict[Channel, list[int]],
    report: Report | None,
) -> str:
    typed = request.form if request.method == "POST" else {}
    right = _right(frame, said.ramps)
    return render_template(
        "ramps/edit.html",
        form=said.form,
        frame=frame,
        tables={
            channel: rows(frame, channel, curves[channel], typed, said.wrong_days.get(channel, {}))
            for channel in Channel
        },
        warnings={channel: frame.warnings(channel, rule) for channel, rule in right.items()},
        chart=chart(frame, curves),
        shown=_shown(said),
        problems=said.problems,
        wrong=not said.is_right,
        **_told(campaign, report, None),
    )


def _shown(said: Said) -> str:
    """The channel to look at first: one with a mistake, else the first that is used."""
    bad = [one for one in Channel if said.errors_of(one) or said.wrong_days.get(one)]
    wanted = request.form.get("shown", "")
    used = [wanted] if wanted in list(Channel) else list(said.ramps)
    return str([*bad, *used, Channel.CALL][0])


def _told(campaign: Campaign, report: Report | None, before: Report | None) -> dict[str, Any]:
    """What the part with the figures says."""
    return {
        "campaign": campaign,
        "now": parts().clock.now(),
        "report": report,
        "sums": sums(report, campaign.zone) if report else [],
        "before": sums(before, campaign.zone)[-1:] if before else [],
        "money_left": campaign.budget - campaign.spent - campaign.reserved,
        "falls": falls,
    }


def _frame(campaign: Campaign) -> Frame:
    return frame_of(session(), campaign, parts().clock, kept())
