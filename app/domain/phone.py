"""Phone numbers as one may dial them: E.164, or none."""

import re
from functools import lru_cache

import phonenumbers

_PUNCTUATION = {ord(mark): None for mark in " ()-./\u00a0\u2010\u2011\u2013"}

_SEVERAL = re.compile(r"[/;,|&]|\bor\b|\band\b", re.IGNORECASE)
"""What stands between two numbers in one cell."""

_REMARK = re.compile(r"\s*\([^)0-9]*\)\s*$")
"""A remark after the number: "919-555-0123 (cell)"."""

_NANP = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
"""Countries of the North American plan, in which ten digits make a number."""

_prefixes: dict[str, bool] = {}
"""Six-digit prefixes of the North American plan: whether its numbers exist. At most a million."""


def clean_phone(raw: str, country: str = "US") -> str | None:
    """`raw` as E.164 if it is a valid number, read as one of `country`; an extension is dropped.

    Of several numbers in a cell the first valid one counts. Stray leading zeros are forgiven.
    """
    if country in _NANP:
        digits = raw.translate(_PUNCTUATION).removeprefix("+1")
        if len(digits) == 11 and digits[0] in "01":
            digits = digits[1:]
        if len(digits) == 10 and digits.isascii() and digits.isdigit() and digits[0] > "1":
            prefix = digits[:6]
            valid = _prefixes.get(prefix)
            if valid is None:
                valid = _prefixes[prefix] = _is_valid(f"+1{digits}", None)
            if valid:
                return f"+1{digits}"
    return _read(raw, country) if raw and not raw.isspace() else None


def phone_fault(raw: str) -> str:
    """Why `raw` is no phone, in words for the person who has the file."""
    digits = sum(letter.isdigit() for letter in raw)
    shown = " ".join(raw.split())[:40]
    if not digits:
        return f"phone {shown!r} has no digits"
    if digits < 10:
        return f"phone {shown!r} has {digits} digits"
    return f"phone {shown!r} is not a number that exists"


@lru_cache(maxsize=10_000)
def _read(raw: str, country: str) -> str | None:
    for part in _SEVERAL.split(raw[:200]):
        text = _REMARK.sub("", part).strip()
        for spelling in (text, text.lstrip("0")):
            number = _parse(spelling, country)
            if number is not None:
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _parse(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    if not any(letter.isdigit() for letter in text):
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _is_valid(text: str, country: str | None) -> bool:
    return _parse(text, country) is not None
