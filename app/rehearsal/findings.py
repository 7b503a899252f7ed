"""Findings: what a played week, or a part of one, leaves once its copy is gone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine, text

from app.domain.channel import Channel
from app.domain.pace import HOUR
from app.domain.rehearsal import Hour, Injected, Promise
from app.rehearsal.copy import Copy
from app.rehearsal.looks import any_open
from app.rehearsal.plan_kept import Foretold, foretold
from app.rehearsal.promises import LIMIT, Broken
from app.rehearsal.week import Week
from app.store.plan_hours import hour_of

LAID_TO = timedelta(minutes=10)
"""A broken promise is laid to the faults that struck within so long before it."""


@dataclass(frozen=True)
class Findings:
    """Figures and breaches of one week, as plain values."""

    voters: int
    share: float  # of the campaign's voters that take part in the rehearsal
    starts_at: datetime
    ends_at: datetime
    broken: Sequence[Broken]
    longest_silence: timedelta
    counts: Mapping[str, int]  # what the promises were checked against
    charged: Decimal  # by the carrier
    promised: Decimal  # the budget that the promises were held against
    hours: Sequence[Hour]
    faults: Sequence[Injected]
    attempts: Mapping[Channel, int]
    incidents: int
    spent: Decimal
    budget: Decimal
    sender_stopped: bool
    plan: Mapping[Channel, Foretold]
    trace: str


def findings_of(week: Week, copy: Copy) -> Findings:
    """What a week leaves that was played and reckoned."""
    attempts = Counter(Channel(tried.kind) for tried in week.carrier.tries)
    attempts[Channel.CALL] = len(week.volunteers.recorded)
    with copy.engine.connect() as connection:
        incidents = connection.scalar(text("SELECT count(*) FROM incidents")) or 0
        stopped = connection.scalar(text("SELECT count(*) FROM senders WHERE stopped <> ''"))
        spent, budget = connection.execute(text("SELECT spent, budget FROM campaigns")).one()
    return Findings(
        voters=copy.voters,
        share=copy.share,
        starts_at=week.starts_at,
        ends_at=week.closes_at,
        broken=list(week.promises.broken),
        longest_silence=week.promises.longest_silence,
        counts=_counts(week),
        charged=week.promises.spent,
        promised=week.frame().budget,
        hours=_hours(week, copy.engine),
        faults=_injected(week),
        attempts=attempts,
        incidents=incidents,
        spent=spent,
        budget=budget,
        sender_stopped=bool(stopped),
        plan=foretold(copy.engine),
        trace=week.world.trace,
    )


def _counts(week: Week) -> dict[str, int]:
    ledger, volunteers = week.carrier.ledger, week.volunteers
    return {
        "messages": len(ledger),
        "texts": sum(one.kind == "text" for one in ledger),
        "calls": len(volunteers.recorded),
        "callbacks": len(week.doors.answered),
        "replies": len(week.doors.replies),
        "records": len(volunteers.keys),
        "asked": volunteers.asked,
        "waited": volunteers.waited,
        "voted": sum(one.voted_at is not None for one in week.roster.people.values()),
    }


def _injected(week: Week) -> list[Injected]:
    """How often each fault struck, and what broke soon after it."""
    return [
        Injected(
            fault,
            len(times),
            lost=_soon_after(week, times, Promise.NEVER_LOST),
            doubled=_soon_after(week, times, Promise.NEVER_TWICE),
            out_of_bounds=_soon_after(week, times, Promise.IN_BOUNDS),
            longest_silence=_silence_after(week, times),
        )
        for fault, times in week.chance.struck.items()
        if fault in week.chance.faults
    ]


def _soon_after(week: Week, times: Sequence[datetime], promise: Promise) -> int:
    broken = [one.at for one in week.promises.broken if one.promise is promise]
    return sum(any(time <= at <= time + LAID_TO for time in times) for at in broken)


def _silence_after(week: Week, times: Sequence[datetime]) -> int:
    lengths = [
        (end - begin).total_seconds()
        for begin, end in week.promises.silences
        if any(begin - LAID_TO <= time <= end for time in times)
    ]
    return int(max(lengths, default=0))


def _hours(week: Week, engine: Engine) -> list[Hour]:
    """The week hour by hour: planned, done, silent."""
    done: Counter[tuple[datetime, str]] = Counter()
    for tried in week.carrier.tries:
        done[hour_of(tried.at), tried.kind] += 1
    for at, _ in week.volunteers.recorded:
        done[hour_of(at), "call"] += 1
    with engine.connect() as connection:
        planned = {
            (row.hour_at, row.channel): row.planned
            for row in connection.execute(text("SELECT hour_at, channel, planned FROM plan_hours"))
        }
    hours, at = [], hour_of(week.starts_at)
    while at < week.closes_at:
        hours.append(
            Hour(
                at,
                any(any_open(week.frame(), week.places, at + HOUR * part / 4) for part in range(4)),
                {one.value: planned.get((at, one.value), 0) for one in Channel},
                {one.value: done[at, one.value] for one in Channel},
                _silent(week, at),
            )
        )
        at += HOUR
    return hours


def _silent(week: Week, hour: datetime) -> int:
    """Seconds of the hour beyond the limit in which nothing was tried though it could be."""
    total = 0.0
    for begin, end in week.promises.silences:
        first, last = max(begin + LIMIT, hour), min(end, hour + HOUR)
        total += max((last - first).total_seconds(), 0)
    return int(total)
