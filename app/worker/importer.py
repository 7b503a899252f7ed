"""Imports in a process of their own beside the worker, so that texts never wait for a file.

The worker claims a run and starts `lastmile import-run`, which keeps the claim alive by itself. If
that process dies, or the machine does, the lease ends and any worker starts over.
"""

import os
import subprocess
import sys
from itertools import count

import structlog

from app.services.import_runs import take, tidy
from app.wiring import Parts

log = structlog.get_logger()

GRACE_SECONDS = 10


class Importer:
    """The import that this worker has under way, if any."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._name = parts, name
        self._numbers = count(1)
        self._child: subprocess.Popen[bytes] | None = None

    def tend(self) -> bool:
        """Start the next import unless one runs; whether one was started."""
        if self._child is not None and self._child.poll() is None:
            return False
        self._child = None
        clock, uploads = self._parts.clock, self._parts.settings.uploads
        worker = f"{self._name}/{next(self._numbers)}"
        claimed = take(self._parts.engine, uploads, worker, at=clock.now(), wall=clock.wall())
        if claimed is None:
            return False
        command = [sys.executable, "-m", "app.cli", "import-run", str(claimed.id), worker]
        url = self._parts.engine.url.render_as_string(hide_password=False)
        environment = {**os.environ, "DATABASE_URL": url.replace("+psycopg", "", 1)}
        self._child = subprocess.Popen(command, env=environment)
        log.info("import started", run=claimed.id)
        return True

    def tidy(self) -> int:
        """Delete uploads that nobody wants any more."""
        clock = self._parts.clock
        return tidy(
            self._parts.sessions,
            self._parts.settings.uploads,
            at=clock.now(),
            wall=clock.wall(),
        )

    def end(self) -> None:
        """Stop the import with its worker; nothing of it is stored, another worker starts over."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
