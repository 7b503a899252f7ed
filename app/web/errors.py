"""Pages for what went wrong, each with what to do."""

from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from psycopg.errors import NumericValueOutOfRange
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneIsFree
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, ServiceUnavailable

from app.failure import log_error
from app.store.engine import is_away
from app.web.sessions import session

AGAIN_SECONDS = 5
NO_PAGE = (
    lazy_gettext("There is no such page"),
    lazy_gettext("The link may be old or cut off. Start from the home page."),
)
WORDS = {
    400: (
        lazy_gettext("That did not come through whole"),
        lazy_gettext("Go back, load the page again and try once more."),
    ),
    403: (
        lazy_gettext("This page is not for your account"),
        lazy_gettext(
            "It belongs to organizers. If you need it, ask an organizer of your campaign."
        ),
    ),
    404: NO_PAGE,
    405: NO_PAGE,
    413: (
        lazy_gettext("That file is too large"),
        lazy_gettext("Send at most 32 MB at a time, or use the command line."),
    ),
    429: (
        lazy_gettext("Too many tries in a short time"),
        lazy_gettext(
            "Nothing is lost. Wait a minute, then try again; after many tries, wait an hour."
        ),
    ),
    500: (
        lazy_gettext("Something broke on our side"),
        lazy_gettext(
            "What you had saved is kept. Go back and try again; if it happens again, "
            "tell your organizer the time it happened."
        ),
    ),
    503: (
        lazy_gettext("Lastmile cannot reach its data right now"),
        lazy_gettext(
            "What you had saved is kept. Wait a minute, then go back, and send again what is "
            "missing."
        ),
    ),
}


class Application(Flask):
    """Flask, which writes down of what broke the kind and the place: the text of an error can hold
    what a voter said, and an address a token."""

    def log_exception(self, exc_info: Any) -> None:
        """Called with what no handler took."""
        log_error("page failed", exc_info[1], page=request.endpoint)


def init_app(app: Flask) -> None:
    """Answer every error with a page in plain words."""
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, explain)
    app.register_error_handler(DataError, too_large)
    app.register_error_handler(OperationalError, away)
    app.register_error_handler(NoneIsFree, away)
    app.register_error_handler(OverflowError, beyond_time)


def stale_form(_error: CSRFError) -> ResponseReturnValue:
    """A form from another sign-in, or from nowhere. A script keeps what it has, and sends it again
    with a token of this sign-in."""
    return _page(
        400,
        gettext("This form is from an earlier sign-in"),
        gettext("Nothing was saved. Go back, load the page again and send it once more."),
    )


def too_large(error: DataError) -> ResponseReturnValue:
    """A number in an address or a form that no row can have: there is nothing there."""
    if not isinstance(error.orig, NumericValueOutOfRange):
        raise error
    session().rollback()
    return explain(NotFound())


def away(error: OperationalError | NoneIsFree) -> ResponseReturnValue:
    """The database is away or full: said in words, whoever it is, since nobody can be looked up."""
    if isinstance(error, OperationalError) and not is_away(error):
        raise error
    log_error("no database", error, page=request.endpoint)
    g._login_user = AnonymousUserMixin()  # where Flask-Login keeps who asks, once looked up
    answer = make_response(explain(ServiceUnavailable()))
    answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    return answer


def beyond_time(error: OverflowError) -> ResponseReturnValue:
    """A day of the year 1 or 9999, or hours by the million: they come with no form of ours."""
    log_error("beyond any calendar", error, page=request.endpoint)
    return explain(BadRequest())


def explain(error: HTTPException) -> ResponseReturnValue:
    """The page for an error of HTTP; answers that are no errors pass as they are."""
    code = error.code or 500
    if code < 400:
        return error
    title, remedy = WORDS.get(code, (error.name, error.description or ""))
    return _page(code, str(title), str(remedy))


def _page(code: int, title: str, remedy: str) -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        return jsonify(problem=f"{title}. {remedy}"), code
    return render_template("errors/problem.html", title=title, remedy=remedy, code=code), code
