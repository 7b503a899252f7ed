"""Phases for tests, whom they mark and whom they release."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.phase import PhaseDraft, PhaseKind
from app.services import phases
from app.store.engine import Sessions
from tests.factories import NOON
from tests.scene import column

HOUR = timedelta(hours=1)
EAST, CENTRAL, PACIFIC = "America/New_York", "America/Chicago", "America/Los_Angeles"
FOUR_PM = datetime(2026, 11, 3, 21, tzinfo=UTC)
"""4 pm in the East on polling day: the polls of this campaign close there at 7:30 pm."""


def draft(begin: datetime = NOON, end: datetime = NOON + 4 * HOUR, **facts: Any) -> PhaseDraft:
    return PhaseDraft(
        **{"kind": PhaseKind.ROUND, "name": "A round", "starts_at": begin, "ends_at": end, **facts}
    )


def add(sessions: Sessions, wanted: PhaseDraft, now: datetime = NOON - HOUR) -> int:
    return phases.add(sessions, 1, wanted, by=None, now=now)


def marked(sessions: Sessions, phase: int) -> list[int]:
    query = "SELECT voter_id FROM targets WHERE phase_id = :phase ORDER BY voter_id"
    return column(sessions, query, phase=phase)


DEMOCRATS = {"parties": ["DEM"]}
