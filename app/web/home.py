"""The first page after signing in, and the sign of life for monitors."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import text

from app.services import people
from app.store import board
from app.web.guard import may, open_to, public
from app.web.sessions import parts, session

bp = Blueprint("home", __name__)


@bp.get("/")
@open_to("volunteer")
def home() -> ResponseReturnValue:
    """Organizers go to the campaigns; volunteers see their call list."""
    if may("organizer"):
        return redirect(url_for("campaigns.index"))
    campaign = current_user.campaign_id and board.campaign(session(), current_user.campaign_id)
    waiting = board.waiting(session(), campaign.id, parts().clock.now()) if campaign else {}
    return render_template(
        "home.html", campaign=campaign, waiting=waiting, languages=people.LANGUAGES
    )


@bp.post("/languages")
@open_to("volunteer")
def languages() -> ResponseReturnValue:
    """Change which languages one calls in oneself."""
    try:
        people.change_languages(
            parts().sessions, current_user.id, request.form.getlist("languages")
        )
        flash("Saved. It counts from your next call on.", "good")
    except people.BadPerson as problem:
        flash(str(problem), "bad")
    return redirect(url_for("home.home"), 303)


@bp.get("/health")
@public
def health() -> ResponseReturnValue:
    """200 while this process reaches its database."""
    session().execute(text("SELECT 1"))
    return jsonify(ok=True)
