"""Changes to hours in the language of the page; in English as domain/rule_words.py has them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.domain.rule import Blackout, CallingHours, Change, OwnHours, PollHours, Silence
from app.domain.rule_words import state_names
from app.web.tongue import InTongue, marked
from app.web.tongue import translated as _
from app.web.words import CHANNELS, day, hour, hours_between, weekday

MONDAY = date(2024, 1, 1)
"""Any Monday: weekdays are told from it."""
SCOPES = InTongue(
    {
        "federal": marked("the whole US"),
        "custom": marked("emails by custom"),
        "CA-canada": marked("Canada"),
    }
)


def listed(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    if len(words) == 1:
        return words[0]
    return _("%(some)s and %(last)s", some=", ".join(words[:-1]), last=words[-1])


def channels_in_words(channels: Iterable[Channel]) -> str:
    """calls and texts; calls, texts and emails."""
    named = set(channels)
    return listed([words for channel, (_mark, words) in CHANNELS.items() if channel in named])


def weekday_name(number: int) -> str:
    """Mon for 0."""
    return weekday(MONDAY + timedelta(days=number))


def weekdays_in_words(weekdays: Iterable[int]) -> str:
    """Mon–Fri; Sat and Sun; every day."""
    runs: list[list[int]] = []
    for number in sorted(set(weekdays)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    if runs and len(runs[0]) == 7:
        return _("every day")
    words: list[str] = []
    for run in runs:
        names = [weekday_name(number) for number in run]
        words += [f"{names[0]}–{names[-1]}"] if len(run) > 2 else names
    return listed(words)


def window_in_words(window: tuple[time | None, time | None] | None) -> str:
    """8 am–9 pm; 10–11:30 am; closed."""
    if window is None or window[0] is None or window[1] is None:
        return _("closed")
    return hours_between(window[0], window[1])


def scope_in_words(scope: str) -> str:
    """Florida for FL, the whole US for federal; as it stands where nobody knows it."""
    return SCOPES.get(scope) or state_names().get(scope, scope)


def instant_in_words(at: datetime, zone: str) -> str:
    """Mon, Nov 2, 6 pm, on the clock of `zone`."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{day(there.date())}, {hour(there.time())}"


def change_in_words(change: Change, zone: str) -> str:
    """What a change says, without who made it and why; instants on the clock of `zone`."""
    match change:
        case CallingHours():
            return _calling_hours(change)
        case PollHours():
            hours = window_in_words((change.opens, change.closes))
            where = scope_in_words(change.state)
            return _("Polls in %(where)s: %(hours)s", where=where, hours=hours)
        case Silence():
            who = channels_in_words(change.channels)
            if not change.starts:
                return _("No election silence for %(channels)s", channels=who)
            return _(
                "Silence of %(channels)s from “%(begins)s” until “%(ends)s”",
                channels=who,
                begins=change.starts,
                ends=change.ends,
            )
        case Blackout():
            return _(
                "Blackout of %(channels)s from %(begins)s until %(ends)s",
                channels=channels_in_words(change.channels),
                begins=instant_in_words(change.begins_at, zone),
                ends=instant_in_words(change.ends_at, zone),
            )
        case OwnHours():
            return _(
                "Own hours of %(channels)s: %(days)s %(hours)s",
                channels=channels_in_words(change.channels),
                days=weekdays_in_words(change.weekdays),
                hours=window_in_words((change.opens, change.closes)),
            )


def _calling_hours(change: CallingHours) -> str:
    facts = {
        "where": scope_in_words(change.scope),
        "channels": channels_in_words(change.channels),
        "days": weekdays_in_words(change.weekdays),
        "hours": window_in_words((change.opens, change.closes)),
    }
    if not change.max_per_24h:
        return _("%(where)s, %(channels)s: %(days)s %(hours)s", **facts)
    return _(
        "%(where)s, %(channels)s: %(days)s %(hours)s, at most %(cap)s in 24 hours",
        cap=change.max_per_24h,
        **facts,
    )
