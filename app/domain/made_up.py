"""Made-up voters in the North Carolina layout, the same for the same seed."""

import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate, chain
from random import Random
from typing import NamedTuple

from app.domain.tables import table


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _names(kind: str) -> tuple[str, ...]:
    return tuple(row["name"] for row in table("made_up_names") if row["kind"] == kind)


HEADER = _words(
    "county_id county_desc voter_reg_num ncid last_name first_name middle_name "
    "name_suffix_lbl status_cd voter_status_desc reason_cd voter_status_reason_desc "
    "res_street_address res_city_desc state_cd zip_code mail_addr1 mail_addr2 mail_addr3 "
    "mail_addr4 mail_city mail_state mail_zipcode full_phone_number confidential_ind "
    "registr_dt race_code ethnic_code party_cd gender_code birth_year age_at_year_end "
    "birth_state drivers_lic precinct_abbrv precinct_desc municipality_abbrv "
    "municipality_desc ward_abbrv ward_desc cong_dist_abbrv super_court_abbrv "
    "judic_dist_abbrv nc_senate_abbrv nc_house_abbrv county_commiss_abbrv county_commiss_desc "
    "township_abbrv township_desc school_dist_abbrv school_dist_desc fire_dist_abbrv "
    "fire_dist_desc water_dist_abbrv water_dist_desc sewer_dist_abbrv sewer_dist_desc "
    "sanit_dist_abbrv sanit_dist_desc rescue_dist_abbrv rescue_dist_desc munic_dist_abbrv "
    "munic_dist_desc dist_1_abbrv dist_1_desc vtd_abbrv vtd_desc"
)
"""The columns of the statewide file."""

CONSENT_HEADER = ("voter_id", "channel", "address", "basis", "source", "given_on")

SNAPSHOT = date(2026, 1, 2)
"""The day from which ages count unless told; fixed, so that a seed always gives the same file."""

WITH_PHONE = 0.8
CONFIDENTIAL = 0.001
DIRTY = 0.001
TEXT_CONSENT = 0.6  # of those with a phone
EMAIL_CONSENT = 0.5  # of all

_HOUSEHOLD_SIZES, _HOUSEHOLD_WEIGHTS = (1, 2, 3, 4, 5), (40, 37, 15, 6, 2)  # 1.93 on average

_PARTIES, _PARTY_WEIGHTS = ("UNA", "DEM", "REP", "LIB"), (375, 315, 300, 10)
"""Shares of registered voters, rounded, as the State Board of Elections gave them for 2024."""

_LAST, _WOMEN, _MEN, _STREETS = map(_names, ("last", "woman", "man", "street"))

_STREET_TYPES = ("ST", "RD", "DR", "LN", "AVE", "CT", "WAY", "PL", "CIR", "BLVD")


class MadeUpVoter(NamedTuple):
    """One row of the voter file, and the rows that belong to it in a file of consents."""

    cells: list[str]
    consents: list[tuple[str, ...]]


def made_up_voters(count: int, seed: int, today: date) -> Iterator[MadeUpVoter]:
    """`count` voters in households of about 1.9, with a few confidential and a few broken rows."""
    rng = Random(seed)
    places = table("made_up_places")
    weights = list(accumulate(int(place["weight"]) for place in places))
    phones = {code: _phones(code) for code in sorted({place["area_code"] for place in places})}
    made = 0
    while made < count:
        place = rng.choices(places, cum_weights=weights)[0]
        size = min(rng.choices(_HOUSEHOLD_SIZES, _HOUSEHOLD_WEIGHTS)[0], count - made)
        last_name = rng.choice(_LAST)
        number = rng.randint(1, 9899)
        address = f"{number} {rng.choice(('', '', 'N ', 'S ', 'E ', 'W '))}{rng.choice(_STREETS)} "
        address += rng.choice(_STREET_TYPES)
        if rng.random() < 0.18:
            address += f" APT {rng.randint(1, 40)}{rng.choice('ABCD')}"
        postcode = rng.choice(place["postcodes"].split())
        shared = next(phones[place["area_code"]]) if size > 1 and rng.random() < 0.3 else ""
        for member in range(size):
            made += 1
            phone = ""
            if rng.random() < WITH_PHONE:
                phone = shared or next(phones[place["area_code"]])
            kin = member == 0 or rng.random() < 0.85
            surname = last_name if kin else rng.choice(_LAST)
            yield _voter(rng, made, place, address, postcode, surname, phone, today)


def _voter(
    rng: Random,
    number: int,
    place: dict[str, str],
    address: str,
    postcode: str,
    last_name: str,
    phone: str,
    today: date,
) -> MadeUpVoter:
    woman = rng.random() < 0.53
    names = _WOMEN if woman else _MEN
    first_name = rng.choice(names)
    age = min(95, max(18, round(rng.triangular(18, 96, 45))))
    registered = today - timedelta(days=rng.randint(30, (age - 17) * 365))
    active = rng.random() < 0.88
    party = rng.choices(_PARTIES, _PARTY_WEIGHTS)[0]
    precinct = f"{rng.randint(1, 60):02d}-{rng.randint(1, 20):02d}"
    suffix = "" if woman or rng.random() > 0.06 else rng.choice(("JR", "SR", "II", "III"))
    ncid = f"{'ABCDE'[number // 1_000_000 % 5]}{'ABCDEFGHKM'[number % 10]}{number:06d}"
    row = dict.fromkeys(HEADER, "") | {
        "county_id": place["county_id"],
        "county_desc": place["county"],
        "voter_reg_num": f"{number:012d}",
        "ncid": ncid,
        "last_name": last_name,
        "first_name": first_name,
        "middle_name": rng.choice(names) if rng.random() < 0.8 else "",
        "name_suffix_lbl": suffix,
        "status_cd": "A" if active else "I",
        "voter_status_desc": "ACTIVE" if active else "INACTIVE",
        "reason_cd": "AV" if active else "IN",
        "voter_status_reason_desc": "VERIFIED" if active else "CONFIRMATION NOT RETURNED",
        "res_street_address": address,
        "res_city_desc": place["city"],
        "state_cd": "NC",
        "zip_code": postcode,
        "full_phone_number": phone,
        "confidential_ind": "Y" if rng.random() < CONFIDENTIAL else "N",
        "registr_dt": registered.strftime("%m/%d/%Y"),
        "race_code": rng.choice("WWWWWWBBAIMOU"),
        "ethnic_code": rng.choice(("NL", "NL", "NL", "UN", "HL")),
        "party_cd": party,
        "gender_code": "U" if rng.random() < 0.04 else "F" if woman else "M",
        "birth_year": str(today.year - age),
        "age_at_year_end": str(age),
        "birth_state": rng.choice(("NC", "NC", "NC", "VA", "SC", "NY", "FL", "OC", "")),
        "drivers_lic": rng.choice("YYYN"),
        "precinct_abbrv": precinct,
        "precinct_desc": f"PRECINCT {precinct}",
        "municipality_desc": place["city"],
        "cong_dist_abbrv": str(rng.randint(1, 14)),
        "vtd_abbrv": precinct,
        "vtd_desc": precinct,
    }
    cells = list(row.values())
    consents = list(_consents(rng, ncid, first_name, last_name, number, phone, today))
    if row["confidential_ind"] == "Y":
        consents = []
    if rng.random() < DIRTY:
        cells = _spoil(rng, row)
        consents = []
    return MadeUpVoter(cells, consents)


def _consents(
    rng: Random,
    voter_id: str,
    first_name: str,
    last_name: str,
    number: int,
    phone: str,
    today: date,
) -> Iterator[tuple[str, ...]]:
    text, email = rng.random() < TEXT_CONSENT, rng.random() < EMAIL_CONSENT
    given = (today - timedelta(days=rng.randint(10, 700))).isoformat()
    source = rng.choice(("web form", "event sign-up", "petition", "text to join"))
    if text and phone:
        yield voter_id, "text", phone, "express written consent", source, given
    if email:
        name = f"{_plain(first_name)}.{_plain(last_name)}"[:40]
        yield voter_id, "email", f"{name}.{number}@example.org", "opt-in", source, given


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(letter for letter in letters if "a" <= letter <= "z")


def _spoil(rng: Random, row: dict[str, str]) -> list[str]:
    """The row with one of the faults that real files have."""
    match rng.randrange(3):
        case 0:
            row["full_phone_number"] = rng.choice(("919-555", "NONE", "000-000-0000"))
        case 1:
            row["last_name"] = " "
        case _:
            return list(row.values())[: rng.randint(5, 40)]
    return list(row.values())


def _phones(area_code: str) -> Iterator[str]:
    """Numbers nobody has, each once: 555-01XX, reserved for fiction, then the rest of 555.

    Only beyond 10,000 an area code come other exchanges, which a file of a million needs.
    """
    lines = chain(range(100, 200), range(200, 10_000), range(100))
    yield from (f"{area_code}555{line:04d}" for line in lines)
    for exchange in range(201, 1000):
        if exchange != 555 and exchange % 100 != 11:
            yield from (f"{area_code}{exchange}{line:04d}" for line in range(10_000))
