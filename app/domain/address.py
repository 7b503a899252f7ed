"""The state and the postcode of an address."""

import re
from collections.abc import Mapping
from functools import cache

from app.domain.name import clean_text
from app.domain.tables import table

_BRITISH = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})")

_EASTERN = frozenset(("CT", "MA", "ME", "NH", "NJ", "PR", "RI", "VI", "VT"))
"""States whose ZIP codes begin with a 0, which spreadsheets take away."""


def clean_state(raw: str, country: str = "US") -> str:
    """The two letters of a state or a province; in the US of its name too; else empty."""
    text = clean_text(raw).upper().replace(".", "")
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text
    return _names().get(text, "") if country == "US" else ""


def clean_postcode(raw: str, country: str = "US", state: str = "") -> str:
    """A postcode in capitals: in the US the first five digits, or empty if there are not five.

    A British one has one blank: SW1A 1AA. `state` brings back a 0 that a spreadsheet took away.
    """
    text = clean_text(raw).upper()
    if country == "GB":
        found = _BRITISH.fullmatch(text.replace(" ", ""))
        return f"{found[1]} {found[2]}" if found else text
    if country != "US":
        return text
    if state in _EASTERN and re.fullmatch(r"[0-9]{3,4}", text):
        return text.zfill(5)
    digits = text[:5]
    return digits if len(digits) == 5 and digits.isascii() and digits.isdigit() else ""


@cache
def _names() -> Mapping[str, str]:
    return {row["name"].upper(): row["state"] for row in table("state_zones")}
