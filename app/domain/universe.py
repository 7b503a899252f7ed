"""A universe: the set of voters that a campaign works on, as a filter of data."""

from dataclasses import dataclass
from typing import Any

from app.domain.condition import (
    BadUniverse,
    Between,
    Condition,
    Field,
    InUniverse,
    Is,
    Voted,
    both,
)
from app.domain.condition_json import NAMES, read, write

__all__ = ["BadUniverse", "Universe"]

_SIMPLE = ("parties", "min_age", "max_age", "min_votes", "states")


@dataclass(frozen=True)
class Universe:
    """Voters who meet all conditions; an empty condition asks nothing.

    The first five are what most campaigns ask; `filter` holds everything else, as a tree.
    """

    parties: tuple[str, ...] = ()  # codes as in the file, upper case
    min_age: int | None = None  # in years, on polling day's year
    max_age: int | None = None
    min_votes: int = 0  # elections voted in, as far as the file tells
    states: tuple[str, ...] = ()
    filter: Condition | None = None

    def __post_init__(self) -> None:
        low, high = self.min_age, self.max_age
        if low is not None and high is not None and low > high:
            raise BadUniverse(f"nobody is {low} or older and {high} or younger; swap the ages")
        for age in (low, high):
            if age is not None and not 16 <= age <= 120:
                raise BadUniverse(f"an age of {age} is not a voter's; use 16 to 120")
        if self.min_votes < 0:
            raise BadUniverse("past votes cannot be negative")

    @property
    def condition(self) -> Condition | None:
        """All of it as one tree; None asks nothing."""
        aged = self.min_age is not None or self.max_age is not None
        return both(
            [
                Is(Field("party"), self.parties) if self.parties else None,
                Between(Field("age"), self.min_age, self.max_age) if aged else None,
                Voted(at_least=self.min_votes) if self.min_votes else None,
                Is(Field("state"), self.states) if self.states else None,
                self.filter,
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """Readable JSON, without the conditions that ask nothing."""
        conditions = {
            "parties": list(self.parties),
            "min_age": self.min_age,
            "max_age": self.max_age,
            "min_votes": self.min_votes,
            "states": list(self.states),
            "filter": write(self.filter),
        }
        return {name: value for name, value in conditions.items() if value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Universe":
        """The universe that `to_json` or a person wrote: the simple conditions, a filter, and
        under `name` a saved universe.

        A filter may stand under `filter` or as it is. Raises BadUniverse for a condition that is
        unknown or of the wrong kind.
        """
        if not isinstance(data, dict):
            raise BadUniverse("a universe is an object such as {}")
        simple = {name: data[name] for name in data if name in _SIMPLE}
        return cls(
            parties=_codes(simple, "parties"),
            min_age=_number(simple, "min_age"),
            max_age=_number(simple, "max_age"),
            min_votes=_number(simple, "min_votes") or 0,
            states=_codes(simple, "states"),
            filter=_filter({name: data[name] for name in data if name not in _SIMPLE}),
        )


def _filter(data: dict[str, Any]) -> Condition | None:
    rest = {name: value for name, value in data.items() if name not in ("name", "filter")}
    if rest and not set(rest) & NAMES:
        raise BadUniverse(f"no condition is called {', '.join(sorted(map(str, rest)))}")
    return both(
        [
            InUniverse(_name(data["name"])) if "name" in data else None,
            read(data["filter"]) if "filter" in data else None,
            read(rest),
        ]
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadUniverse(f"name is that of a saved universe, not {value!r}")
    return value.strip()


def _codes(data: dict[str, Any], name: str) -> tuple[str, ...]:
    codes = data.get(name) or ()
    if not isinstance(codes, list | tuple):
        raise BadUniverse(f"{name} is a list; write [{str(codes)!r}], not {codes!r}")
    return tuple(str(code).upper() for code in codes)


def _number(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise BadUniverse(f"{name} is a whole number, not {value!r}")
