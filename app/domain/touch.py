"""The life of a touch and of an attempt, as tables: state to the states it may move to."""

from collections.abc import Mapping
from enum import StrEnum


class TouchState(StrEnum):
    """Where a touch stands; stored by value."""

    READY = "ready"  # released by the pacer, waiting for its time
    CLAIMED = "claimed"  # a worker or a volunteer holds it under a lease
    ATTEMPTING = "attempting"  # the attempt is committed, the network not yet answered
    ACCEPTED = "accepted"  # the carrier has taken it, delivery not yet known
    UNKNOWN = "unknown"  # time-out or crash: it may or may not have gone out
    DELIVERED = "delivered"  # the carrier says it arrived; for mail: the relay took it
    UNDELIVERED = "undelivered"  # the carrier gave up, or never said what became of it
    FAILED = "failed"  # refused for good
    DONE = "done"  # a volunteer recorded a disposition that ends it
    SKIPPED = "skipped"  # a rule forbids it for good
    EXPIRED = "expired"  # its time ran out before it could go
    CANCELED = "canceled"  # the voter voted or an organizer withdrew it


S = TouchState

MOVES: Mapping[TouchState, frozenset[TouchState]] = {
    S.READY: frozenset({S.CLAIMED, S.SKIPPED, S.EXPIRED, S.CANCELED}),
    S.CLAIMED: frozenset({S.ATTEMPTING, S.READY, S.DONE, S.SKIPPED, S.EXPIRED, S.CANCELED}),
    S.ATTEMPTING: frozenset(
        {S.ACCEPTED, S.DELIVERED, S.UNDELIVERED, S.FAILED, S.READY, S.UNKNOWN, S.DONE}
    ),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.DELIVERED, S.UNDELIVERED, S.FAILED, S.READY, S.CANCELED}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.UNDELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.UNDELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.DONE: frozenset(),
    S.SKIPPED: frozenset(),
    S.EXPIRED: frozenset(),
    S.CANCELED: frozenset(),
}

OPEN = frozenset({S.READY, S.CLAIMED, S.ATTEMPTING, S.UNKNOWN})
"""States in which something may still go out for this touch."""

PENDING = frozenset({S.READY, S.CLAIMED})
"""States in which nothing has gone out yet, so that it can still be stopped."""

TERMINAL = frozenset(state for state, onward in MOVES.items() if not onward)


class ImpossibleMove(Exception):
    """A touch was asked to move where its life does not lead."""


def move(current: TouchState, onward: TouchState) -> TouchState:
    """`onward`, if a touch in `current` may move there; raises ImpossibleMove otherwise."""
    if onward not in MOVES[current]:
        raise ImpossibleMove(f"a touch cannot move from {current} to {onward}")
    return onward


class AttemptState(StrEnum):
    """What is known of one attempt; stored by value. Later members outrank earlier ones."""

    ATTEMPTING = "attempting"  # committed before the network was touched
    UNKNOWN = "unknown"  # no answer; a callback or the carrier's list will tell
    ABSENT = "absent"  # proved never to have reached the carrier
    UNSURE = "unsure"  # it may have arrived, and nobody can be asked: it counts, as if it had
    ACCEPTED = "accepted"  # queued at the carrier
    SENT = "sent"  # handed on by the carrier
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    DONE = "done"  # a call with its disposition


RANK: Mapping[AttemptState, int] = {
    AttemptState.ATTEMPTING: 0,
    AttemptState.UNKNOWN: 0,
    AttemptState.ABSENT: 0,
    AttemptState.UNSURE: 0,
    AttemptState.ACCEPTED: 1,
    AttemptState.SENT: 2,
    AttemptState.DELIVERED: 3,
    AttemptState.UNDELIVERED: 3,
    AttemptState.FAILED: 3,
    AttemptState.DONE: 3,
}
"""The order of meaning: a callback may only raise an attempt's rank, never lower it."""

CARRIER_STATES: Mapping[str, AttemptState] = {
    "queued": AttemptState.ACCEPTED,
    "accepted": AttemptState.ACCEPTED,
    "scheduled": AttemptState.ACCEPTED,
    "sending": AttemptState.ACCEPTED,
    "sent": AttemptState.SENT,
    "delivered": AttemptState.DELIVERED,
    "read": AttemptState.DELIVERED,
    "undelivered": AttemptState.UNDELIVERED,
    "failed": AttemptState.FAILED,
    "canceled": AttemptState.FAILED,
}
"""Twilio's MessageStatus to ours."""

TOUCH_OF_ATTEMPT: Mapping[AttemptState, TouchState] = {
    AttemptState.UNKNOWN: S.UNKNOWN,
    AttemptState.ACCEPTED: S.ACCEPTED,
    AttemptState.SENT: S.ACCEPTED,
    AttemptState.DELIVERED: S.DELIVERED,
    AttemptState.UNDELIVERED: S.UNDELIVERED,
    AttemptState.FAILED: S.FAILED,
    AttemptState.DONE: S.DONE,
}


def outranks(news: AttemptState, known: AttemptState) -> bool:
    """Whether `news` says more than what is `known`, so that it is to be applied."""
    return RANK[news] > RANK[known]
