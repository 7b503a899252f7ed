"""A voter's zones hold every clock that may be the voter's, and no more than they need to."""

from datetime import UTC, datetime, timedelta
from functools import cache
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

import pytest
import zipcodes
from hypothesis import given
from hypothesis import strategies as st

from app.domain.tables import table
from app.domain.zip_code import NEAR_KM
from app.domain.zone import zones_of

EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
PACIFIC, IDAHO = "America/Los_Angeles", "America/Boise"
INDIANA, DETROIT, PHOENIX = "America/Indiana/Indianapolis", "America/Detroit", "America/Phoenix"

Code = dict[str, str]


@pytest.mark.parametrize(
    ("state", "postcode", "zones"),
    [
        ("NC", "27601", EASTERN),
        ("NC", "", EASTERN),
        ("NC", "32501", EASTERN),  # a postcode of another state says nothing
        ("FL", "32501", CENTRAL),  # Pensacola
        ("FL", "32401", CENTRAL),  # Panama City
        ("FL", "32465", f"{EASTERN}|{CENTRAL}"),  # Gulf County is cut in two
        ("FL", "33101", EASTERN),
        ("TX", "79901", MOUNTAIN),  # El Paso
        ("TX", "79830", CENTRAL),  # Alpine
        ("TX", "79855", f"{CENTRAL}|{MOUNTAIN}"),  # Van Horn
        ("TX", "77001", CENTRAL),
        ("TN", "", f"{EASTERN}|{CENTRAL}"),
        ("TN", "37201", CENTRAL),  # Nashville
        ("TN", "37902", EASTERN),  # Knoxville
        ("TN", "37402", f"{EASTERN}|{CENTRAL}"),  # Chattanooga, near Central counties
        ("TN", "38555", f"{EASTERN}|{CENTRAL}"),  # Crossville
        ("KY", "40202", EASTERN),  # Louisville
        ("KY", "42001", CENTRAL),  # Paducah
        ("KY", "42633", f"{EASTERN}|{CENTRAL}"),  # Monticello
        ("IN", "46204", INDIANA),
        ("IN", "46402", CENTRAL),  # Gary
        ("IN", "47708", CENTRAL),  # Evansville
        ("IN", "46534", f"{INDIANA}|{CENTRAL}"),  # Knox
        ("IN", "47130", INDIANA),  # Jeffersonville, by Louisville's clock
        ("MI", "48201", DETROIT),
        ("MI", "49801", "America/Menominee"),  # Iron Mountain
        ("MI", "49855", DETROIT),  # Marquette
        ("MI", "49829", f"{DETROIT}|America/Menominee"),  # Escanaba, at the edge
        ("ID", "83702", IDAHO),
        ("ID", "83814", PACIFIC),  # Coeur d'Alene
        ("ID", "83549", f"{IDAHO}|{PACIFIC}"),  # Riggins, on the river that parts them
        ("OR", "97201", PACIFIC),
        ("OR", "97906", IDAHO),  # Harper, in Malheur County
        ("OR", "97907", f"{PACIFIC}|{IDAHO}"),  # Huntington, at its edge
        ("NE", "68102", CENTRAL),
        ("NE", "69361", MOUNTAIN),  # Scottsbluff
        ("NE", "69101", CENTRAL),  # North Platte
        ("NE", "69155", f"{CENTRAL}|{MOUNTAIN}"),  # Paxton
        ("KS", "67202", CENTRAL),
        ("KS", "67735", f"{CENTRAL}|{MOUNTAIN}"),  # Goodland
        ("SD", "57104", CENTRAL),
        ("SD", "57701", MOUNTAIN),  # Rapid City
        ("SD", "57501", CENTRAL),  # Pierre
        ("SD", "57537", f"{CENTRAL}|{MOUNTAIN}"),  # Hayes, alone where the zones meet
        ("ND", "58102", CENTRAL),
        ("ND", "58601", MOUNTAIN),  # Dickinson
        ("ND", "58638", f"{CENTRAL}|{MOUNTAIN}"),  # Hebron
        ("ND", "58523", f"{CENTRAL}|{MOUNTAIN}"),  # Beulah, Central for some years only
        ("AZ", "85001", PHOENIX),
        ("AZ", "86515", f"{PHOENIX}|{MOUNTAIN}"),  # Window Rock, Navajo Nation
        ("AZ", "86001", f"{PHOENIX}|{MOUNTAIN}"),  # Flagstaff
        ("AZ", "", f"{PHOENIX}|{MOUNTAIN}"),
        ("NV", "89101", PACIFIC),
        ("NV", "89883", f"{PACIFIC}|{MOUNTAIN}"),  # West Wendover
        ("AL", "36867", f"{CENTRAL}|{EASTERN}"),  # Phenix City, by custom
        ("AL", "", CENTRAL),
        ("AK", "99501", "America/Anchorage"),
        ("AK", "99546", "America/Adak"),
        ("AK", "99634", "America/Anchorage|America/Adak"),  # not in the package as a zone
        ("HI", "96813", "Pacific/Honolulu"),
        ("PR", "00901", "America/Puerto_Rico"),
        ("", "32501", CENTRAL),  # no state, but its postcode
        ("ZZ", "27601", EASTERN),
        ("FL", "99999", f"{EASTERN}|{CENTRAL}"),
        ("FL", "325", f"{EASTERN}|{CENTRAL}"),
    ],
)
def test_zones_come_from_the_state_and_the_postcode(state: str, postcode: str, zones: str) -> None:
    assert zones_of(state, postcode, None) == zones
    assert zones_of(state, postcode, "+18085550123") == zones


@pytest.mark.parametrize(
    ("state", "phone", "zones"),
    [
        ("AE", "+19195550123", ""),  # military mail may be anywhere
        ("", "+19195550123", EASTERN),
        ("", "+18505550123", f"{CENTRAL}|{EASTERN}"),
        ("ZZ", "+18005550123", ""),
        ("", "+442079460958", "Europe/London"),
        ("", None, ""),
    ],
)
def test_an_area_code_counts_where_the_address_does_not_say(
    state: str, phone: str | None, zones: str
) -> None:
    assert zones_of(state, "", phone) == zones


@pytest.mark.parametrize(
    ("country", "state", "postcode", "phone", "zones"),
    [
        ("GB", "", "SW1A 1AA", None, "Europe/London"),
        ("GB", "", "", "+19195550123", "Europe/London"),
        ("IE", "", "", None, "Europe/Dublin"),
        ("AU", "WA", "", "+61293741234", "Australia/Sydney"),  # not Washington
        ("CA", "", "", None, ""),
        ("XX", "", "", None, ""),
    ],
)
def test_elsewhere_the_country_counts_and_then_the_phone(
    country: str, state: str, postcode: str, phone: str | None, zones: str
) -> None:
    assert zones_of(state, postcode, phone, country) == zones


SPLIT = {row["state"] for row in table("state_zones") if "|" in row["zones"]}
WRONG = {
    "79942",  # El Paso, put into Crockett County
    "99634",  # its zone is "Napakiak"
}


@cache
def codes() -> dict[str, list[Code]]:
    """The postcodes that have a zone, by state."""
    found: dict[str, list[Code]] = {}
    for row in zipcodes.list_all():
        if row["timezone"]:
            found.setdefault(row["state"], []).append(row)
    return found


@cache
def clocks(zone: str) -> tuple[timedelta | None, ...]:
    """What a zone's clock shows, every 73 hours of the years to come."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(
        (start + timedelta(hours=73 * step)).astimezone(ZoneInfo(zone)).utcoffset()
        for step in range(250)
    )


def kilometers(one: Code, other: Code) -> float:
    north, east = radians(float(one["lat"])), radians(float(one["long"]))
    north2, east2 = radians(float(other["lat"])), radians(float(other["long"]))
    half = sin((north - north2) / 2) ** 2
    half += cos(north) * cos(north2) * sin((east - east2) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))


def right_codes() -> st.SearchStrategy[Code]:
    return st.sampled_from(
        [row for rows in codes().values() for row in rows if row["zip_code"] not in WRONG]
    )


def codes_of_split_states() -> st.SearchStrategy[Code]:
    return st.sampled_from([row for state in sorted(SPLIT) for row in codes()[state]])


@given(st.deferred(right_codes))
def test_the_answer_holds_the_clock_of_the_postcode(row: Code) -> None:
    answer = zones_of(row["state"], row["zip_code"], None).split("|")
    assert clocks(row["timezone"]) in [clocks(zone) for zone in answer]
    assert zones_of("", row["zip_code"], None).split("|") == answer


@given(st.deferred(codes_of_split_states))
def test_the_answer_holds_the_clocks_of_all_postcodes_near(row: Code) -> None:
    answer = zones_of(row["state"], row["zip_code"], None).split("|")
    near = {
        other["timezone"]
        for other in codes()[row["state"]]
        if other["zip_code"] not in WRONG
        if kilometers(row, other) < NEAR_KM
    }
    shown = [clocks(zone) for zone in answer]
    assert all(clocks(zone) in shown for zone in near)


@pytest.mark.parametrize("row", table("state_zones"), ids=lambda row: row["state"])
def test_without_a_postcode_all_zones_of_the_state_count(row: dict[str, str]) -> None:
    assert zones_of(row["state"], "", None) == row["zones"]
    known = [clocks(zone) for zone in row["zones"].split("|") if zone]
    official = {code["timezone"] for code in codes().get(row["state"], [])}
    assert all(clocks(zone) in known for zone in official if "/" in zone)
