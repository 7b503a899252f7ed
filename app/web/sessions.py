"""One database session a request, and the parts of the process, for views."""

from typing import cast

from flask import Flask, current_app
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from app.wiring import Parts


def init_app(app: Flask, sessions: sessionmaker[Session]) -> None:
    """Give `app` a session a thread, put away when the request ends."""
    scoped = scoped_session(sessions)
    app.extensions["lastmile-session"] = scoped

    @app.teardown_appcontext
    def put_away(_error: BaseException | None) -> None:
        scoped.remove()


def parts() -> Parts:
    """The parts of this process: settings, clock, sessions, ports."""
    return cast(Parts, current_app.extensions["lastmile"])


def session() -> Session:
    """The session of this request, for reading; services open their own to write."""
    return cast("scoped_session[Session]", current_app.extensions["lastmile-session"])()
