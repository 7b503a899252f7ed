"""A gap, as whoever is asked to step in sees it: take it, or see that it is filled."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.gaps import offered_to, take_gap
from app.services.shifts import ShiftRefused
from app.store.shift_watch import was_offered
from app.web.guard import open_to
from app.web.person_words import dated, shift_words, stretch
from app.web.sessions import parts, session
from app.web.tongue import translated as _

bp = Blueprint("gaps", __name__, url_prefix="/gaps")


@bp.get("/<int:shift_id>")
@open_to("volunteer")
def show(shift_id: int) -> ResponseReturnValue:
    """What is left of the shift, and one button while it is free."""
    now = parts().clock.now()
    offered = offered_to(session(), current_user, shift_id, now)
    if offered is None and not was_offered(session(), shift_id, current_user.id):
        abort(404)
    return render_template("gaps/show.html", offered=offered, stretch=stretch, dated=dated)


@bp.post("/<int:shift_id>")
@open_to("volunteer")
def take(shift_id: int) -> ResponseReturnValue:
    """Take it; whoever was second is told so by the page."""
    clock = parts().clock
    if offered_to(session(), current_user, shift_id, clock.now()) is None:
        return redirect(url_for(".show", shift_id=shift_id), 303)
    try:
        take_gap(
            parts().sessions,
            shift_id,
            current_user.id,
            by=current_user.id,
            now=clock.now(),
            wall=clock.wall(),
        )
    except ShiftRefused as refused:
        if refused.code not in ("filled", "came", "past"):
            flash(shift_words(refused), "bad")
        return redirect(url_for(".show", shift_id=shift_id), 303)
    flash(_("The shift is yours. Thank you."), "good")
    return redirect(url_for(".show", shift_id=shift_id), 303)
