"""Rehearsals in a process of their own beside the worker, so that texts never wait for one.

The worker claims a rehearsal and starts `lastmile rehearse-run`, which keeps the claim alive by
itself, on its own copy of the campaign.
"""

import structlog

from app.services.rehearsals import claim
from app.wiring import Parts
from app.worker.child import Child

log = structlog.get_logger()


class Rehearser:
    """The rehearsal that this worker has under way, if any."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._parts, self._child = parts, Child(parts, f"{name}/rehearsal ")

    def tend(self) -> bool:
        """Start the next rehearsal unless one runs; whether one was started."""
        if self._child.runs:
            return False
        clock, holder = self._parts.clock, self._child.next_name()
        claimed = claim(self._parts.sessions, holder, now=clock.now(), wall=clock.wall())
        if claimed is None:
            return False
        self._child.start("rehearse-run", str(claimed.id), holder)
        log.info("rehearsal started", rehearsal=claimed.id)
        return True

    def end(self) -> None:
        """Stop the rehearsal with its worker; another worker plays it from the start."""
        self._child.end()
