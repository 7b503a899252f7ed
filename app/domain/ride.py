"""A ride to the polls: its life as a table, which car can take it, and which one comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum


class RideState(StrEnum):
    """Where a ride stands; stored by value."""

    ASKED = "asked"  # nobody drives it yet
    TAKEN = "taken"  # somebody is to drive it
    ON_WAY = "on_way"  # the driver has set off
    DONE = "done"
    CANCELED = "canceled"


S = RideState

MOVES: Mapping[RideState, frozenset[RideState]] = {
    S.ASKED: frozenset({S.TAKEN, S.CANCELED}),
    S.TAKEN: frozenset({S.ASKED, S.ON_WAY, S.DONE, S.CANCELED}),
    S.ON_WAY: frozenset({S.ASKED, S.TAKEN, S.DONE, S.CANCELED}),
    S.DONE: frozenset(),
    S.CANCELED: frozenset(),
}
OPEN = frozenset({S.ASKED, S.TAKEN, S.ON_WAY})
"""States in which somebody still waits."""

NEAR = timedelta(minutes=30)
"""A ride that is wanted within this time and has not set off is marked: the way to the voter and
from there to the polls takes about as long (custom)."""
LAST_CALL = timedelta(minutes=90)
"""So long before the close every ride that has not set off is marked, wanted then or not (custom).
"""
SEATS = 4
"""Of a car about which nobody said anything: five seats, of which one is the driver's."""
MOST_RIDERS = 50
"""A bus."""

WHEELCHAIR = "wheelchair"
CHILD_SEAT = "child_seat"
HELP = "help"
NEEDS = (WHEELCHAIR, CHILD_SEAT, HELP)
"""What a rider may need; stored with commas between. `help` is a hand to the car and back."""


class ImpossibleMove(Exception):
    """A ride was asked to move where its life does not lead."""


def move(current: RideState, onward: RideState) -> RideState:
    """`onward`, if a ride in `current` may move there; raises ImpossibleMove otherwise."""
    if onward not in MOVES[current]:
        raise ImpossibleMove(f"a ride cannot move from {current} to {onward}")
    return onward


@dataclass(frozen=True)
class Car:
    """What a driver can take at a time, and when they drive, on the campaign's clock."""

    seats: int = SEATS
    wheelchair: bool = False
    drives_from: time | None = None  # empty: from the opening on
    drives_until: time | None = None  # empty: until the close


def misfit(car: Car, riders: int, needs: str, wanted: time | None = None) -> str:
    """Why a car cannot take a ride that is wanted at a time, or at any: `seats`, `wheelchair`,
    `hours`, or empty when it can."""
    if riders > car.seats:
        return "seats"
    if WHEELCHAIR in needs.split(",") and not car.wheelchair:
        return "wheelchair"
    if wanted is None:
        return ""
    too_early = car.drives_from is not None and wanted < car.drives_from
    too_late = car.drives_until is not None and wanted > car.drives_until
    return "hours" if too_early or too_late else ""


def is_late(
    state: RideState, wanted_at: datetime | None, closes_at: datetime | None, now: datetime
) -> bool:
    """Whether somebody should look at a ride now: it is wanted soon or should have been there, or
    the polls close soon, and nobody is on the way. After the close nobody can help any more."""
    if state not in (S.ASKED, S.TAKEN) or (closes_at is not None and closes_at <= now):
        return False
    if wanted_at is not None and wanted_at - NEAR <= now:
        return True
    return closes_at is not None and closes_at - LAST_CALL <= now
