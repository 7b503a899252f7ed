"""The web process's courier: carries codes while the page is answered already.

Whoever asks for a code is answered at once, account or not: the time that a carrier takes would
tell the two apart. What the courier carries and this process loses at its end is asked for again.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

import structlog

from app.domain.channel import Channel
from app.services.sign_in_codes import Sent

log = structlog.get_logger()

AT_ONCE = 4
MOST = 60
"""Codes that wait or are on their way; a whole room that signs in at once fits."""
SAID_FOR = timedelta(minutes=10)
"""So long after a failure the pages say that there is trouble; a code that went out ends it."""
NO_WAY = frozenset({Sent.FAILED, Sent.NO_SENDER})


class Courier:
    """Carries a few codes at a time, and remembers whether the last of each channel went out."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier")
        self._room = BoundedSemaphore(MOST)
        self._lock = Lock()
        self._going: set[Future[None]] = set()
        self._failed_at: dict[Channel, datetime] = {}

    def carry(self, channel: Channel, send: Callable[[], Sent], wall: datetime) -> None:
        """Do `send` soon, in another thread; with too much on its way, not at all."""
        if not self._room.acquire(blocking=False):
            log.warning("sign-in code not sent", by=channel.value, why="too many at once")
            self._failed_at[channel] = wall
            return
        going = self._threads.submit(self._deliver, channel, send, wall)
        with self._lock:
            self._going.add(going)
        going.add_done_callback(self._arrived)

    def trouble(self, channel: Channel, wall: datetime) -> bool:
        """Whether the last code of this channel, whosever it was, did not go out lately."""
        failed_at = self._failed_at.get(channel)
        return failed_at is not None and wall < failed_at + SAID_FOR

    def wait(self) -> None:
        """Wait until everything that was handed over has gone."""
        with self._lock:
            going = list(self._going)
        for one in going:
            one.result()

    def _deliver(self, channel: Channel, send: Callable[[], Sent], wall: datetime) -> None:
        try:
            said = send()
        except Exception as error:
            log.warning("sign-in code not sent", by=channel.value, why=type(error).__name__)
            said = Sent.FAILED
        if said in NO_WAY:
            self._failed_at[channel] = wall
        elif said is Sent.SENT:
            self._failed_at.pop(channel, None)

    def _arrived(self, done: Future[None]) -> None:
        self._room.release()
        with self._lock:
            self._going.discard(done)
