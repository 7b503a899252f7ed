"""A voter's problem on polling day: what kinds there are, and its life as a table."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class ProblemKind(StrEnum):
    """What goes wrong, the gravest first; stored by value."""

    THREATS = "threats"  # somebody is kept from voting by fear
    TURNED_AWAY = "turned_away"
    MACHINES = "machines"  # machines or ballots fail
    WRONG_PLACE = "wrong_place"
    LONG_LINE = "long_line"
    ASKS = "asks"  # wants to hear from an organizer
    OTHER = "other"


GRAVITY: Mapping[ProblemKind, int] = {kind: number for number, kind in enumerate(ProblemKind)}
"""The order in which open problems stand: who is kept from voting comes first."""


class ProblemState(StrEnum):
    """Where a problem stands; stored by value."""

    OPEN = "open"  # nobody sees to it
    TAKEN = "taken"  # somebody does
    SOLVED = "solved"


S = ProblemState

MOVES: Mapping[ProblemState, frozenset[ProblemState]] = {
    S.OPEN: frozenset({S.TAKEN, S.SOLVED}),
    S.TAKEN: frozenset({S.OPEN, S.SOLVED}),
    S.SOLVED: frozenset({S.OPEN}),
}
STILL = frozenset({S.OPEN, S.TAKEN})
"""States in which something is still to be done."""


class ImpossibleMove(Exception):
    """A problem was asked to move where its life does not lead."""


def move(current: ProblemState, onward: ProblemState) -> ProblemState:
    """`onward`, if a problem in `current` may move there; raises ImpossibleMove otherwise."""
    if onward not in MOVES[current]:
        raise ImpossibleMove(f"a problem cannot move from {current} to {onward}")
    return onward


def same_place(precinct: str, place: str) -> str:
    """What reports of one polling place have in common; empty where none was named."""
    if precinct.strip():
        return f"precinct:{' '.join(precinct.split()).casefold()}"
    if place.strip():
        return f"place:{' '.join(place.split()).casefold()}"
    return ""


def gravest(kinds: Iterable[ProblemKind]) -> ProblemKind:
    """The one of these that comes first."""
    return min(kinds, key=GRAVITY.__getitem__)
