"""How much of a plan is due by now, and how far ahead of the senders it may be released."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

HOUR = timedelta(hours=1)
AHEAD = timedelta(minutes=15)
"""No more is ready than the senders send in this time: whoever votes or says STOP meanwhile is not
texted in vain, the order stays fresh, and a worker that starts has work at once (custom)."""
POOL = timedelta(minutes=10)
"""So much work for every caller is kept ready, so that nobody waits for a release (custom)."""


class Step(StrEnum):
    """What is done when a pool has run dry, in this order; the next pass needs no step."""

    NEARER = "shorter spacing"
    RESERVE = "reserve universe"
    FALLOVER = "another channel"
    NOBODY = "nobody left"  # everyone who may be reached has been


def wanted_by(hours: Mapping[datetime, int], now: datetime) -> int:
    """How many attempts the plan wanted released by `now`; within an hour in even steps."""
    total = 0
    for hour, planned in hours.items():
        if hour + HOUR <= now:
            total += planned
        elif hour <= now:
            total += int(planned * ((now - hour) / HOUR))
    return total


@dataclass(frozen=True)
class Reach:
    """Places whose people can be reached in time, and how many touches may be released for them."""

    places: frozenset[str] = frozenset()
    number: int = 0


def reach(pace: float, waiting: int, until: Mapping[str, datetime], now: datetime) -> Reach:
    """What senders of this pace (touches a second) reach, with so many touches before them.

    `until` says when each open place closes. A place that closes before the senders come to a new
    touch is left out; the rest gets no more than goes out before the first of them closes.
    """
    if pace <= 0:
        return Reach()
    delay = timedelta(seconds=waiting / pace)
    places = {place: closes for place, closes in until.items() if closes - now > delay}
    if not places:
        return Reach()
    span = min(AHEAD, min(places.values()) - now)
    room = int(span.total_seconds() * pace) - waiting
    # At a slow pace one at a time, or nothing would ever go out.
    return Reach(frozenset(places), max(room, 0 if waiting else 1))


def pool_size(callers: int, dials_per_hour: float) -> int:
    """How many calls are kept ready for so many callers."""
    return ceil(callers * dials_per_hour * (POOL / HOUR) - 1e-9)
