"""Chance: which faults strike when, all drawn from one seed, and how often they did."""

from collections.abc import Collection, Mapping
from datetime import datetime
from random import Random

from app.domain.rehearsal import Fault

AT_STEP: Mapping[Fault, float] = {
    # By boundary of a worker's transactions and messages; there are thousands in a week.
    Fault.KILL: 0.004,
    Fault.HANG: 0.004,
    Fault.FREEZE: 0.0008,
    Fault.DATABASE_LOST: 0.003,
    Fault.SERIALIZATION: 0.006,
    # By message.
    Fault.TOO_MANY: 0.03,
    Fault.SERVER_ERROR: 0.02,
    Fault.TIMEOUT_BEFORE: 0.01,
    Fault.TIMEOUT_AFTER: 0.02,
    Fault.ACCEPTED_LATE: 0.01,
    Fault.OPT_OUT: 0.01,
    Fault.BALLOT: 0.01,
    # By callback.
    Fault.CALLBACK_LOST: 0.03,
    Fault.CALLBACK_DOUBLED: 0.05,
    Fault.CALLBACK_LATE: 0.04,
    Fault.CALLBACK_REORDERED: 0.05,
    # By shift.
    Fault.NO_SHOW: 0.3,
    # By worker.
    Fault.CLOCK_OFF: 0.5,
}
"""The chance that a fault strikes where it may; a rehearsal may multiply them all."""

TIMES_A_WEEK: Mapping[Fault, float] = {
    Fault.DEPLOY: 3,
    Fault.CARRIER_DOWN: 2,
    Fault.CARRIER_SLOW: 2,
    Fault.SENDER_DEAD: 0.7,
    Fault.PAUSE: 0.7,
}
"""How often, on average, those come that are no matter of a single step."""


class Chance:
    """The seeded draws of a rehearsal. A fault has a stream of its own, so that leaving one out
    changes as little as possible of the others."""

    def __init__(self, seed: int, faults: Collection[Fault], factor: float = 1.0) -> None:
        self.seed = seed
        self.faults = frozenset(faults)
        self.factor = factor
        self.quiet = False  # once true, nothing strikes any more
        self.struck: dict[Fault, list[datetime]] = {fault: [] for fault in Fault}
        self._streams = {fault: Random(f"{seed}:{fault}") for fault in Fault}
        self._others: dict[str, Random] = {}

    def stream(self, name: str) -> Random:
        """A stream of draws for something other than a fault."""
        if name not in self._others:  # to seed one costs more than a hundred draws
            self._others[name] = Random(f"{self.seed}:{name}")
        return self._others[name]

    def strikes(self, fault: Fault, now: datetime) -> bool:
        """Whether the fault strikes here and now; noted when it does."""
        if fault not in self.faults or self.quiet:
            return False
        if self._streams[fault].random() >= AT_STEP[fault] * self.factor:
            return False
        self.note(fault, now)
        return True

    def note(self, fault: Fault, now: datetime) -> None:
        """Notes that a fault struck."""
        self.struck[fault].append(now)

    def between(self, fault: Fault, low: float, high: float) -> float:
        """A number between the two, of the fault's stream."""
        return self._streams[fault].uniform(low, high)
