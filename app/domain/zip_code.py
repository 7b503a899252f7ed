"""ZIP codes: where they are, and which of their state's time zones are near."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

import zipcodes

NEAR_KM = 40.0
"""A ZIP code that near another of its state may hold people who live by the other's clock."""

SPARSE_KM = 120.0
FEW = 5
"""Where people live far apart, a ZIP code is wide: up to SPARSE_KM another counts as near if fewer
than FEW of the state are nearer."""

_EARTH_KM = 6371.0

_SAME_CLOCK = {
    **dict.fromkeys(
        ("America/Juneau", "America/Metlakatla", "America/Nome", "America/Sitka"),
        "America/Anchorage",
    ),
    "America/Yakutat": "America/Anchorage",
    "America/Boise": "America/Denver",
    "America/Menominee": "America/Chicago",
    **dict.fromkeys(
        (
            *("America/Indiana/Knox", "America/Indiana/Tell_City", "America/North_Dakota/Beulah"),
            *("America/North_Dakota/Center", "America/North_Dakota/New_Salem"),
        ),
        "America/Chicago",
    ),
    **dict.fromkeys(
        (
            *("America/Detroit", "America/Indiana/Indianapolis", "America/Indiana/Marengo"),
            *("America/Indiana/Petersburg", "America/Indiana/Vevay", "America/Indiana/Vincennes"),
            *("America/Indiana/Winamac", "America/Kentucky/Louisville"),
            "America/Kentucky/Monticello",
        ),
        "America/New_York",
    ),
}
"""Zones that differ in the past only → the one whose clock they keep now."""


_CORRECTED = {"79942": "America/Denver"}
"""El Paso, which the package puts into a county far to the east."""


class _Zip(NamedTuple):
    zone: str  # empty: not known
    north: float  # radians
    east: float


def state_of_zip(code: str) -> str:
    """The state of a ZIP code of five digits; empty if there is no such code."""
    if len(code) != 5 or not code.isascii() or not code.isdigit():
        return ""
    found = zipcodes.matching(code)  # type: ignore[no-untyped-call]
    return str(found[0]["state"]) if found else ""


def zones_near(state: str, code: str, zones: Sequence[str]) -> frozenset[str]:
    """Those of the state's `zones` that people at a ZIP code may live by.

    Its own, and that of every other code of the state near it, since the lines of zones and of
    codes cross. Empty if the code is not one of the state, or its zone is none of these.
    """
    codes = _codes(state, tuple(zones))
    here = codes.get(code)
    if here is None or not here.zone:
        return frozenset()
    near = {here.zone}
    for zone in zones:
        if zone != here.zone:
            apart = [_km(here, other) for other in codes.values() if other.zone == zone]
            if apart and _is_near(min(apart), here, codes):
                near.add(zone)
    return frozenset(near)


def _is_near(apart: float, here: _Zip, codes: Mapping[str, _Zip]) -> bool:
    if apart <= NEAR_KM:
        return True
    return apart <= SPARSE_KM and sum(_km(here, other) < apart for other in codes.values()) <= FEW


@cache
def _codes(state: str, zones: tuple[str, ...]) -> Mapping[str, _Zip]:
    """The ZIP codes of a state, each with the one of its `zones` whose clock it keeps."""
    clocks = {_SAME_CLOCK.get(zone, zone): zone for zone in zones}
    codes = {}
    for row in zipcodes.filter_by(state=state):  # type: ignore[no-untyped-call]
        zone = _CORRECTED.get(row["zip_code"], row["timezone"])
        own = clocks.get(_SAME_CLOCK.get(zone, zone), "")
        codes[row["zip_code"]] = _Zip(own, radians(float(row["lat"])), radians(float(row["long"])))
    return codes


def _km(one: _Zip, other: _Zip) -> float:
    """The distance on the sphere by the haversine formula."""
    half = sin((one.north - other.north) / 2) ** 2
    half += cos(one.north) * cos(other.north) * sin((one.east - other.east) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))
