"""The workers as pages show them: which run, what each does, and how long it has been silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.store import board

SILENT_SECONDS = 30
GONE = timedelta(hours=1)
"""Workers that were silent for longer are not shown."""


@dataclass(frozen=True)
class Beat:
    """A worker and how long it has been silent, in machine time."""

    name: str
    doing: str
    silent: timedelta
    doing_for: timedelta = timedelta()

    @property
    def alive(self) -> bool:
        """Whether its last sign of life is recent."""
        return self.silent.total_seconds() <= SILENT_SECONDS


def beats(session: Session, wall: datetime) -> list[Beat]:
    """The workers that run or fell silent within the last hour."""
    rows = board.workers(session, wall - GONE)
    return [
        Beat(
            row.name,
            row.doing,
            max(wall - row.beat_at, timedelta()),
            wall - row.doing_since if row.doing_since else timedelta(),
        )
        for row in rows
    ]
