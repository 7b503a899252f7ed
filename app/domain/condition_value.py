"""Single values of a condition's JSON: each checked, and refused with what to write instead."""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.condition import BadUniverse

LONGEST_WORD, MOST_WORDS = 200, 2_000
FINEST = 6
"""Digits after the point of a share; the database cannot hold much finer a chance to vote."""


def short(value: Any) -> str:
    """A value as a refusal shows it."""
    words = repr(value)
    return words if len(words) <= 40 else f"{words[:40]}…"


def stands_alone(data: Mapping[str, Any], name: str) -> None:
    """Refuses anything beside `name` in a condition."""
    others = [str(key) for key in data if key != name]
    if others:
        raise BadUniverse(f"{', '.join(others)} cannot stand beside {name}; make two conditions")


def object_of(data: Any, name: str, *allowed: str) -> None:
    """Refuses what is no object, or has keys other than `allowed`."""
    if not isinstance(data, Mapping):
        raise BadUniverse(f"{name} is an object such as {{}}, not {short(data)}")
    unknown = [str(key) for key in data if allowed and key not in allowed]
    if unknown:
        raise BadUniverse(
            f"{name} does not know {', '.join(unknown)}; it knows {', '.join(allowed)}"
        )


def list_of(data: Any, name: str) -> list[Any] | tuple[Any, ...]:
    """A list with something in it, and not too much."""
    if not isinstance(data, list | tuple):
        raise BadUniverse(f"{name} is a list; write [{short(data)}], not {short(data)}")
    if not data:
        raise BadUniverse(f"choose at least one {name}")
    if len(data) > MOST_WORDS:
        raise BadUniverse(f"{name} takes {MOST_WORDS:,} values at most")
    return data


def words_of(data: Any, name: str, case: str = "") -> tuple[str, ...]:
    """A list of texts without repeats, in the case (upper, lower) that the database has."""
    words = [word_of(one, name, empty=True) for one in list_of(data, name)]
    cased = {"upper": str.upper, "lower": str.lower}.get(case, str)
    return tuple(dict.fromkeys(cased(word) for word in words))


def word_of(value: Any, name: str, empty: bool = False) -> str:
    """A printable text, trimmed; without `empty` it must not be blank."""
    if not isinstance(value, str):
        raise BadUniverse(f"{name} is text in quotes, not {short(value)}")
    word = value.strip()
    if not word and not empty:
        raise BadUniverse(f"{name} is missing")
    if len(word) > LONGEST_WORD or not word.isprintable():
        raise BadUniverse(f"{name} is printable text of at most {LONGEST_WORD} characters")
    return word


def one_of(value: Any, names: tuple[str, ...], what: str) -> str:
    """One of these words."""
    if value not in names:
        raise BadUniverse(f"{what} is one of {', '.join(names)}, not {short(value)}")
    return str(value)


def whole(value: Any, name: str, low: int | None = None, high: int | None = None) -> int:
    """A whole number, from `low` to `high` if both are said."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadUniverse(f"{name} is a whole number, not {short(value)}")
    if low is not None and high is not None and not low <= value <= high:
        raise BadUniverse(f"{name} is a number from {low} to {high:,}, not {short(value)}")
    return value


def number_of(value: Any, name: str) -> int | float:
    """A number that the database can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _fits(value):
        raise BadUniverse(f"{name} is a number, not {short(value)}")
    return value


def _fits(value: int | float) -> bool:
    return abs(value) < 1e15 if isinstance(value, int) else math.isfinite(value)


def share_of(value: Any, name: str, least: float | None) -> float:
    """A share, above 0 (or exactly `least`) and up to 1."""
    number = round(float(number_of(value, name)), FINEST)
    if not (0 < number <= 1 or number == least):
        raise BadUniverse(f"{name} is a number from 0 to 1, not {short(value)}")
    return number


def truth_of(value: Any, name: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadUniverse(f"{name} is true or false, not {short(value)}")
    return value


def day_of(value: Any, name: str) -> date:
    """A day, as ISO text or as TOML has it."""
    if isinstance(value, date):  # as TOML has it
        return date(value.year, value.month, value.day)
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadUniverse(f"{name} is a day like 2022-11-08, not {short(value)}")


def range_of(low: Any, high: Any, name: str) -> tuple[Any, Any]:
    """Both ends, of which one at least must be said and low not above high."""
    if low is None and high is None:
        raise BadUniverse(f"say from where or up to where {name} goes")
    if low is not None and high is not None and low > high:
        raise BadUniverse(f"{name} from {low} to {high} holds nobody; swap them")
    return low, high
