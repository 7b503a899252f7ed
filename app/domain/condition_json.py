"""Conditions as readable JSON: reading with a refusal that says what to do, and writing."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.domain.channel import Channel
from app.domain.condition import (
    DEEPEST,
    EXTRA_ASKS,
    FIELDS,
    MOST,
    Answered,
    Ask,
    BadUniverse,
    Between,
    Condition,
    Contacted,
    Every,
    Field,
    Group,
    InUniverse,
    Is,
    Known,
    Reach,
    Sample,
    Starts,
    Turnout,
    Voted,
    VotedIn,
    Within,
    walk,
)
from app.domain.condition_value import (
    day_of,
    list_of,
    number_of,
    object_of,
    one_of,
    range_of,
    share_of,
    short,
    stands_alone,
    truth_of,
    whole,
    word_of,
    words_of,
)
from app.domain.disposition import LABELS
from app.domain.election import ELECTION_KINDS
from app.domain.touch import AttemptState

GROUPS = ("all", "any", "none", "not")
RESULTS = (
    *(result.value for result in LABELS),
    *(AttemptState.SENT, AttemptState.DELIVERED, AttemptState.UNDELIVERED, AttemptState.FAILED),
)
"""What an attempt can have come to: a call its disposition, a message its state."""


def read_text(text: str) -> Any:
    """The JSON in `text`; raises BadUniverse for what is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadUniverse(
            f"this is no JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise BadUniverse(f"this is no JSON that we read: nest at most {DEEPEST} groups") from error


def read(data: Any, depth: int = 1) -> Condition | None:
    """The condition that the JSON says, None for {} (everybody); raises BadUniverse."""
    if data == {}:
        return None
    condition = _read(data, depth)
    if sum(1 for _ in walk(condition)) > MOST:
        raise BadUniverse(f"a filter has at most {MOST} conditions; save a part as a universe")
    return condition


def _read(data: Any, depth: int) -> Condition:
    if not isinstance(data, Mapping):
        raise BadUniverse(f"a condition is an object such as {{}}, not {short(data)}")
    found = [name for name in data if name in _READERS or name in GROUPS]
    if len(found) != 1:
        named = ", ".join(map(str, data)) or "nothing"
        what = "says " + ", ".join(found) if found else f"names {named}"
        raise BadUniverse(f"a condition {what}; it says one of {', '.join((*GROUPS, *_READERS))}")
    name = found[0]
    if name in GROUPS:
        stands_alone(data, name)
        return _group(name, data[name], depth)
    if name != "field":
        stands_alone(data, name)
    return _READERS[name](data if name == "field" else data[name])


def _group(name: str, data: Any, depth: int) -> Group:
    if depth > DEEPEST:
        raise BadUniverse(f"groups stand {DEEPEST} deep at most; save a part as a universe")
    if name == "not":
        data = [data]
    if not isinstance(data, list | tuple):
        raise BadUniverse(f"{name} is a list of conditions, not {short(data)}")
    if not data:
        raise BadUniverse("this group is empty; add a condition or remove the group")
    if len(data) > MOST:
        raise BadUniverse(f"a filter has at most {MOST} conditions; save a part as a universe")
    inner = []
    for place, one in enumerate(data):
        try:
            inner.append(_read(one, depth + 1))
        except BadUniverse as refused:
            raise BadUniverse(str(refused), (place, *refused.path)) from refused
    return Group(Every.NONE if name == "not" else Every(name), tuple(inner))


def _field(data: Mapping[str, Any]) -> Condition:
    name = data["field"]
    if not isinstance(name, str) or name not in FIELDS:
        raise BadUniverse(f"there is no field {short(name)}; there are {', '.join(FIELDS)}")
    asks = FIELDS[name].asks
    return _ask(Field(name), asks, {key: data[key] for key in data if key != "field"}, name)


def _extra(data: Any) -> Condition:
    object_of(data, "extra")
    name = word_of(data.get("name"), "the name of the column")
    rest = {key: data[key] for key in data if key != "name"}
    return _ask(Field(name, extra=True), EXTRA_ASKS, rest, name)


def _ask(field: Field, asks: frozenset[Ask], data: Mapping[str, Any], name: str) -> Condition:
    words = {ask.value for ask in asks} | ({"to"} if Ask.BETWEEN in asks else set())
    unknown = [str(key) for key in data if key not in words]
    if unknown:
        raise BadUniverse(
            f"{name} cannot be asked with {', '.join(unknown)}; use {', '.join(sorted(words))}"
        )
    kinds = {Ask.BETWEEN if key == "to" else Ask(key) for key in data}
    if len(kinds) != 1:
        raise BadUniverse(f"say one thing of {name}: {', '.join(sorted(words))}")
    return _ASKS[kinds.pop()](field, data)


def _is(field: Field, data: Mapping[str, Any]) -> Condition:
    case = "" if field.extra else FIELDS[field.name].case
    return Is(field, words_of(data["is"], field.name, case))


def _starts(field: Field, data: Mapping[str, Any]) -> Condition:
    values = words_of(data["starts"], field.name)
    if "" in values:
        raise BadUniverse(f"write what {field.name} starts with")
    return Starts(field, values)


def _between(field: Field, data: Mapping[str, Any]) -> Condition:
    kind = number_of if field.extra else day_of if _is_day(field) else whole
    low, high = (
        None if data.get(key) is None else kind(data[key], f"{field.name}, {key}")
        for key in ("from", "to")
    )
    if not field.extra and not _is_day(field):
        _, _, _, _, _, least, most = FIELDS[field.name]
        for value in (low, high):
            if isinstance(value, int) and not least <= value <= most:
                what = "an age" if field.name == "age" else f"a {FIELDS[field.name].title.lower()}"
                raise BadUniverse(f"{what} of {value} is not a voter's; use {least} to {most}")
    return Between(field, *range_of(low, high, field.name))


def _within(field: Field, data: Mapping[str, Any]) -> Condition:
    return Within(field, whole(data["within_days"], "within_days", 1, 36_500))


def _known(field: Field, data: Mapping[str, Any]) -> Condition:
    return Known(field, truth_of(data["known"], "known"))


_ASKS: Mapping[Ask, Callable[[Field, Mapping[str, Any]], Condition]] = {
    Ask.IS: _is,
    Ask.STARTS: _starts,
    Ask.BETWEEN: _between,
    Ask.WITHIN: _within,
    Ask.KNOWN: _known,
}


def _voted(data: Any) -> Condition:
    object_of(data, "voted", "at_least", "at_most", "of_last", "kind", "in")
    kind = "" if data.get("kind") is None else one_of(data["kind"], ELECTION_KINDS, "kind")
    if "in" in data:
        object_of(data, "voted in", "in", "kind")
        return VotedIn(_election(data["in"]), kind)
    least, most, last = (
        None if data.get(key) is None else whole(data[key], key, low, 100)
        for key, low in (("at_least", 0), ("at_most", 0), ("of_last", 1))
    )
    range_of(least, most, "voted")
    if last is not None and least is not None and least > last:
        raise BadUniverse(f"nobody voted in {least} of {last} elections; ask for {last} or fewer")
    return Voted(least, most, last, kind)


def _election(value: Any) -> str:
    when = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(value, date):
        when = value.isoformat()
    if isinstance(when, str) and re.fullmatch(r"(18|19|20|21)[0-9]{2}", when, re.ASCII):
        return when
    try:
        return day_of(when, "voted in").isoformat()
    except BadUniverse as refused:
        raise BadUniverse(
            f"voted in is a year like 2022 or a day like 2022-11-08, not {short(value)}"
        ) from refused


def _turnout(data: Any) -> Condition:
    object_of(data, "turnout", "from", "to")
    low, high = (
        None if data.get(key) is None else share_of(data[key], f"turnout, {key}", 0)
        for key in ("from", "to")
    )
    return Turnout(*range_of(low, high, "turnout"))


def _reach(data: Any) -> Condition:
    names = list_of(data, "reach")
    channels = [one_of(name, tuple(Channel), "reach") for name in names]
    return Reach(tuple(dict.fromkeys(Channel(name) for name in channels)))


def _answer(data: Any) -> Condition:
    object_of(data, "answer", "question", "is")
    question = word_of(data.get("question"), "the question")
    return Answered(question, words_of(data["is"], "answer") if "is" in data else ())


def _contact(data: Any) -> Condition:
    object_of(data, "contact", "channel", "result", "within_days", "at_least", "none")
    none = "none" in data and truth_of(data["none"], "none")
    if none and "at_least" in data:
        raise BadUniverse("a contact is asked for with none or with at_least, not with both")
    named = list_of(data["result"], "result") if "result" in data else ()
    channel, days = data.get("channel"), data.get("within_days")
    return Contacted(
        channel=None if channel is None else Channel(one_of(channel, tuple(Channel), "channel")),
        results=tuple(dict.fromkeys(one_of(one, RESULTS, "result") for one in named)),
        within_days=None if days is None else whole(days, "within_days", 1, 36_500),
        at_least=whole(data.get("at_least", 1), "at_least", 1, 1_000),
        none=none,
    )


def _universe(data: Any) -> Condition:
    return InUniverse(word_of(data, "the name of a universe"))


def _sample(data: Any) -> Condition:
    object_of(data, "sample", "share", "seed")
    if "share" not in data:
        raise BadUniverse("say the share of a sample, such as 0.1 for one in ten")
    share = share_of(data["share"], "share", None)
    seed = whole(data.get("seed", 1), "seed", 0, 2**31)
    return Sample(share, seed)


_READERS: Mapping[str, Callable[[Any], Condition]] = {
    "field": _field,
    "extra": _extra,
    "voted": _voted,
    "turnout": _turnout,
    "reach": _reach,
    "answer": _answer,
    "contact": _contact,
    "universe": _universe,
    "sample": _sample,
}

NAMES = frozenset({*GROUPS, *_READERS})
"""What a condition can be called."""


def _is_day(field: Field) -> bool:
    return not field.extra and field.name == "registered_on"


def write(condition: Condition | None) -> dict[str, Any]:
    """The JSON that `read` reads back as the same condition."""
    match condition:
        case None:
            return {}
        case Group(Every.NONE, (one,)):
            return {"not": write(one)}
        case Group(every, of):
            return {every.value: [write(one) for one in of]}
        case Is(field, values):
            return _of(field, {"is": list(values)})
        case Starts(field, values):
            return _of(field, {"starts": list(values)})
        case Between(field, low, high):
            return _of(field, _without_none({"from": _plain(low), "to": _plain(high)}))
        case Within(field, days):
            return _of(field, {"within_days": days})
        case Known(field, known):
            return _of(field, {"known": known})
        case Voted(least, most, last, kind):
            said = {"at_least": least, "at_most": most, "of_last": last, "kind": kind or None}
            return {"voted": _without_none(said)}
        case VotedIn(when, kind):
            return {"voted": _without_none({"in": when, "kind": kind or None})}
        case Turnout(low, high):
            return {"turnout": _without_none({"from": low, "to": high})}
        case Reach(channels):
            return {"reach": [channel.value for channel in channels]}
        case Answered(question, answers):
            return {"answer": {"question": question} | ({"is": list(answers)} if answers else {})}
        case Contacted():
            return {"contact": _contact_said(condition)}
        case InUniverse(name):
            return {"universe": name}
        case Sample(share, seed):
            return {"sample": {"share": share, "seed": seed}}


def _of(field: Field, said: dict[str, Any]) -> dict[str, Any]:
    if field.extra:
        return {"extra": {"name": field.name, **said}}
    return {"field": field.name, **said}


def _contact_said(contact: Contacted) -> dict[str, Any]:
    return _without_none(
        {
            "channel": contact.channel and contact.channel.value,
            "result": list(contact.results) or None,
            "within_days": contact.within_days,
            "at_least": contact.at_least if contact.at_least != 1 else None,
            "none": contact.none or None,
        }
    )


def _plain(value: int | float | date | None) -> int | float | str | None:
    return value.isoformat() if isinstance(value, date) else value


def _without_none(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
