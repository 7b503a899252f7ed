"""Who may open which page. A page that says nothing opens to nobody."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.web.sign_in import came_from
from app.web.tongue import translated as _

View = TypeVar("View", bound=Callable[..., Any])

RANKS = {"volunteer": 1, "team_lead": 2, "organizer": 3, "admin": 4}
"""Each role may do what those below it may."""
BESIDE = frozenset({"poll_watcher"})
"""Roles that open only the pages that name them, and every page of nobody else."""

LIBRARY_PAGES = frozenset(
    {
        "static",
        "bootstrap.static",
        "security.static",
        "security.login",
        "security.logout",
    }
)
"""Endpoints of Flask and its extensions that anybody may open; ours say so by `public`."""


def open_to(role: str, *beside: str) -> Callable[[View], View]:
    """Mark a view as open to `role` and the roles above it, and to the roles `beside` them."""
    if role not in RANKS or not BESIDE.issuperset(beside):
        raise ValueError(f"no role is called {role}, or none of {beside} stands beside the ranks")

    def mark(view: View) -> View:
        view.open_to = role  # type: ignore[attr-defined]
        view.open_beside = frozenset(beside)  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to anybody; it checks a signature or a token by itself, if need be."""
    view.open_to = "anybody"  # type: ignore[attr-defined]
    return view


def rank_of(user: Any) -> int:
    """The highest rank of a user's roles; 0 without any."""
    return max((RANKS.get(role.name, 0) for role in getattr(user, "roles", ())), default=0)


def may(role: str) -> bool:
    """Whether the person who asks has `role` or a higher one."""
    return rank_of(current_user) >= RANKS[role]


def has_role(role: str) -> bool:
    """Whether the person who asks has this very role."""
    return any(one.name == role for one in getattr(current_user, "roles", ()))


def is_public(endpoint: str) -> bool:
    """Whether anybody may open this endpoint."""
    return endpoint in LIBRARY_PAGES or role_for(endpoint) == "anybody"


def role_for(endpoint: str) -> str | None:
    """What the endpoint's view is marked with; None for a view that nobody thought of."""
    return getattr(current_app.view_functions[endpoint], "open_to", None)


def init_app(app: Flask) -> None:
    """Ask `check` before every request."""
    app.before_request(check)
    app.jinja_env.globals["may"] = may
    app.jinja_env.globals["has_role"] = has_role


def check() -> ResponseReturnValue | None:
    """Let the request through, or answer it: sign in first, or not for you."""
    endpoint = request.endpoint
    if endpoint is None or is_public(endpoint):
        return None
    if not current_user.is_authenticated:
        return sign_in_first()
    role = role_for(endpoint)
    beside = getattr(current_app.view_functions[endpoint], "open_beside", frozenset[str]())
    if role is None or not (may(role) or any(map(has_role, beside))):
        abort(403)
    return None


def sign_in_first() -> ResponseReturnValue:
    """To sign in, and then back here, or to the page that a form was on; a script is told 401."""
    if request.accept_mimetypes.best == "application/json":
        return jsonify(problem=_("Sign in again.")), 401
    back = request.full_path.rstrip("?") if request.method == "GET" else came_from()
    return redirect(url_for("sign_in.ask", next=back or None), 303)
