"""A universe: the set of voters that a campaign works on, as a filter of data."""

from dataclasses import dataclass
from typing import Any


class BadUniverse(ValueError):
    """A filter that says nothing sensible."""


@dataclass(frozen=True)
class Universe:
    """Voters who meet all conditions; an empty condition asks nothing."""

    parties: tuple[str, ...] = ()  # codes as in the file, upper case
    min_age: int | None = None  # in years, on polling day's year
    max_age: int | None = None
    min_votes: int = 0  # elections voted in, as far as the file tells
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        low, high = self.min_age, self.max_age
        if low is not None and high is not None and low > high:
            raise BadUniverse(f"nobody is {low} or older and {high} or younger; swap the ages")
        for age in (low, high):
            if age is not None and not 16 <= age <= 120:
                raise BadUniverse(f"an age of {age} is not a voter's; use 16 to 120")
        if self.min_votes < 0:
            raise BadUniverse("past votes cannot be negative")

    def to_json(self) -> dict[str, Any]:
        """Readable JSON, without the conditions that ask nothing."""
        conditions = {
            "parties": list(self.parties),
            "min_age": self.min_age,
            "max_age": self.max_age,
            "min_votes": self.min_votes,
            "states": list(self.states),
        }
        return {name: value for name, value in conditions.items() if value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Universe":
        """The universe that `to_json` or a person wrote; raises BadUniverse for a condition that
        is unknown or of the wrong kind."""
        unknown = set(data) - {"parties", "min_age", "max_age", "min_votes", "states"}
        if unknown:
            raise BadUniverse(f"no condition is called {', '.join(sorted(unknown))}")
        return cls(
            parties=_codes(data, "parties"),
            min_age=_number(data, "min_age"),
            max_age=_number(data, "max_age"),
            min_votes=_number(data, "min_votes") or 0,
            states=_codes(data, "states"),
        )


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
