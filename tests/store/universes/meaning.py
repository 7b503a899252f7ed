"""What a filter means for a person, in plain Python."""

import struct
from datetime import timedelta
from typing import Any

from app.domain.channel import Channel
from app.domain.condition import (
    Answered,
    Between,
    Condition,
    Contacted,
    Every,
    Field,
    Group,
    Is,
    Known,
    Reach,
    Starts,
    Turnout,
    Voted,
    VotedIn,
    Within,
)
from app.domain.name import fold
from tests.factories import NOON
from tests.store.universes.people import HELD, Person


def holds(condition: Condition, person: Person) -> bool | None:
    """What the condition's words mean, in plain Python."""
    row = person.row
    match condition:
        case Group(Every.ALL, of):
            return all(holds(one, person) for one in of)
        case Group(Every.ANY, of):
            return any(holds(one, person) for one in of)
        case Group(Every.NONE, of):
            return not any(holds(one, person) for one in of)
        case Is(Field("phone_kind"), values):
            phones = ((row.phone, row.phone_kind), (row.phone2, row.phone2_kind))
            return any(number and (kind or "unknown") in values for number, kind in phones)
        case Is(Field("city"), values):
            return row.city.lower() in {one.lower() for one in values}
        case Is(of, values):
            return (row.extra.get(of.name, "") if of.extra else getattr(row, of.name)) in values
        case Starts(Field("name"), values):
            starts = tuple(one for one in map(fold, values) if one)
            return bool(starts) and f"{row.last_key}|".startswith(starts)
        case Starts(Field("city"), values):
            return row.city.lower().startswith(tuple(one.lower() for one in values))
        case Between(Field("household_size"), low, high):
            return _in(person.household, low, high)
        case Between(Field("age"), low, high):
            return row.birth_year is not None and _in(2026 - row.birth_year, low, high)
        case Between(Field("Ward"), low, high):
            ward = row.extra.get("Ward", "")
            return ward.isdigit() and _in(int(ward), low, high)
        case Between(Field("registered_on"), low, high):
            return row.registered_on is not None and _in(row.registered_on, low, high)
        case Within(_, days):
            since = NOON.date() - timedelta(days=days)
            return row.registered_on is not None and _in(row.registered_on, since, NOON.date())
        case Known(of, known):
            name = "birth_year" if of.name == "age" else of.name
            value = row.extra.get(of.name) if of.extra else getattr(row, name)
            return bool(value) is known
        case Voted(least, most, last, kind):
            if last is None and not kind:
                return _in(len(row.votes), least, most)
            days = [day for day, one in HELD[row.source] if kind in ("", one)][:last]
            return bool(days) and _in(len(set(days) & set(row.votes)), least, most)
        case VotedIn(when, kind):
            days = [day for day, one in HELD[row.source] if one == kind] if kind else row.votes
            return any(day.startswith(when) for day in set(days) & set(row.votes))
        case Turnout(low, high):
            return row.turnout is not None and _in(row.turnout, _real(low), _real(high))
        case Reach(channels):
            return any(_reached(one, person) for one in channels)
        case Answered(question, answers):
            given = person.answers.get(question)
            return given is not None and (not answers or given in answers)
        case Contacted(channel, results, days, least, none):
            tried = [
                1
                for one, result, at in person.attempts
                if channel in (None, one)
                and (
                    not results
                    or result in results
                    or (result != "delivered" and "done" in results)
                )
                and (days is None or at > NOON - timedelta(days=days))
            ]
            return not tried if none else len(tried) >= least
    raise AssertionError(condition)


def _real(value: float | None) -> float | None:
    """As PostgreSQL's real has it: the bounds that Hypothesis draws are finer."""
    return None if value is None else struct.unpack("f", struct.pack("f", value))[0]


def _in(value: Any, low: Any, high: Any) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _reached(channel: Channel, person: Person) -> bool:
    row = person.row
    if channel in person.barred:
        return False
    if channel is Channel.EMAIL:
        return row.email is not None
    texts = person.consented and row.phone_kind != "landline"
    return row.phone is not None and (channel is Channel.CALL or texts)
