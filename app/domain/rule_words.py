"""Changes to hours in plain words, for pages, the command line and the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.rule import Blackout, CallingHours, Change, OwnHours, PollHours, Silence
from app.domain.tables import table
from app.domain.time_of_day import between, in_words

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOUNS = {Channel.CALL: "calls", Channel.TEXT: "texts", Channel.EMAIL: "emails"}
SCOPES = {"federal": "the whole US", "custom": "emails by custom", "CA-canada": "Canada"}


@cache
def state_names() -> Mapping[str, str]:
    """NC → North Carolina."""
    return {row["state"]: row["name"] for row in table("state_zones")}


def listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def channels_in_words(channels: Iterable[Channel]) -> str:
    """calls and texts; calls, texts and emails."""
    named = set(channels)
    return listed([words for channel, words in NOUNS.items() if channel in named])


def weekdays_in_words(weekdays: Iterable[int]) -> str:
    """Mon–Fri; Sat and Sun; every day."""
    runs: list[list[int]] = []
    for day in sorted(set(weekdays)):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    if runs and len(runs[0]) == len(DAYS):
        return "every day"
    words: list[str] = []
    for run in runs:
        if len(run) > 2:
            words.append(f"{DAYS[run[0]]}–{DAYS[run[-1]]}")
        else:
            words += [DAYS[day] for day in run]
    return listed(words)


def window_in_words(window: tuple[time | None, time | None] | None) -> str:
    """8 am–9 pm; 10–11:30 am; closed."""
    if window is None or window[0] is None or window[1] is None:
        return "closed"
    return between(window[0], window[1])


def scope_in_words(scope: str) -> str:
    """Florida for FL, the whole US for federal; as it stands where nobody knows it."""
    return SCOPES.get(scope) or state_names().get(scope, scope)


def instant_in_words(at: datetime, zone: str) -> str:
    """Mon, Nov 2, 6 pm, on the clock of `zone`."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a, %b} {there.day}, {in_words(there.time())}"


def change_in_words(change: Change, zone: str) -> str:
    """What a change says, without who made it and why; instants on the clock of `zone`."""
    match change:
        case CallingHours():
            hours = window_in_words((change.opens, change.closes))
            cap = f", at most {change.max_per_24h} in 24 hours" if change.max_per_24h else ""
            who = channels_in_words(change.channels)
            where = scope_in_words(change.scope)
            return f"{where}, {who}: {weekdays_in_words(change.weekdays)} {hours}{cap}"
        case PollHours():
            hours = window_in_words((change.opens, change.closes))
            return f"Polls in {scope_in_words(change.state)}: {hours}"
        case Silence():
            who = channels_in_words(change.channels)
            if not change.starts:
                return f"No election silence for {who}"
            return f"Silence of {who} from “{change.starts}” until “{change.ends}”"
        case Blackout():
            who = channels_in_words(change.channels)
            begins, ends = (instant_in_words(at, zone) for at in (change.begins_at, change.ends_at))
            return f"Blackout of {who} from {begins} until {ends}"
        case OwnHours():
            who = channels_in_words(change.channels)
            hours = window_in_words((change.opens, change.closes))
            return f"Own hours of {who}: {weekdays_in_words(change.weekdays)} {hours}"
