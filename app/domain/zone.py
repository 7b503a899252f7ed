"""A voter's time zones: from the address first, then the postcode, then the area code."""

from functools import cache, lru_cache

import phonenumbers
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from app.domain.tables import table

MOST = 6
"""More zones than this (a toll-free number has 42) say nothing about where the voter is."""


def zones_of(state: str, postcode: str, phone: str | None) -> str:
    """IANA names joined by |, all that may be the voter's; empty if unknown.

    Whoever asks for open hours takes those open in every one, so that a guess never opens earlier.
    A state with several zones keeps them all unless its postcode lies in one of them for certain.
    """
    return _zones(state, postcode[:4], _area(phone) if state not in _states() else "")


@lru_cache(maxsize=50_000)
def _zones(state: str, start: str, area: str) -> str:
    if state not in _states():
        return _zones_of_area(area)
    postcodes = _postcodes()
    return postcodes.get((state, start)) or postcodes.get((state, start[:3])) or _states()[state]


@cache
def _states() -> dict[str, str]:
    return {row["state"]: row["zones"] for row in table("state_zones")}


@cache
def _postcodes() -> dict[tuple[str, str], str]:
    return {
        (row["state"], str(start).zfill(len(row["first"]))): row["zones"]
        for row in table("postcode_zones")
        for start in range(int(row["first"]), int(row["last"]) + 1)
    }


def _area(phone: str | None) -> str:
    """What of a phone says where it belongs: +1 and the area code, or a foreign number whole."""
    if not phone:
        return ""
    return phone[:5] if phone.startswith("+1") else phone


def _zones_of_area(area: str) -> str:
    if not area:
        return ""
    if area.startswith("+1"):
        # Numbers move within their area, so every zone of the area code counts.
        start = area[1:]
        found = {
            zone for key, zones in TIMEZONE_DATA.items() if key.startswith(start) for zone in zones
        }
    else:
        found = set(timezone.time_zones_for_number(phonenumbers.parse(area)))
    found.discard("Etc/Unknown")
    return "|".join(sorted(found)) if len(found) <= MOST else ""
