"""A rehearsal: what is made to go wrong, and what is told afterward."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Fault(StrEnum):
    """Something that goes wrong in a rehearsal; the command line takes these names."""

    KILL = "kill"  # a worker dies between two of its steps
    HANG = "hang"  # a worker stands still for a time, then goes on as if nothing had been
    FREEZE = "freeze"  # a worker stands still for good
    DEPLOY = "deploy"  # all workers are told to end, and others start
    CARRIER_DOWN = "carrier_down"  # nothing connects for some minutes
    CARRIER_SLOW = "carrier_slow"  # answers take longer than the time-out
    TOO_MANY = "too_many"  # 429: not processed
    SERVER_ERROR = "server_error"  # 5xx, processed or not
    TIMEOUT_BEFORE = "timeout_before"  # no answer, and it did not go out
    TIMEOUT_AFTER = "timeout_after"  # no answer, and it did go out
    ACCEPTED_LATE = "accepted_late"  # no answer, and the carrier takes it in minutes later
    SENDER_DEAD = "sender_dead"  # one sender refuses everything
    CALLBACK_LOST = "callback_lost"
    CALLBACK_DOUBLED = "callback_doubled"
    CALLBACK_LATE = "callback_late"
    CALLBACK_REORDERED = "callback_reordered"
    DATABASE_LOST = "database_lost"  # the connection breaks, before or after the commit
    SERIALIZATION = "serialization"  # the database gives a transaction up
    CLOCK_OFF = "clock_off"  # a worker's own clock is minutes off
    OPT_OUT = "opt_out"  # a voter opts out while a message is on its way
    BALLOT = "ballot"  # a ballot comes in while a message is on its way
    NO_SHOW = "no_show"  # a shift that nobody comes to
    PAUSE = "pause"  # an organizer pauses the campaign and forgets it


class Promise(IntEnum):
    """The promises that a rehearsal checks, by their numbers."""

    NEVER_SILENT = 1
    IN_BOUNDS = 2
    NEVER_TWICE = 3
    NEVER_LOST = 4
    NEVER_IDLE = 5
    STRUCK_AT_ONCE = 6
    MONEY_LASTS = 7
    PLAN_IS_TRUE = 8


PROMISES: Mapping[Promise, str] = {
    Promise.NEVER_SILENT: "Never silent",
    Promise.IN_BOUNDS: "Never out of bounds",
    Promise.NEVER_TWICE: "Never twice",
    Promise.NEVER_LOST: "Never lost",
    Promise.NEVER_IDLE: "Never idle",
    Promise.STRUCK_AT_ONCE: "Struck at once",
    Promise.MONEY_LASTS: "The money lasts",
    Promise.PLAN_IS_TRUE: "The plan tells the truth",
}


@dataclass(frozen=True)
class Verdict:
    """Whether a promise was kept. `measured` is its figure in words; `story` tells of the first
    time that it was broken, one sentence a line; empty when it was kept."""

    promise: Promise
    kept: bool
    measured: str
    broken: int = 0  # how many times
    story: Sequence[str] = ()


@dataclass(frozen=True)
class Hour:
    """One hour of the week, by channel's name: what was planned and what was attempted."""

    at: datetime
    opened: bool  # some channel was open for somebody
    planned: Mapping[str, int]
    done: Mapping[str, int]
    silent_seconds: int  # of the hour, more than the limit without an attempt though one was due


@dataclass(frozen=True)
class Injected:
    """How often a fault struck, and what broken promises are laid to it: the promise broken next
    after it, within ten minutes."""

    fault: Fault
    times: int
    lost: int = 0
    doubled: int = 0
    out_of_bounds: int = 0
    longest_silence: int = 0  # seconds, of those that began while or within ten minutes after it


@dataclass(frozen=True)
class Outcome:
    """All that a rehearsal found."""

    campaign: str
    seed: int
    workers: int
    starts_at: datetime
    ends_at: datetime
    voters: int
    share: float  # of the campaign's voters that took part, 0 to 1
    verdicts: Sequence[Verdict]
    hours: Sequence[Hour]
    faults: Sequence[Injected]
    attempts: Mapping[str, int]  # by channel
    incidents: int  # that the lookout opened
    spent: str  # money, as text
    budget: str
    trace: str  # a digest of all that happened in its order: the same seed, the same trace
    seconds: float = 0.0  # that the rehearsal took
    zone: str = "UTC"  # the campaign's clock, for the strip
    notes: Sequence[str] = field(default_factory=tuple)  # what the rehearsal left out, in sentences

    @property
    def kept(self) -> bool:
        """Whether every promise was kept."""
        return all(verdict.kept for verdict in self.verdicts)

    def as_json(self) -> dict[str, Any]:
        """As it is stored in a rehearsal's report."""
        return {
            **asdict(self),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "hours": [{**asdict(hour), "at": hour.at.isoformat()} for hour in self.hours],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Outcome":
        """The outcome that `as_json` wrote."""
        return cls(
            **{
                **stored,
                "starts_at": datetime.fromisoformat(stored["starts_at"]),
                "ends_at": datetime.fromisoformat(stored["ends_at"]),
                "verdicts": [
                    Verdict(**{**one, "promise": Promise(one["promise"])})
                    for one in stored["verdicts"]
                ],
                "hours": [
                    Hour(**{**one, "at": datetime.fromisoformat(one["at"])})
                    for one in stored["hours"]
                ],
                "faults": [
                    Injected(**{**one, "fault": Fault(one["fault"])}) for one in stored["faults"]
                ],
            }
        )
