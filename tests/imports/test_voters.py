"""Rows of any list come out as voters, with what they say and nothing else."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cleaned import NONE, Cleaned, Rejection
from app.domain.find_columns import find_columns
from app.domain.layout import Columns, layout_from
from app.domain.voter import VoterRow, cleaner, stored_fields

NAMES = {
    "source_id": "id",
    "full_name": "name",
    "last_name": "last",
    "first_name": "first",
    "born_on": "born",
    "age": "age",
    "phone": "phone",
    "mobile": "cell",
    "landline": "home",
    "email": "email",
    "address": "street",
    "state": "state",
    "postcode": "zip",
    "status": "status",
    "language": "language",
    "confidential": "hidden",
}


def columns_of(header: str, **facts: Any) -> Columns:
    names = header.split(",")
    known = {field: [name] for field, name in NAMES.items() if name in names}
    layout = layout_from({"columns": known, "days": ["%m/%d/%Y", "%m/%d/%y"], **facts}, "mine")
    return find_columns(layout, header)


def clean(header: str, *cells: str, country: str = "US", **facts: Any) -> Cleaned | Rejection:
    return cleaner(columns_of(header, **facts), country, 2026)(cells)


def kept(header: str, *cells: str, country: str = "US", **facts: Any) -> VoterRow:
    found = clean(header, *cells, country=country, **facts)
    assert isinstance(found, Cleaned), found
    assert isinstance(found.row, VoterRow)
    return found.row


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ortiz, María José", ("María", "José", "Ortiz", "")),
        ("Maria Jose Ortiz Jr.", ("Maria", "Jose", "Ortiz", "Jr.")),
        ("DE LA CRUZ, JUAN", ("Juan", "", "de la Cruz", "")),
        ("Smith, John Q., III", ("John", "Q.", "Smith", "III")),
        ("O'BRIEN JR, SEAN", ("Sean", "", "O'Brien", "Jr.")),
        ("VAN DER BERG, ANNA", ("Anna", "", "van der Berg", "")),
    ],
)
def test_a_whole_name_is_taken_apart(name: str, parts: tuple[str, ...]) -> None:
    row = kept("id,name", "7", name)
    assert (row.first_name, row.middle_name, row.last_name, row.suffix) == parts


def test_names_in_columns_of_their_own_come_before_a_whole_name() -> None:
    row = kept("id,name,first,last", "7", "Ann Doe", "", "ROE")
    assert (row.first_name, row.last_name) == ("", "Roe")
    row = kept("id,name,first,last", "7", "Ann Doe", "ANNA", " ")
    assert (row.first_name, row.last_name) == ("Anna", "Doe")


def test_names_are_searched_without_case_accents_and_marks() -> None:
    row = kept("id,first,last", "7", "JOSÉ", "FERNÁNDEZ-O'NEIL")
    assert (row.first_key, row.last_key) == ("jose", "fernandez oneil")


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("id,name", ("7", " "), "no name"),
        ("id,last", ("7", " "), "no last name"),
        ("name", ("",), "no name"),
        ("id,last", ("7", "x" * 201), "last name is longer than 200 characters"),
        ("id,last,street", ("7", "Doe", "1 St " * 200), "address is longer than 500 characters"),
        ("id,last,zip", ("7", "Doe", "1" * 999), "state or postcode is longer than 200 characters"),
    ],
)
def test_a_row_that_cannot_be_kept_says_why(
    header: str, cells: tuple[str, ...], reason: str
) -> None:
    assert clean(header, *cells) == Rejection(reason)


@pytest.mark.parametrize("word", ["Y", "y", "yes", "True", "1", "x"])
def test_a_confidential_voter_stays_out_with_the_id_alone(word: str) -> None:
    found = clean("id,last,hidden", "7", "Doe", word)
    assert found == Rejection("confidential voter, kept out by law", True, "7", "confidential")


@pytest.mark.parametrize("word", ["N", "no", "", "0", "*"])
def test_others_go_in(word: str) -> None:
    kept("id,last,hidden", "7", "Doe", word)


def test_a_confidential_voter_of_a_list_without_ids_is_told_by_the_derived_one() -> None:
    header = "first,last,zip,phone,hidden"
    row = kept(header, "Ann", "Doe", "27601", "9195550123", "N")
    found = clean(header, "ANN", "DOE", "27601", "(919) 555-0123", "Y")
    assert isinstance(found, Rejection)
    assert (found.secret, found.source_id) == (True, row.source_id)
    hidden = clean(header, "x" * 999, "DOE", "27601", "", "Y")
    assert isinstance(hidden, Rejection)
    assert hidden.secret


def test_a_list_without_ids_finds_the_same_people_again() -> None:
    header = "first,last,zip,born,phone"
    ann = kept(header, "Ann", "Doe", "27601", "2/3/1980", "9195550123")
    again = kept(header, "ANN ", "DOE", "27601-1234", "02/03/1980", "")
    assert ann.source_id == again.source_id
    assert len(ann.source_id) == 17
    assert ann.source_id[0] == "x"
    others = [
        kept(header, "Anna", "Doe", "27601", "2/3/1980", ""),
        kept(header, "Ann", "Doe", "27603", "2/3/1980", ""),
        kept(header, "Ann", "Doe", "27601", "2/3/1981", ""),
        kept(header, "Ann", "Doe", "27601", "", "9195550123"),
        kept(header, "Ann", "Doe", "27601", "", "9195550124"),
    ]
    assert len({ann.source_id, *(other.source_id for other in others)}) == 6


@pytest.mark.parametrize(
    ("born", "age", "year"),
    [
        ("2/3/1980", "", "1980"),
        ("2/3/45", "", "1945"),  # nobody is born after the year of the file
        ("2/3/19", "", "2019"),
        ("", "46", "1980"),
        ("N/A", "46.0", "1980"),
        ("2/30/1980", "", NONE),
        ("1/1/1800", "150", NONE),
        ("*", "*", NONE),
    ],
)
def test_a_year_of_birth_comes_from_a_day_or_an_age(born: str, age: str, year: str) -> None:
    assert kept("id,last,born,age", "7", "Doe", born, age).birth_year == year


def test_phones_come_from_all_their_columns_and_what_is_lost_is_said() -> None:
    found = clean(
        "id,last,phone,cell,home,email",
        *("7", "Doe", "555-01", "919-555-0123", "9195550124 / 704 555 0143 (cell)", "ann@"),
    )
    assert isinstance(found, Cleaned)
    assert tuple(found.row)[17:24] == (
        *("+19195550123", "mobile", "+17045550143", "mobile", "+19195550124", "landline"),
        NONE,
    )
    assert found.lost == (
        "phone '555-01' has 5 digits; kept the voter without it; "
        "email 'ann@' is no address; kept the voter without it"
    )


def test_blanks_and_words_for_nothing_lose_nothing() -> None:
    found = clean("id,last,phone,cell,email", "7", "Null", "N/A", "\u00a0", "NULL")
    assert isinstance(found, Cleaned)
    assert found.lost == ""
    assert found.row[3] == "Null"  # a surname


def test_an_area_code_in_a_column_of_its_own_goes_before_the_number() -> None:
    places = {
        "columns": {"source_id": ["id"], "last_name": ["last"]},
        "joined": {"phone": ["a", "n"]},
    }
    columns = find_columns(layout_from(places, "mine"), "id,last,a,n")
    read = cleaner(columns, "US", 2026)
    for cells in (("7", "Doe", "850", "5550123"), ("7", "Doe", "", "850-555-0123")):
        found = read(cells)
        assert isinstance(found, Cleaned)
        assert found.row[17:20] == ("+18505550123", "", NONE)


@pytest.mark.parametrize(
    ("country", "state", "postcode", "place"),
    [
        ("US", "n.c.", "27601-1234", ("NC", "27601", "America/New_York")),
        ("US", "North Carolina", "27601", ("NC", "27601", "America/New_York")),
        ("US", "NJ", "8540", ("NJ", "08540", "America/New_York")),
        ("US", "", "32501", ("", "32501", "America/Chicago")),
        ("US", "", "1234", ("", "", "Pacific/Honolulu")),
        ("GB", "", "sw1a1aa", ("", "SW1A 1AA", "Europe/London")),
        ("GB", "", "SW1A\u00a01AA ", ("", "SW1A 1AA", "Europe/London")),
    ],
)
def test_a_place_is_read_by_its_country(
    country: str, state: str, postcode: str, place: tuple[str, ...]
) -> None:
    row = kept(
        "id,last,state,zip,phone", "7", "Doe", state, postcode, "+18085550123", country=country
    )
    assert (row.state, row.postcode, row.zones) == place


@pytest.mark.parametrize(
    ("word", "code"),
    [
        *(("Spanish", "es"), ("ESPAÑOL", "es"), ("spa", "es"), ("es-MX", "es"), ("en", "en")),
        *(("Vietnamese", "vi"), ("", "en"), ("Klingon", "en")),
        *(("Amharic", "am"), ("amárico", "am"), ("AM", "am"), ("uk_UA", "uk"), ("No", "en")),
    ],
)
def test_a_language_is_a_code(word: str, code: str) -> None:
    assert kept("id,last,language", "7", "Doe", word).language == code


def test_columns_that_are_kept_stand_under_their_own_names() -> None:
    extra = ['Fav "pie"', "T shirt", "note"]
    line = 'id,last,"Fav ""pie""",T shirt,note'
    columns = find_columns(
        layout_from(
            {"columns": {"source_id": ["id"], "last_name": ["last"]}, "extra": extra}, "mine"
        ),
        line,
    )
    found = cleaner(columns, "US", 2026)(["7", "Doe", 'apple\t"hot"', " ", "a\\b\0"])
    assert isinstance(found, Cleaned)
    copied = found.row[26].replace("\\\\", "\\")  # as COPY reads it
    assert json.loads(copied) == {'Fav "pie"': 'apple "hot"', "note": "a/b"}
    assert "extra" in stored_fields(columns)


def test_a_list_speaks_for_what_follows_from_its_columns() -> None:
    fields = stored_fields(columns_of("name,cell"))
    assert fields == {
        *("source_id", "state", "zones", "first_name", "middle_name", "last_name", "suffix"),
        *("phone", "phone_kind", "phone2", "phone2_kind", "phone3", "phone3_kind"),
        *("first_key", "last_key"),
    }
    assert not stored_fields(columns_of("id,last")) & {"first_key", "phone_kind", "extra"}


EVERYTHING = columns_of(",".join(NAMES.values()) + ",kept", extra=["kept"], state="NC")
CELL = st.text(max_size=30) | st.sampled_from(("\\N", "\\", "\t", "Y", "A", "27601", "9195550123"))


@given(st.lists(CELL, min_size=EVERYTHING.width, max_size=EVERYTHING.width))
def test_any_cells_make_a_row_that_can_be_copied_or_a_reason(cells: Sequence[str]) -> None:
    found = cleaner(EVERYTHING, "US", 2026)(cells)
    if isinstance(found, Rejection):
        assert found.reason
        return
    assert len(found.row) == len(VoterRow._fields)
    line = "\t".join(found.row)
    assert line.count("\t") == len(VoterRow._fields) - 1
    assert not set(line) & set("\n\r\0")
    line.encode()
    for cell in found.row:
        assert cell == NONE or "\\" not in cell.replace("\\\\", "")
