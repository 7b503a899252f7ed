"""Polling day at a glance: which precincts have gone quiet, and what an organizer does next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUIET = timedelta(minutes=45)
"""A polling place of which nobody has struck anybody for so long while it is open has gone quiet:
at the slowest hour a precinct of a thousand voters has somebody every few minutes (custom)."""
SOON = timedelta(hours=12)
"""So long before the polls open, rounds and watchers should stand."""


def is_quiet(
    last_at: datetime | None, opens_at: datetime, closes_at: datetime, now: datetime
) -> bool:
    """Whether a watched polling place that is open has not reported for QUIET."""
    if not opens_at <= now < closes_at:
        return False
    return now - max(last_at or opens_at, opens_at) > QUIET


@dataclass(frozen=True)
class Facts:
    """What the next steps follow from; all counts are of now."""

    now: datetime
    opens_at: datetime  # of the first polls
    closes_at: datetime  # of the last polls
    rounds: int
    rides_late: int
    rides_without_driver: int
    problems_open: int
    precincts_watched: int
    precincts_quiet: int
    says_stay: bool  # whether texts at the close are on


@dataclass(frozen=True)
class Step:
    """Something to be done, by its code, and how many things it is about."""

    code: str
    count: int = 0


def next_steps(facts: Facts) -> list[Step]:
    """What an organizer does next, the most urgent first; empty when nothing waits."""
    if facts.now >= facts.closes_at:
        return [Step("report")]
    open_ = facts.opens_at <= facts.now
    steps = [
        Step("rides_late", facts.rides_late),
        Step("problems", facts.problems_open),
        Step("quiet", facts.precincts_quiet),
        Step("drivers", facts.rides_without_driver),
    ]
    found = [step for step in steps if step.count]
    if facts.now >= facts.opens_at - SOON or open_:
        if not facts.rounds:
            found.append(Step("rounds"))
        if not facts.precincts_watched:
            found.append(Step("watchers"))
    if not facts.says_stay:
        found.append(Step("stay"))
    return found
