"""A filter in plain English, as one would say it to a colleague."""

from collections.abc import Sequence
from datetime import date

from app.domain.channel import Channel
from app.domain.condition import (
    FIELDS,
    Answered,
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
)
from app.domain.disposition import LABELS

PARTIES = {
    "DEM": "Democrats",
    "REP": "Republicans",
    "UNA": "unaffiliated",
    "NPA": "no party",
    "IND": "independents",
    "LIB": "Libertarians",
    "GRE": "Greens",
}
GENDERS = {"F": "women", "M": "men", "X": "gender X"}
LANGUAGES = {"en": "English", "es": "Spanish", "zh": "Chinese", "vi": "Vietnamese"}
VERBS = {Channel.CALL: "called", Channel.TEXT: "texted", Channel.EMAIL: "emailed"}
REACHED_BY = {
    Channel.CALL: "a phone to call",
    Channel.TEXT: "a phone that may be texted",
    Channel.EMAIL: "an email that may be used",
}
MOST_NAMED = 6

_NAMES = {"party": PARTIES, "gender": GENDERS, "language": LANGUAGES}


def in_words(condition: Condition | None) -> str:
    """Such as "Democrats or unaffiliated, aged 18 to 35, not voted in 2022"."""
    words = "everybody on file" if condition is None else _say(condition, outer=True)
    return words[:1].upper() + words[1:]


def value_in_words(field: str, value: str) -> str:
    """A value of a field as a list shows it: DEM (Democrats)."""
    known = _NAMES.get(field, {}).get(value)
    return f"{value} ({known})" if known else value or "not on file"


def _say(condition: Condition, outer: bool = False) -> str:
    match condition:
        case Group(Every.ALL, of):
            words = ", ".join(_say(one) for one in of)
            return words if outer or len(of) == 1 else f"({words})"
        case Group(Every.ANY, of):
            words = " or ".join(_say(one) for one in of)
            return words if len(of) == 1 or (outer and len(of) > 1) else f"({words})"
        case Group(_, of):
            return _not(of)
        case Is(field, values):
            return _is(field, values)
        case Starts(field, values):
            return f"{_title(field)} starts with {_either(values)}"
        case Between(field, low, high):
            return _between(field, low, high)
        case Within(field, days):
            return f"{_title(field)} in the last {_count(days, 'day')}"
        case Known(field, known):
            return f"{_title(field)} {'on file' if known else 'not on file'}"
        case Voted():
            return _voted(condition)
        case VotedIn(when, kind):
            return f"voted in {f'a {kind} election of ' if kind else ''}{when}"
        case Turnout(low, high):
            percents = [None if one is None else _percent(one) for one in (low, high)]
            return f"chance to vote {_span(*percents)}"
        case Reach(channels):
            return "with " + _or([REACHED_BY[channel] for channel in channels])
        case Answered(question, answers):
            said = _either(answers) if answers else "anything"
            return f"answered {said} to “{question}”"
        case Contacted():
            return _contact(condition)
        case InUniverse(name):
            return f"in “{name}”"
        case Sample(share, seed):
            return f"a random {_percent(share)} (seed {seed})"


def _not(of: Sequence[Condition]) -> str:
    if len(of) == 1:
        return f"not {_say(of[0])}"
    return f"not ({' or '.join(_say(one) for one in of)})"


def _is(field: Field, values: Sequence[str]) -> str:
    names = {} if field.extra else _NAMES.get(field.name, {})
    said = _or([names.get(value, value or f"no {_title(field)}") for value in values])
    if not field.extra and (field.name in ("gender", "status") or all(v in names for v in values)):
        return f"{said} speakers" if field.name == "language" else said
    return f"{_title(field)} {said}"


def _between(field: Field, low: object, high: object) -> str:
    if field.name == "age" and not field.extra:
        return f"aged {_span(low, high)}"
    if isinstance(low, date) or isinstance(high, date):
        parts = [f"from {low}" if low else "", f"to {high}" if high else ""]
        return f"{_title(field)} {' '.join(part for part in parts if part)}"
    return f"{_title(field)} {_span(low, high)}"


def _span(low: object, high: object) -> str:
    if low is None:
        return f"up to {high}"
    if high is None:
        return f"{low} or more"
    return f"{low}" if low == high else f"{low} to {high}"


def _voted(voted: Voted) -> str:
    least, most = voted.at_least, voted.at_most
    if least is None:
        much = f"at most {most}"
    elif most is None:
        much = f"at least {least}"
    else:
        much = _span(least, most)
    kind = f"{voted.kind} " if voted.kind else ""
    if voted.of_last is None:
        return f"voted in {much} {kind}elections"
    last = f"the last {voted.of_last} {kind}elections"
    return f"voted in {much} of {last if voted.of_last > 1 else f'the last {kind}election'}"


def _contact(contact: Contacted) -> str:
    verb = VERBS[contact.channel] if contact.channel else "contacted"
    words = f"not {verb}" if contact.none else verb
    if contact.at_least > 1:
        words += f" at least {contact.at_least} times"
    if contact.results:
        labels = {result.value: label.lower() for result, label in LABELS.items()}
        words += f" with result {_or([labels.get(one, one) for one in contact.results])}"
    if contact.within_days:
        words += f" in the last {_count(contact.within_days, 'day')}"
    return words


def _title(field: Field) -> str:
    return field.name if field.extra else _lower(FIELDS[field.name].title)


def _lower(title: str) -> str:
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _either(values: Sequence[str]) -> str:
    return _or([f"“{value}”" for value in values])


def _or(words: Sequence[str]) -> str:
    if len(words) > MOST_NAMED:
        more = len(words) - MOST_NAMED + 1
        words = [*words[: MOST_NAMED - 1], f"{more} others"]
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"
