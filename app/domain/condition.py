"""The conditions that a universe is made of: what may be asked of a voter, as a tree of data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from app.domain.channel import Channel


class BadUniverse(ValueError):
    """A filter that says nothing sensible; `path` leads to the condition: its place in each group
    from the outside in, counted from 0."""

    def __init__(self, message: str, path: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class Ask(StrEnum):
    """How a field can be asked; the words are those of the JSON."""

    IS = "is"  # one of these values
    STARTS = "starts"  # with one of these
    BETWEEN = "from"  # … to
    WITHIN = "within_days"  # in the last so many days
    KNOWN = "known"  # on file, or not


class FilterField(NamedTuple):
    """A field of the voter that a filter may ask."""

    name: str
    title: str
    topic: str  # under which the menu shows it
    asks: frozenset[Ask]
    case: str = ""  # how its values are written in the database: upper, lower or as they are
    low: int = 0  # the bounds of a range of numbers
    high: int = 0


_IS, _STARTS, _BETWEEN, _WITHIN, _KNOWN = (frozenset({ask}) for ask in Ask)

FIELDS = {
    field.name: field
    for field in (
        FilterField("party", "Party", "Person", _IS | _KNOWN, "upper"),
        FilterField("age", "Age", "Person", _BETWEEN | _KNOWN, low=16, high=120),
        FilterField(
            "birth_year", "Year of birth", "Person", _BETWEEN | _KNOWN, low=1850, high=2100
        ),
        FilterField("gender", "Gender", "Person", _IS | _KNOWN, "upper"),
        FilterField("language", "Language", "Person", _IS, "lower"),
        FilterField("name", "Name", "Person", _STARTS),
        FilterField("household_size", "Household size", "Person", _BETWEEN, low=1, high=1000),
        FilterField("county", "County", "Place", _IS | _KNOWN),
        FilterField("city", "City", "Place", _IS | _STARTS | _KNOWN),
        FilterField("state", "State", "Place", _IS | _KNOWN, "upper"),
        FilterField("postcode", "ZIP or postcode", "Place", _IS | _STARTS | _KNOWN),
        FilterField("precinct", "Precinct", "Place", _IS | _STARTS | _KNOWN),
        FilterField("status", "Status", "Registration", _IS, "lower"),
        FilterField("registered_on", "Registered", "Registration", _BETWEEN | _WITHIN | _KNOWN),
        FilterField("source", "Source file", "Registration", _IS, "lower"),
        FilterField("phone", "Phone", "Reach", _KNOWN),
        FilterField("phone_kind", "Kind of phone", "Reach", _IS, "lower"),
        FilterField("email", "Email", "Reach", _KNOWN),
    )
}

EXTRA_ASKS = _IS | _BETWEEN | _KNOWN
"""What may be asked of a column that the file brought and nobody mapped."""

DEEPEST = 8
"""Groups within groups."""
MOST = 200
"""Conditions in a filter, groups counted."""


class Every(StrEnum):
    """How many of a group's conditions must hold."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True)
class Group:
    """Conditions that must all hold, or any, or none. What is not known does not hold."""

    every: Every
    of: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Field:
    """A field of the voter, or (`extra`) a column of the file under its own name."""

    name: str
    extra: bool = False


@dataclass(frozen=True)
class Is:
    """The field has one of these values; an empty one means that nothing is on file."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True)
class Starts:
    """The field begins with one of these; a name does if its first or last name does."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True)
class Between:
    """From low to high, both included; None is open."""

    field: Field
    low: int | float | date | None
    high: int | float | date | None


@dataclass(frozen=True)
class Within:
    """A day in the last so many days."""

    field: Field
    days: int


@dataclass(frozen=True)
class Known:
    """The field is on file, or is not."""

    field: Field
    known: bool


@dataclass(frozen=True)
class Voted:
    """In how many of the last elections, of one kind or of any; without `of_last` of all."""

    at_least: int | None = None
    at_most: int | None = None
    of_last: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class VotedIn:
    """In an election of this year (2022) or of this day (2022-11-08)."""

    when: str
    kind: str = ""


@dataclass(frozen=True)
class Turnout:
    """The chance to vote, from 0 to 1."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Reach:
    """One of these channels may reach them."""

    channels: tuple[Channel, ...]


@dataclass(frozen=True)
class Answered:
    """Gave one of these answers to the question, or (none named) any answer."""

    question: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contacted:
    """Was tried before: so often, by this channel, with one of these results, so lately."""

    channel: Channel | None = None
    results: tuple[str, ...] = ()
    within_days: int | None = None
    at_least: int = 1
    none: bool = False  # they were not


@dataclass(frozen=True)
class InUniverse:
    """In the saved universe of this name."""

    name: str


@dataclass(frozen=True)
class Sample:
    """A random share of all voters, the same for the same seed; a larger share holds a smaller."""

    share: float
    seed: int


Condition = (
    Group
    | Is
    | Starts
    | Between
    | Within
    | Known
    | Voted
    | VotedIn
    | Turnout
    | Reach
    | Answered
    | Contacted
    | InUniverse
    | Sample
)


def walk(condition: Condition | None) -> Iterator[Condition]:
    """The condition and all within it."""
    if condition is None:
        return
    yield condition
    if isinstance(condition, Group):
        for inner in condition.of:
            yield from walk(inner)


def both(conditions: Sequence[Condition | None]) -> Condition | None:
    """All of these; those that ask nothing fall away."""
    asked = tuple(one for one in conditions if one is not None)
    if len(asked) < 2:
        return asked[0] if asked else None
    return Group(Every.ALL, asked)


def names_in(condition: Condition | None) -> set[str]:
    """The saved universes that it refers to."""
    return {one.name for one in walk(condition) if isinstance(one, InUniverse)}


def renamed(condition: Condition, old: str, new: str) -> Condition:
    """The same, with references to the universe `old` as ones to `new`."""
    if isinstance(condition, Group):
        return Group(condition.every, tuple(renamed(one, old, new) for one in condition.of))
    if condition == InUniverse(old):
        return InUniverse(new)
    return condition
