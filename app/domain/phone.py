"""Phone numbers as one may dial them: E.164, up to three a voter, with the kind of line."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType

from app.domain.name import is_nothing
from app.domain.phone_cell import NumberInCell, numbers_in

MOST = 3
"""Phones that are kept of a voter."""

MOBILE, LANDLINE = "mobile", "landline"

_LONGEST_CELL = 200

_PUNCTUATION = {ord(mark): None for mark in " ()-./\u00a0\u200b\u2010\u2011\u2013\ufeff"}

_NANP = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
"""Countries of the North American plan, in which ten digits make a number."""

_KINDS = {
    PhoneNumberType.MOBILE: MOBILE,
    PhoneNumberType.FIXED_LINE: LANDLINE,
    PhoneNumberType.VOIP: "voip",
}

_BARRED = {
    PhoneNumberType.TOLL_FREE: "is toll-free, so no voter's own",
    PhoneNumberType.PREMIUM_RATE: "is charged at a premium rate",
    PhoneNumberType.SHARED_COST: "is charged at a premium rate",
    PhoneNumberType.PAGER: "is a pager",
    PhoneNumberType.VOICEMAIL: "is a voicemail box",
}

_ORDER = {MOBILE: 0, LANDLINE: 2}

_prefixes: dict[str, str | None] = {}
"""Six-digit prefixes of the North American plan: why their numbers are not kept, empty if they
are, None if they do not exist. At most a million."""


class Phone(NamedTuple):
    """A number that may be dialed, and its kind of line."""

    number: str  # E.164
    kind: str  # mobile, landline, voip or empty


class _Found(NamedTuple):
    number: str
    kind: str | None  # None: neither the cell nor the number says
    bar: str  # why a voter does not keep it, else empty


def clean_phone(raw: str, country: str = "US") -> str | None:
    """`raw` as E.164 if it is a valid number, read as one of `country`; an extension is dropped.

    Of several numbers in a cell the first valid one counts. Stray leading zeros are forgiven.
    """
    digits = _ten_digits(raw) if country in _NANP else ""
    if digits and _verdict(digits) is not None:
        return f"+1{digits}"
    if not raw or raw.isspace():
        return None
    found, _ = _read(raw[:_LONGEST_CELL], country)
    return found[0].number if found else None


def plain_phone(raw: str, country: str) -> str:
    """`raw` as E.164 if it is plainly one North American number to be kept, else empty.

    Nothing else is said by an empty answer: ask `clean_phones`, which takes longer.
    """
    if country not in _NANP:
        return ""
    if len(raw) == 10 and _prefixes.get(raw[:6]) == "" and raw.isascii() and raw.isdigit():
        return f"+1{raw}"
    digits = _ten_digits(raw)
    return f"+1{digits}" if digits and _verdict(digits) == "" else ""


def clean_phones(cells: Sequence[tuple[str, str]], country: str) -> tuple[list[Phone], str]:
    """The phones of one voter, those to use first before, and a sentence on what was lost.

    Each cell comes with the kind of line that its column stands for, or empty. Known mobiles come
    first, landlines last, otherwise in the file's order; a number that is there twice is kept once.
    """
    kinds: dict[str, str] = {}
    faults: list[str] = []
    for raw, column in cells:
        plain = plain_phone(raw, country)
        if plain:
            kinds[plain] = kinds.get(plain) or column
        if plain or is_nothing(raw):
            continue
        found, unread = _read(raw[:_LONGEST_CELL], country)
        for phone in found:
            if phone.bar:
                faults.append(f"phone {_shown(phone.number)} {phone.bar}")
            else:
                kind = column if phone.kind is None else phone.kind
                kinds[phone.number] = kinds.get(phone.number) or kind
        faults += map(phone_fault, unread)
    phones = sorted(map(Phone._make, kinds.items()), key=lambda phone: _ORDER.get(phone.kind, 1))
    faults += [f"phone {_shown(more.number)} is one more than {MOST}" for more in phones[MOST:]]
    return phones[:MOST], _lost(faults)


def phone_fault(raw: str) -> str:
    """Why `raw` is no phone, in words for the person who has the file."""
    digits = sum(letter.isdigit() for letter in raw[:_LONGEST_CELL])
    shown = _shown(raw)
    if not digits:
        return f"phone {shown} has no digits"
    if digits < 10:
        return f"phone {shown} has {digits} digits"
    return f"phone {shown} is not a number that exists"


def _shown(raw: str) -> str:
    return repr(" ".join(raw[:_LONGEST_CELL].split())[:40])


def _lost(faults: Sequence[str]) -> str:
    if not faults:
        return ""
    return f"{'; '.join(faults)}; kept the voter without {'it' if len(faults) == 1 else 'them'}"


def _ten_digits(raw: str) -> str:
    """The ten digits of a number written as North Americans do, with or without a 1; else empty."""
    digits = raw
    if len(raw) != 10 or not raw.isdigit():
        digits = raw.translate(_PUNCTUATION).removeprefix("+1")
        if len(digits) == 11 and digits[0] in "01":
            digits = digits[1:]
    plain = len(digits) == 10 and digits.isascii() and digits.isdigit() and digits[0] > "1"
    return digits if plain else ""


def _verdict(digits: str) -> str | None:
    prefix = digits[:6]
    try:
        return _prefixes[prefix]
    except KeyError:
        found = _parse(f"+1{digits}", None)
        verdict = None if found is None else _BARRED.get(phonenumbers.number_type(found), "")
        return _prefixes.setdefault(prefix, verdict)


@lru_cache(maxsize=10_000)
def _read(raw: str, country: str) -> tuple[tuple[_Found, ...], tuple[str, ...]]:
    """The numbers in a cell, and the parts of it that look like numbers and are none."""
    found: list[_Found] = []
    unread: list[str] = []
    for part in numbers_in(raw, lambda text: _one(text, country) is not None):
        number = _one(part.text, country)
        if number is None:
            unread.append(part.text)
        else:
            found.append(_described(number, part))
    if not found and len(unread) < 2:
        unread = [raw]  # the cell as it is written says more than its digits
    return tuple(found), tuple(unread)


def _described(number: phonenumbers.PhoneNumber, part: NumberInCell) -> _Found:
    sort = phonenumbers.number_type(number)
    # In North America a number does not tell what it is, save that Jamaica and others do; these
    # have kinds by finer prefixes than the six digits that are remembered, so nobody relies on it.
    kind = part.kind if number.country_code == 1 else _KINDS.get(sort, part.kind)
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return _Found(text, kind, part.bar or _BARRED.get(sort, ""))


def _one(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    number = _parse(text, country)
    if number is None and text.startswith("0"):
        number = _parse(text.lstrip("0"), country)
    return number


def _parse(text: str, country: str | None) -> phonenumbers.PhoneNumber | None:
    if not any(letter.isdigit() for letter in text):
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
