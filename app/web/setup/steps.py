"""The list of steps: what the set-up has and lacks, and what is said of it by hand."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.channel import Channel
from app.services.set_up.by_hand import choose_channels
from app.services.set_up.by_hand import mark as mark_step
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.steps import DONE, MISSING, SKIPPED, steps
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sessions import parts
from app.web.setup.base import back_to, bp, me, seen_of
from app.web.setup.step_words import step_shown
from app.web.tongue import translated as _


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
        done=sum(1 for step in found if step.state in (DONE, SKIPPED)),
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
