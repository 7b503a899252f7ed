"""Lastmile as an app on the phone: its manifest, its service worker, its page without a line."""

import json

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from app.web.guard import open_to, public
from app.web.static_files import FOLDER
from app.web.tongue import TONGUES, speaking
from app.web.tongue import translated as _

bp = Blueprint("installable", __name__)

CALL_MODULES = (
    "call.js",
    "clock.js",
    "device.js",
    "draft.js",
    "kept.js",
    "kept_box.js",
    "reveal.js",
    "ring.js",
    "save.js",
    "say.js",
    "survey.js",
    "toast.js",
    "wait.js",
    "watch.js",
    "keys.js",
)
"""The scripts of the call screen; its page names them all, so that none waits for another. The last
is the one that nobody waits for."""
SHEETS = ("lastmile.css", "call.css", "device.css")
LANGUAGES = ("languages.js", *(f"languages-{code}.json" for code in TONGUES))
AT_HAND = (*CALL_MODULES, "mend.js", *LANGUAGES, "theme.js", "offline.js", *SHEETS, "mark.svg")
"""What the device has before it is asked for. No page with a voter on it."""
NO_CACHE = "no-cache"


def init_app(app: Flask) -> None:
    """Let templates name the call screen's scripts; look whose page a script speaks for."""
    app.before_request(check_whose)
    app.jinja_env.globals["CALL_MODULES"] = CALL_MODULES


def check_whose() -> ResponseReturnValue | None:
    """401 for a page of somebody else than who is signed in now: two people share the device, and
    what one of them said on the phone is not the other's."""
    whose = request.headers.get("X-From-User")
    if whose is None or (current_user.is_authenticated and whose == str(current_user.id)):
        return None
    return jsonify(problem=_("Somebody else is signed in on this device. Sign in again.")), 401


@bp.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """Name, icons and colors for the home screen."""
    icons = [
        {"src": _static("mark.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": _static("icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": _static("icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {
            "src": _static("icon-maskable-512.png"),
            "sizes": "512x512",
            "type": "image/png",
            "purpose": "maskable",
        },
    ]
    told = {
        "id": "/",
        "name": "Lastmile",
        "short_name": "Lastmile",
        "description": _("Calls and texts to voters, up to the minute the polls close."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7fa",
        "theme_color": "#1d4ed8",
        "icons": icons,
    }
    answer = jsonify(told)
    answer.mimetype = "application/manifest+json"
    answer.headers["Cache-Control"] = NO_CACHE
    return answer


@bp.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """The service worker. It stands at the root, since it may serve only what is below it; its
    first line changes with the static files, by which browsers see that there is a new one."""
    files = [_static(name) for name in AT_HAND]
    files.append(url_for("bootstrap.static", filename="css/bootstrap.min.css"))
    facts = {
        "version": _static("").rstrip("/").rpartition("/")[2],
        "files": files,
        "offline": url_for("installable.offline"),
        "box": _static("kept_box.js"),
        "who": url_for("installable.kept"),
    }
    source = (FOLDER / "sw.js").read_text()
    answer = Response(f"const APP = {json.dumps(facts)};\n{source}", mimetype="text/javascript")
    answer.headers["Cache-Control"] = NO_CACHE
    return answer


@bp.get("/offline")
@public
def offline() -> ResponseReturnValue:
    """The page for when there is no line, in all our languages: whose phone it is, nobody knows."""
    said = []
    for code in TONGUES:
        with speaking(code):
            said.append({"code": code, **_no_line()})
    return render_template("calls/offline.html", said=said)


def _no_line() -> dict[str, str]:
    return {
        "title": _("No signal"),
        "why": _("This page needs a connection. It comes back by itself when you have signal."),
        "kept": _("Saved on this phone: %(n)s. We send it when you have signal.", n="\0"),
        "again": _("Try again"),
    }


@bp.get("/kept")
@open_to("volunteer", "poll_watcher")
def kept() -> ResponseReturnValue:
    """Who is signed in on this device, and a token for forms: results that waited are sent with it,
    and only by whom they are from."""
    return jsonify(user=current_user.id, token=generate_csrf())


def _static(filename: str) -> str:
    return url_for("static", filename=filename)
