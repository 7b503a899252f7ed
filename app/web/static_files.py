"""Static files under addresses that change with the files, so that browsers keep them for good."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue

from app.web.guard import public

bp = Blueprint("static_files", __name__)

FOLDER = Path(__file__).parent / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, max-age=60"
FILES = ("static", "static_files.other", "bootstrap.static")
"""Endpoints whose answers are the same for everybody."""


class QuietCookie(SecureCookieSessionInterface):
    """Our cookie, but not on files: an answer that varies by cookie is not kept by a browser."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie on pages."""
        if request.endpoint not in FILES:
            super().save_session(app, session, response)


def digest() -> str:
    """Twelve signs that change with any file of ours and with Bootstrap's release."""
    seen = hashlib.sha256(version("bootstrap-flask").encode())
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            seen.update(path.relative_to(FOLDER).as_posix().encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()[:12]


def address() -> str:
    """Where this process serves them. All share one folder, since modules name each other."""
    return f"/static/{digest()}"


def init_app(app: Flask) -> None:
    """Version Bootstrap's address too, and say of each answer how long it may be kept."""
    app.session_interface = QuietCookie()
    app.url_defaults(_version)
    app.after_request(_keep)


@bp.get("/static/<kept>/<path:filename>")
@public
def other(kept: str, filename: str) -> ResponseReturnValue:
    """A page of an older or newer release asks for its files: it gets ours, but not to keep."""
    return current_app.send_static_file(filename)


def _version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "bootstrap.static":
        values.setdefault("v", _current())


def _current() -> str:
    return str(current_app.static_url_path).rpartition("/")[2]


def _keep(response: Response) -> Response:
    if response.status_code not in (200, 304):
        return response
    if request.endpoint == "static" or _is_our_bootstrap():
        response.headers["Cache-Control"] = FOR_GOOD
    elif request.endpoint in FILES:
        response.headers["Cache-Control"] = ASK_AGAIN
    return response


def _is_our_bootstrap() -> bool:
    return request.endpoint == "bootstrap.static" and request.args.get("v") == _current()
