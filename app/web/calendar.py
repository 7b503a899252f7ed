"""The calendar of a campaign: a week of ramps, blasts, phases, shifts and silence; drag to move."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services import calendar as moves
from app.services.calendar import Effect, MoveRefused
from app.store import calendar as stored
from app.store import pauses, plan_desk, war_room
from app.store.blasts import blasts_of
from app.store.campaigns import Campaign
from app.store.frames import frame_of, paused_channels, place_names
from app.store.phases import phases_of
from app.web import calendar_shared, calendar_words, dashboard, plan_words, war_words
from app.web.calendar_week import Facts, monday_of, week
from app.web.guard import open_to
from app.web.kept import kept
from app.web.local_time import instant, on_clock
from app.web.of_campaign import campaign_of
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("calendar", __name__, url_prefix="/campaigns/<int:campaign_id>/calendar")

KINDS = ("blast", "phase")


@bp.get("")
@open_to("organizer")
def show(campaign_id: int) -> str:
    """A week; on a phone one day of it."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    today = now.astimezone(ZoneInfo(campaign.zone)).date()
    shown = _read_day(request.args.get("day", "")) or _first(campaign, today)
    drawn = week(_facts(campaign, shown, now), monday_of(shown))
    counted = _read_day(request.args.get("counted", ""))
    column = next((one for one in drawn.columns if one.day == counted), None)
    return render_template(
        "calendar/show.html",
        campaign=campaign,
        now=now,
        today=today,
        week=drawn,
        shown=shown,
        before=shown - timedelta(days=7),
        after=shown + timedelta(days=7),
        counted=counted,
        said_shared=calendar_shared.on_day(campaign, column, now) if column else "",
        words=calendar_words,
        war_words=war_words,
        plan_words=plan_words,
    )


@bp.get("/shared")
@open_to("organizer")
def shared(campaign_id: int) -> str:
    """How many voters the blasts of a day share, counted when it is asked; a part of the page."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    day = _read_day(request.args.get("day", "")) or abort(404)
    drawn = week(_facts(campaign, day, now), monday_of(day))
    column = next(one for one in drawn.columns if one.day == day)
    return render_template(
        "calendar/_shared.html", said=calendar_shared.on_day(campaign, column, now)
    )


@bp.get("/move/<kind>/<int:thing_id>")
@open_to("organizer")
def ask(campaign_id: int, kind: str, thing_id: int) -> str:
    """What moving a blast or a phase would bring; with `part` without the page around it."""
    campaign = campaign_of(campaign_id)
    return _move_page(campaign, kind, thing_id, request.args)


@bp.post("/move/<kind>/<int:thing_id>")
@open_to("organizer")
def move(campaign_id: int, kind: str, thing_id: int) -> ResponseReturnValue:
    """Move it, unless somebody else did meanwhile."""
    campaign, now = campaign_of(campaign_id), parts().clock.now()
    written, seen = _written(request.form), _read_instant(request.form.get("seen", ""))
    if kind not in KINDS:
        abort(404)
    if written is None or seen is None:
        problem = _("Give the day and the time to which it moves.")
        return _move_page(campaign, kind, thing_id, request.form, problem), 422
    told = {"by": current_user.id, "now": now}
    try:
        if kind == "blast":
            moves.move_blast(parts().sessions, campaign.id, thing_id, written, seen=seen, **told)
        else:
            to = instant(written, campaign.zone)
            moves.move_phase(parts().sessions, campaign.id, thing_id, to, seen=seen, **told)
    except MoveRefused as refused:
        problem = calendar_words.refused(refused, now, campaign.zone)
        if refused.met.why is moves.Why.GONE:
            flash(problem, "bad")
            return redirect(_back(campaign, written.date()), 303)
        return _move_page(campaign, kind, thing_id, request.form, problem), 409
    flash(_("Moved to %(when)s.", when=calendar_words.when(written, now, campaign.zone)), "good")
    return redirect(_back(campaign, written.date(), counted=kind == "blast"), 303)


def _move_page(campaign: Campaign, kind: str, thing_id: int, said: Any, problem: str = "") -> str:
    now = parts().clock.now()
    effect = _effect(campaign, kind, thing_id, _written(said), now)
    if effect is None:
        abort(404)
    local = effect.to if kind == "blast" else on_clock(effect.to, campaign.zone)
    typed = {name: said[name] for name in ("day", "time") if said.get(name)}
    page = "calendar/_move.html" if "part" in said else "calendar/move.html"
    return render_template(
        page,
        campaign=campaign,
        now=now,
        effect=effect,
        local=local,
        form={"day": local.date().isoformat(), "time": f"{local:%H:%M}", **typed},
        heading="h2" if "part" in said else "h1",
        changed=effect.to != effect.was,
        met_on=calendar_shared.met_on(campaign, effect, now) if effect.to != effect.was else "",
        problem=problem,
        words=calendar_words,
        back=_back(campaign, local.date()),
    )


def _effect(
    campaign: Campaign, kind: str, thing_id: int, written: datetime | None, now: datetime
) -> Effect | None:
    """What the move to what was written would bring; without anything written, standing still."""
    if kind not in KINDS:
        return None
    if kind == "blast":
        return moves.effect_on_blast(session(), campaign.id, thing_id, written, now)
    to = instant(written, campaign.zone) if written else None
    return moves.effect_on_phase(session(), campaign.id, thing_id, to, now)


def _facts(campaign: Campaign, shown: date, now: datetime) -> Facts:
    schedule = frame_of(session(), campaign).schedule
    here = ZoneInfo(campaign.zone)
    monday = monday_of(shown)
    begin, end = (
        datetime.combine(monday + timedelta(days=days), time(), here).astimezone(UTC)
        for days in (0, 7)
    )
    made = dashboard.plan_in_force(
        session(),
        campaign,
        plan_desk.newest(session(), campaign.id),
        parts().clock.wall(),
        kept(),
    )
    return Facts(
        schedule,
        place_names(session(), campaign.id),
        war_room.planned(session(), campaign.id),
        blasts_of(session(), campaign.id),
        phases_of(session(), campaign.id),
        made.report.shifts if made else (),
        stored.booked(session(), campaign.id, begin, end),
        campaign.paused_until if campaign.state == "paused" else None,
        paused_channels(campaign),
        [one for one in pauses.senders(session(), campaign.id) if not one.stopped],
        campaign.voter_daily_cap,
        now,
    )


def _back(campaign: Campaign, day: date, *, counted: bool = False) -> str:
    """The week of a day; with who gets several blasts on it."""
    day_shown = day.isoformat()
    return url_for(
        ".show",
        campaign_id=campaign.id,
        day=day_shown,
        counted=day_shown if counted else None,
    )


def _first(campaign: Campaign, today: date) -> date:
    """Today; before the campaign has begun or after polling day, the nearest day of it."""
    begins = campaign.starts_at.astimezone(ZoneInfo(campaign.zone)).date()
    return min(max(today, begins), campaign.polling_day)


def _read_day(raw: str) -> date | None:
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _read_instant(raw: str) -> datetime | None:
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        return None


def _written(said: Any) -> datetime | None:
    """The day and time of a form, on the clock; None for what is none."""
    day = _read_day(said.get("day", ""))
    try:
        at = time.fromisoformat(said.get("time", ""))
    except ValueError:
        return None
    return datetime.combine(day, at.replace(tzinfo=None)) if day else None
