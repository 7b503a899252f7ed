"""Campaigns: the list, a new one, and the dashboard of each."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.message import UnknownField, fill
from app.domain.ramp import ramp_problems, total_of, volumes
from app.domain.segment import encoding, segments
from app.domain.universe import BadUniverse
from app.services.campaigns import CampaignRefused, preview, set_up
from app.store import board
from app.store.frames import frames_of
from app.store.universe_sql import Asking
from app.web import chart, dashboard
from app.web.forms import ZONES, CampaignForm, UniverseForm
from app.web.guard import open_to
from app.web.kept import kept
from app.web.of_campaign import campaign_of
from app.web.ramp_form import RampForm, is_used
from app.web.sessions import parts, session
from app.web.words import number

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")

RAMPS = ("call", "text", "email")
LONG_WORDS = {
    "first_name": "Christopher",
    "candidate": "Alexandra Fernandez",
    "organization": "Friends of Alexandra Fernandez",
    "polling_place": "Lincoln Elementary School",
    "polls_close": "7:30 pm",
    "polling_day": "Tuesday, November 3",
    "vote_time": "Tuesday at 10:30 am",
    "volunteer": "Christopher",
}
"""For counting segments: as long as most get."""


@bp.get("")
@open_to("organizer")
def index() -> str:
    """All campaigns."""
    found = board.campaigns(session())
    frames = frames_of(session(), found)
    closes = {frame.id: dashboard.closes(frame.schedule, {})[-1].at for frame in frames}
    return render_template(
        "campaigns/index.html", campaigns=found, closes=closes, now=parts().clock.now()
    )


@bp.route("/new", methods=["GET", "POST"])
@open_to("organizer")
def new() -> ResponseReturnValue:
    """The form for a new campaign."""
    form = CampaignForm()
    if request.method == "GET":
        return render_template("campaigns/new.html", form=form, problems=[], today=_today(form))
    problems: list[str] = []
    if form.validate():
        try:
            draft = form.draft(_today(form))
            clock = parts().clock
            campaign_id = set_up(
                parts().sessions, draft, by=current_user.id, now=clock.now(), wall=clock.wall()
            )
            return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)
        except CampaignRefused as refused:
            problems = form.show(refused.problems)
        except BadUniverse as refused:
            problems = form.show({"universe": str(refused)})
    page = render_template("campaigns/new.html", form=form, problems=problems, today=_today(form))
    return page, 422


@bp.post("/new/universe")
@open_to("organizer")
def count_universe() -> ResponseReturnValue:
    """How many voters the filter holds, and how many each channel can reach."""
    form = _part(UniverseForm, "universe")
    if not form.validate():
        return jsonify(problem=next(iter(form.errors.values()))[0])
    try:
        asking = Asking(_polling_day(), parts().clock.now(), parts().settings.country)
        count = preview(session(), form.universe(), asking)
    except BadUniverse as refused:
        return jsonify(problem=str(refused))
    return jsonify(
        voters=number(count.voters),
        callable=number(count.callable),
        textable=number(count.textable),
        mailable=number(count.mailable),
    )


@bp.post("/new/text")
@open_to("organizer")
def count_segments() -> ResponseReturnValue:
    """How many segments the text would be cut into as it stands."""
    body = filled_in(request.form.get("text_body", "").replace("\r\n", "\n"))
    return jsonify(segments=segments(body), encoding=encoding(body), characters=len(body))


@bp.post("/new/ramp/<channel>")
@open_to("organizer")
def sketch_ramp(channel: str) -> ResponseReturnValue:
    """What a ramp means: attempts on the first and on the last day, and in all."""
    if channel not in RAMPS:
        abort(404)
    form = _part(RampForm, channel)
    try:
        polling_day = date.fromisoformat(request.form.get("polling_day", ""))
    except ValueError:
        return jsonify({})
    if not form.validate():
        return jsonify(problem=next(iter(form.errors.values()))[0])
    today = _today(None)
    ramp = form.draft(today, polling_day)
    if not is_used(ramp):
        return jsonify({})
    wrong = ramp_problems(ramp, today, polling_day)
    if wrong:
        return jsonify(problem=next(iter(wrong.values())))
    first = max(ramp.starts_on, today)
    days = [first + timedelta(days=at) for at in range((polling_day - first).days + 1)]
    counts = volumes(ramp, days, [1.0] * len(days))
    return jsonify(
        first=number(counts[0]),
        last=number(counts[-1]),
        days=number(len(days)),
        total=number(total_of(ramp, days, [1.0] * len(days))),
    )


@bp.get("/<int:campaign_id>")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """The war room; with `wall` in the address as it hangs on one."""
    facts = _facts(campaign_id)
    return render_template("campaigns/show.html", wall="wall" in request.args, **facts)


@bp.get("/<int:campaign_id>/live")
@open_to("organizer")
def live(campaign_id: int) -> str:
    """The part of the war room that changes, for the page to ask again and again."""
    facts = _facts(campaign_id)
    return render_template("campaigns/_live.html", **facts)


@bp.get("/plotly-<version>.js")
@open_to("organizer")
def plotly_script(version: str) -> Response:
    """The chart's script from the installed package; its address changes with its version."""
    if version != chart.VERSION:
        abort(404)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "private, max-age=31536000, immutable"}
    return Response(chart.script(), mimetype="text/javascript", headers=headers)


def filled_in(template: str) -> str:
    """The text as a voter with long names would get it; as it stands while it cannot be filled."""
    said = {name: request.form.get(name, "") for name in ("candidate", "organization")}
    try:
        return fill(
            template, {**LONG_WORDS, **{name: words for name, words in said.items() if words}}
        )
    except UnknownField:
        return template


def _facts(campaign_id: int) -> dict[str, Any]:
    campaign = campaign_of(campaign_id)
    return dashboard.facts(session(), campaign, parts().clock, kept())


def _part(kind: type[Any], prefix: str) -> Any:
    return kind(request.form, prefix=f"{prefix}-")


def _polling_day() -> date:
    """As the form has it, for ages and past elections count from it; else today."""
    try:
        return date.fromisoformat(request.form.get("polling_day", ""))
    except ValueError:
        return _today(None)


def _today(form: CampaignForm | None) -> date:
    zone = form.zone.data if form and form.zone.data in dict(ZONES) else None
    return parts().clock.now().astimezone(ZoneInfo(zone or "America/New_York")).date()
