"""What takes longer than a page may: reckoned in the background while the page asks again.

A count of a million voters takes a second or more. Whoever asks is answered at once, with the
answer or with "still at it" (202), upon which the script asks again; see static/ask.js. Each
process reckons for itself, and keeps an answer for a few seconds for whoever asks the same.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from threading import Lock
from time import monotonic
from typing import TypeVar, cast

from flask import Flask, Response, current_app
from sqlalchemy.orm import Session

from app.web.sessions import parts

Found = TypeVar("Found")
AT_ONCE = 2
WAIT = "ANSWER_WITHIN"
"""The key of Flask's configuration for how many seconds a request waits for its answer."""
WAIT_SECONDS = 0.05
KEPT_SECONDS = 5.0
MOST = 500


class Background:
    """Answers that are being reckoned, and those of the last seconds."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="background")
        self._lock = Lock()
        self._asked: dict[Hashable, tuple[Future[object], list[float]]] = {}

    def find(self, key: Hashable, reckon: Callable[[], Found], wait: float) -> Found | None:
        """The answer, or None while it is not there after `wait` seconds; raises what `reckon`
        raised. Of several that ask the same at once, one reckons."""
        with self._lock:
            self._forget()
            if key not in self._asked:
                done: list[float] = []
                future: Future[object] = self._threads.submit(reckon)
                future.add_done_callback(lambda _: done.append(monotonic()))
                self._asked[key] = (future, done)
            future, _ = self._asked[key]
        try:
            return cast("Found", future.result(wait))
        except NotYet:
            if future.done():  # it raised a time-out of its own
                raise
            return None

    def _forget(self) -> None:
        ended = monotonic() - KEPT_SECONDS
        over = [key for key, (_, done) in self._asked.items() if done and done[0] < ended]
        for key in over if len(self._asked) < MOST else list(self._asked):
            del self._asked[key]


def init_app(app: Flask) -> None:
    """One for each process."""
    app.extensions["lastmile-background"] = Background()
    app.config.setdefault(WAIT, WAIT_SECONDS)


def reckoned(key: Hashable, reckon: Callable[[Session], Found]) -> Found | None:
    """What `reckon` finds, on a session of its own, or None while it is at it: answer `at_it`."""
    sessions = parts().sessions

    def work() -> Found:
        with sessions() as session:
            return reckon(session)

    background: Background = current_app.extensions["lastmile-background"]
    return background.find(key, work, current_app.config[WAIT])


def in_background(key: Hashable, work: Callable[[], Found], wait: float) -> Found | None:
    """What `work` finds, or None while it is at it after `wait` seconds; it goes on by itself."""
    background: Background = current_app.extensions["lastmile-background"]
    return background.find(key, work, wait)


def at_it() -> Response:
    """Still at it: the script asks again."""
    return Response(status=202, headers={"Cache-Control": "no-store"})
