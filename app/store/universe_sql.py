"""Conditions as SQL on voters v; what a filter says is bound and never becomes part of the SQL."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.bar import needs_consent
from app.domain.channel import Channel
from app.domain.condition import (
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
    walk,
)
from app.domain.layout import withdrawn_statuses
from app.domain.name import fold
from app.domain.touch import AttemptState
from app.store.facts import ADDRESS

ON_FILE = "NOT v.status = ANY(:withdrawn) AND v.merged_into IS NULL"
"""In no universe: voters whom a newer file takes off the list, and doubles of another."""

NULLABLE = frozenset({"phone", "email", "birth_year", "age", "registered_on"})
ANY_CASE = frozenset({"city", "county", "precinct", "postcode"})
"""Fields that files write in cases of their own; found however they are typed."""


@dataclass(frozen=True)
class Asking:
    """From when and where a universe is asked."""

    day: date  # polling day: ages count in its year, elections before it
    now: datetime  # "in the last 7 days" counts back from here
    country: str = "US"  # whose rule says which channel needs a consent


@dataclass(frozen=True)
class Election:
    """A past election, of one source of voters."""

    source: str
    day: date
    kind: str


@dataclass(frozen=True)
class Where:
    """A condition on voters v, and what it binds."""

    sql: str
    binds: Mapping[str, Any]


def where(session: Session, condition: Condition | None, asking: Asking) -> Where:
    """The voters on file who meet the condition; it refers to no saved universe any more."""
    found = wheres(session, [condition], asking)
    return Where(f"{ON_FILE} AND {found.sql}", found.binds)


def wheres(session: Session, conditions: Iterable[Condition | None], asking: Asking) -> Where:
    """The conditions without the one that all share, ON_FILE, separated by commas."""
    asked = list(conditions)
    needs = any(isinstance(one, Voted | VotedIn) for each in asked for one in walk(each))
    writer = _Writer(asking, elections(session) if needs else [])
    said = [writer.say(one) if one is not None else "TRUE" for one in asked]
    return Where(", ".join(said), {**writer.binds, "withdrawn": sorted(withdrawn_statuses())})


def elections(session: Session) -> list[Election]:
    """All that are on file, the latest first."""
    rows = session.execute(text("SELECT source, day, kind FROM elections ORDER BY day DESC"))
    return [Election(*row) for row in rows]


def reach(
    channel: Channel,
    country: str,
    has: Callable[[str, Channel], str],
    of: str = "v",
    *,
    by_hand: bool = False,
) -> str:
    """The SQL of "this channel may reach them", as the engine will ask it (domain/bar.py).

    `has(table, channel)` is the SQL of "the address stands in this table for this channel".
    """
    needs = needs_consent(channel, country, by_hand=by_hand)
    address = ADDRESS[channel].replace("v.", f"{of}.")
    return " AND ".join(
        [
            f"{address} IS NOT NULL",
            *([f"{of}.phone_kind <> 'landline'"] if channel is Channel.TEXT else []),
            *([has("consents", channel)] if needs else []),
            f"NOT {has('opt_outs', channel)}",
            f"NOT {has('dead_addresses', channel)}",
        ]
    )


def _looked_up(table: str, channel: Channel) -> str:
    return (
        f"EXISTS (SELECT FROM {table} x WHERE x.address = {ADDRESS[channel]} "
        f"AND x.channel = '{channel.value}')"
    )


class _Writer:
    """Writes conditions and collects what they bind."""

    def __init__(self, asking: Asking, held: list[Election]) -> None:
        self.asking, self.held = asking, held
        self.binds: dict[str, Any] = {}

    def bind(self, value: object) -> str:
        name = f"u{len(self.binds)}"
        self.binds[name] = value
        return f":{name}"

    def say(self, condition: Condition) -> str:
        match condition:
            case Group(every, of):
                joined = (" AND " if every is Every.ALL else " OR ").join(map(self.say, of))
                # What is not known does not hold, so none of them holds: IS NOT TRUE, not NOT.
                return f"(({joined}) IS NOT TRUE)" if every is Every.NONE else f"({joined})"
            case Is(field, values):
                return self._is(field, values)
            case Starts(field, values):
                return self._starts(field, values)
            case Between(field, low, high):
                return self._between(field, low, high)
            case Within(field, days):
                day = self.asking.now.date()
                since, until = self.bind(day - timedelta(days=days)), self.bind(day)
                return f"v.{field.name} BETWEEN {since} AND {until}"
            case Known(field, known):
                return self._known(field, known)
            case Turnout(low, high):
                return self._range("v.turnout", low, high, "real")
            case Reach(channels):
                said = (reach(one, self.asking.country, _looked_up) for one in channels)
                return "(" + " OR ".join(f"({one})" for one in said) + ")"
            case Sample(share, seed):
                # The server keeps this function as it is, since hash partitions rest on it.
                number = f"hashint8extended(v.id, CAST({self.bind(seed)} AS bigint))"
                return f"({number} & 2147483647) < {self.bind(round(share * 2**31))}"
            case InUniverse(name):
                raise AssertionError(f"{name} was not resolved")
            case _:
                return self._past(condition)

    def _past(self, condition: Voted | VotedIn | Answered | Contacted) -> str:
        match condition:
            case Voted():
                return self._voted(condition)
            case VotedIn(when, kind):
                return self._voted_in(when, kind)
            case Answered(question, answers):
                which = f" AND answer = ANY({self.bind(list(answers))})" if answers else ""
                return (
                    "v.id IN (SELECT voter_id FROM answers "
                    f"WHERE question = {self.bind(question)}{which})"
                )
            case Contacted():
                return self._contacted(condition)

    def _is(self, field: Field, values: tuple[str, ...]) -> str:
        if field.extra:
            name = self.bind(field.name)
            return f"coalesce(v.extra ->> {name}, '') = ANY({self.bind(list(values))})"
        if field.name == "phone_kind":
            kinds = self.bind([*values, *([""] if "unknown" in values else [])])
            phones = ("phone", "phone2", "phone3")
            said = (f"(v.{one} IS NOT NULL AND v.{one}_kind = ANY({kinds}))" for one in phones)
            return f"({' OR '.join(said)})"
        written = _any_case(values) if field.name in ANY_CASE else list(values)
        return f"v.{field.name} = ANY({self.bind(written)})"

    def _starts(self, field: Field, values: tuple[str, ...]) -> str:
        if field.name == "name":
            folded = [one for one in map(fold, values) if one]
            names = self.bind([f"{_literally(one)}%" for one in folded])
            return f"(v.last_key LIKE ANY({names}) OR v.first_key LIKE ANY({names}))"
        starts = self.bind([f"{_literally(one.lower())}%" for one in values])
        return f"lower(v.{field.name}) LIKE ANY({starts})"

    def _between(
        self, field: Field, low: int | float | date | None, high: int | float | date | None
    ) -> str:
        if field.extra:
            cell = f"(v.extra ->> {self.bind(field.name)})"
            number = f"CAST({cell} AS numeric)"
            plain = f"{cell} ~ '^ *-?[0-9]{{1,18}}([.][0-9]{{1,18}})? *$'"
            return f"CASE WHEN {plain} THEN {self._range(number, low, high, 'numeric')} END"
        if field.name == "age":
            year = self.bind(self.asking.day.year)
            return self._range(f"({year} - v.birth_year)", low, high, "integer")
        if field.name == "household_size":
            return self._household(low, high)
        kind = "date" if field.name == "registered_on" else "integer"
        return self._range(f"v.{field.name}", low, high, kind)

    def _range(self, what: str, low: object, high: object, kind: str) -> str:
        ends = [
            f"{what} {sign} CAST({self.bind(end)} AS {kind})"
            for sign, end in ((">=", low), ("<=", high))
            if end is not None
        ]
        return f"({' AND '.join(ends)})"

    def _household(self, low: object, high: object) -> str:
        return (
            "coalesce(v.household_id, v.id) IN (SELECT coalesce(v.household_id, v.id) "
            f"FROM voters v WHERE {ON_FILE} GROUP BY 1 "
            f"HAVING {self._range('count(*)', low, high, 'integer')})"
        )

    def _known(self, field: Field, known: bool) -> str:
        if field.extra:
            said = f"coalesce(v.extra ->> {self.bind(field.name)}, '')"
            return f"{said} {'<>' if known else '='} ''"
        column = "birth_year" if field.name == "age" else field.name
        if field.name in NULLABLE:
            return f"v.{column} IS {'NOT NULL' if known else 'NULL'}"
        return f"v.{column} {'<>' if known else '='} ''"

    def _voted(self, voted: Voted) -> str:
        if voted.of_last is None and not voted.kind:
            return self._range("cardinality(v.votes)", voted.at_least, voted.at_most, "integer")
        days = self._days(voted.kind, voted.of_last)
        if not days:
            return "FALSE"
        return self._by_source(
            {
                source: self._range(self._times(of), voted.at_least, voted.at_most, "integer")
                for source, of in days.items()
            }
        )

    def _voted_in(self, when: str, kind: str) -> str:
        if not kind:
            if len(when) == len("2022"):
                # The days are ISO, so a year stands nowhere but at the head of one.
                return f"array_to_string(v.votes, ',') LIKE {self.bind(f'%{when}-%')}"
            return f"{self.bind(when)} = ANY(v.votes)"
        days: dict[str, list[str]] = {}
        for one in self.held:
            if one.kind == kind and one.day.isoformat().startswith(when):
                days.setdefault(one.source, []).append(one.day.isoformat())
        said = {
            source: f"v.votes && CAST({self.bind(of)} AS text[])" for source, of in days.items()
        }
        return self._by_source(said) if said else "FALSE"

    def _days(self, kind: str, last: int | None) -> dict[str, list[str]]:
        """The days of a source's last elections of a kind, before the day asked."""
        days: dict[str, list[str]] = {}
        for one in self.held:
            of = days.setdefault(one.source, [])
            fits = one.day < self.asking.day and kind in ("", one.kind)
            if fits and (last is None or len(of) < last):
                of.append(one.day.isoformat())
        return {source: of for source, of in days.items() if of}

    def _times(self, days: list[str]) -> str:
        return " + ".join(f"CAST({self.bind(day)} = ANY(v.votes) AS integer)" for day in days)

    def _by_source(self, said: Mapping[str, str]) -> str:
        each = (f"(v.source = {self.bind(source)} AND {sql})" for source, sql in said.items())
        return f"({' OR '.join(each)})"

    def _contacted(self, asked: Contacted) -> str:
        parts = [f"a.state <> '{AttemptState.ABSENT.value}'"]
        if asked.channel is not None:
            parts.append(f"a.channel = {self.bind(asked.channel.value)}")
        if asked.results:
            named = self.bind(list(asked.results))
            parts.append(f"(a.disposition = ANY({named}) OR a.state = ANY({named}))")
        if asked.within_days is not None:
            since = self.asking.now - timedelta(days=asked.within_days)
            parts.append(f"a.attempted_at > {self.bind(since)}")
        often = f" GROUP BY a.voter_id HAVING count(*) >= {self.bind(asked.at_least)}"
        return (
            f"v.id {'NOT ' if asked.none else ''}IN (SELECT a.voter_id FROM attempts a "
            f"WHERE {' AND '.join(parts)}{often if asked.at_least > 1 else ''})"
        )


def _any_case(values: Iterable[str]) -> list[str]:
    written = (form for one in values for form in (one, one.upper(), one.title(), one.lower()))
    return list(dict.fromkeys(written))


def _literally(start: str) -> str:
    """The text for LIKE, its signs meaning themselves."""
    return start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
