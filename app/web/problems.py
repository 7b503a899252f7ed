"""Problems of voters: reported, shown by polling place, given to somebody, solved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.problem import ProblemKind, ProblemState, gravest, same_place
from app.services import problems as acts
from app.services.problems import NewProblem, ProblemRefused
from app.store import problems as stored
from app.store.campaigns import Campaign
from app.store.problems import Listed
from app.web.guard import open_to
from app.web.of_campaign import (
    act_now,
    campaign_of,
    form_key,
    own_campaign,
    voter_in_hand,
    way_on,
)
from app.web.polling_words import kinds, line, problem_refusal, problem_states
from app.web.sessions import parts, session
from app.web.tongue import translated as _
from app.web.words import place as quiet

bp = Blueprint("problems", __name__, url_prefix="/campaigns/<int:campaign_id>/problems")


@dataclass(frozen=True)
class Together:
    """The open reports of one polling place, or one alone."""

    where: str  # empty where none was named
    kind: ProblemKind  # the gravest
    reports: list[Listed]


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The open problems, those of one polling place together, and the last that were solved."""
    campaign = campaign_of(campaign_id)
    return render_template(
        "problems/show.html",
        campaign=campaign,
        now=parts().clock.now(),
        groups=together(stored.open_problems(session(), campaign.id)),
        solved=stored.solved_problems(session(), campaign.id),
        kinds=kinds(),
        states=problem_states(),
        most=stored.MOST,
    )


@bp.get("/<int:problem_id>")
@open_to("organizer")
def one(campaign_id: int, problem_id: int) -> str:
    """One problem with its timeline."""
    return _one(campaign_of(campaign_id), problem_id)


@bp.get("/report")
@open_to("volunteer", "poll_watcher")
def ask(campaign_id: int) -> str:
    """The form; with `touch`, about the voter whom this volunteer has on the phone."""
    return _form(own_campaign(campaign_id))


@bp.post("/report")
@open_to("volunteer", "poll_watcher")
def report(campaign_id: int) -> ResponseReturnValue:
    """Report a problem; the same form sent twice is one problem."""
    campaign, form = own_campaign(campaign_id), request.form
    told = NewProblem(
        key=form_key(),
        kind=form.get("kind", ""),
        said=form.get("said", ""),
        place=form.get("place", ""),
        precinct=form.get("precinct", ""),
        phone=form.get("phone", ""),
        touch_id=form.get("touch", type=int),
    )
    try:
        act_now(campaign, acts.report, told)
    except ProblemRefused as refused:
        return _form(campaign, problem_refusal(refused), refused.field), 422
    flash(_("Reported. An organizer sees it now."), "good")
    return way_on(campaign, ".show")


@bp.post("/<int:problem_id>/assign")
@open_to("organizer")
def assign(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """Give it to somebody, take it oneself, or give it back."""
    to, seen = (request.form.get(name, type=int) for name in ("to", "seen"))
    words = _("It is given to them.") if to else _("It waits for somebody.")
    return _act(campaign_id, problem_id, words, acts.assign, to, seen=seen)


@bp.post("/<int:problem_id>/note")
@open_to("organizer")
def note(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """Add a line to the timeline."""
    return _act(campaign_id, problem_id, _("Noted."), acts.note, request.form.get("said", ""))


@bp.post("/<int:problem_id>/solve")
@open_to("organizer")
def solve(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """It is solved, with what came of it."""
    return _act(campaign_id, problem_id, _("Solved."), acts.solve, request.form.get("said", ""))


@bp.post("/<int:problem_id>/reopen")
@open_to("organizer")
def reopen(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """It is not solved after all."""
    return _act(campaign_id, problem_id, _("It is open again."), acts.reopen)


def _act(
    campaign_id: int,
    problem_id: int,
    words: str,
    act: Callable[..., object],
    *what: object,
    **how: object,
) -> ResponseReturnValue:
    """Does something with a problem, and says so or why not."""
    campaign = campaign_of(campaign_id)
    try:
        act_now(campaign, act, problem_id, *what, **how)
    except ProblemRefused as refused:
        if refused.field == "said":  # what was typed is kept
            return _one(campaign, problem_id, problem_refusal(refused)), 422
        flash(problem_refusal(refused), "bad")
    else:
        flash(words, "good")
    return redirect(url_for(".one", campaign_id=campaign_id, problem_id=problem_id), 303)


def together(found: list[Listed]) -> list[Together]:
    """Open problems, the gravest first, with the others of the same polling place beside them."""
    groups: dict[str, list[Listed]] = {}
    for each in found:
        where = same_place(each.precinct, each.place) or f"problem:{each.id}"
        groups.setdefault(where, []).append(each)
    made = [
        Together(_where(reports[0]), gravest(one.kind for one in reports), reports)
        for reports in groups.values()
    ]
    order = list(ProblemKind)
    return sorted(made, key=lambda one: (order.index(one.kind), one.reports[0].created_at))


def _where(report: Listed) -> str:
    if report.place and report.precinct:
        place = quiet(report.place)
        return _("%(place)s (precinct %(precinct)s)", place=place, precinct=report.precinct)
    if report.precinct:
        return _("Precinct %(precinct)s", precinct=quiet(report.precinct))
    return quiet(report.place)


@dataclass(frozen=True)
class Line:
    """One line of a timeline."""

    at: datetime
    who: str
    said: str


def _one(campaign: Campaign, problem_id: int, problem: str = "") -> str:
    found = stored.one(session(), campaign.id, problem_id) or abort(404)
    people = stored.organizers(session(), campaign.id)
    names: dict[int | None, str] = {**dict(people), found.assigned_to: found.assigned}
    lines = [
        Line(
            datetime.fromisoformat(entry["at"]),
            found.reporter if number == 0 else names.get(entry["by"]) or _("somebody"),
            line(entry),
        )
        for number, entry in enumerate(found.timeline)
    ]
    return render_template(
        "problems/one.html",
        campaign=campaign,
        now=parts().clock.now(),
        one=found,
        where=_where(found),
        lines=lines,
        people=people,
        kinds=kinds(),
        states=problem_states(),
        SOLVED=ProblemState.SOLVED,
        problem=problem,
        said=request.form.get("said", ""),
    )


def _form(campaign: Campaign, problem: str = "", field: str = "") -> str:
    voter = voter_in_hand(campaign)
    return render_template(
        "problems/report.html",
        campaign=campaign,
        voter=voter,
        touch=request.values["touch"] if voter else None,
        kinds=kinds(),
        problem=problem,
        problem_field=field,
        said=request.form,
        key=form_key(),
    )
