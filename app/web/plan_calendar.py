"""What goes when: each day with its attempts, its phases, its shifts and what is forbidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.phase import PhaseKind
from app.domain.report import Cover, HourCover, Report, ShiftNeed
from app.store.phases import Phase
from app.web.plan_words import PARTS, hours, noun, stretches
from app.web.words import CHANNELS, clock, number, plural

PHASES = {
    PhaseKind.EARLY_VOTE: ("early voting", "ballots"),
    PhaseKind.BALLOT_CHASE: ("ballot chase", "ballots"),
    PhaseKind.ROUND: ("knock-up round", "voters"),
}
"""What a phase is, and what its goal counts."""

BARRED = {Cover.BLACKOUT: "Blackout", Cover.SILENCE: "Election silence"}

Hours = Mapping[Channel, Mapping[datetime, int]]
"""Attempts by channel and start of the hour (UTC), as a plan has them."""


@dataclass(frozen=True)
class Volume:
    """One channel on one day."""

    channel: Channel
    planned: int
    parts: tuple[tuple[str, int], ...]  # part of the day, attempts; without those of none


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    today: bool
    polling: bool
    volumes: tuple[Volume, ...]
    phases: tuple[str, ...]
    barred: tuple[str, ...]
    booked: str  # of shifts; empty: none
    needs: tuple[ShiftNeed, ...]  # blocks that are short of people


def read_hours(stored: Mapping[str, Any]) -> dict[Channel, dict[datetime, int]]:
    """The hours of a plan as it stores them, in order."""
    return {
        Channel(name): {datetime.fromisoformat(at): int(held[at]) for at in sorted(held)}
        for name, held in stored.items()
    }


def calendar(
    report: Report,
    planned: Hours,
    phases: Sequence[Phase],
    shifts: Iterable[tuple[Channel, datetime, datetime]],
    *,
    zone: str,
    polling_day: date,
    now: datetime,
) -> list[Day]:
    """The days from today to polling day."""
    here = ZoneInfo(zone)
    today = now.astimezone(here).date()
    days = {line.day for line in report.days} | {polling_day}
    volumes = _volumes(planned, here)
    booked = list(shifts)
    return [
        Day(
            day,
            day == today,
            day == polling_day,
            tuple(volumes.get(day, ())),
            tuple(_phase(one, day, zone) for one in phases if _touches(one, day, here)),
            tuple(_barred(report.coverage, day, zone)),
            _booked([one for one in booked if one[1].astimezone(here).date() == day]),
            tuple(one for one in report.shifts if one.short and _day(one.begins_at, here) == day),
        )
        for day in sorted(day for day in days if day >= today)
    ]


def _volumes(planned: Hours, here: ZoneInfo) -> dict[date, list[Volume]]:
    found: dict[date, list[Volume]] = {}
    for channel in Channel:
        by_day: dict[date, dict[str, int]] = {}
        for at, attempts in planned.get(channel, {}).items():
            there = at.astimezone(here)
            part = next(name for name, first, end in PARTS if first <= there.hour < end)
            held = by_day.setdefault(there.date(), dict.fromkeys((name for name, *_ in PARTS), 0))
            held[part] += attempts
        for day, held in by_day.items():
            parts = tuple((name, attempts) for name, attempts in held.items() if attempts)
            if parts:
                volume = Volume(channel, sum(held.values()), parts)
                found.setdefault(day, []).append(volume)
    return found


def _day(at: datetime, here: ZoneInfo) -> date:
    return at.astimezone(here).date()


def _touches(phase: Phase, day: date, here: ZoneInfo) -> bool:
    return _day(phase.starts_at, here) <= day <= _day(phase.ends_at, here)


def _phase(phase: Phase, day: date, zone: str) -> str:
    """Knock-up 1: knock-up round, 10 am–noon, goal 400 voters."""
    here = ZoneInfo(zone)
    kind, counted = PHASES[phase.kind]
    starts, ends = _day(phase.starts_at, here) == day, _day(phase.ends_at, here) == day
    if starts and ends:
        at = f", {hours(phase.starts_at, phase.ends_at, zone)}"
    elif starts:
        at = f", from {clock(phase.starts_at, zone)}"
    else:
        at = f", until {clock(phase.ends_at, zone)}" if ends else ""
    first_or_last = phase.goal and (starts or ends)
    goal = f", goal {number(phase.goal)} {counted}" if first_or_last else ""
    return f"{phase.name}: {kind}{at}{goal}"


def _barred(coverage: Iterable[HourCover], day: date, zone: str) -> list[str]:
    """Blackout 8–11 am (calls): what is forbidden on a day, and for which channels."""
    here = ZoneInfo(zone)
    held: dict[tuple[Cover, str], list[str]] = {}
    for cover in BARRED:
        for channel in Channel:
            at = [
                hour.at
                for hour in coverage
                if (hour.cover, hour.channel) == (cover, channel) and _day(hour.at, here) == day
            ]
            said = ", ".join(hours(begins, ends, zone) for begins, ends in stretches(at, zone))
            if said:
                held.setdefault((cover, said), []).append(noun(channel))
    return [f"{BARRED[cover]} {said} ({', '.join(names)})" for (cover, said), names in held.items()]


def _booked(shifts: Sequence[tuple[Channel, datetime, datetime]]) -> str:
    """12 shifts: 10 calls, 2 texts."""
    if not shifts:
        return ""
    counts = {channel: sum(one is channel for one, *_ in shifts) for channel in Channel}
    said = ", ".join(
        f"{number(count)} for {CHANNELS[channel][1]}" for channel, count in counts.items() if count
    )
    return f"{plural(len(shifts), 'shift')}: {said}"
