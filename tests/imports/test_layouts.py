"""A layout is found by its header, and a wrong one is told from the right one."""

import pytest

from app.domain.layout import LAYOUTS, WrongLayout, find_columns, load_layout
from app.domain.voter import Cleaned, Rejection, cleaner, row_hash, stored_fields
from tests.imports.conftest import SAMPLES, sample

HEADERS = {name: sample(name).read_bytes().decode("latin-1").splitlines()[0] for name in SAMPLES}


@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_fits_its_own_file(name: str) -> None:
    columns = find_columns(load_layout(name), HEADERS[name])
    assert {"source_id", "last_name", "address", "city"} <= set(columns.places)


@pytest.mark.parametrize(
    ("said", "given"), [(said, given) for said in LAYOUTS for given in LAYOUTS if said != given]
)
def test_a_file_in_another_layout_is_refused_with_the_right_one_named(
    said: str, given: str
) -> None:
    with pytest.raises(WrongLayout, match=f"try --layout {given}"):
        find_columns(load_layout(said), HEADERS[given])


def test_the_missing_columns_are_named() -> None:
    with pytest.raises(WrongLayout, match="the columns ncid and last_name are missing"):
        find_columns(load_layout("nc"), "name\tphone")
    with pytest.raises(WrongLayout, match="the column ncid is missing"):
        find_columns(load_layout("nc"), "last_name\tphone")


def test_an_unknown_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WrongLayout, match="nc, oh, co, nj, mi, ut"):
        load_layout("../nc")


def test_newer_column_names_come_before_older_ones() -> None:
    columns = find_columns(load_layout("nc"), "ncid\tlast_name\tmidl_name\tMIDDLE_NAME")
    assert columns.places["middle_name"] == (3,)


def test_a_layout_speaks_only_for_the_columns_it_has() -> None:
    fields = stored_fields(find_columns(load_layout("mi"), HEADERS["mi"]))
    assert "birth_year" in fields
    assert not fields & {"phone", "email", "party", "votes"}


NC = find_columns(load_layout("nc"), "ncid\tlast_name\tstatus_cd\tconfidential_ind\tbirth_age")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["A1", "Doe", "A", "Y", "40"], "confidential voter, kept out by law"),
        (["A1", "Doe", "R", "N", "40"], "registration removed (status R)"),
        (["A1", "Doe", "D", "N", "40"], "registration denied (status D)"),
        ([" ", "Doe", "A", "N", "40"], "no voter id"),
        (["A" * 65, "Doe", "A", "N", "40"], "voter id is longer than 64 characters"),
        (["A1", " ", "A", "N", "40"], "no last name"),
        (["A1", "Doe"], "has 2 cells where 5 are expected"),
        (["A1", "Doe", "A", "N", "40", "x"], "has 6 cells where 5 are expected"),
    ],
)
def test_a_row_that_stays_out_says_why(cells: list[str], reason: str) -> None:
    found = cleaner(NC, "US", 2026)(cells)
    assert isinstance(found, Rejection)
    assert found.reason == reason


def test_empty_cells_at_the_end_do_no_harm() -> None:
    found = cleaner(NC, "US", 2026)(["A1", "DOE", "A", "N", "40", "", " "])
    assert isinstance(found, Cleaned)
    assert (found.row.last_name, found.row.birth_year) == ("Doe", "1986")


def test_a_hash_changes_with_any_column() -> None:
    found = cleaner(NC, "US", 2026)(["A1", "DOE", "A", "N", "40"])
    assert isinstance(found, Cleaned)
    hashes = {row_hash(found.row._replace(**{name: "other"})) for name in found.row._fields}
    assert len(hashes | {row_hash(found.row)}) == len(found.row) + 1
