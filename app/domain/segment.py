"""The segments a text is cut into, which is what carriers count and bill."""

from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 03.38 alphabet: one septet each."""

EXTENDED = frozenset("^{}[]~|\\€\f")
"""Characters behind an escape: two septets each."""

GSM_7 = BASIC | EXTENDED

ALONE = {"GSM-7": 160, "UCS-2": 70}
CHAINED = {"GSM-7": 153, "UCS-2": 67}
"""Units a segment: septets or 16-bit units; in a chain each loses seven or three to a header."""


def encoding(body: str) -> Encoding:
    """GSM-7 if every character is in its alphabet, else UCS-2 for the whole text."""
    return "GSM-7" if GSM_7.issuperset(body) else "UCS-2"


def segments(body: str) -> int:
    """How many segments carriers make of `body`; none for an empty one.

    A character of two units is never split over two segments, so a chain may hold a unit less
    than its segments have room for.
    """
    code = encoding(body)
    if code == "GSM-7" and len(body) + sum(map(body.count, EXTENDED)) <= ALONE[code]:
        return 1 if body else 0
    if code == "GSM-7" and not any(sign in body for sign in EXTENDED):
        return -(-len(body) // CHAINED[code])
    units = [_units(character, code) for character in body]
    if sum(units) <= ALONE[code]:
        return 1 if body else 0
    return _chain(units, CHAINED[code])


def _units(character: str, code: Encoding) -> int:
    if code == "GSM-7":
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _chain(units: list[int], room: int) -> int:
    count, used = 1, 0
    for size in units:
        if used + size > room:
            count, used = count + 1, 0
        used += size
    return count


def shape(part: str) -> int | str:
    """Two parts of one shape make the same segments of a text, put in the same place of it.

    Of plain letters only the number counts; anything else is a shape of its own.
    """
    return len(part) if BASIC.issuperset(part) else part
