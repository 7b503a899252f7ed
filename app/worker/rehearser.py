"""Rehearsals in a process of their own beside the worker, so that texts never wait for one.

The worker claims a rehearsal and starts `lastmile rehearse-run`, which keeps the claim alive by
itself, on its own copy of the campaign.
"""

import os
import subprocess
import sys
from itertools import count

import structlog

from app.services.rehearsals import claim
from app.wiring import Parts

log = structlog.get_logger()

GRACE_SECONDS = 10


class Rehearser:
    """The rehearsal that this worker has under way, if any."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name
        self._numbers = count(1)
        self._child: subprocess.Popen[bytes] | None = None

    def tend(self) -> bool:
        """Start the next rehearsal unless one runs; whether one was started."""
        if self._child is not None and self._child.poll() is None:
            return False
        self._child = None
        clock = self._parts.clock
        holder = f"{self._name}/rehearsal {next(self._numbers)}"
        claimed = claim(self._parts.sessions, holder, now=clock.now(), wall=clock.wall())
        if claimed is None:
            return False
        command = [sys.executable, "-m", "app.cli", "rehearse-run", str(claimed.id), holder]
        url = self._parts.engine.url.render_as_string(hide_password=False)
        environment = {**os.environ, "DATABASE_URL": url.replace("+psycopg", "", 1)}
        self._child = subprocess.Popen(command, env=environment)
        log.info("rehearsal started", rehearsal=claimed.id)
        return True

    def end(self) -> None:
        """Stop the rehearsal with its worker; another worker plays it from the start."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
