"""A filter in plain words, as one would say it to a colleague, in the language of the page."""

from collections.abc import Mapping, Sequence
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
from app.domain.language import names as language_names
from app.web.call_words import RESULTS
from app.web.retold import retold
from app.web.tongue import InTongue, marked, ngettext
from app.web.tongue import translated as _
from app.web.words import language, number

MOST_NAMED = 6
"""Values that are named one by one; of more the rest is counted."""

PARTIES = InTongue(
    {
        "DEM": marked("Democrats"),
        "REP": marked("Republicans"),
        "UNA": marked("unaffiliated"),
        "NPA": marked("no party"),
        "IND": marked("independents"),
        "LIB": marked("Libertarians"),
        "GRE": marked("Greens"),
    }
)
GENDERS = InTongue({"F": marked("women"), "M": marked("men"), "X": marked("gender X")})
REACHED_BY = InTongue(
    {
        Channel.CALL: marked("a phone to call"),
        Channel.TEXT: marked("a phone that may be texted"),
        Channel.EMAIL: marked("an email that may be used"),
    }
)
_TRIED = InTongue(
    {
        (Channel.CALL, False): marked("called"),
        (Channel.TEXT, False): marked("texted"),
        (Channel.EMAIL, False): marked("emailed"),
        (None, False): marked("contacted"),
        (Channel.CALL, True): marked("not called"),
        (Channel.TEXT, True): marked("not texted"),
        (Channel.EMAIL, True): marked("not emailed"),
        (None, True): marked("not contacted"),
    }
)
"""By channel, and whether they were not."""


def in_words(condition: Condition | None) -> str:
    """Such as "Democrats or unaffiliated, aged 18 to 35, not voted in 2022"."""
    words = _("everybody on file") if condition is None else _say(condition, outer=True)
    return words[:1].upper() + words[1:]


def value_in_words(field: str, value: str) -> str:
    """A value of a field as a list shows it: DEM (Democrats)."""
    known = _name(field, value)
    return f"{value} ({known})" if known else value or _("not on file")


def _name(field: str, value: str) -> str:
    """The name of a value of a field; empty where it has none."""
    if field == "language":
        return language(value) if value in language_names() else ""
    named: Mapping[str, Mapping[str, str]] = {"party": PARTIES, "gender": GENDERS}
    return str(named.get(field, {}).get(value, ""))


def _say(condition: Condition, outer: bool = False) -> str:
    match condition:
        case Group(Every.ALL, of):
            words = ", ".join(_say(one) for one in of)
            return words if outer or len(of) == 1 else f"({words})"
        case Group(Every.ANY, of):
            words = _or_all([_say(one) for one in of])
            return words if len(of) == 1 or (outer and len(of) > 1) else f"({words})"
        case Group(_every, of):
            if len(of) == 1:
                return _("not %(condition)s", condition=_say(of[0]))
            return _("not (%(conditions)s)", conditions=_or_all([_say(one) for one in of]))
        case Is(field, values):
            return _is(field, values)
        case Starts(field, values):
            return _(
                "%(field)s starts with %(values)s", field=_title(field), values=_either(values)
            )
        case Between(field, low, high):
            return _between(field, low, high)
        case Within(field, days):
            return ngettext(
                "%(field)s in the last %(count)s day",
                "%(field)s in the last %(count)s days",
                days,
                field=_title(field),
                count=number(days),
            )
        case Known(field, known):
            if known:
                return _("%(field)s on file", field=_title(field))
            return _("%(field)s not on file", field=_title(field))
        case Turnout(low, high):
            percents = [None if one is None else _percent(one) for one in (low, high)]
            return _("chance to vote %(span)s", span=_span(*percents))
        case Sample(share, seed):
            return _("a random %(share)s (seed %(seed)s)", share=_percent(share), seed=seed)
        case _other:
            return _say_past(_other)


def _say_past(condition: Condition) -> str:
    """What voters did or said before, or how they can be reached."""
    match condition:
        case Voted():
            return _voted(condition)
        case VotedIn(when, kind):
            if kind:
                return _("voted in a %(kind)s election of %(when)s", kind=retold(kind), when=when)
            return _("voted in %(when)s", when=when)
        case Reach(channels):
            return _("with %(what)s", what=_or([REACHED_BY[channel] for channel in channels]))
        case Answered(question, answers):
            said = _either(answers) if answers else _("anything")
            return _("answered %(said)s to “%(question)s”", said=said, question=question)
        case Contacted():
            return _contact(condition)
        case InUniverse(name):
            return _("in “%(name)s”", name=name)
    raise AssertionError(condition)


def _is(field: Field, values: Sequence[str]) -> str:
    names = {} if field.extra else {one: _name(field.name, one) for one in values}
    names = {value: name for value, name in names.items() if name}
    no = [_("no %(field)s", field=_title(field)) if value == "" else value for value in values]
    said = _or([names.get(value, words) for value, words in zip(values, no, strict=True)])
    alone = field.name in ("gender", "status") or all(value in names for value in values)
    if field.extra or not alone:
        return _("%(field)s %(values)s", field=_title(field), values=said)
    return _("%(languages)s speakers", languages=said) if field.name == "language" else said


def _between(field: Field, low: object, high: object) -> str:
    if field.name == "age" and not field.extra:
        return _("aged %(span)s", span=_span(low, high))
    name = _title(field)
    if not (isinstance(low, date) or isinstance(high, date)):
        return _("%(field)s %(values)s", field=name, values=_span(low, high))
    if low and high:
        return _("%(field)s from %(low)s to %(high)s", field=name, low=low, high=high)
    if low:
        return _("%(field)s from %(low)s", field=name, low=low)
    return _("%(field)s to %(high)s", field=name, high=high)


def _span(low: object, high: object) -> str:
    if low is None:
        return _("up to %(high)s", high=high)
    if high is None:
        return _("%(low)s or more", low=low)
    return f"{low}" if low == high else _("%(low)s to %(high)s", low=low, high=high)


def _voted(voted: Voted) -> str:
    least, most = voted.at_least, voted.at_most
    if least is None:
        much = _("at most %(count)s", count=most)
    elif most is None:
        much = _("at least %(count)s", count=least)
    else:
        much = _span(least, most)
    facts = {"much": much, "kind": retold(voted.kind), "last": voted.of_last}
    if voted.of_last is None:
        if voted.kind:
            return _("voted in %(much)s %(kind)s elections", much=much, kind=facts["kind"])
        return _("voted in %(much)s elections", much=much)
    if voted.kind:
        return ngettext(
            "voted in %(much)s of the last %(kind)s election",
            "voted in %(much)s of the last %(last)s %(kind)s elections",
            voted.of_last,
            **facts,
        )
    return ngettext(
        "voted in %(much)s of the last election",
        "voted in %(much)s of the last %(last)s elections",
        voted.of_last,
        **facts,
    )


def _contact(contact: Contacted) -> str:
    words = _TRIED[contact.channel, contact.none]
    if contact.at_least > 1:
        words = _("%(tried)s at least %(count)s times", tried=words, count=contact.at_least)
    if contact.results:
        results = _or([RESULTS.get(one, "").lower() or retold(one) for one in contact.results])
        words = _("%(tried)s with result %(results)s", tried=words, results=results)
    if contact.within_days:
        words = ngettext(
            "%(tried)s in the last %(count)s day",
            "%(tried)s in the last %(count)s days",
            contact.within_days,
            tried=words,
            count=number(contact.within_days),
        )
    return words


def _title(field: Field) -> str:
    if field.extra:
        return field.name
    title = retold(FIELDS[field.name].title)
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _either(values: Sequence[str]) -> str:
    return _or([f"“{value}”" for value in values])


def _or(words: Sequence[str]) -> str:
    if len(words) > MOST_NAMED:
        more = len(words) - MOST_NAMED + 1
        words = [*words[: MOST_NAMED - 1], _("%(count)s others", count=more)]
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s or %(last)s", some=", ".join(words[:-1]), last=words[-1])


def _or_all(words: Sequence[str]) -> str:
    """All of them with an “or” between each two."""
    said = words[0] if words else ""
    for one in words[1:]:
        said = _("%(some)s or %(last)s", some=said, last=one)
    return said


def _percent(share: float) -> str:
    return f"{share * 100:.6g} %"
