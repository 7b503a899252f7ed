"""A voter's time zones: from the address first, then the postcode, then the area code."""

from functools import cache, lru_cache
from importlib.resources import files

import phonenumbers
from phonenumbers import timezone
from phonenumbers.tzdata import TIMEZONE_DATA

from app.domain.tables import table
from app.domain.zip_code import state_of_zip, zones_near

MOST = 6
"""More zones than this (a toll-free number has 42) say nothing about where the voter is."""


def zones_of(state: str, postcode: str, phone: str | None, country: str = "US") -> str:
    """IANA names joined by |, all that may be the voter's; empty if unknown.

    Whoever asks for open hours takes those open in every one, so that a guess never opens earlier.
    A state with several zones keeps them all unless every ZIP code near the voter's has the same
    one. `country` is where the voter lives; elsewhere than in the US the only zone of the country
    counts, or those of the phone.
    """
    zones = zones_by_address(state, postcode, country)
    return _zones_of_area(_area(phone)) if zones is None else zones


@lru_cache(maxsize=100_000)
def zones_by_address(state: str, postcode: str, country: str = "US") -> str | None:
    """The zones of an address; None if it does not say, empty for military mail, which may be
    anywhere."""
    if country != "US":
        return _only_zones().get(country)
    home = state if state in _states() else state_of_zip(postcode)
    if home not in _states():
        return None
    known = _states()[home].split("|")
    near = zones_near(home, postcode, known) if len(known) > 1 else frozenset[str]()
    custom = _by_custom().get((home, postcode[:3]), [])
    found = {*(near or known), *custom}
    return "|".join(zone for zone in dict.fromkeys((*known, *custom)) if zone in found)


@cache
def _states() -> dict[str, str]:
    return {row["state"]: row["zones"] for row in table("state_zones")}


@cache
def _by_custom() -> dict[tuple[str, str], list[str]]:
    """State and first three digits of a ZIP code → zones that some keep there."""
    return {
        (row["state"], row["postcode"]): row["zones"].split("|") for row in table("postcode_zones")
    }


@cache
def _only_zones() -> dict[str, str]:
    """Country → its zone, of countries that have but one. Source: zone.tab of the tz database."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    zones: dict[str, list[str]] = {}
    for country, _, zone, *_ in rows:
        zones.setdefault(country, []).append(zone)
    return {country: found[0] for country, found in zones.items() if len(found) == 1}


def _area(phone: str | None) -> str:
    """What of a phone says where it belongs: +1 and the area code, or a foreign number whole."""
    if not phone:
        return ""
    return phone[:5] if phone.startswith("+1") else phone


@lru_cache(maxsize=10_000)
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
