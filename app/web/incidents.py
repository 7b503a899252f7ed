"""Incidents of a campaign: what is wrong, since when, what is done; workers; who is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.lookout import Course, Kind, judge
from app.domain.lookout_words import COURSES, TITLES
from app.keys import signing_key
from app.services.alert_routes import RouteRefused, add_route, read_route, remove_route
from app.services.alerts import hook_secret
from app.services.heartbeat import sign_off
from app.services.reach import Nobody
from app.services.seen import Look, Moment, look
from app.store import incident_desk
from app.store.campaigns import Campaign
from app.store.frames import frame_of
from app.store.incidents import Alert, Incident
from app.web.beats import GONE, Beat
from app.web.guard import open_to
from app.web.of_campaign import campaign_of
from app.web.retold import retold
from app.web.sessions import parts, session
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import phone

bp = Blueprint("incidents", __name__, url_prefix="/campaigns/<int:campaign_id>/incidents")

KINDS = InTongue(
    {"text": marked("Text to"), "email": marked("Email to"), "webhook": marked("Webhook")}
)
TONES = {Course.FLOWS: "good", Course.QUIET: "warn", Course.SILENT: "bad", Course.PAUSED: "warn"}
NOBODY = "lastmile-nobody"


@dataclass(frozen=True)
class Line:
    """One line of a timeline."""

    at: datetime
    said: str


@dataclass(frozen=True)
class Card:
    """An incident as it is shown."""

    row: Incident
    title: str
    lines: list[Line]
    alerts: list[Alert]

    @property
    def lasted(self) -> timedelta:
        """From its opening to its end."""
        return (self.row.closed_at or self.row.opened_at) - self.row.opened_at


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> ResponseReturnValue:
    """The page."""
    return _page(campaign_of(campaign_id))


@bp.get("/live")
@open_to("organizer")
def live(campaign_id: int) -> str:
    """The part of the page that changes, for the page to ask again and again."""
    return render_template("incidents/_live.html", **_facts(campaign_of(campaign_id)))


@bp.post("/routes")
@open_to("organizer")
def add(campaign_id: int) -> ResponseReturnValue:
    """Tell one more address."""
    campaign = campaign_of(campaign_id)
    kind, address = request.form.get("kind", ""), request.form.get("address", "")
    try:
        route = read_route(kind, address, campaign.country)
        new = add_route(
            parts().sessions, campaign.id, route, by=current_user.id, now=parts().clock.now()
        )
    except RouteRefused as refused:
        return _page(campaign, kind, address, str(refused)), 422
    shown = _shown(route.kind, route.address)
    if new:
        flash(_("%(address)s is told from now on.", address=shown), "good")
    else:
        flash(_("%(address)s was told already.", address=shown), "good")
    return _back(campaign)


@bp.post("/routes/remove")
@open_to("organizer")
def remove(campaign_id: int) -> ResponseReturnValue:
    """Tell an address no more."""
    campaign = campaign_of(campaign_id)
    gone = remove_route(
        parts().sessions,
        campaign.id,
        request.form.get("route", 0, type=int),
        by=current_user.id,
        now=parts().clock.now(),
    )
    if gone is None:
        flash(_("This address was removed already."), "plain")
    else:
        flash(_("%(address)s is told no more.", address=_shown(gone.kind, gone.address)), "good")
    return _back(campaign)


@bp.post("/workers/forget")
@open_to("organizer")
def forget(campaign_id: int) -> ResponseReturnValue:
    """A worker that is gone on purpose: miss it no more. One that still runs comes back."""
    campaign = campaign_of(campaign_id)
    name = request.form.get("worker", "")
    sign_off(parts().sessions, name, by=current_user.id, wall=parts().clock.wall())
    flash(_("Worker %(name)s is not missed any more.", name=name), "good")
    return _back(campaign)


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


def _page(campaign: Campaign, kind: str = "text", address: str = "", problem: str = "") -> str:
    emails = incident_desk.organizers_of(session(), campaign.id)
    routes = incident_desk.routes_of(session(), campaign.id)
    own = {(route.kind, route.address) for route in routes}
    key = signing_key(parts().settings)
    return render_template(
        "incidents/show.html",
        organizers=[email for email in emails if ("email", email) not in own],
        routes=routes,
        secrets={one.id: hook_secret(key, one.address) for one in routes if one.kind == "webhook"},
        kinds=KINDS,
        kind=kind,
        address=address,
        problem=problem,
        **_facts(campaign),
    )


def _facts(campaign: Campaign) -> dict[str, Any]:
    """Everything that the live part shows."""
    clock = parts().clock
    now, wall = clock.now(), clock.wall()
    opened, closed = incident_desk.lately(session(), campaign.id)
    alerts = incident_desk.alerts_of(session(), [one.id for one in (*opened, *closed)])
    found = _look(campaign, now, wall)
    course = judge(found.seen).course
    return {
        "campaign": campaign,
        "now": now,
        "wall": wall,
        "course": retold(COURSES[course]),
        "tone": TONES.get(course, ""),
        "opened": [_card(one, alerts) for one in opened],
        "closed": [_card(one, alerts) for one in closed],
        "workers": [
            Beat(one.name, one.doing, one.silent, one.doing_for)
            for one in found.crew.workers
            if one.silent <= GONE
        ],
        "shown": _shown,
    }


def _look(campaign: Campaign, now: datetime, wall: datetime) -> Look:
    nobody: Nobody = current_app.extensions[NOBODY]
    at = Moment(now, wall, parts().clock.speed)
    return look(session(), frame_of(session(), campaign), at, nobody)


def _card(row: Incident, alerts: dict[int, list[Alert]]) -> Card:
    lines = [Line(datetime.fromisoformat(one["at"]), one["said"]) for one in row.timeline]
    return Card(row, retold(TITLES[Kind(row.kind)]), lines, alerts.get(row.id, []))


def _shown(kind: str, address: str) -> str:
    return phone(address) if kind == "text" else address


@bp.record
def _remember(state: BlueprintSetupState) -> None:
    state.app.extensions[NOBODY] = {}
