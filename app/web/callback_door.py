"""A door of their own for status callbacks, in front of the pages.

Callbacks come by the thousand and are signed. What Flask and the pages do for people at every
request (sessions, forms, limits) would cost more than the callback itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_input_stream

from app.services.receive import Mailbox, StatusNews
from app.services.receive_alone import receive_alone
from app.store.sender_checks import is_test
from app.web.signature import NO_SIGNATURE, WRONG_SIGNATURE, Signature
from app.web.together import Together
from app.wiring import Parts

log = structlog.get_logger()

PATH = "/webhooks/text-status/"
FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 64 * 1024
PERSONAL = ("To", "From", "Body")
"""Fields of a callback that are not kept."""

Answer = tuple[int, str]
"""A status of HTTP, and words for whoever reads it; none with success."""


class CallbackDoor:
    """Checks a callback and stores it, together with those that other threads bring."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._signature = Signature(parts.settings)
        self._mailbox = Mailbox(parts.engine)
        self._together = Together(self._store)

    def answer(self, path: str, query: str, form: Mapping[str, str], signature: str) -> Answer:
        """What the carrier is answered; with success only once the callback is stored."""
        if not signature:
            return 403, NO_SIGNATURE
        if not self._signature.fits(path, query, form, signature):
            return 403, WRONG_SIGNATURE
        try:
            attempt = UUID(path.removeprefix(PATH))
        except ValueError:
            return 404, "This address has no attempt’s id."
        sid, status = form.get("MessageSid"), form.get("MessageStatus")
        if not sid or not status:
            return 400, "A status callback needs MessageSid and MessageStatus."
        if "\0" in "".join(form.values()):
            return 400, "A status callback holds no null character."
        code = form.get("ErrorCode", "")
        kept = {key: value for key, value in form.items() if key not in PERSONAL}
        error = int(code) if code.isdecimal() and len(code) < 10 else None
        verdict = self._receive(StatusNews(attempt, sid, status.lower(), error, kept))
        if verdict == "unknown attempt" and not self._is_a_test(attempt):
            return 404, "No attempt has this id; the callback was kept, nothing else changed."
        return 204, ""

    def _is_a_test(self, attempt: UUID) -> bool:
        """Whether it is of a sender's test message, which has a check in place of an attempt."""
        with self._parts.sessions() as session:
            return is_test(session, attempt)

    def _receive(self, news: StatusNews) -> str:
        verdict = self._together.do(news)
        return verdict or receive_alone(self._parts.sessions, news, self._parts.clock.now())

    def _store(self, news: Sequence[StatusNews]) -> Sequence[str | None]:
        return self._mailbox.receive(news, now=self._parts.clock.now())


def init_app(app: Flask, parts: Parts) -> None:
    """Lead status callbacks past the pages of `app`."""
    door = CallbackDoor(parts)
    app.extensions["lastmile-callback-door"] = door
    pages = app.wsgi_app

    def lead(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if (
            environ["REQUEST_METHOD"] != "POST"
            or not path.startswith(PATH)
            or not environ.get("CONTENT_TYPE", "").startswith(FORM)
        ):
            return pages(environ, start_response)
        query, signature = environ.get("QUERY_STRING", ""), environ.get("HTTP_X_TWILIO_SIGNATURE")
        try:
            form = _form(environ)
        except (HTTPException, ValueError):
            status, words = 400, "The form did not come through whole."
        else:
            status, words = _careful(door, path, query, form, signature or "")
        body = f"{words}\n".encode() if words else b""
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        start_response(f"{status} {HTTPStatus(status).phrase}", headers if body else [])
        return [body]

    app.wsgi_app = lead  # type: ignore[method-assign]


def _careful(
    door: CallbackDoor, path: str, query: str, form: Mapping[str, str], signature: str
) -> Answer:
    try:
        return door.answer(path, query, form, signature)
    except Exception as error:  # its text may hold people's data
        log.error("callback not stored", error=type(error).__name__)
        return 503, "The callback is not stored; send it again."


def _form(environ: dict[str, Any]) -> dict[str, str]:
    """The fields of a form, of each the first; raises ValueError, RequestEntityTooLarge."""
    body = get_input_stream(environ, max_content_length=MOST_BYTES).read()
    pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    return dict(reversed(pairs))
