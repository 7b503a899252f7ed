"""The rules of conduct: asked once, before the first voter is seen."""

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.own_account import agree_to_conduct
from app.web.guard import RANKS, open_to, rank_of, role_for
from app.web.sessions import parts
from app.web.sign_in import way_back

bp = Blueprint("conduct", __name__, url_prefix="/conduct")


def init_app(app: Flask) -> None:
    """Ask before a page is shown; call after the guard, which asks who it is first."""
    app.before_request(ask_first)


def ask_first() -> ResponseReturnValue | None:
    """A volunteer who has not agreed reads the rules, then sees the page.

    Only pages are held up. A script that saves what came of a call is never in the way of it.
    """
    asks_for_page = request.method == "GET" and request.accept_mimetypes.best != "application/json"
    if not asks_for_page or request.endpoint is None or request.blueprint == bp.name:
        return None
    if role_for(request.endpoint) != "volunteer" or not current_user.is_authenticated:
        return None
    if rank_of(current_user) >= RANKS["organizer"] or current_user.conduct_at is not None:
        return None
    return redirect(url_for("conduct.show", next=request.full_path.rstrip("?")), 303)


@bp.get("")
@open_to("volunteer")
def show() -> str:
    """The rules, and the box to tick unless it was."""
    return _page()


@bp.post("")
@open_to("volunteer")
def agree() -> ResponseReturnValue:
    """Agree to them."""
    if not request.form.get("conduct"):
        return _page(problem=True), 422
    agree_to_conduct(parts().sessions, current_user.id, wall=parts().clock.wall())
    return redirect(way_back(request.args.get("next")) or url_for("home.home"), 303)


def _page(*, problem: bool = False) -> str:
    back = way_back(request.args.get("next"))
    return render_template("tour/conduct.html", back=back, problem=problem)
