"""The set-up of a campaign: begun in three short steps, then a list of what it has and lacks."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channel import Channel
from app.services.set_up.basics import begin as begin_draft
from app.services.set_up.basics import check, polling_hours, zone_of
from app.services.set_up.by_hand import choose_channels
from app.services.set_up.by_hand import mark as mark_step
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.steps import DONE, MISSING, steps
from app.web import setup_go, setup_parts, setup_senders
from app.web.guard import open_to
from app.web.hours_page import in_the_table
from app.web.of_campaign import campaign_of
from app.web.sessions import parts
from app.web.setup_base import back_to, bp, me, seen_of
from app.web.setup_form import FIELDS, STEPS, BeginForm
from app.web.setup_rules import table_rules
from app.web.setup_words import step_shown
from app.web.tongue import translated as _

MODULES = (setup_go, setup_parts, setup_senders)
"""Pages that hang on the same blueprint."""


@bp.route("/set-up", methods=["GET", "POST"])
@open_to("organizer")
def begin() -> ResponseReturnValue:
    """A new campaign, a few things at a time; what was typed travels along in the form."""
    form = BeginForm(data={"country": parts().settings.country})
    if request.method == "GET":
        return _asked(form, "who")
    step = request.form.get("step", "who")
    step = step if step in STEPS else "who"
    at = STEPS.index(step)
    if request.form.get("back"):
        return _asked(form, STEPS[max(at - 1, 0)])
    form.validate()
    basics = form.basics()
    found = check(basics, parts().clock.now())
    for one in STEPS[: at + 1]:  # whoever goes back and changes something is asked again there
        if form.problems_of(one, found):
            return _asked(form, one, 422)
    if step != STEPS[-1]:
        return _asked(form, STEPS[at + 1])
    try:
        made = begin_draft(parts().sessions, basics, by=me(), now=parts().clock.now())
    except SetUpRefused as refused:
        of_it = (one for one in STEPS if any(name in refused.problems for name in FIELDS[one]))
        first = next(of_it, "who")
        form.problems_of(first, refused.problems)
        return _asked(form, first, 422)
    flash(_("The draft is made. Nothing goes out before you say so."), "good")
    return back_to(made)


def _asked(form: BeginForm, step: str, status: int = 200) -> ResponseReturnValue:
    basics, facts = form.basics(), {}
    if step == "rules":
        opens, closes = polling_hours(basics)
        facts = {
            "rules": table_rules(basics),
            "opens": opens,
            "closes": closes,
            "zone": zone_of(basics),
        }
    today = parts().clock.now().date()
    page = render_template(
        "setup/begin.html",
        in_the_table=in_the_table,
        form=form,
        step=step,
        at=STEPS.index(step) + 1,
        of=len(STEPS),
        asked=FIELDS[step],
        kept=[name for one in STEPS if one != step for name in FIELDS[one]],
        today=today,
        **facts,
    )
    return page, status


@bp.get("/<int:campaign_id>/set-up")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """All steps, with what each has and lacks."""
    campaign = campaign_of(campaign_id)
    found = steps(seen_of(campaign))
    open_ = [step for step in found if step.state == MISSING]
    return render_template(
        "setup/show.html",
        campaign=campaign,
        steps=[step_shown(step, campaign) for step in found],
        next_step=open_[0].name if open_ else "go",
        done=sum(1 for step in found if step.state in (DONE, "skipped")),
        of=len(found),
        now=parts().clock.now(),
    )


@bp.post("/<int:campaign_id>/set-up/steps")
@open_to("organizer")
def mark(campaign_id: int) -> ResponseReturnValue:
    """Say that a step is not needed, or take that back."""
    campaign = campaign_of(campaign_id)
    step, skipped = request.form.get("step", ""), request.form.get("skipped") == "yes"
    now = parts().clock.now()
    try:
        mark_step(parts().sessions, campaign.id, step, skipped, by=me(), now=now)
    except SetUpRefused:
        flash(_("This step cannot be skipped."), "bad")
        step = ""
    return redirect(url_for("setup.show", campaign_id=campaign.id, _anchor=step or None), 303)


@bp.post("/<int:campaign_id>/set-up/channels")
@open_to("organizer")
def channels(campaign_id: int) -> ResponseReturnValue:
    """Keep by which channels the campaign means to work."""
    campaign = campaign_of(campaign_id)
    chosen = [one for one in Channel if one.value in request.form.getlist("channels")]
    now = parts().clock.now()
    choose_channels(parts().sessions, campaign.id, chosen, by=me(), now=now)
    flash(_("Saved."), "good")
    return back_to(campaign.id, "setup.senders")
