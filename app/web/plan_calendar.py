"""What goes when: each day with its attempts, its phases, its shifts and what is forbidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.hours import Schedule
from app.domain.phase import KIND_WORDS, PhaseKind
from app.domain.report import Cover, HourCover, Report, ShiftNeed
from app.domain.rule import Blackout
from app.store.phases import Phase
from app.web.plan_words import PARTS, hours, noun, stretches
from app.web.retold import retold
from app.web.tongue import ngettext
from app.web.tongue import translated as _
from app.web.words import clock, number

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
    schedule: Schedule,
    now: datetime,
) -> list[Day]:
    """The days from today to polling day."""
    zone, polling_day = schedule.zone, schedule.polling_day
    first_polling_day = schedule.first_polling_day or polling_day
    here = ZoneInfo(zone)
    barred = [one for one in schedule.blackouts if isinstance(one, Blackout)]
    today = now.astimezone(here).date()
    days = {line.day for line in report.days} | {polling_day}
    volumes = _volumes(planned, here)
    booked = list(shifts)
    return [
        Day(
            day,
            day == today,
            first_polling_day <= day <= polling_day,
            tuple(volumes.get(day, ())),
            tuple(_phase(one, day, zone) for one in phases if _touches(one, day, here)),
            (*_blackouts(barred, day, here), *_silences(report.coverage, day, here)),
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
            parts = tuple((_(name), attempts) for name, attempts in held.items() if attempts)
            if parts:
                volume = Volume(channel, sum(held.values()), parts)
                found.setdefault(day, []).append(volume)
    return found


def _day(at: datetime, here: ZoneInfo) -> date:
    return at.astimezone(here).date()


def _touches(phase: Phase, day: date, here: ZoneInfo) -> bool:
    return _day(phase.starts_at, here) <= day <= _day(phase.ends_at, here)


def _phase(phase: Phase, day: date, zone: str) -> str:
    """Before work: round, 10 am–noon, goal 400 voters."""
    here = ZoneInfo(zone)
    facts = {"name": phase.name, "kind": retold(KIND_WORDS[phase.kind]).lower()}
    starts, ends = _day(phase.starts_at, here) == day, _day(phase.ends_at, here) == day
    if starts and ends:
        at = hours(phase.starts_at, phase.ends_at, zone)
        said = _("%(name)s: %(kind)s, %(at)s", at=at, **facts)
    elif starts:
        said = _("%(name)s: %(kind)s, from %(at)s", at=clock(phase.starts_at, zone), **facts)
    elif ends:
        said = _("%(name)s: %(kind)s, until %(at)s", at=clock(phase.ends_at, zone), **facts)
    else:
        return _("%(name)s: %(kind)s", **facts)
    return said + _goal(phase)


def _goal(phase: Phase) -> str:
    """, goal 400 voters: what follows the times of a phase that has one."""
    if not phase.goal:
        return ""
    if phase.kind is PhaseKind.ROUND:
        return _(", goal %(count)s voters", count=number(phase.goal))
    return _(", goal %(count)s ballots", count=number(phase.goal))


def _blackouts(blackouts: Iterable[Blackout], day: date, here: ZoneInfo) -> list[str]:
    """Blackout 8–11 am (calls): mourning. Each that has time on the day."""
    begin, end = (datetime.combine(day + timedelta(days=step), time(), here) for step in (0, 1))
    said = []
    for one in blackouts:
        first, last = max(one.begins_at, begin), min(one.ends_at, end)
        if first < last:
            reason = f": {one.reason}" if one.reason else ""
            at, channels = hours(first, last, here.key), _names(one.channels)
            said.append(_("Blackout %(at)s (%(channels)s)", at=at, channels=channels) + reason)
    return said


def _silences(coverage: Iterable[HourCover], day: date, here: ZoneInfo) -> list[str]:
    """Election silence 8 am–8 pm (emails): what would be open otherwise, as the plan has it."""
    held: dict[str, list[Channel]] = {}
    for channel in Channel:
        mine = (one for one in coverage if one.channel is channel and one.cover is Cover.SILENCE)
        at = [one.at for one in mine if _day(one.at, here) == day]
        said = ", ".join(hours(begins, ends, here.key) for begins, ends in stretches(at, here.key))
        if said:
            held.setdefault(said, []).append(channel)
    return [
        _("Election silence %(at)s (%(channels)s)", at=said, channels=_names(names))
        for said, names in held.items()
    ]


def _names(channels: Iterable[Channel]) -> str:
    return ", ".join(noun(channel) for channel in Channel if channel in set(channels))


def _booked(shifts: Sequence[tuple[Channel, datetime, datetime]]) -> str:
    """12 shifts: 10 for calls, 2 for texts; 4 shifts for calls."""
    if not shifts:
        return ""
    counts = {channel: sum(one is channel for one, *_ in shifts) for channel in Channel}
    counts = {channel: count for channel, count in counts.items() if count}
    count = len(shifts)
    if len(counts) == 1:
        return ngettext(
            "%(count)s shift for %(channel)s",
            "%(count)s shifts for %(channel)s",
            count,
            count=number(count),
            channel=noun(*counts),
        )
    said = ", ".join(
        _("%(count)s for %(channel)s", count=number(one), channel=noun(channel))
        for channel, one in counts.items()
    )
    return ngettext(
        "%(count)s shift: %(said)s",
        "%(count)s shifts: %(said)s",
        count,
        count=number(count),
        said=said,
    )
