"""Flask-Security on our tables, and links that sign a person in."""

from flask import Flask, current_app
from flask_security import Security, SQLAlchemySessionUserDatastore
from flask_security.passwordless import generate_login_token

from app.store.people import Role, User
from app.wiring import Parts


def init_app(app: Flask, parts: Parts) -> None:
    """Sign-in for `app`; call after the request's session is set up."""
    people = SQLAlchemySessionUserDatastore(app.extensions["lastmile-session"], User, Role)
    Security(app, people)


def link_for(user: User) -> str:
    """The full address that signs `user` in, good for a few days. Needs an app context."""
    base = current_app.extensions["lastmile"].settings.public_url.rstrip("/")
    return f"{base}/s/{generate_login_token(user)}"  # type: ignore[no-untyped-call]
