"""A copy of a campaign for the next election."""

from contextlib import suppress

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from app.domain.universe import BadUniverse, Universe
from app.services.copy_campaign import copy_campaign
from app.services.set_up.draft import SetUpRefused
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sessions import parts
from app.web.setup.base import back_to, bp, chosen, me, show_refused
from app.web.setup.forms import CopyForm
from app.web.tongue import translated as _


@bp.route("/<int:campaign_id>/copy", methods=["GET", "POST"])
@open_to("organizer")
def copy(campaign_id: int) -> ResponseReturnValue:
    """A copy for the next election."""
    campaign, form = campaign_of(campaign_id), CopyForm()
    if request.method == "POST":
        made = _copied(campaign.id, form)
        if made is not None:
            _choose_again(made)
            flash(_("The copy is a draft. Its senders are stopped until you start them."), "good")
            return back_to(made)
    today = parts().clock.now().date()
    page = render_template("setup/copy.html", campaign=campaign, form=form, today=today)
    return page, 422 if request.method == "POST" else 200


def _copied(campaign_id: int, form: CopyForm) -> int | None:
    """Makes the copy; its id, or None with what is wrong shown at the fields."""
    form.validate()
    name, day, now = form.name.data or "", form.polling_day.data, parts().clock.now()
    if day is None:
        form.polling_day.errors = [_("Choose the polling day.")]
        return None
    try:
        return copy_campaign(
            parts().sessions, campaign_id, name, day, by=me(), now=now, people=False
        )
    except SetUpRefused as refused:
        show_refused(form, refused)
        return None


def _choose_again(campaign_id: int) -> None:
    """Has the voters of a copy's universe chosen; where there is nobody, the set-up says so."""
    with suppress(SetUpRefused, BadUniverse):
        chosen(campaign_id, Universe.from_json(campaign_of(campaign_id).universe))
