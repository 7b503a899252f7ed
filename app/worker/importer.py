"""Imports in a process of their own beside the worker, so that texts never wait for a file.

The worker claims a run and starts `lastmile import-run`, which keeps the claim alive by itself. If
that process dies, or the machine does, the lease ends and any worker starts over.
"""

import structlog

from app.services.import_runs import take, tidy
from app.wiring import Parts
from app.worker.child import Child

log = structlog.get_logger()


class Importer:
    """The import that this worker has under way, if any."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._child = parts, Child(parts, f"{name}/")

    def tend(self) -> bool:
        """Start the next import unless one runs; whether one was started."""
        if self._child.runs:
            return False
        clock, uploads = self._parts.clock, self._parts.settings.uploads
        worker = self._child.next_name()
        claimed = take(self._parts.engine, uploads, worker, at=clock.now(), wall=clock.wall())
        if claimed is None:
            return False
        self._child.start("import-run", str(claimed.id), worker)
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
        self._child.end()
