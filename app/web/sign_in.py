"""Flask-Security on our tables; links that sign a person in; and the way back after signing in."""

from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask_login import current_user
from flask_security import Security, SQLAlchemySessionUserDatastore, login_user, logout_user
from flask_security.passwordless import generate_login_token
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.store.people import Role, User
from app.wiring import Parts


def init_app(app: Flask, parts: Parts) -> None:
    """Sign-in for `app`; call after the request's session is set up."""
    security = Security(app, People(app.extensions["lastmile-session"], User, Role))
    # They would look up who asks for each style sheet too; what a role may is asked elsewhere.
    security.principal.identity_loaders.clear()


class People(SQLAlchemySessionUserDatastore):
    """Flask-Security's way to our accounts; every request looks one up."""

    def find_user(self, case_insensitive: bool = False, **facts: Any) -> User | None:
        """An account by one fact; with its roles in one query where a session names it."""
        if set(facts) != {"fs_uniquifier"}:
            return cast("User | None", super().find_user(case_insensitive, **facts))
        mine = select(User).filter_by(**facts).options(joinedload(User.roles))
        return cast("User | None", self.db.session.scalars(mine).unique().one_or_none())


def link_for(user: User) -> str:
    """The full address that signs `user` in, good for a few days. Needs an app context."""
    base = current_app.extensions["lastmile"].settings.public_url.rstrip("/")
    return f"{base}/s/{generate_login_token(user)}"  # type: ignore[no-untyped-call]


def enter(person: User, by: str) -> None:
    """Sign a person in on this device, for as long as it remembers them; `by` is link or code."""
    if current_user.is_authenticated and current_user.id != person.id:
        logout_user()
    login_user(person, remember=True, authn_via=[by])


def way_back(raw: str | None) -> str:
    """A path of ours to go on to; empty for everything else, so that nobody is led elsewhere."""
    path = raw or ""
    if not path.startswith("/") or path.startswith(("//", "/\\")) or len(path) > 2000:
        return ""
    if any(ord(sign) < 33 for sign in path):
        return ""
    try:
        split = urlsplit(path)
    except ValueError:
        return ""
    return "" if split.scheme or split.netloc else path


def came_from() -> str:
    """The path of our own page that this request came from; empty if it came from elsewhere."""
    try:
        split = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    if split.netloc != request.host:
        return ""
    return way_back(f"{split.path}?{split.query}" if split.query else split.path)
