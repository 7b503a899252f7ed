"""Puts a plan into its report: days, proof, shortfalls, advice, shifts, forecast, changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.advice import advise
from app.domain.capacity import blasts_in, channel_open
from app.domain.channel import Channel
from app.domain.coverage import Causes, coverage
from app.domain.draft import Draft
from app.domain.forecast import dry
from app.domain.report import Advice, Beside, BlastHour, Change, DayLine, Dry, Report
from app.domain.shortfall import WHY, day_lines, shortfalls
from app.domain.situation import Situation
from app.domain.staffing import shift_needs
from app.domain.whole import Hours


@dataclass(frozen=True)
class Before:
    """What was planned before this plan: for the past hours, and for those still to come."""

    past: Mapping[Channel, Mapping[datetime, int]] = field(default_factory=dict)
    hours: Hours | None = None  # None: there was no plan
    blasts: Mapping[Channel, Mapping[datetime, int]] = field(default_factory=dict)
    """What blasts were to send, for the past hours."""


def report_of(draft: Draft, before: Before, *, advice: bool = True) -> Report:
    """The report of a plan; `seconds` is for the caller to fill in."""
    lines = day_lines(draft)
    situation = draft.situation
    given: tuple[Advice, ...] = advise(situation) if advice else ()
    return Report(
        made_at=situation.now,
        solver=draft.solver,
        solver_words=draft.words,
        solver_seconds=round(draft.solution.seconds, 3),
        seconds=0.0,
        votes=round(sum(line.votes for line in lines), 2),
        cost=round(sum(line.cost for line in lines), 2),
        days=lines,
        coverage=coverage(
            situation, draft.grid, draft.wishes, draft.hours, before.past, before.blasts
        ),
        shortfalls=shortfalls(draft, lines),
        advice=given,
        shifts=shift_needs(situation, draft.grid, draft.wishes),
        forecast=tuple(_dry(draft, channel) for channel in situation.channels()),
        changes=() if before.hours is None else changes(draft, before.hours),
        notes=tuple(_notes(draft, lines)),
        blasts=tuple(
            BlastHour(channel, at, load.messages, load.parts)
            for channel, hours in situation.blasts.items()
            for at, load in hours.items()
        ),
        blast_money=float(situation.blast_money),
        blast_money_before=float(situation.blast_money_before),
        beside_today=tuple(
            Beside(channel, load.messages, load.parts)
            for channel, load in situation.beside_today.items()
        ),
    )


def _notes(draft: Draft, lines: Sequence[DayLine]) -> Iterator[str]:
    """Where the floor of the final week puts more than the ramp wants, and where it is missed."""
    floor = draft.situation.model.floor_per_hour
    for channel in draft.situation.channels():
        mine = [line for line in lines if line.channel is channel]
        more = sum(line.planned - line.wanted for line in mine)
        if more > 0:
            yield (
                f"{more:,} {channel.value}s more than the ramp wants: in the final week no open "
                f"hour stays empty, and all channels together make {floor} attempts in it."
            )
    for channel, hours in draft.situation.blasts.items():
        sent = round(sum(load.messages for load in hours.values()))
        if sent:
            yield (
                f"Booked blasts send {sent:,} {channel.value}s beside this plan, which leaves them "
                "their time, their money and their place in each voter’s limits."
            )
    thin = _thin_hours(draft)
    if thin:
        causes = Causes(draft.situation, draft.grid, draft.hours)
        why = {WHY[causes.of_hours(channel, thin)]: None for channel in draft.situation.channels()}
        yield (
            f"{len(thin):,} open hours of the final week hold fewer than {floor} attempts on all "
            f"channels together: {'; '.join(why)}."
        )


def _thin_hours(draft: Draft) -> list[int]:
    """The open hours of those parts of days that hold less than the floor asks for."""
    situation, grid = draft.situation, draft.grid
    open_ = np.max([channel_open(situation, grid, c) for c in situation.channels()], axis=0)
    thin: list[int] = []
    for number, slot in enumerate(grid.slots):
        hours = [at for at in slot.hours if grid.final[at] and open_[at] > 0]
        made = blasts_in(situation, grid, number) + sum(
            planned.get(grid.hours[at], 0) for planned in draft.hours.values() for at in hours
        )
        if made < situation.model.floor_per_hour * open_[hours].sum() - 1:
            thin += hours
    return thin


def _dry(draft: Draft, channel: Channel) -> Dry:
    situation = draft.situation
    return dry(
        channel,
        people_of(situation, channel),
        draft.hours.get(channel, {}),
        situation.model,
        total_cap_left=_cap_left(situation, channel),
        now=situation.now,
        closes_at=situation.closes_at,
        final_from=situation.final_from,
    )


def people_of(situation: Situation, channel: Channel) -> list[int]:
    """Voters whom the channel reaches, by the tries they have had on it."""
    tried = [cell.tried[channel] for cell in situation.cells if channel in cell.reach]
    return [sum(column) for column in zip(*tried, strict=True)] if tried else [0]


def _cap_left(situation: Situation, channel: Channel) -> int:
    """Attempts that the limit in all still allows a voter, on average."""
    reached = [cell for cell in situation.cells if channel in cell.reach]
    voters = sum(cell.voters for cell in reached)
    had = sum(cell.attempts for cell in reached)
    return max(situation.total_cap - had // max(voters, 1), 0)


def changes(draft: Draft, before: Hours) -> tuple[Change, ...]:
    """Days still to come on which a channel has more or less than the plan before had."""
    zone = ZoneInfo(draft.situation.schedule.zone)
    first = draft.grid.hours[0] if draft.grid.hours else draft.situation.now
    old, new = _days(before, first, zone), _days(draft.hours, first, zone)
    return tuple(
        Change(day, channel, old.get((day, channel), 0), new.get((day, channel), 0))
        for day, channel in sorted(
            {*old, *new}, key=lambda key: (key[0], list(Channel).index(key[1]))
        )
        if old.get((day, channel), 0) != new.get((day, channel), 0)
    )


def _days(hours: Hours, first: datetime, zone: ZoneInfo) -> dict[tuple[date, Channel], int]:
    found: dict[tuple[date, Channel], int] = {}
    for channel, planned in hours.items():
        for at, count in planned.items():
            if at >= first:
                key = (at.astimezone(zone).date(), channel)
                found[key] = found.get(key, 0) + count
    return found
