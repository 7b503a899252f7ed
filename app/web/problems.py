"""Problems of voters: reported, shown by polling place, given to somebody, solved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.problem import ProblemKind, ProblemState, gravest, same_place
from app.services import problems as acts
from app.services.problems import NewProblem, ProblemRefused
from app.store import problems as stored
from app.store.campaigns import Campaign
from app.store.in_hand import in_hand
from app.store.problems import Listed
from app.web.guard import may, open_to
from app.web.of_campaign import campaign_of, form_key, own_campaign
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
        acts.report(
            parts().sessions, campaign.id, told, by=current_user.id, now=parts().clock.now()
        )
    except ProblemRefused as refused:
        return _form(campaign, problem_refusal(refused), refused.field), 422
    flash(_("Reported. An organizer sees it now."), "good")
    if may("organizer"):
        return redirect(url_for(".show", campaign_id=campaign.id), 303)
    if told.touch_id is not None:
        return redirect(url_for("calls.current"), 303)
    if not may("volunteer"):
        return redirect(url_for("strike.form"), 303)
    return redirect(url_for("home.home"), 303)


@bp.post("/<int:problem_id>/assign")
@open_to("organizer")
def assign(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """Give it to somebody, take it oneself, or give it back."""
    campaign = campaign_of(campaign_id)
    to, seen = (request.form.get(name, type=int) for name in ("to", "seen"))
    return _act(
        campaign,
        problem_id,
        lambda now: acts.assign(
            parts().sessions, campaign.id, problem_id, to, seen=seen, by=current_user.id, now=now
        ),
        _("It is given to them.") if to else _("It waits for somebody."),
    )


@bp.post("/<int:problem_id>/note")
@open_to("organizer")
def note(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """Add a line to the timeline."""
    campaign, said = campaign_of(campaign_id), request.form.get("said", "")
    return _act(
        campaign,
        problem_id,
        lambda now: acts.note(
            parts().sessions, campaign.id, problem_id, said, by=current_user.id, now=now
        ),
        _("Noted."),
    )


@bp.post("/<int:problem_id>/solve")
@open_to("organizer")
def solve(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """It is solved, with what came of it."""
    campaign, said = campaign_of(campaign_id), request.form.get("said", "")
    return _act(
        campaign,
        problem_id,
        lambda now: acts.solve(
            parts().sessions, campaign.id, problem_id, said, by=current_user.id, now=now
        ),
        _("Solved."),
    )


@bp.post("/<int:problem_id>/reopen")
@open_to("organizer")
def reopen(campaign_id: int, problem_id: int) -> ResponseReturnValue:
    """It is not solved after all."""
    campaign = campaign_of(campaign_id)
    return _act(
        campaign,
        problem_id,
        lambda now: acts.reopen(
            parts().sessions, campaign.id, problem_id, by=current_user.id, now=now
        ),
        _("It is open again."),
    )


def _act(campaign: Campaign, problem_id: int, act: Any, words: str) -> ResponseReturnValue:
    try:
        act(parts().clock.now())
    except ProblemRefused as refused:
        if refused.field == "said":  # what was typed is kept
            return _one(campaign, problem_id, problem_refusal(refused)), 422
        flash(problem_refusal(refused), "bad")
    else:
        flash(words, "good")
    return redirect(url_for(".one", campaign_id=campaign.id, problem_id=problem_id), 303)


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
    touch = request.values.get("touch", type=int)
    voter = in_hand(session(), campaign.id, touch, current_user.id) if touch else None
    return render_template(
        "problems/report.html",
        campaign=campaign,
        voter=voter,
        touch=touch if voter else None,
        kinds=kinds(),
        problem=problem,
        problem_field=field,
        said=request.form,
        key=form_key(),
    )
