"""Presence: whoever opens a page of work during their shift has come to it, calls or no calls."""

from datetime import datetime, timedelta

from flask import Flask, request
from flask_login import current_user

from app.services.shift_watch import came_to_work
from app.web.guard import RANKS, rank_of
from app.web.sessions import parts

WORK = frozenset({"calls", "bank", "replies", "ring"})
"""The blueprints of the pages on which volunteers work; a page to cancel a shift is none."""
EVERY = timedelta(minutes=1)
"""Machine time; a person is looked up no oftener than this."""
MOST = 20_000


def init_app(app: Flask) -> None:
    """Look before every request to such a page."""
    seen: dict[int, datetime] = {}
    app.extensions["lastmile-presence"] = seen

    @app.before_request
    def note() -> None:
        """A volunteer is there."""
        if request.blueprint not in WORK or not current_user.is_authenticated:
            return
        if rank_of(current_user) >= RANKS["organizer"]:
            return
        clock = parts().clock
        wall, user = clock.wall(), current_user.id
        if lately_seen(app, user, wall):
            return
        if len(seen) >= MOST:
            seen.clear()
        seen[user] = wall
        came_to_work(parts().sessions, user, now=clock.now())


def lately_seen(app: Flask, user_id: int | None, wall: datetime) -> bool:
    """Whether this process looked after the person within the last minute."""
    seen: dict[int, datetime] = app.extensions["lastmile-presence"]
    last = seen.get(user_id or 0)
    return last is not None and last <= wall < last + EVERY
