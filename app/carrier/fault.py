"""Faults on demand: what goes wrong, how often, and for how long."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """Something that goes wrong at a carrier."""

    HTTP_429 = "http_429"  # too many requests; not processed
    HTTP_500 = "http_500"  # server error; not processed
    HANG_BEFORE = "hang_before"  # waits, then closes; not processed
    ACCEPT_LATE = "accept_late"  # takes it in `seconds` later, and nobody is there to be answered
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"  # processed in full, but the answer never comes
    DROP_CALLBACKS = "drop_callbacks"
    DOUBLE_CALLBACKS = "double_callbacks"
    LATE_CALLBACKS = "late_callbacks"  # held back by `seconds`
    REORDER_CALLBACKS = "reorder_callbacks"  # a message's last state is told before `sent`
    EARLY_CALLBACKS = "early_callbacks"  # `sent` is told before the create is answered
    ERROR_21610 = "error_21610"  # the recipient turns out to have opted out
    ERROR_21614 = "error_21614"  # the recipient turns out to be no mobile
    FAILED_30001 = "failed_30001"  # queue overflow: fails without ever being sent
    UNDELIVERED_30003 = "undelivered_30003"
    UNDELIVERED_30005 = "undelivered_30005"
    UNDELIVERED_30006 = "undelivered_30006"
    UNDELIVERED_30007 = "undelivered_30007"
    UNDELIVERED_30008 = "undelivered_30008"
    SMTP_421 = "smtp_421"  # closing down; try later
    SMTP_450 = "smtp_450"  # mailbox busy; try later
    SMTP_550 = "smtp_550"  # no such mailbox
    SMTP_DROP_AFTER_ACCEPT = "smtp_drop_after_accept"  # taken, but the 250 never arrives


SECONDS: Mapping[Fault, float] = {
    Fault.HANG_BEFORE: 30.0,
    Fault.ACCEPT_LATE: 180.0,
    Fault.TIMEOUT_AFTER_ACCEPT: 30.0,
    Fault.LATE_CALLBACKS: 5.0,
}
"""How long a fault lasts unless told otherwise."""

DELIVERY_ERRORS: Mapping[Fault, int] = {
    Fault.FAILED_30001: 30001,
    Fault.UNDELIVERED_30003: 30003,
    Fault.UNDELIVERED_30005: 30005,
    Fault.UNDELIVERED_30006: 30006,
    Fault.UNDELIVERED_30007: 30007,
    Fault.UNDELIVERED_30008: 30008,
}

WISHES = frozenset({"probability", "count", "seconds", "sender"})


@dataclass(slots=True)
class Spec:
    """How often a fault strikes: by chance, or each of the next `count` times."""

    probability: float | None = None
    count: int | None = None
    seconds: float = 0.0
    sender: str = ""  # strikes only texts of this one; empty: of anybody
    fired: int = 0

    def as_json(self) -> dict[str, Any]:
        """As the control endpoint shows it; `count` is what remains."""
        return {
            "probability": self.probability,
            "count": self.count,
            "seconds": self.seconds,
            "sender": self.sender,
            "fired": self.fired,
        }


class Faults:
    """The faults now set. Chances are drawn from a seeded stream for each fault."""

    def __init__(self, seed: int) -> None:
        self._chance = {fault: random.Random(f"{seed}:{fault}") for fault in Fault}
        self._specs: dict[Fault, Spec] = {}

    def strike(self, fault: Fault, sender: str = "") -> Spec | None:
        """The fault's spec if it strikes this time, else None. Each question is one draw."""
        spec = self._specs.get(fault)
        if spec is None or spec.sender not in ("", sender):
            return None
        if spec.count is not None:
            if spec.count == 0:
                return None
            spec.count -= 1
        elif self._chance[fault].random() >= (spec.probability or 0.0):
            return None
        spec.fired += 1
        return spec

    def delivery_error(self, sender: str) -> int | None:
        """The error with which the next text of a sender ends, if a fault says so."""
        return next(
            (code for fault, code in DELIVERY_ERRORS.items() if self.strike(fault, sender)), None
        )

    def set(self, wishes: Mapping[str, Any]) -> None:
        """Adds or replaces faults; raises ValueError with what to mend, having changed nothing."""
        self._specs |= {_fault(name): _spec(_fault(name), wish) for name, wish in wishes.items()}

    def clear(self) -> None:
        """All is well again."""
        self._specs.clear()

    def as_json(self) -> dict[str, Any]:
        """Each fault that is set, with how often it has struck."""
        return {fault.value: spec.as_json() for fault, spec in self._specs.items()}


def _fault(name: str) -> Fault:
    try:
        return Fault(name)
    except ValueError:
        known = ", ".join(Fault)
        raise ValueError(f"no fault is called {name!r}; there are {known}") from None


def _spec(fault: Fault, wish: Any) -> Spec:
    if not isinstance(wish, dict) or not wish.keys() <= WISHES:
        raise ValueError(f"{fault}: give an object of probability or count, seconds and sender")
    sender = str(wish.get("sender", ""))
    if sender and fault not in DELIVERY_ERRORS:
        raise ValueError(
            f"{fault} strikes every sender; those of one: {', '.join(DELIVERY_ERRORS)}"
        )
    probability, count = wish.get("probability"), wish.get("count")
    if (probability is None) == (count is None):
        raise ValueError(f"{fault}: give either a probability or a count")
    if count is not None and (not isinstance(count, int) or count < 0):
        raise ValueError(f"{fault}: count is a whole number, zero or more")
    if probability is not None and not 0 <= float(probability) <= 1:
        raise ValueError(f"{fault}: probability lies between 0 and 1")
    return Spec(probability, count, float(wish.get("seconds", SECONDS.get(fault, 0.0))), sender)
