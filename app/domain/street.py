"""A street as somebody types it at a desk: the words that tell it from others."""

from dataclasses import dataclass

SHORTEST = 3  # characters typed
SHORTEST_BEGINNING = 2  # letters of a word that is not finished

_TYPES = "street st avenue ave av road rd drive dr lane ln court ct boulevard blvd place pl way"
_MORE = "circle cir terrace ter parkway pkwy highway hwy square sq trail trl"
_SIDES = "north n south s east e west w northeast ne northwest nw southeast se southwest sw"
_HARDLY_TELL = frozenset(f"{_TYPES} {_MORE} {_SIDES}".split())
"""Words that files shorten in their own ways, and that hardly tell a street from another."""


@dataclass(frozen=True)
class Street:
    """Words that an address must have; `begins` is one that may go on."""

    words: tuple[str, ...]
    begins: str = ""


def street_typed(typed: str) -> Street | None:
    """What to look for in addresses; None when too little was typed to tell."""
    words = typed.replace(",", " ").lower().split()
    if len(typed.strip()) < SHORTEST:
        return None
    telling = [word for word in words if word not in _HARDLY_TELL]
    if not any(map(_has_letters, telling)):
        telling = words  # North Street
    last = telling[-1] if telling and telling[-1] == words[-1] else ""
    if not _has_letters(last):
        found = Street(tuple(telling))
    elif len(last) < SHORTEST_BEGINNING:
        found = Street(tuple(telling[:-1]))  # more of it is being typed
    else:
        found = Street(tuple(telling[:-1]), last)
    return found if any(map(_has_letters, (*found.words, found.begins))) else None


def _has_letters(word: str) -> bool:
    return any(letter.isalpha() for letter in word)
