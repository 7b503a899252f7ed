"""Throughput: what senders carry, and when what is due at set times will have gone out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from app.domain.blast import Stretch
from app.domain.local import DAY
from app.domain.sender import Standing

LATE = timedelta(minutes=1)
"""So much later than the end of its spread is as good as in time."""
CLOSE_ENOUGH = 0.5
"""Of a segment: what is less than that was lost in reckoning with fractions."""


@dataclass(frozen=True)
class Load:
    """So many segments or mails, due over a stretch."""

    stretch: Stretch
    amount: int


@dataclass(frozen=True)
class Outlook:
    """What becomes of a load: when the last of it has gone out, and how much never does."""

    finishes_at: datetime | None  # None: nothing of it goes out
    unsent: int


class Verdict(StrEnum):
    """Whether a load can be carried."""

    FITS = "fits"
    WARNED = "warned"  # all of it goes out, but after the end of its spread
    REFUSED = "refused"  # some of it never does, for its time is over first


def verdict(load: Load, found: Outlook) -> Verdict:
    """What to say of a load whose outlook is this."""
    if found.unsent:
        return Verdict.REFUSED
    spread = load.stretch.ends_at > load.stretch.starts_at
    late = found.finishes_at is not None and found.finishes_at > load.stretch.ends_at + LATE
    return Verdict.WARNED if spread and late else Verdict.FITS


class _Senders:
    """Senders together, and what is left of their days."""

    def __init__(self, senders: Sequence[Standing]) -> None:
        self.senders = senders
        self.left: dict[tuple[int, date], float] = {}

    def room(self, begin: datetime, end: datetime) -> list[float]:
        """What each carries from begin to end, which lie on one day."""
        seconds, day = (end - begin).total_seconds(), begin.date()
        return [
            min(one.pace * seconds, self.left.setdefault((number, day), one.left_of_day(begin)))
            for number, one in enumerate(self.senders)
        ]

    def use(self, day: date, room: Sequence[float], amount: float) -> None:
        """Takes an amount that fits into the room, from each its part."""
        whole = sum(room)
        for number, part in enumerate(room if whole else ()):
            self.left[number, day] -= amount * part / whole


def outlook(loads: Sequence[Load], carriers: Sequence[Standing], now: datetime) -> list[Outlook]:
    """What becomes of each load from `now` on, if the senders carry nothing else.

    What must be done first goes first. Between two instants at which something begins or ends all
    is linear, so the answer is exact but for whole numbers; a day's limit counts as reached
    evenly.
    """
    order = sorted(range(len(loads)), key=lambda one: loads[one].stretch.last_at)
    sent = [0.0] * len(loads)
    finished: list[datetime | None] = [None] * len(loads)
    senders = _Senders(carriers)
    edges = _edges(loads, now)
    for begin, end in pairwise(edges):
        room = senders.room(begin, end)
        whole = left = sum(room)
        for number in order:
            load = loads[number]
            if not load.stretch.is_open(begin) or sent[number] >= load.amount:
                continue
            due = load.amount * load.stretch.share_due(end)
            some = min(due - sent[number], left)
            if some <= 0:
                continue
            sent[number] += some
            left -= some
            steady = load.stretch.share_due(begin) < load.stretch.share_due(end)
            used = (whole - left) / whole
            finished[number] = end if steady else begin + (end - begin) * used
        senders.use(begin.date(), room, whole - left)
    return [
        Outlook(finished[number], _unsent(load.amount, sent[number]))
        for number, load in enumerate(loads)
    ]


def _unsent(amount: int, sent: float) -> int:
    missing = amount - sent
    return 0 if missing < CLOSE_ENOUGH else max(round(missing), 1)


def _edges(loads: Sequence[Load], now: datetime) -> list[datetime]:
    """The instants from now on between which all is linear, in UTC."""
    stretches = [load.stretch for load in loads]
    found = {now.astimezone(UTC)}
    for one in stretches:
        found |= {one.starts_at, one.ends_at, one.last_at}
        found |= {edge for interval in one.open for edge in interval}
    edges = sorted(edge.astimezone(UTC) for edge in found if edge >= now)
    return sorted({*edges, *_midnights(edges)})


def _midnights(edges: Sequence[datetime]) -> Iterable[datetime]:
    if not edges:
        return
    midnight = datetime.combine(edges[0].date(), time.min, UTC) + DAY
    while midnight < edges[-1]:
        yield midnight
        midnight += DAY
