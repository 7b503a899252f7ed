"""Pages for what went wrong, each with what to do."""

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

WORDS = {
    400: ("That did not come through whole", "Go back, load the page again and try once more."),
    403: (
        "This page is not for your account",
        "It belongs to organizers. If you need it, ask an organizer of your campaign.",
    ),
    404: ("There is no such page", "The link may be old or cut off. Start from the home page."),
    405: ("There is no such page", "The link may be old or cut off. Start from the home page."),
    413: ("That file is too large", "Send at most 32 MB at a time, or use the command line."),
    429: (
        "Too many tries in a short time",
        "Nothing is lost. Wait a minute, then try again; after many tries, wait an hour.",
    ),
    500: (
        "Something broke on our side",
        "What you had saved is kept. Go back and try again; if it happens again, "
        "tell your organizer the time it happened.",
    ),
}


def init_app(app: Flask) -> None:
    """Answer every error with a page in plain words."""
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, explain)


def stale_form(_error: CSRFError) -> ResponseReturnValue:
    """A form from another sign-in, or from nowhere."""
    return _page(
        400,
        "This form is from an earlier sign-in",
        "Nothing was saved. Go back, load the page again and send it once more.",
    )


def explain(error: HTTPException) -> ResponseReturnValue:
    """The page for an error of HTTP; answers that are no errors pass as they are."""
    code = error.code or 500
    if code < 400:
        return error
    title, remedy = WORDS.get(code, (error.name, error.description or ""))
    return _page(code, title, remedy)


def _page(code: int, title: str, remedy: str) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(problem=f"{title}. {remedy}"), code
    return render_template("errors/problem.html", title=title, remedy=remedy, code=code), code
