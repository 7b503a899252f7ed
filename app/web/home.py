"""A volunteer's home, the choice of languages, and the sign of life for monitors."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from app.services import bank, own_account, own_shifts, people
from app.store import board, replies, rides, volunteer_day
from app.store.campaigns import Campaign
from app.web.guard import may, open_to, public
from app.web.person_words import dated, problem_words, stretch
from app.web.sessions import parts, session
from app.web.sign_in import came_from
from app.web.tongue import TONGUES
from app.web.tongue import translated as _
from app.web.words import clock

bp = Blueprint("home", __name__)


@bp.get("/")
@open_to("volunteer", "poll_watcher")
def home() -> ResponseReturnValue:
    """Organizers go to the campaigns, poll watchers to the strike desk; volunteers see their
    shifts, their lists and the day."""
    if may("organizer"):
        return redirect(url_for("campaigns.index"))
    if not may("volunteer"):
        return redirect(url_for("strike.form"))
    campaign = current_user.campaign_id and board.campaign(session(), current_user.campaign_id)
    facts = _facts(campaign) if campaign else {}
    return render_template("home.html", campaign=campaign, languages=people.LANGUAGES, **facts)


def _facts(campaign: Campaign) -> dict[str, Any]:
    now = parts().clock.now()
    here = ZoneInfo(campaign.zone)
    today = now.astimezone(here).date()
    begin = datetime.combine(today, time(), here).astimezone(UTC)
    end = datetime.combine(today + timedelta(days=1), time(), here).astimezone(UTC)
    mine = own_shifts.upcoming(session(), current_user.id, now)
    blocks = own_shifts.open_blocks(session(), campaign.id, current_user.id, now)
    return {
        "now": now,
        "closes": clock(datetime.combine(today, campaign.polls_close, UTC), "UTC"),
        "shift": mine[0] if mine else None,
        "more_shifts": max(len(mine) - 1, 0),
        "missing": sum(block.short for block in blocks),
        "calls": board.waiting(session(), campaign.id, now),
        "promised": volunteer_day.promised(session(), campaign.id, current_user.id, now),
        "texts": bank.waiting(session(), campaign.id, current_user.id, now),
        "replies": replies.waiting(session(), campaign.id),
        "rides": rides.waiting_of(session(), campaign.id, current_user.id),
        "day": volunteer_day.day_so_far(session(), campaign.id, current_user.id, begin, end),
        "dated": dated,
        "stretch": stretch,
    }


@bp.post("/languages")
@open_to("volunteer")
def languages() -> ResponseReturnValue:
    """Change which languages one calls in oneself."""
    try:
        own_account.change_languages(
            parts().sessions, current_user.id, request.form.getlist("languages")
        )
        flash(_("Saved. It counts from your next call on."), "good")
    except people.BadPerson as problem:
        flash(problem_words(problem), "bad")
    return redirect(url_for("home.home"), 303)


@bp.post("/tongue")
@public
def speak() -> ResponseReturnValue:
    """Choose the language of the pages: kept with the account, else with this browser."""
    chosen = request.form.get("tongue", "")
    if chosen in TONGUES:
        cookie["tongue"] = chosen
        if current_user.is_authenticated:
            own_account.choose_tongue(parts().sessions, current_user.id, chosen)
    return redirect(came_from() or url_for("home.home"), 303)


@bp.get("/health")
@public
def health() -> ResponseReturnValue:
    """200 while this process reaches its database."""
    session().execute(text("SELECT 1"))
    return jsonify(ok=True)
