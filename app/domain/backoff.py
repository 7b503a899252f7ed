"""Back-off: how long a sender rests after "slow down", and when a try is made again."""

from datetime import timedelta
from uuid import UUID

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 900.0

AGAIN_AFTER = timedelta(hours=2)
"""Campaign time after which what failed for a passing reason is tried again: a phone that was off
or out of reach, a queue that was full."""
SOON = timedelta(minutes=15)
"""The same for what was promised for a time and cannot wait for so long."""


def rest_seconds(slow_downs: int, of: UUID) -> float:
    """Machine seconds of rest after so many slow-downs in a row: 1, 2, 4 … 60, less up to a half.

    What is taken off comes from the id of the attempt that was slowed: several workers that hit the
    same limit do not all come back at once, and the same attempt gives the same rest.
    """
    if slow_downs <= 0:
        return 0.0
    whole = min(FIRST_SECONDS * 2.0 ** min(slow_downs - 1, 16), LONGEST_SECONDS)
    return whole * (1 - _fraction(of) / 2)


def again_seconds(first: float, tries: int, of: UUID) -> float:
    """Machine seconds until a touch is tried again after its try number `tries` was put off: the
    first wait, doubled with each try up to a quarter of an hour, less up to a half."""
    whole = min(first * 2.0 ** min(max(tries - 1, 0), 16), LONGEST_WAIT_SECONDS)
    return max(whole, 0.0) * (1 - _fraction(of) / 2)


def slow_downs_after(before: int, *, slowed: bool, accepted: bool) -> int:
    """Slow-downs in a row after a batch. What was accepted of it ends the row that was; if some of
    the same batch was slowed, another begins."""
    if slowed:
        return 1 if accepted else before + 1
    return 0 if accepted else before


def _fraction(of: UUID) -> float:
    """0 to below 1, from the id's last bits, which are random in every version that is in use."""
    return (of.int & 0xFFFFFFFF) / 2.0**32
