"""A door of its own for the news of an open call, in front of the pages.

Every open call screen asks every three seconds. What Flask and the pages do at every request for
a person to be known costs ten times what the answer does; two hundred screens would slow down
everybody who saves a result.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clock import Clock
from app.services.open_call import news_word
from app.store.calls import news_of
from app.store.frames import Frame, load_frame
from app.web.kept import Kept
from app.web.presence import lately_seen
from app.wiring import Parts

PATH = "/calls/current/news"
FRAME_KEPT = timedelta(seconds=2)
"""So old the rules may be by which a screen is told that the hours are over."""
BIGGEST_ID = 2**63 - 1


def init_app(app: Flask) -> None:
    """Lead those who ask for news of a call that they hold past the pages of `app`; whoever is not
    known by their session, does not hold it, or rings through the carrier asks the page."""
    pages = app.wsgi_app

    def lead(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        told = _news(app, environ) if environ["PATH_INFO"] == PATH else None
        if told is None:
            return pages(environ, start_response)
        body = json.dumps(told).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response("200 OK", headers)
        return [body]

    app.wsgi_app = lead  # type: ignore[method-assign]


def _news(app: Flask, environ: dict[str, Any]) -> dict[str, Any] | None:
    touch, who = _touch(environ.get("QUERY_STRING", "")), _who(app, environ)
    if environ["REQUEST_METHOD"] != "GET" or touch is None or who is None:
        return None
    parts: Parts = app.extensions["lastmile"]
    clock = parts.clock
    try:
        with parts.sessions() as session:
            found = news_of(session, touch, who)
            # Once a minute the page is asked: it notes who is at work.
            if found is None or found.rung or not lately_seen(app, found.user_id, clock.wall()):
                return None
            frame_by = partial(frame_lately, app.extensions["lastmile-kept"], clock)
            word = news_word(session, found, clock.now(), clock.wall(), frame_by)
    except DBAPIError:
        return None  # the pages say what is wrong
    return {"news": word, "now": clock.now().isoformat(), "speed": clock.speed}


def _touch(query: str) -> int | None:
    raw = parse_qs(query).get("touch", [""])[0]
    return int(raw) if raw.isascii() and raw.isdecimal() and int(raw) <= BIGGEST_ID else None


def _who(app: Flask, environ: dict[str, Any]) -> str | None:
    """Who is signed in by the session's cookie, as Flask-Security keeps it there."""
    session = app.session_interface.open_session(app, app.request_class(environ))
    found = session.get("_user_id") if session is not None else None
    return found if isinstance(found, str) else None


def frame_lately(kept: Kept, clock: Clock, session: Session, campaign_id: int) -> Frame:
    """The rules of a campaign as they stood a moment ago: every screen asks all the time."""
    find = partial(load_frame, session, campaign_id)
    return kept.count(("frame", campaign_id), clock.wall(), find, FRAME_KEPT)
