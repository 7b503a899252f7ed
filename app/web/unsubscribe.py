"""Unsubscribe: one click in the mail program, or one button here; no signing in."""

from flask import Blueprint, render_template, request

from app.keys import signing_key
from app.services.unsubscribe import BadLink, Unsubscribe, unsubscribe
from app.web.guard import public
from app.web.sessions import parts

bp = Blueprint("unsubscribe", __name__, url_prefix="/unsubscribe")


def _masked(address: str) -> str:
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"


@bp.route("/<token>", methods=["GET", "POST"])
@public
def unsubscribe_page(token: str) -> tuple[str, int]:
    """GET shows the address and one button; POST (RFC 8058 too) opts it out at once."""
    links = Unsubscribe(signing_key(parts().settings), parts().settings.public_url)
    try:
        address = links.address(token)
    except BadLink:
        return render_template("unsubscribe.html", address="", done=False, problem=True), 404
    if request.method == "POST":
        unsubscribe(parts().sessions, address, parts().clock.now())
    done = request.method == "POST"
    return render_template("unsubscribe.html", address=_masked(address), done=done), 200
