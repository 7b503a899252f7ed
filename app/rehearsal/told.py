"""What is told of a rehearsal: the findings of its parts, added up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.domain.channel import Channel
from app.domain.rehearsal import Hour, Injected, Outcome, Promise, Verdict
from app.rehearsal.findings import Findings
from app.rehearsal.plan_kept import plan_kept
from app.rehearsal.promises import LIMIT, Broken
from app.store.frames import Frame


def told(
    parts: Sequence[Findings], frame: Frame, *, seed: int, workers: int, seconds: float
) -> Outcome:
    """The outcome of a rehearsal that was played in these parts, of one campaign and one week."""
    hours = _hours(parts)
    kept = plan_kept([part.plan for part in parts], hours)
    broken = sorted((one for part in parts for one in part.broken), key=lambda one: one.at)
    ends_at = max(part.ends_at for part in parts)
    broken += [Broken(Promise.PLAN_IS_TRUE, ends_at, what, [what]) for what in kept.untrue]
    attempts = {one: sum(part.attempts.get(one, 0) for part in parts) for one in Channel}
    return Outcome(
        campaign=frame.name,
        seed=seed,
        workers=workers,
        starts_at=parts[0].starts_at,
        ends_at=ends_at,
        voters=sum(part.voters for part in parts),
        share=parts[0].share,
        verdicts=[_verdict(promise, broken, parts, kept.measured) for promise in Promise],
        hours=hours,
        faults=[_together(struck) for struck in zip(*(p.faults for p in parts), strict=True)],
        attempts={channel.value: number for channel, number in attempts.items()},
        incidents=sum(part.incidents for part in parts),
        spent=f"{_sum(part.spent for part in parts):.2f}",
        budget=f"{_sum(part.budget for part in parts):.2f}",
        trace="".join(part.trace for part in parts),
        seconds=seconds,
        zone=frame.schedule.zone,
        notes=[*_notes(parts), *kept.notes],
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _hours(parts: Sequence[Findings]) -> list[Hour]:
    """The hours of all parts, each as silent as the part that was silent longest."""
    by_hour: dict[datetime, list[Hour]] = {}
    for hour in (hour for part in parts for hour in part.hours):
        by_hour.setdefault(hour.at, []).append(hour)
    return [_hour(by_hour[at]) for at in sorted(by_hour)]


def _hour(same: Sequence[Hour]) -> Hour:
    planned: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for hour in same:
        planned.update(hour.planned)
        done.update(hour.done)
    return Hour(
        same[0].at,
        any(hour.opened for hour in same),
        dict(planned),
        dict(done),
        max(hour.silent_seconds for hour in same),
    )


def _together(struck: Sequence[Injected]) -> Injected:
    return replace(
        struck[0],
        times=sum(one.times for one in struck),
        lost=sum(one.lost for one in struck),
        doubled=sum(one.doubled for one in struck),
        out_of_bounds=sum(one.out_of_bounds for one in struck),
        longest_silence=max(one.longest_silence for one in struck),
    )


def _notes(parts: Sequence[Findings]) -> list[str]:
    notes = ["Calls are dialed by hand; alerts and pings are not sent."]
    if (share := parts[0].share) < 1:
        notes.append(
            f"{sum(part.voters for part in parts):,} voters took part, {share:.1%} of the "
            "campaign's; money, rates, plan and shifts were cut to the same share."
        )
    if len(parts) > 1:
        notes.append(
            f"The voters were played in {len(parts)} parts at once, each with its share of money, "
            "rates, plan and shifts; each part had to keep the promises by itself."
        )
    if any(part.sender_stopped for part in parts):
        notes.append("A sender of the campaign is stopped, and stayed so.")
    return notes


def _verdict(
    promise: Promise, broken: Sequence[Broken], parts: Sequence[Findings], of_plan: str
) -> Verdict:
    """A promise with its figure in words and the story of its first breach."""
    found = [one for one in broken if one.promise is promise]
    measured = of_plan if promise is Promise.PLAN_IS_TRUE else _measured(promise, parts)
    return Verdict(promise, not found, measured, len(found), found[0].story if found else ())


def _measured(promise: Promise, parts: Sequence[Findings]) -> str:
    n: Counter[str] = Counter()
    for part in parts:
        n.update(part.counts)
    match promise:
        case Promise.NEVER_SILENT:
            longest = max(part.longest_silence for part in parts).total_seconds()
            return (
                f"longest silence {longest / 60:.1f} min while somebody could be reached; "
                f"{LIMIT.total_seconds() / 60:.0f} are allowed"
            )
        case Promise.IN_BOUNDS:
            return f"{n['messages']:,} messages and {n['calls']:,} calls checked"
        case Promise.NEVER_TWICE:
            return f"{n['texts']:,} texts in the carrier's ledger, at most one for each attempt"
        case Promise.NEVER_LOST:
            return (
                f"{n['callbacks']:,} callbacks, {n['replies']:,} replies and "
                f"{n['records']:,} records of calls answered with success"
            )
        case Promise.NEVER_IDLE:
            return f"{n['asked']:,} asked for a call; {n['waited']:,} were told why not"
        case Promise.STRUCK_AT_ONCE:
            return f"{n['voted']:,} voters struck"
        case Promise.MONEY_LASTS:
            charged = _sum(part.charged for part in parts)
            promised = _sum(part.promised for part in parts)
            return f"${charged:,.2f} of ${promised:,.2f} charged by the carrier"
    raise ValueError(f"promise {promise.value} is measured elsewhere")
