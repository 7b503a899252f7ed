"""Where the alerts of a campaign go besides its organizers' email: routes, added and removed."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.domain.email import clean_email, email_fault
from app.domain.phone import clean_phone
from app.store.engine import Sessions
from app.store.incident_desk import routes_of
from app.store.incidents import AlertRoute
from app.store.people import AuditEntry

MOST = 20
"""Routes of a campaign; more of them would delay each other."""
LONGEST_URL = 500


class RouteRefused(ValueError):
    """A route that cannot be; the text says what to do."""


@dataclass(frozen=True)
class Route:
    """Where and how somebody is told."""

    kind: str  # text | email | webhook
    address: str  # E.164, email, https://…


def read_route(kind: str, raw: str, country: str) -> Route:
    """The route that a form asks for, its address in one spelling; raises RouteRefused."""
    if kind == "text":
        number = clean_phone(raw, country)
        if number is None:
            raise RouteRefused(f"“{raw.strip()[:40]}” is no phone number. Give it with area code.")
        return Route(kind, number)
    if kind == "email":
        email = clean_email(raw)
        if email is None:
            raise RouteRefused(f"{email_fault(raw)}. Give one like ana@example.org.")
        return Route(kind, email)
    if kind == "webhook":
        return Route(kind, _hook(raw.strip()))
    raise RouteRefused("Choose text, email or webhook.")


def _hook(url: str) -> str:
    """An https address of the world outside: our own machines are not to be asked from here."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme != "https" or "." not in host or len(url) > LONGEST_URL or parts.username:
        raise RouteRefused("Give the whole address, from https:// on, without a password.")
    if any(mark.isspace() for mark in url):
        raise RouteRefused("An address has no spaces.")
    try:
        outside = ip_address(host).is_global
    except ValueError:
        outside = not host.endswith((".localhost", ".local", ".internal"))
    if not outside:
        raise RouteRefused("This address lies inside a network; give one that the world reaches.")
    return url


def add_route(
    sessions: Sessions, campaign_id: int, route: Route, *, by: int, now: datetime
) -> bool:
    """Adds the route; False if it was there. Raises RouteRefused when there are too many."""
    with sessions.begin() as session:
        added = session.execute(
            insert(AlertRoute)
            .values(
                campaign_id=campaign_id,
                kind=route.kind,
                address=route.address,
                created_by=by,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(AlertRoute.id)
        ).first()
        if added is None:
            return False
        if len(routes_of(session, campaign_id)) > MOST:
            raise RouteRefused(f"At most {MOST} routes. Remove one first.")
        session.add(_entry("alert route added", campaign_id, route, by, now))
    return True


def remove_route(
    sessions: Sessions, campaign_id: int, route_id: int, *, by: int, now: datetime
) -> Route | None:
    """Removes the route and returns it; None if it was gone."""
    with sessions.begin() as session:
        row = session.execute(
            delete(AlertRoute)
            .where(AlertRoute.id == route_id, AlertRoute.campaign_id == campaign_id)
            .returning(AlertRoute.kind, AlertRoute.address)
        ).first()
        if row is None:
            return None
        route = Route(row.kind, row.address)
        session.add(_entry("alert route removed", campaign_id, route, by, now))
    return route


def _entry(action: str, campaign_id: int, route: Route, by: int, now: datetime) -> AuditEntry:
    details = {"kind": route.kind, "address": route.address}
    subject = f"campaign:{campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)
