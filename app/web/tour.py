"""The tour: a call with a practice voter in a minute. Nothing of it is stored but that it was."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.own_account import end_tour
from app.web.guard import open_to
from app.web.sessions import parts

bp = Blueprint("tour", __name__, url_prefix="/tour")

STEPS = ("voter", "call", "result", "safe", "rest")
"""Each a template of this name in templates/tour."""
RESULTS = ("no_answer", "talked", "do_not_call")
"""What can be tapped in the practice call; each is answered on the next step."""


@bp.get("")
@open_to("volunteer")
def begin() -> ResponseReturnValue:
    """The first step."""
    return redirect(url_for(".step", number=1), 303)


@bp.get("/<int:number>")
@open_to("volunteer")
def step(number: int) -> str:
    """One step; the result that was tapped comes along in the address."""
    if not 1 <= number <= len(STEPS):
        abort(404)
    said = request.args.get("result", "")
    return render_template(
        f"tour/{STEPS[number - 1]}.html",
        number=number,
        last=len(STEPS),
        result=said if said in RESULTS else "",
    )


@bp.post("")
@open_to("volunteer")
def end() -> ResponseReturnValue:
    """Taken, or passed over: on to the calls."""
    end_tour(parts().sessions, current_user.id, wall=parts().clock.wall())
    return redirect(url_for("home.home"), 303)
