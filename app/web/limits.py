"""How often the doors without a sign-in may be tried; counted in this process's memory."""

from ipaddress import ip_address
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

SIGN_IN = "10 per minute; 50 per hour"
JOIN = "20 per minute"
LINK = "30 per minute"


def init_app(app: Flask) -> None:
    """Limit them; call once all views are there. Each process counts for itself."""
    limiter = Limiter(address, app=app, storage_uri="memory://")
    by_email = limiter.limit(SIGN_IN, key_func=email, methods=["POST"])
    by_address = limiter.limit(SIGN_IN, methods=["POST"])
    views: dict[str, Any] = app.view_functions
    views["security.login"] = by_address(by_email(views["security.login"]))
    views["invitations.join"] = limiter.limit(JOIN, methods=["POST"])(views["invitations.join"])
    views["invitations.sign_in"] = limiter.limit(LINK)(views["invitations.sign_in"])


def address() -> str:
    """Where the request comes from.

    A peer on this machine is the proxy in front of us, and what it wrote last is whom it saw.
    """
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded if forwarded and _is_local(peer) else peer


def email() -> str:
    """Whose account is tried."""
    return request.form.get("email", "").strip().lower()


def _is_local(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return not peer  # a socket file has no address
