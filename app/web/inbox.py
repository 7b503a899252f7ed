"""The inbox: replies that wait for a person."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.inbox import mark_handled
from app.store import desks
from app.store.replies import handed_over
from app.web.guard import open_to
from app.web.sessions import parts, session

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

MEANINGS = {
    "stop": ("wants no more texts", "bad"),
    "start": ("wants texts again", "good"),
    "help": ("asked for help", "warn"),
    "voted": ("says they voted", "good"),
    "wrong_number": ("wrong number", "warn"),
    "other": ("wrote back", "plain"),
}
"""Each meaning of a reply in words, and how it is colored."""


@bp.get("")
@open_to("organizer")
def index() -> str:
    """The replies that wait, newest first."""
    return render_template(
        "inbox.html",
        replies=desks.replies(session()),
        waiting=desks.replies_waiting(session()),
        handed_over=handed_over(session()),
        meanings=MEANINGS,
        now=parts().clock.now(),
    )


@bp.post("/<int:reply_id>/handled")
@open_to("organizer")
def handle(reply_id: int) -> ResponseReturnValue:
    """Take one reply out of the inbox."""
    now = parts().clock.now()
    if not mark_handled(parts().sessions, reply_id, by=current_user.id, now=now):
        flash("Somebody had taken care of that reply already.", "plain")
    return redirect(url_for("inbox.index"), 303)
