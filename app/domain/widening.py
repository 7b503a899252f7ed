"""What a change to hours replaces, and where it opens what the tables close."""

from dataclasses import replace

from app.domain.calling import legal_window, state_daily_cap
from app.domain.channel import Channel
from app.domain.place import Place
from app.domain.poll import polls_of
from app.domain.rule import Blackout, CallingHours, Change, OwnHours, PollHours, Silence
from app.domain.rule_words import (
    NOUNS,
    channels_in_words,
    listed,
    scope_in_words,
    weekdays_in_words,
    window_in_words,
)
from app.domain.schedule import Schedule, silence
from app.domain.time_of_day import in_words

STANDS_ABOVE = "The law stands above this page: be sure that you may."


def replaces(new: Change, old: Change) -> bool:
    """Whether nothing of the old change is left to hold once the new one does."""
    match new, old:
        case (CallingHours(), CallingHours()):
            return new.scope == old.scope and _covers(new, old)
        case (OwnHours(), OwnHours()):
            return _covers(new, old)
        case (PollHours(), PollHours()):
            return new.state == old.state
        case (Silence(), Silence()):
            return set(old.channels) <= set(new.channels)
        case (Blackout(), Blackout()):
            return (new.begins_at, new.ends_at, new.channels) == (
                old.begins_at,
                old.ends_at,
                old.channels,
            )
        case _:
            return False


def _covers(new: CallingHours | OwnHours, old: CallingHours | OwnHours) -> bool:
    return set(old.channels) <= set(new.channels) and set(old.weekdays) <= set(new.weekdays)


def widened(change: Change, schedule: Schedule) -> list[str]:
    """Where a change opens what the tables close: each in a sentence; none if it only narrows.

    `schedule` is the campaign's; its earlier changes do not count, only what the tables say.
    """
    match change:
        case CallingHours():
            return _wider_hours(change, schedule.country)
        case PollHours():
            return _later_close(change, schedule)
        case Silence():
            return _less_silence(change, schedule)
        case _:  # blackouts and own hours can only narrow
            return []


def _wider_hours(change: CallingHours, country: str) -> list[str]:
    state = change.scope if len(change.scope) == 2 else ""
    where, found = scope_in_words(change.scope), []
    for channel in change.channels:
        days = [day for day in change.weekdays if _opens_more(change, state, channel, day, country)]
        if days:
            legal = {legal_window(state, channel, day, country) for day in days}
            by_table = listed([window_in_words(window) for window in sorted(legal, key=str)])
            found.append(
                f"For {NOUNS[channel]} ({where}, {weekdays_in_words(days)}) the table of the law "
                f"says {by_table}; this opens more. {STANDS_ABOVE}"
            )
        cap = state_daily_cap(state, channel, country)
        after = state_daily_cap(state, channel, country, (change,))
        if cap is not None and (after is None or after > cap):
            found.append(
                f"For {NOUNS[channel]} ({where}) the table of the law allows at most {cap} in 24 "
                f"hours; this allows more. {STANDS_ABOVE}"
            )
    return found


def _opens_more(
    change: CallingHours, state: str, channel: Channel, weekday: int, country: str
) -> bool:
    after = legal_window(state, channel, weekday, country, (change,))
    if after is None:
        return False
    before = legal_window(state, channel, weekday, country)
    return before is None or after[0] < before[0] or after[1] > before[1]


def _later_close(change: PollHours, schedule: Schedule) -> list[str]:
    zones = schedule.zones_of(Place(change.state, ()))
    closes = [at for zone in zones if (at := polls_of(change.state, zone)[1]) is not None]
    if not closes or change.closes <= max(closes):
        return []
    return [
        f"By the table the polls in {scope_in_words(change.state)} close at "
        f"{in_words(max(closes))}; voters who are sent there later find the doors shut."
    ]


def _less_silence(change: Silence, schedule: Schedule) -> list[str]:
    by_table = replace(schedule, silences=())
    changed, own = by_table.changed([change]), Place("", (schedule.zone,))
    less = []
    for channel in change.channels:
        before, after = (silence(one, own, channel) for one in (by_table, changed))
        if before is not None and (after is None or after[0] > before[0] or after[1] < before[1]):
            less.append(channel)
    if not less:
        return []
    return [
        f"The table has a longer election silence for {channels_in_words(less)}. {STANDS_ABOVE}"
    ]
