"""Seconds that go on while a process or its machine sleeps, for what must not leave late."""

import time

_STEADY = getattr(time, "CLOCK_BOOTTIME", None)  # CLOCK_MONOTONIC stands still in a sleep on Linux


class TooLate(Exception):
    """The moment until which a message might leave has passed; nothing of it has left."""


def seconds_passed() -> float:
    """A count of seconds that never goes back; only differences mean anything."""
    return time.monotonic() if _STEADY is None else time.clock_gettime(_STEADY)
