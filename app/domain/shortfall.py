"""Shortfalls: what the ramps want and the plan does not hold, in words, with what would help."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from app.domain.channel import Channel
from app.domain.coverage import Causes
from app.domain.draft import Draft
from app.domain.report import Cause, DayLine, Shortfall

WHY: Mapping[Cause, str] = {
    Cause.NOBODY_BOOKED: "nobody is booked",
    Cause.FEW_BOOKED: "too few callers are booked",
    Cause.SENDER_SLOW: "the sender is too slow",
    Cause.SENDER_STOPPED: "the sender is stopped",
    Cause.NO_SENDER: "there is no sender",
    Cause.NO_WORDS: "nobody has written the words",
    Cause.BLAST: "booked blasts take the senders’ time",
    Cause.BLAST_MONEY: "booked blasts take the money",
    Cause.MONEY: "the money is gone",
    Cause.RESERVE: "the rest of the money is kept for the final week",
    Cause.NOBODY_REACHABLE: "nobody can be reached this way",
    Cause.NOBODY_LEFT: "everybody who may be tried has been, as often as the limits allow",
    Cause.HOURS: "no hour is open",
    Cause.SILENCE: "campaigning is forbidden before the vote",
    Cause.BLACKOUT: "a blackout closes the hours",
    Cause.PAUSED: "an organizer paused it",
    Cause.DAILY_LIMIT: "the ramp's own limit a day is reached",
    Cause.SENDER_DAY: "the senders may send no more in a day",
}
REMEDY: Mapping[Cause, str] = {
    Cause.NOBODY_BOOKED: "Book callers for these hours.",
    Cause.FEW_BOOKED: "Book more callers, or plan fewer calls.",
    Cause.SENDER_SLOW: "Use a faster sender, or begin earlier.",
    Cause.SENDER_STOPPED: "Mend what stopped the sender, then start it again.",
    Cause.NO_SENDER: "Add a sender for this channel.",
    Cause.NO_WORDS: "Write the words for this channel.",
    Cause.BLAST: "Move the blast, make it smaller, or use a faster sender.",
    Cause.BLAST_MONEY: "Raise the budget, or make the blast smaller.",
    Cause.MONEY: "Raise the budget, or plan fewer.",
    Cause.RESERVE: "Keep less in reserve, or begin later.",
    Cause.NOBODY_REACHABLE: "Import phones, emails or consents for these voters.",
    Cause.NOBODY_LEFT: "Widen the universe, or allow more attempts a voter.",
    Cause.HOURS: "Begin earlier, or widen the campaign's own hours.",
    Cause.SILENCE: "Begin earlier: law comes first, and the plan goes out before it.",
    Cause.BLACKOUT: "Take the blackout back, or begin earlier.",
    Cause.PAUSED: "End the pause sooner.",
    Cause.DAILY_LIMIT: "Raise the limit a day, or begin earlier.",
    Cause.SENDER_DAY: "Add a sender, have its limit a day raised by the carrier, or begin earlier.",
}


UNSCRIPTED = "Callers have no script: they see the voter, and nothing to say."
WRITE_ONE = "Write a script for calls."


def day_lines(draft: Draft) -> tuple[DayLine, ...]:
    """Each channel on each day: wanted, planned, cost, votes, and why it falls in the final
    week."""
    causes = Causes(draft.situation, draft.grid, draft.hours)
    return tuple(
        line for channel in draft.situation.channels() for line in _lines(draft, channel, causes)
    )


def _lines(draft: Draft, channel: Channel, causes: Causes) -> list[DayLine]:
    grid, found = draft.grid, []
    planned = _by_day(draft, draft.hours.get(channel, {}))
    won = _votes(draft, channel, planned)
    price = float(draft.situation.price.get(channel, 0))
    for number, day in enumerate(grid.days):
        inside = grid.hours_of(number)
        final = number > 0 and any(grid.final[at] for at in inside)
        before = planned[number - 1] if number else 0
        falls = final and number > 1 and planned[number] < before
        found.append(
            DayLine(
                day,
                channel,
                draft.wishes.by_day[channel][number],
                planned[number],
                round(price * planned[number], 2),
                won[number],
                causes.of_hours(channel, inside) if falls else None,
            )
        )
    return found


def _by_day(draft: Draft, hours: Mapping[datetime, int]) -> list[int]:
    found = [0] * len(draft.grid.days)
    for index, at in enumerate(draft.grid.hours):
        found[int(draft.grid.day_of[index])] += hours.get(at, 0)
    return found


def _votes(draft: Draft, channel: Channel, planned: Sequence[int]) -> list[float]:
    """Votes of each day: the program's for its fractions, scaled to the whole attempts."""
    won, made = [0.0] * len(planned), [0.0] * len(planned)
    for number, slot in enumerate(draft.grid.slots):
        won[slot.day] += float(draft.solution.votes[channel][number])
        made[slot.day] += float(draft.solution.attempts[channel][number])
    return [
        round(votes * count / tried, 4) if tried > 0 else 0.0
        for votes, count, tried in zip(won, planned, made, strict=True)
    ]


def shortfalls(draft: Draft, lines: Sequence[DayLine]) -> tuple[Shortfall, ...]:
    """What is missing in all, by channel and cause; what one day lacks and another day takes up
    is not missing."""
    causes = Causes(draft.situation, draft.grid, draft.hours)
    found: list[Shortfall] = []
    for channel in draft.situation.channels():
        mine = [line for line in lines if line.channel is channel]
        missing = sum(line.wanted for line in mine) - sum(line.planned for line in mine)
        if missing > 0:
            found += _shortfalls(draft, channel, mine, missing, causes)
        if draft.wishes.unplaced[channel]:
            found.append(_unplaced(draft, channel, causes))
    if draft.situation.unscripted and Channel.CALL in draft.situation.ramps:
        found.append(Shortfall(Channel.CALL, Cause.NO_WORDS, 0, UNSCRIPTED, WRITE_ONE))
    return tuple(found)


def _unplaced(draft: Draft, channel: Channel, causes: Causes) -> Shortfall:
    """What the ramp itself finds no day for: all are closed, or at the ramp's limit a day."""
    missing, hours = draft.wishes.unplaced[channel], draft.grid.hours
    limited = draft.situation.ramps[channel].daily_cap is not None
    limited &= any(draft.wishes.by_day[channel])
    cause = Cause.DAILY_LIMIT if limited else causes.of_hours(channel, range(len(hours)))
    words = f"{missing:,} {channel.value}s of the ramp find no day: {WHY[cause]}."
    return Shortfall(channel, cause, missing, words, REMEDY[cause], hours[0], hours[-1])


def _shortfalls(
    draft: Draft, channel: Channel, lines: Sequence[DayLine], missing: int, causes: Causes
) -> list[Shortfall]:
    """The missing attempts by cause, in proportion to what the days lack."""
    lacking: dict[Cause, list[DayLine]] = {}
    for line in lines:
        if line.planned < line.wanted:
            lacking.setdefault(_why(draft, channel, line, causes), []).append(line)
    whole = sum(line.wanted - line.planned for lines in lacking.values() for line in lines)
    found, rest = [], missing
    for place, (cause, days) in enumerate(lacking.items()):
        lack = sum(line.wanted - line.planned for line in days)
        part = rest if place == len(lacking) - 1 else min(round(missing * lack / whole), rest)
        rest -= part
        if part:
            found.append(_shortfall(draft, channel, cause, part, [line.day for line in days]))
    return found


def _why(draft: Draft, channel: Channel, line: DayLine, causes: Causes) -> Cause:
    day = draft.grid.days.index(line.day)
    return causes.of_hours(channel, draft.grid.hours_of(day))


def _shortfall(
    draft: Draft, channel: Channel, cause: Cause, missing: int, days: Sequence[date]
) -> Shortfall:
    wanted = sum(draft.wishes.by_day[channel])
    hours = [
        at
        for at, day in zip(draft.grid.hours, draft.grid.day_of, strict=True)
        if draft.grid.days[day] in days
    ]
    words = f"{missing:,} of {wanted:,} {channel.value}s cannot be planned: {WHY[cause]}."
    return Shortfall(channel, cause, missing, words, REMEDY[cause], hours[0], hours[-1])
