"""How often the doors without a sign-in may be tried; counted in this process's memory."""

from ipaddress import ip_address
from typing import Any

from flask import Flask, request
from flask import session as cookie
from flask_limiter import Limiter
from flask_login import current_user

from app.domain.sign_in import read_login
from app.web.limit_counts import SCHEME
from app.web.sessions import parts
from app.web.sign_in_page import ASKED

SIGN_IN = "10 per minute; 50 per hour"
JOIN = "60 per minute"
SEND_CODE, SEND_CODE_ANYWHERE = "5 per 10 minutes; 20 per day", "40 per minute; 400 per hour"
"""To one phone or email, and from one place: a whole room of volunteers may share a line."""
TRY_CODE, TRY_CODE_ANYWHERE = "10 per 10 minutes; 50 per day", "60 per minute; 600 per hour"
LINK = "30 per minute"
CARDS = "120 per 5 minutes"
"""New cards to one volunteer: three times what the fastest caller gets through, and far too few to
copy a list by."""
TAP, STACK = "5 per second; 150 per minute", "30 per minute"
"""Of one person: as fast as a thumb can be, not as a script."""
MESSAGES = "10 per minute; 60 per hour"
"""Of one person: what goes out at the campaign's cost without standing in its plan."""


def init_app(app: Flask) -> None:
    """Limit them; call once all views are there. Each process counts for itself."""
    limiter = Limiter(address, app=app, storage_uri=f"{SCHEME}://")
    by_email = limiter.limit(SIGN_IN, key_func=email, methods=["POST"])
    by_address = limiter.limit(SIGN_IN, methods=["POST"])
    views: dict[str, Any] = app.view_functions
    views["security.login"] = by_address(by_email(views["security.login"]))
    views["invitations.join"] = limiter.limit(JOIN, methods=["POST"])(views["invitations.join"])
    for view, to_one, in_all, whose in (
        ("sign_in.send", SEND_CODE, SEND_CODE_ANYWHERE, typed_login),
        ("sign_in.check_code", TRY_CODE, TRY_CODE_ANYWHERE, asked_login),
    ):
        by_login = limiter.limit(to_one, key_func=whose)
        views[view] = limiter.limit(in_all)(by_login(views[view]))
    for view in ("calls.take", "calls.save", "calls.reveal"):
        views[view] = limiter.limit(CARDS, key_func=person, exempt_when=_only_stores)(views[view])
    views["invitations.sign_in"] = limiter.limit(LINK)(views["invitations.sign_in"])
    for view, most in (
        *(("bank.send", TAP), ("bank.take", STACK), ("replies.take", STACK)),
        *(("teams.write", MESSAGES), ("shifts.send_ask", MESSAGES), ("setup.test", MESSAGES)),
    ):
        views[view] = limiter.limit(most, key_func=person)(views[view])


def address() -> str:
    """Where the request comes from.

    A peer on this machine is the proxy in front of us, and what it wrote last is whom it saw.
    """
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_local(peer) else peer


def person() -> str:
    """Who is signed in."""
    return f"user:{current_user.get_id()}"


def email() -> str:
    """Whose account is tried."""
    return request.form.get("email", "").strip().lower()


def typed_login() -> str:
    """To whom a code is to be sent, however it was spelled."""
    typed = request.form.get("address", "")
    login = read_login(typed, parts().settings.country)
    return login.address if login else typed.strip().lower()[:200]


def asked_login() -> str:
    """For whom a code is tried; without one, from where."""
    asked = cookie.get(ASKED)
    return str(asked[1]) if asked else address()


def _only_stores() -> bool:
    """Results that waited on a device: they bring no card, and none is turned away."""
    return request.form.get("next") == "no"


def _is_local(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return not peer  # a socket file has no address
