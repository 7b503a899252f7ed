"""Changes to the rules as they are stored, and their reading: what is wrong and what to write."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from app.domain.channel import Channel
from app.domain.local import WEEKDAYS
from app.domain.moment import BadMoment, moment
from app.domain.rule import (
    Blackout,
    CallingHours,
    Change,
    OwnHours,
    PollHours,
    RuleKind,
    Silence,
)

KINDS = tuple(kind.value for kind in RuleKind)

Value = Mapping[str, object]


class BadRule(ValueError):
    """A change that cannot be read: names the part, and says why and what to write.

    `part` is the key of the value that is wrong.
    """

    def __init__(self, part: str, words: str) -> None:
        self.part = part
        super().__init__(f"{part}: {words}")


def to_json(change: Change) -> dict[str, Any]:
    """A change as `RuleChange.value` stores it: "09:00", "mon", instants in UTC."""
    return {name: _plain(name, value) for name, value in vars(change).items()}


def _plain(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, time):
        return value.isoformat("auto" if value.second or value.microsecond else "minutes")
    if name == "weekdays":
        return [WEEKDAYS[day] for day in value]  # type: ignore[attr-defined]
    if name == "channels":
        return [channel.value for channel in value]  # type: ignore[attr-defined]
    return value


def from_json(kind: str, value: object) -> Change:
    """The change that a stored value of this RuleKind says; raises BadRule.

    Channels and weekdays that are not given mean all; a weekday may be "mon" or 0.
    """
    if kind not in KINDS:
        raise BadRule("kind", f"{kind[:40]!r} is none; there are {', '.join(KINDS)}")
    if not isinstance(value, Mapping):
        raise BadRule("value", f"{value!r:.40} has no named parts; write {{...}}")
    return _READERS[RuleKind(kind)](value)


def _calling_hours(value: Value) -> CallingHours:
    opens, closes = _time(value, "opens", needed=False), _time(value, "closes", needed=False)
    if (opens is None) != (closes is None):
        raise BadRule(
            "opens" if opens is None else "closes",
            "give both hours, or neither to close these days",
        )
    if opens is not None and closes is not None:
        _in_order(opens, closes)
    return CallingHours(
        _scope(value), _channels(value), _weekdays(value), opens, closes, _most(value)
    )


def _poll_hours(value: Value) -> PollHours:
    state = _text(value, "state").upper()
    if not re.fullmatch(r"[A-Z]{2}", state):
        raise BadRule("state", f"{state[:40]!r} is no state; write its two letters, as in NC")
    return PollHours(state, *_hours(value))


def _silence(value: Value) -> Silence:
    starts, ends = _text(value, "starts"), _text(value, "ends")
    if bool(starts) != bool(ends):
        raise BadRule("ends" if starts else "starts", "give both, or neither for no silence at all")
    for part, words in (("starts", starts), ("ends", ends)):
        try:
            if words:
                moment(words)
        except BadMoment as bad:
            raise BadRule(part, str(bad)) from bad
    return Silence(starts, ends, _channels(value))


def _blackout(value: Value) -> Blackout:
    begins, ends = _instant(value, "begins_at"), _instant(value, "ends_at")
    if begins >= ends:
        raise BadRule("ends_at", "a blackout must end after it begins")
    return Blackout(begins, ends, _channels(value), _text(value, "reason"))


def _own_hours(value: Value) -> OwnHours:
    return OwnHours(_channels(value), _weekdays(value), *_hours(value))


_READERS: Mapping[RuleKind, Callable[[Value], Change]] = {
    RuleKind.CALLING_HOURS: _calling_hours,
    RuleKind.POLLS: _poll_hours,
    RuleKind.SILENCE: _silence,
    RuleKind.BLACKOUT: _blackout,
    RuleKind.OWN_HOURS: _own_hours,
}


def _text(value: Value, part: str) -> str:
    found = value.get(part) or ""
    if not isinstance(found, str):
        raise BadRule(part, f"{found!r:.40} is no text; write words")
    return " ".join(found.split())


def _scope(value: Value) -> str:
    scope = _text(value, "scope")
    if not re.fullmatch(r"[A-Z]{2}|federal|custom|CA-canada", scope):
        raise BadRule(
            "scope", f"{scope[:40]!r} is no scope; write a state's two letters, federal or custom"
        )
    return scope


def _time(value: Value, part: str, *, needed: bool = True) -> time | None:
    found = _text(value, part)
    if not found and not needed:
        return None
    if not re.fullmatch(r"([01][0-9]|2[0-3])(:[0-5][0-9]){1,2}", found):
        raise BadRule(part, f"{found[:40]!r} is no time of day; write it like 09:00 or 20:30")
    return time.fromisoformat(found)


def _hours(value: Value) -> tuple[time, time]:
    opens, closes = _time(value, "opens"), _time(value, "closes")
    assert opens is not None  # both are needed
    assert closes is not None
    _in_order(opens, closes)
    return opens, closes


def _in_order(opens: time, closes: time) -> None:
    if closes <= opens:
        raise BadRule(
            "closes",
            f"{closes:%H:%M} is not after {opens:%H:%M}; hours end on the day on which they begin, "
            "at 23:59 at the latest",
        )


def _instant(value: Value, part: str) -> datetime:
    found = _text(value, part)
    try:
        at = datetime.fromisoformat(found)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: at the ends of the calendar
        pass
    example = "2026-11-01T09:00:00-05:00"
    raise BadRule(part, f"{found[:40]!r} is no instant; write day, time and offset: {example}")


def _most(value: Value) -> int | None:
    found = value.get("max_per_24h")
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise BadRule("max_per_24h", f"{found!r:.40}: write a whole number from 1, or nothing")
    return found


def _channels(value: Value) -> tuple[Channel, ...]:
    every = tuple(channel.value for channel in Channel)
    names = _listed(value, "channels", every)
    for name in names:
        if name not in every:
            raise BadRule("channels", f"{name!r:.40} is no channel; there are {', '.join(every)}")
    return tuple(channel for channel in Channel if channel.value in names)


def _weekdays(value: Value) -> tuple[int, ...]:
    days = [
        WEEKDAYS[day] if isinstance(day, int) and 0 <= day < len(WEEKDAYS) else day
        for day in _listed(value, "weekdays", WEEKDAYS)
    ]
    for day in days:
        if day not in WEEKDAYS:
            raise BadRule("weekdays", f"{day!r:.40} is no weekday; write {', '.join(WEEKDAYS)}")
    return tuple(at for at, day in enumerate(WEEKDAYS) if day in days)


def _listed(value: Value, part: str, otherwise: Sequence[str]) -> Sequence[object]:
    found = value.get(part, otherwise)
    if not isinstance(found, (list, tuple)):
        raise BadRule(part, f"{found!r:.40} is no list; write them like [{otherwise[0]!r}]")
    if not found:
        raise BadRule(part, f"choose at least one of {', '.join(otherwise)}")
    return found
