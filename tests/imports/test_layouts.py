"""A layout is found by its header or its shape, and a wrong one is told from the right one."""

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.domain.election import general_day, kind_of_election, named_kind
from app.domain.find_columns import find_columns, told_apart
from app.domain.kind import KINDS
from app.domain.layout import (
    WrongLayout,
    layout_facts,
    layout_from,
    layout_names,
    load_layout,
    withdrawn_statuses,
)
from app.domain.voter import stored_fields

FOLDER = Path(__file__).parent / "samples"
FILES = {path.stem: path for path in FOLDER.iterdir()}
TEXTS = {name: path.read_bytes().decode("latin-1") for name, path in FILES.items()}
LAYOUTS = layout_names("")


def test_every_layout_has_a_sample_and_every_sample_a_layout() -> None:
    assert set(FILES) == set(LAYOUTS)
    assert set(layout_names()) < set(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_fits_its_own_file(name: str) -> None:
    columns = find_columns(load_layout(name), TEXTS[name])
    kind = KINDS[columns.layout.kind]
    assert set(kind.required) <= set(columns.places)
    assert set(columns.places) <= {field.name for field in kind.fields}
    if kind.name == "voters":
        assert {"source_id", "address", "postcode"} - set(columns.places) <= {"postcode"}
        assert set(columns.places) & {"last_name", "full_name"}


@pytest.mark.parametrize(
    ("said", "given"), [(said, given) for said in LAYOUTS for given in LAYOUTS if said != given]
)
def test_a_file_in_another_layout_is_refused_with_the_right_one_named(
    said: str, given: str
) -> None:
    with pytest.raises(WrongLayout, match=f"try --layout {given}$"):
        find_columns(load_layout(said), TEXTS[given])


def test_the_missing_columns_are_named() -> None:
    with pytest.raises(WrongLayout, match="the columns ncid and last_name are missing"):
        find_columns(load_layout("nc"), "name\tphone")
    with pytest.raises(WrongLayout, match="the column ncid is missing"):
        find_columns(load_layout("nc"), "last_name\tphone")
    with pytest.raises(WrongLayout, match="elector number prefix is missing"):
        find_columns(load_layout("uk"), "Elector Number,Elector Name")


@pytest.mark.parametrize("name", ["../nc", "", "nc.toml"])
def test_an_unknown_layout_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(WrongLayout, match=", ".join(LAYOUTS)):
        load_layout(name)


def test_newer_column_names_come_before_older_ones() -> None:
    columns = find_columns(load_layout("nc"), "ncid\tlast_name\tmidl_name\tMIDDLE_NAME")
    assert columns.places["middle_name"] == (3,)


def test_another_delimiter_is_found_by_the_header() -> None:
    columns = find_columns(load_layout("nc"), "ncid,last_name\nAA1,Doe\n")
    assert (columns.layout.delimiter, columns.width) == (",", 2)


def test_a_layout_speaks_only_for_the_columns_it_has() -> None:
    fields = stored_fields(find_columns(load_layout("mi"), TEXTS["mi"]))
    assert "birth_year" in fields
    assert not fields & {"phone", "email", "party", "votes"}


def test_a_header_may_have_line_breaks_in_its_names_and_lines_before_it() -> None:
    layout = layout_from({"columns": {"last_name": "Last name"}, "skip": 1}, "own")
    columns = find_columns(layout, 'Our list\n\n"Last\nname","a ""b"""\nDoe,1\n')
    assert (columns.places, columns.skip) == ({"last_name": (0,)}, 4)
    assert (columns.names, columns.header) == (("Last name", 'a "b"'), '"Last\nname","a ""b"""')


def test_doubled_and_empty_names_are_told_apart() -> None:
    assert told_apart(["Phone", " phone ", "", "Phone", "Phone (2)"]) == (
        *("Phone", "phone (2)", "Column 3", "Phone (3)", "Phone (2) (2)"),
    )
    assert told_apart(["x"] * 5_000)[-1] == "x (5000)"
    layout = layout_from({"columns": {"last_name": "a", "phone": "Phone (2)"}}, "own")
    assert find_columns(layout, "a,Phone,Phone").places["phone"] == (2,)


def test_five_thousand_columns_are_found() -> None:
    header = ",".join(["Last", *(f"Extra {number}" for number in range(4_999))])
    layout = layout_from({"columns": {"last_name": "Last"}, "extra": ["Extra 4998"]}, "own")
    columns = find_columns(layout, header)
    assert (columns.width, columns.extra) == (5_000, (("Extra 4998", 4_999),))


def test_what_makes_up_a_field_is_joined_as_the_layout_says() -> None:
    text = TEXTS["uk"]
    columns = find_columns(load_layout("uk"), text)
    cells = next(line.split(",") for line in text.splitlines()[1:] if "102" in line)
    assert columns.picker("source_id")(cells) == "PD1-102-1"
    assert columns.picker("email")(cells) == ""
    florida = find_columns(load_layout("fl"), TEXTS["fl"])
    cells = TEXTS["fl"].splitlines()[0].split("\t")
    assert florida.picker("phone")(cells) == "352 5550101"
    assert florida.picker("address")(cells) == "12 Palm Ave Apt 4"


@pytest.mark.parametrize("name", ["nj", "fl", "fl_history"])
def test_rows_of_the_same_width_but_another_make_are_refused(name: str) -> None:
    layout = load_layout(name)
    other = layout.delimiter.join(["x1"] * layout.width) + "\n"
    with pytest.raises(WrongLayout, match="other things in these places"):
        find_columns(layout, other * 5)


def test_elections_are_known_by_their_columns() -> None:
    ohio = find_columns(load_layout("oh"), TEXTS["oh"])
    assert ohio.elections == (
        *(("2014-05-06", "primary"), ("2014-11-04", "general"), ("2015-08-04", "special")),
    )
    utah = find_columns(load_layout("ut"), TEXTS["ut"])
    assert utah.elections == (
        *(("1990-11-06", "general"), ("2012-06-26", "other"), ("2013-11-05", "municipal")),
    )
    l2 = find_columns(load_layout("l2"), TEXTS["l2"])
    assert [kind for _, kind in l2.elections] == [
        *("general", "primary", "general", "municipal", "special"),
    ]
    assert [day for _, day in l2.votes] == [day for day, _ in l2.elections]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2024, 11, 5), "general"),
        (date(2022, 11, 8), "general"),
        (date(2023, 11, 7), "municipal"),
        (date(2022, 11, 1), "other"),
        (date(2024, 3, 5), "other"),
    ],
)
def test_a_day_tells_the_kind_of_its_election(day: date, kind: str) -> None:
    assert kind_of_election(day) == kind


def test_the_day_of_a_general_election_is_the_tuesday_after_a_monday() -> None:
    for year in range(1850, 2200):
        day = general_day(year)
        assert (day.weekday(), day.month) == (1, 11)
        assert 2 <= day.day <= 8


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("GENERAL-11/04/2014", "general"),
        ("11/08/2022 GENERAL", "general"),
        ("Presidential_Primary_2016_06_07", "primary"),
        ("Special General 2021", "special"),
        ("Local_or_Municipal_2021_11_02", "municipal"),
        ("PRIMARY RUNOFF", "primary"),
        ("11/08/2022", ""),
        ("Localized", ""),
    ],
)
def test_a_name_tells_the_kind_of_its_election(name: str, kind: str) -> None:
    assert named_kind(name) == kind


def test_floridas_codes_tell_votes_from_ballots_that_did_not_count() -> None:
    florida, north_carolina = load_layout("fl_history"), load_layout("nc_history")
    assert [code for code in "YAEBPNX" if florida.is_vote(code)] == ["Y", "A", "E"]
    assert north_carolina.is_vote("IN-PERSON")
    assert (florida.source, north_carolina.source) == ("fl", "nc")


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_mapping_kept_as_json_makes_the_same_layout(name: str) -> None:
    assert layout_from(json.loads(json.dumps(layout_facts(name))), name) == load_layout(name)


def test_a_free_mapping_is_the_source_of_its_ids_or_does_without() -> None:
    layout = layout_from({"columns": {"full_name": "Name", "phone": ["Cell", "Phone"]}}, "picnic")
    assert (layout.source, layout.kind, layout.delimiter) == ("own", "voters", ",")
    with_ids = layout_from({"columns": {"full_name": "Name", "source_id": "No"}}, "picnic")
    assert with_ids.source == "picnic"
    assert find_columns(layout, "name,phone").places == {"full_name": (0,), "phone": (1,)}
    listed = layout_from({"kind": "do_not_contact", "columns": {"phone": "Phone"}}, "list")
    assert listed.source == ""


def test_columns_of_a_file_without_a_header_go_by_number_or_name() -> None:
    facts = {
        "header": False,
        "width": 3,
        "positions": {"last_name": 0},
        "columns": {"phone": "Column 3"},
        "extra": ["Column 2"],
    }
    columns = find_columns(layout_from(facts, "own"), "Doe,x,919-555-0101\n")
    assert columns.places == {"last_name": (0,), "phone": (2,)}
    assert (columns.extra, columns.skip) == ((("Column 2", 1),), 0)


NAME: dict[str, Any] = {"last_name": "Last"}

MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"columns": NAME, "colour": "red"}, "'colour' is none of its facts"),
    ({"columns": NAME, "kind": "dogs"}, "kind 'dogs' is none of voters, history"),
    ({"columns": NAME, "header": "yes"}, "header has to be true or false"),
    ({"columns": NAME, "title": 3}, "title has to be a text"),
    ({"columns": NAME, "skip": -1}, "skip has to be a whole number"),
    ({"columns": NAME, "width": True}, "width has to be a whole number"),
    ({"columns": NAME, "days": "%Y"}, "days has to be a list of texts"),
    ({"columns": NAME, "extra": [1]}, "extra has to be a list of texts"),
    ({"columns": ["Last"]}, r"columns has to be a table, as in \[columns\]"),
    ({"columns": NAME, "party": {"D": 1}}, r"every word in \[party\] has to be given a text"),
    ({"columns": NAME, "delimiter": "::"}, "delimiter has to be one character"),
    ({"columns": NAME, "encoding": "klingon"}, "encoding 'klingon' is none; use utf-8"),
    ({"columns": NAME, "encoding": "utf-16"}, "use utf-8, windows-1252 or latin-1"),
    ({"columns": NAME | {"shoe": "Shoe"}}, "'shoe', which is no field of a voter"),
    ({"columns": {"last_name": 3}}, r"\[columns\] last_name has to be the name of a column"),
    ({"columns": {"last_name": []}}, r"\[columns\] last_name has to be the name of a column"),
    ({"columns": NAME, "joined": {"phone": "a"}}, r"\[joined\] phone has to be a list of names"),
    ({"columns": {"phone": "Phone"}}, "which column is Last name"),
    ({"kind": "history", "columns": {"day": "Day"}}, "which column is Voter id"),
    ({"kind": "do_not_contact"}, "does not say what any column is"),
    ({"positions": {"last_name": 0}}, "say header = false"),
    ({"header": False, "positions": {"last_name": 0}}, "how many cells a row has"),
    ({"header": False, "width": 2, "positions": {"last_name": "0"}}, "the number of a column"),
    ({"header": False, "width": 2, "positions": {"last_name": 2}}, "has only 2"),
    ({"columns": NAME, "votes": {"pattern": "(x)"}}, "needs a pattern"),
    ({"columns": NAME, "votes": {"pattern": "x", "day": "%Y"}}, "needs a group in parentheses"),
    ({"columns": NAME, "votes": {"pattern": "(", "day": "%Y"}}, "is no regular expression"),
    ({"columns": NAME, "shape": {"0": "["}}, "is no regular expression"),
    ({"columns": NAME, "shape": {"x": "a"}}, "gives the number of a column"),
    ({"columns": NAME, "refused": {"dull": "no"}}, r"\[refused\] names 'dull'"),
    ({"columns": NAME, "glue": {"phone": 1}}, r"every word in \[glue\]"),
]


@pytest.mark.parametrize(("facts", "message"), MISTAKES)
def test_each_mistake_in_a_layout_is_told_in_a_sentence(
    facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(WrongLayout, match=f"the layout 'own' cannot be used: .*{message}"):
        layout_from(facts, "own")


def test_the_example_in_the_docs_is_a_layout() -> None:
    page = (Path(__file__).parents[2] / "docs" / "layouts.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    layout = layout_from(tomllib.loads(example), "example")
    assert find_columns(layout, "Chapter,Member no,Name,Cell,GEN 11/05/2024\n").elections
    assert withdrawn_statuses() >= set(layout.refused)
