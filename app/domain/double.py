"""Doubles: what the row that is kept takes over from the other, and what undoing gives back."""

from collections.abc import Mapping
from typing import Any

Row = Mapping[str, Any]
"""A voter as stored, column by column."""

PHONES = ("phone", "phone2", "phone3")

_BLANKS = (
    *("middle_name", "suffix", "gender", "birth_year", "party", "registered_on"),
    *("email", "turnout"),
)
"""Facts of the person that one row may lack; where they live is the kept row's to say."""


def gained(kept: Row, gone: Row) -> dict[str, Any]:
    """The columns of `kept` that change when `gone` is merged into it, with their new values."""
    new: dict[str, Any] = {
        name: gone[name] for name in _BLANKS if kept[name] in (None, "") and gone[name]
    }
    new |= _phones(kept, gone)
    votes = sorted({*kept["votes"], *gone["votes"]})
    if votes != sorted(kept["votes"]):
        new["votes"] = votes
    if gone["extra"].keys() - kept["extra"].keys():
        new["extra"] = {**gone["extra"], **kept["extra"]}
    return new


def _phones(kept: Row, gone: Row) -> dict[str, Any]:
    """Phones that `kept` lacks, in its empty places; the first of either comes first."""
    have = {kept[name] for name in PHONES}
    fresh = [
        (gone[name], gone[f"{name}_kind"])
        for name in PHONES
        if gone[name] and gone[name] not in have
    ]
    empty = [name for name in PHONES if not kept[name]]
    new: dict[str, Any] = {}
    for place, (phone, kind) in zip(empty, dict(fresh).items(), strict=False):
        new |= {place: phone, f"{place}_kind": kind}
    return new


COUNTS = frozenset({"calls", "texts", "emails"})
"""Columns of a target that count its attempts."""

Change = tuple[Any, Any]
"""What a column held before and after."""


def changes(before: Row, after: Row) -> dict[str, Change]:
    """The columns that differ."""
    return {name: (before[name], after[name]) for name in before if before[name] != after[name]}


def given_back(now: Row, changed: Mapping[str, Change]) -> dict[str, Any]:
    """The columns to write so that `changed` is undone.

    What somebody has written since then stays; of sums and collections, only what was added goes.
    """
    back = {}
    for name, (before, after) in changed.items():
        value = _back(name, now[name], before, after)
        if value != now[name]:
            back[name] = value
    return back


def _back(name: str, now: Any, before: Any, after: Any) -> Any:
    if now == after:
        return before
    if isinstance(now, list) and isinstance(before, list):
        return [each for each in now if each in before or each not in after]
    if isinstance(now, dict) and isinstance(before, dict):
        return {name: value for name, value in now.items() if name in before or name not in after}
    if name in COUNTS:
        return now - (after - before)
    return now
