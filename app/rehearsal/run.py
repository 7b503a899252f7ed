"""A whole rehearsal: copy the campaign, play its final week, and tell what came of it."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine, text
from sqlalchemy.exc import NoResultFound

from app.domain.channel import Channel
from app.domain.pace import HOUR
from app.domain.rehearsal import Fault, Hour, Injected, Outcome, Promise, Verdict
from app.domain.rest import final_from
from app.rehearsal.copy import MOST_VOTERS, Copy, copied
from app.rehearsal.looks import any_open
from app.rehearsal.plan_kept import plan_kept
from app.rehearsal.promises import LIMIT, Broken
from app.rehearsal.reckoning import Books, reckon
from app.rehearsal.week import Manner, Week
from app.store.frames import Frame, load_frame
from app.store.plan_hours import hour_of
from app.wiring import Parts

LAID_TO = timedelta(minutes=10)
"""A broken promise is laid to the faults that struck within so long before it."""
LARGE = 300
"""Voters from which a week is played in longer strides: something is always due."""
NOT_REHEARSED = ("ping", "alerts", "book own prices", "price calls")
"""Jobs that reach people or machines outside."""


class RehearsalRefused(ValueError):
    """There is nothing to rehearse; the message says why."""


def rehearse(
    parts: Parts,
    campaign_id: int,
    *,
    faults: Collection[Fault],
    seed: int,
    workers: int = 3,
    progress: Callable[[float], None] = lambda _: None,
    most: int = MOST_VOTERS,
) -> Outcome:
    """Plays the final week of a campaign, or what is left of it, on a copy.

    The campaign itself is only read. Same copy, seed and faults, same trace. Raises
    RehearsalRefused, NoRoom.
    """
    began = time.monotonic()
    with parts.sessions() as session:
        try:
            frame = load_frame(session, campaign_id)
        except NoResultFound:
            raise RehearsalRefused(f"There is no campaign {campaign_id}.") from None
    starts_at = max(parts.clock.now(), final_from(frame.schedule))
    with copied(parts.engine, campaign_id, most) as copy:
        if not copy.voters:
            raise RehearsalRefused("This campaign has no voters yet; give it a universe first.")
        week = _week(parts, copy, campaign_id, seed, starts_at, _manner(faults, workers, copy))
        if week.closes_at <= starts_at:
            week.close()
            raise RehearsalRefused("The polls of this campaign have closed.")
        before = Books(week.sessions, campaign_id)
        try:
            week.play(progress)
            reckon(week, before)
        finally:
            week.close()
        return _outcome(week, copy, frame, workers, time.monotonic() - began)


def _manner(faults: Collection[Fault], workers: int, copy: Copy) -> Manner:
    large = copy.voters > LARGE
    return Manner(
        faults=faults,
        factor=0.1 if large else 1.0,  # by step; a large campaign has many more of them
        workers=workers,
        together=large,
        # With something due at any time, strides of four and a half minutes show whether five are
        # kept; where somebody dies or stands still they are of seconds.
        busy=265.0 if large else 20.0,
        spread=(0.99, 1.06) if large else (0.2, 1.8),
        left_out=NOT_REHEARSED,
        paces=130.0 if large else 0.0,
        seldom=3600.0 if large else 120.0,
        rare={
            "plan": 24 * 3600.0,
            "learn rates": 24 * 3600.0,
            "watch": 3600.0 if large else 1800.0,  # and whenever it is too quiet
            "blasts": 1800.0 if large else 120.0,
            "stay in line": 60.0 if large else 0.0,
            "book prices": 1800.0 if large else 0.0,
        },
    )


def _week(
    parts: Parts, copy: Copy, campaign_id: int, seed: int, starts_at: datetime, manner: Manner
) -> Week:
    with copy.engine.connect() as connection:
        price = connection.scalar(text("SELECT max(price) FROM senders WHERE channel = 'text'"))
    return Week(
        copy.engine,
        campaign_id,
        seed,
        starts_at,
        manner,
        settings=parts.settings,
        price=price or Decimal(0),
    )


def _outcome(week: Week, copy: Copy, frame: Frame, workers: int, seconds: float) -> Outcome:
    with copy.engine.connect() as connection:
        incidents = connection.scalar(text("SELECT count(*) FROM incidents")) or 0
        spent, budget = connection.execute(text("SELECT spent, budget FROM campaigns")).one()
    hours = _hours(week, copy.engine)
    kept = plan_kept(copy.engine, hours)
    for what in kept.untrue:
        week.promises.break_(Promise.PLAN_IS_TRUE, what)
    done = Counter(tried.kind for tried in week.carrier.tries)
    done["call"] = len(week.volunteers.recorded)
    return Outcome(
        campaign=frame.name,
        seed=week.chance.seed,
        workers=workers,
        starts_at=week.starts_at,
        ends_at=week.closes_at,
        voters=copy.voters,
        share=copy.share,
        verdicts=verdicts(week, kept.measured),
        hours=hours,
        faults=injected(week),
        attempts={channel.value: done[channel.value] for channel in Channel},
        incidents=incidents,
        spent=f"{spent:.2f}",
        budget=f"{budget:.2f}",
        trace=week.world.trace,
        seconds=seconds,
        zone=frame.schedule.zone,
        notes=[*_notes(copy), *kept.notes],
    )


def _notes(copy: Copy) -> Sequence[str]:
    notes = ["Calls are dialed by hand; alerts and pings are not sent."]
    if copy.share < 1:
        notes.append(
            f"{copy.voters:,} voters took part, {copy.share:.1%} of the campaign's; money, rates, "
            "plan and shifts were cut to the same share."
        )
    with copy.engine.connect() as connection:
        if connection.scalar(text("SELECT count(*) FROM senders WHERE stopped <> ''")):
            notes.append("A sender of the campaign is stopped, and stayed so.")
    return notes


def verdicts(week: Week, of_plan: str) -> list[Verdict]:
    """Each promise with its figure in words and the story of its first breach; `of_plan` is the
    figure of the last."""
    by_promise: dict[Promise, list[Broken]] = {promise: [] for promise in Promise}
    for broken in week.promises.broken:
        by_promise[broken.promise].append(broken)
    return [
        Verdict(
            promise,
            not found,
            of_plan if promise is Promise.PLAN_IS_TRUE else _measured(week, promise),
            len(found),
            found[0].story if found else (),
        )
        for promise, found in by_promise.items()
    ]


def _measured(week: Week, promise: Promise) -> str:
    promises, ledger = week.promises, week.carrier.ledger
    texts = sum(one.kind == "text" for one in ledger)
    match promise:
        case Promise.NEVER_SILENT:
            longest = promises.longest_silence.total_seconds()
            return (
                f"longest silence {longest / 60:.1f} min while somebody could be reached; "
                f"{LIMIT.total_seconds() / 60:.0f} are allowed"
            )
        case Promise.IN_BOUNDS:
            return f"{len(ledger):,} messages and {len(week.volunteers.recorded):,} calls checked"
        case Promise.NEVER_TWICE:
            return f"{texts:,} texts in the carrier's ledger, at most one for each attempt"
        case Promise.NEVER_LOST:
            return (
                f"{len(week.doors.answered):,} callbacks, {len(week.doors.replies):,} replies and "
                f"{len(week.volunteers.keys):,} records of calls answered with success"
            )
        case Promise.NEVER_IDLE:
            volunteers = week.volunteers
            return f"{volunteers.asked:,} asked for a call; {volunteers.waited:,} were told why not"
        case Promise.STRUCK_AT_ONCE:
            voted = sum(one.voted_at is not None for one in week.roster.people.values())
            return f"{voted:,} voters struck"
        case Promise.MONEY_LASTS:
            return f"${promises.spent:,.2f} of ${week.frame().budget:,.2f} charged by the carrier"
    raise ValueError(f"promise {promise.value} is measured elsewhere")


def injected(week: Week) -> list[Injected]:
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
