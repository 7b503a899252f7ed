"""A door of their own for status callbacks: a bare Flask application in front of the pages.

Callbacks come by the thousand and are signed. What the pages do for people at every request
(sessions, forms, limits) would cost more than the callback itself.
"""

from collections.abc import Iterable
from typing import Any

from flask import Flask

from app.web import webhooks
from app.wiring import Parts


def init_app(app: Flask, parts: Parts) -> None:
    """Lead status callbacks past the pages of `app`."""
    door = Flask("app.web.callback_door", static_folder=None)
    door.extensions["lastmile"] = parts
    door.register_blueprint(webhooks.bp)
    pages = app.wsgi_app

    def lead(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        callback = environ.get("PATH_INFO", "").startswith(webhooks.STATUS_PATH)
        return (door.wsgi_app if callback else pages)(environ, start_response)

    app.wsgi_app = lead  # type: ignore[method-assign]
