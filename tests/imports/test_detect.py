"""What a file is, is seen from its beginning: how it is written, its layout, its columns."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.detect import Detected, Doubt, detect
from app.domain.dialect import ONE_COLUMN
from app.domain.encoding import encoding_of, normalized
from app.domain.find_columns import find_columns
from app.domain.kind import KINDS
from app.domain.layout import WrongLayout, layout_from, layout_names, load_layout

FOLDER = Path(__file__).parent / "samples"
SAMPLES = {path.stem: path for path in FOLDER.iterdir()}


def seen(data: bytes | str, codec: str = "utf-8", kind: str | None = None) -> Detected:
    """What is detected of a file with these bytes or this text."""
    if isinstance(data, str):
        data = data.encode(codec)
    encoding = encoding_of(data)
    head = b"".join(normalized([data], encoding))
    return detect(head, fallback=encoding.fallback, kind=kind)


def named(found: Detected) -> dict[str, list[str]]:
    """The guess, with names in place of numbers."""
    return {
        field: [found.names[place] for place in places] for field, places in found.guess.items()
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_known_as_its_own_layout(name: str) -> None:
    found = seen(SAMPLES[name].read_bytes())
    layout = load_layout(name)
    assert (found.layout, found.kind, found.header) == (name, layout.kind, layout.header)
    text = SAMPLES[name].read_bytes().decode("latin-1")
    columns = find_columns(layout, text)
    assert {field: tuple(places) for field, places in found.guess.items()} == columns.places
    assert len(found.rows) == len(text.splitlines()) - found.header
    made = layout_from(found.facts, name)
    assert find_columns(made, text).places == columns.places
    assert made.source == layout.source


@pytest.mark.parametrize("name", layout_names())
def test_a_layout_is_known_whatever_stands_between_the_cells(name: str) -> None:
    layout = load_layout(name)
    if layout.header:
        text = SAMPLES[name].read_bytes().decode("latin-1").replace(layout.delimiter, ";")
        found = seen(text, "utf-16")
        assert found.layout == name or '"' in text
        assert found.delimiter == found.facts["delimiter"] == ";"


ODD = (
    "Nombre y apellido;Celular;Dirección;E-mail!;Zip Code ;Notas\r\n"
    "Ana Ruiz;919-555-0101 (cell);12 Oak St;ana@example.org;27601;“hola”\r\n"
    "Bo Díaz;;1 Elm Rd, Apt 2;;27602;\r\n"
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_a_spreadsheet_with_odd_columns_is_understood(codec: str) -> None:
    found = seen(ODD, codec)
    assert (found.delimiter, found.header, found.layout, found.kind) == (";", True, "", "voters")
    assert named(found) == {
        "full_name": ["Nombre y apellido"],
        "mobile": ["Celular"],
        "address": ["Dirección"],
        "email": ["E-mail!"],
        "postcode": ["Zip Code"],
    }
    assert found.rows[1] == ("Bo Díaz", "", "1 Elm Rd, Apt 2", "", "27602", "")
    columns = find_columns(layout_from(found.facts, "own"), ODD)
    assert columns.places["email"] == (3,)


@pytest.mark.parametrize(
    ("text", "kind", "guess"),
    [
        (
            "Anna,Berg,919-555-0101,anna@example.org,27601\n"
            "Bo,Doe,,bo@example.org,27602\nCy,Roe,(919) 555 0103,cy@example.org,27603-0001\n",
            "voters",
            {
                "first_name": ["Column 1"],
                "last_name": ["Column 2"],
                "postcode": ["Column 5"],
                "phone": ["Column 3"],
                "email": ["Column 4"],
            },
        ),
        ("919-555-0101\n(919) 555-0102\n+1 919 555 0103\n", "do_not_contact", {"phone": [0]}),
        ("a@example.org\nb@example.org\n", "do_not_contact", {"email": [0]}),
        ("a@example.org\n919-555-0101\n", "do_not_contact", {"address": [0]}),
        ("AA1\nAA2\nAA3\n", "ballots", {"source_id": [0]}),
        ("Doe, Jo\t919-555-0101\nRoe, Cy\t\n", "voters", {"full_name": [0], "phone": [1]}),
    ],
)
def test_a_list_without_a_header_is_understood_by_its_cells(
    text: str, kind: str, guess: dict[str, list[str | int]]
) -> None:
    found = seen(text)
    assert (found.header, found.kind) == (False, kind)
    assert len(found.rows) == text.count("\n")
    expected = {
        field: [f"Column {place + 1}" if isinstance(place, int) else place for place in places]
        for field, places in guess.items()
    }
    assert named(found) == expected
    columns = find_columns(layout_from(found.facts, "own"), text)
    assert {field: list(places) for field, places in columns.places.items()} == found.guess


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        ("Phones", "919-555-0101\n919-555-0102", "do_not_contact"),
        ("Voter ID,Election Date,Election Type", "1,11/08/2022,GEN", "history"),
        (
            "Precinct,Polling Place,Address,Opens,Closes",
            "1,School,1 Oak St,6:30,19:30",
            "precincts",
        ),
        ("Email,Date,Start,End", "a@example.org,2026-10-01,17:00,20:00", "shifts"),
        ("Volunteer,Email,Phone,Languages", "Jo,a@example.org,,en", "volunteers"),
        ("voter id,ballot status,date", "1,sent,2026-10-01", "ballots"),
        ("VANID,Question,Answer", "1,Support,Yes", "answers"),
        (
            "voter_id,channel,address,basis,source,given_on",
            "1,text,919-555-0101,form,web,2026-01-01",
            "consents",
        ),
        ("First,Last,Email,Phone", "Jo,Doe,a@example.org,919-555-0101", "voters"),
        ("Name,Status", "Jo Doe,active", "voters"),
        ("First Name,Last Name,Phone,Notes", "Jo,Doe,919-555-0101,x", "voters"),
        ("Voter ID,Name,Ballot returned", "AA1,Jo Doe,2026-10-20", "ballots"),
        ("Voter ID,Voted", "AA1,yes", "ballots"),
        ("Name,Phone,Opted out on", "Jo Doe,919-555-0101,2026-01-02", "do_not_contact"),
        ("First,Last,Phone,Do not call", "Jo,Doe,919-555-0101,yes", "do_not_contact"),
        ("Email,Unsubscribed at", "a@example.org,2026-01-02", "do_not_contact"),
        ("Volunteer,Email,Availability", "Jo,a@example.org,weekends", "volunteers"),
        (
            "Volunteer email,Shift date,Start time,End time",
            "a@b.org,2026-10-01,17:00,20:00",
            "shifts",
        ),
    ],
)
def test_the_kind_of_list_is_told_by_its_columns(header: str, row: str, kind: str) -> None:
    found = seen(f"{header}\n{row}\n")
    assert (found.kind, found.header) == (kind, True)
    assert set(KINDS[kind].required) <= set(found.guess)


@pytest.mark.parametrize(
    ("header", "row", "fields"),
    [
        (
            "First Name,Last Name,Phone,How they agreed,Agreed on",
            "Jo,Doe,919-555-0101,web form,2026-01-02",
            {"address", "basis", "given_on"},
        ),
        (
            "Phone,Consent,Consent Date",
            "919-555-0101,yes,2026-01-02",
            {"address", "basis", "given_on"},
        ),
        (
            "Channel,Phone,How they agreed,Where it is on record,Agreed on",
            "text,919-555-0101,form,web,2026-01-02",
            {"channel", "address", "basis", "source", "given_on"},
        ),
        ("Name,Cell phone,Opt-in date", "Jo Doe,919-555-0101,2026-01-02", {"address", "given_on"}),
        (
            "Nombre,Celular,Consentimiento,Fecha",
            "Jo Doe,919-555-0101,sí,2026-01-02",
            {"address", "basis", "given_on"},
        ),
    ],
)
def test_a_list_of_consents_is_told_from_a_voter_file(
    header: str, row: str, fields: set[str]
) -> None:
    found = seen(f"{header}\n{row}\n{row.replace('0101', '0102')}\n")
    assert (found.kind, found.doubt) == ("consents", None)
    assert fields <= set(found.guess)


@pytest.mark.parametrize(
    ("header", "row", "doubt"),
    [
        (
            "Voter ID,First,Last,Address,City,Zip,Consent",
            "AA1,Jo,Doe,1 Oak St,Raleigh,27601,yes",
            Doubt("consents", "Consent"),
        ),
        (
            "Name,Party,City,Ballot returned",
            "Jo Doe,DEM,Raleigh,2026-10-20",
            Doubt("ballots", "Ballot returned"),
        ),
        ("Phone,Do not call,Consent", "919-555-0101,,yes", Doubt("consents", "Consent")),
        (
            "Name,Email,Phone,Languages",
            "Jo,a@example.org,919-555-0101,en",
            Doubt("voters", "Languages"),
        ),
        ("Phone,Reason", "919-555-0101,asked", Doubt("", "")),
        ("", "AA1\nAA2\nAA3", Doubt("", "")),
        ("Name,Phone", "Jo Doe,919-555-0101", None),
    ],
)
def test_a_column_that_speaks_for_another_kind_is_a_doubt(
    header: str, row: str, doubt: Doubt | None
) -> None:
    assert seen(f"{header}\n{row}\n".lstrip()).doubt == doubt


def test_the_kind_that_is_known_is_not_guessed() -> None:
    found = seen("Name,Email,Phone\nJo Doe,a@example.org,919-555-0101\n", kind="volunteers")
    assert (found.kind, set(found.guess)) == ("volunteers", {"name", "email", "phone"})
    assert seen(SAMPLES["nc"].read_bytes(), kind="ballots").layout == ""


def test_titles_above_the_header_are_passed_over() -> None:
    text = "Members of 2026,,,\n\nFirst Name,Last Name,Phone,ZIP\nJo,Doe,9195550101,27601\n"
    found = seen(text)
    assert (found.skip, found.names[0], len(found.rows)) == (1, "First Name", 1)
    columns = find_columns(layout_from(found.facts, "own"), text)
    assert (columns.skip, columns.places["phone"]) == (3, (2,))


def test_doubled_columns_and_several_phones_are_told_apart() -> None:
    found = seen('Name,Phone,Phone,Cell,Cell 2\n"Doe, Jo",9195550101,,,\n')
    assert named(found)["phone"] == ["Phone", "Phone (2)", "Cell 2"]
    columns = find_columns(layout_from(found.facts, "own"), ",".join(found.names))
    assert columns.picker("phone")(["Doe, Jo", "1", "2", "3", "4"]) == "1 / 2 / 4"


def test_a_sheet_with_a_states_ids_is_of_that_state() -> None:
    found = seen("ncid,First Name,Last Name,Cell\nAA1,Jo,Doe,919-555-0101\n")
    assert (found.layout, found.facts["source"]) == ("", "nc")


def test_columns_of_elections_are_found() -> None:
    text = "Name,Voted 11/08/2022,Voted 11/05/2024\nJo Doe,Y,\n"
    columns = find_columns(layout_from(seen(text).facts, "own"), text)
    assert columns.votes == ((1, "2022-11-08"), (2, "2024-11-05"))


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (["01/02/1990", "12/31/1980"], "%m/%d/%Y"),
        (["31/12/1990", "01/02/1980"], "%d/%m/%Y"),
        (["1990-12-31", "1980-01-02"], "%Y-%m-%d"),
        (["31.12.1990", "01.02.1980"], "%d.%m.%Y"),
        (["19901231", "19800102"], "%Y%m%d"),
    ],
)
def test_the_way_days_are_written_is_told_from_all_of_them(days: list[str], form: str) -> None:
    text = "Name,DOB\n" + "".join(f"Jo Doe,{day}\n" for day in days)
    assert seen(text).facts["days"][0] == form


def test_quotes_that_mean_nothing_are_letters() -> None:
    rows = "".join(f'{number},"Bo Doe,x\n' for number in range(9))
    found = seen(f"id,name,note\n{rows}")
    assert (found.quotes, found.rows[0]) == (False, ("0", '"Bo Doe', "x"))
    kept = seen('id,name,note\n1,"Doe, Bo",x\n2,"Roe, Al",y\n3,"Loe,z\n')
    assert (kept.quotes, kept.rows) == (True, (("1", "Doe, Bo", "x"), ("2", "Roe, Al", "y")))


@pytest.mark.parametrize("mark", ["|", "\t"])
def test_a_random_file_of_the_same_width_is_not_taken_for_a_state(mark: str) -> None:
    for width in (5, 26, 38):
        row = mark.join(["x"] * width)
        assert seen(f"{row}\n" * 5).layout == ""


def test_a_few_rows_that_look_alike_do_not_make_a_state() -> None:
    florida = SAMPLES["fl_history"].read_text(encoding="utf-8").splitlines()
    assert seen("\n".join([*florida, "x\tx\tx\tx\tx"])).layout == "fl_history"  # one is damaged
    assert seen("\n".join([*florida, *["x\tx\tx\tx\tx"] * 4])).layout == ""


def test_one_column_has_a_delimiter_that_no_text_holds() -> None:
    found = seen("Name\nDoe, Jo\nRoe, Cy\n")
    assert (found.delimiter, found.names) == (ONE_COLUMN, ("Name",))
    assert [row[0] for row in found.rows] == ["Doe, Jo", "Roe, Cy"]
    assert find_columns(layout_from(found.facts, "own"), "Name\nDoe, Jo\n").width == 1


def test_five_thousand_columns_are_seen() -> None:
    header = ",".join(["Last name", *(f"c{number}" for number in range(4_999))])
    found = seen(header + "\n" + ("Doe" + ",1" * 4_999 + "\n") * 30)
    assert (len(found.names), found.guess, found.header) == (5_000, {"last_name": [0]}, True)


@given(st.binary(max_size=400), st.sampled_from([None, *KINDS]))
def test_whatever_the_bytes_something_is_detected(data: bytes, kind: str | None) -> None:
    found = seen(data, kind=kind)
    assert found.kind in KINDS
    assert all(len(row) == len(found.names) for row in found.rows)
    try:
        layout = layout_from(found.facts, "own")
    except WrongLayout as wrong:
        assert "which column is" in str(wrong) or "what any column is" in str(wrong)  # noqa: PT017
    else:
        assert layout.kind == found.kind
