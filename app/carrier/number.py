"""Which addresses the carrier takes, and the numbers with which Twilio lets one try its errors."""

import re
from collections.abc import Mapping

E164 = re.compile(r"\+(1[2-9]\d{2}[2-9]\d{6}|[2-9]\d{6,13})")
SENDER = re.compile(rf"{E164.pattern}|\d{{3,8}}|(?=.*[A-Za-z])[A-Za-z0-9 ]{{1,11}}")

MAGIC: Mapping[str, int] = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
"""Twilio's test recipients and the code that each of them gets."""

MAGIC_SENDERS: Mapping[str, int] = {
    "+15005550001": 21212,
    "+15005550007": 21606,
    "+15005550008": 21611,
}
"""Twilio's test senders and the code that everything from them gets."""

MAGIC_CALLS: Mapping[str, int] = {
    "+15005550001": 21217,
    "+15005550002": 21214,
    "+15005550003": 21215,
    "+15005550004": 21216,
}
"""The same for calls."""


def is_phone(number: str) -> bool:
    """Whether a text or a call can go there: E.164, and a plausible number if North American."""
    return E164.fullmatch(number) is not None or number in MAGIC


def is_sender(number: str) -> bool:
    """Whether a text can come from there: a phone, a short code or a name."""
    return SENDER.fullmatch(number) is not None
