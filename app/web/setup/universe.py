"""Whom the campaign works on."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.domain.universe import BadUniverse
from app.services.set_up.draft import SetUpRefused
from app.services.set_up.facts import people_of
from app.store import choices
from app.web.forms import UniverseForm
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.sessions import session
from app.web.setup.base import back_to, bp, chosen
from app.web.setup.problem_words import problem_said
from app.web.tongue import translated as _
from app.web.words import number


@bp.route("/<int:campaign_id>/set-up/universe", methods=["GET", "POST"])
@open_to("organizer")
def universe(campaign_id: int) -> ResponseReturnValue:
    """Whom the campaign works on."""
    campaign, problem = campaign_of(campaign_id), ""
    said = MultiDict({"universe-states": " ".join(campaign.setup.get("states", ()))})
    form = UniverseForm(request.form if request.method == "POST" else said, prefix="universe-")
    if request.method == "POST" and form.validate():
        try:
            return _onward(campaign.id, chosen(campaign.id, form.universe()))
        except SetUpRefused as refused:
            problem = problem_said("universe", refused.problems["universe"])
        except BadUniverse as bad:
            problem = f"{bad}."
    under_way = choices.of(session(), campaign.id)
    if under_way is not None and under_way.problem and not problem:
        problem = problem_said("universe", under_way.problem)
    page = render_template(
        "setup/universe.html",
        campaign=campaign,
        form=form,
        problem=problem,
        people=people_of(session(), campaign),
        choosing=under_way if under_way is not None and not under_way.problem else None,
    )
    return page, 422 if request.method == "POST" else 200


def _onward(campaign_id: int, count: int | None) -> ResponseReturnValue:
    """Back to the list; while the choice goes on, to where its progress is told."""
    if count is None:
        return back_to(campaign_id, "setup.universe")
    flash(_("%(count)s voters are chosen.", count=number(count)), "good")
    return back_to(campaign_id)
