"""The difference of two texts, word by word or, if they are long, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORD = re.compile(r"\s*(?:\{[^{}]*\}|\w+|[^\w\s])|\s+")
MOST_WORDS = 2_000
"""Longer texts are held against each other line by line, which takes a moment only."""

Kind = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Part:
    """A stretch that both have, or only one of them."""

    kind: Kind
    words: str


def difference(before: str, after: str) -> list[Part]:
    """The stretches of both, in order: what is gone stands before what is new in its place."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(_parts(old, new))


def _parts(old: list[str], new: list[str]) -> Iterator[Part]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            yield Part("same", "".join(new[begin:end]))
            continue
        if first < last:
            yield Part("gone", "".join(old[first:last]))
        if begin < end:
            yield Part("new", "".join(new[begin:end]))
