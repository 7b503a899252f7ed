"""Rows are read whatever the damage, and damage is told by its row."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.row import LONGEST, OPEN_QUOTE, read_rows

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)


def rows_of(data: bytes, width: int = 3, block: int = 1 << 18) -> dict[int, list[str]]:
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    return {
        number: cells
        for batch in read_rows(blocks, ",", "windows-1252", width)
        for number, cells in zip(batch.numbers, batch.rows, strict=True)
        if cells != [""]
    }


def damage_of(data: bytes, width: int = 3) -> list[tuple[int, str]]:
    batches = read_rows([data], ",", "windows-1252", width)
    return [(damage.number, damage.reason) for batch in batches for damage in batch.damaged]


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=20), st.integers(1, 64))
def test_what_was_written_is_read_in_blocks_of_any_size(rows: list[list[str]], block: int) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    expected = dict(enumerate(rows, 1))
    # A byte order mark would be taken off the first cell, as it should be.
    if not file.getvalue().startswith("\ufeff"):
        assert rows_of(file.getvalue().encode(), block=block) == expected


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_are_read_without_an_error(data: bytes, block: int) -> None:
    rows_of(data, block=block)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_as_on_any_machine(end: bytes) -> None:
    assert rows_of(b"a,b,c" + end + b"d,e,f" + end) == {1: ["a", "b", "c"], 2: ["d", "e", "f"]}


def test_bytes_that_are_not_utf8_are_read_in_the_layouts_encoding() -> None:
    assert rows_of("é,ñ,ü\n".encode("latin-1"))[1] == ["é", "ñ", "ü"]
    assert rows_of("é,ñ,ü\n".encode())[1] == ["é", "ñ", "ü"]
    assert rows_of(b"\xef\xbb\xbfa,b,c\n")[1] == ["a", "b", "c"]


def test_a_cell_may_hold_line_breaks() -> None:
    assert rows_of(b'a,"b\nb",c\nd,e,f\n') == {1: ["a", "b\nb", "c"], 3: ["d", "e", "f"]}


def test_all_cells_in_quotes_read_as_letter_by_letter() -> None:
    assert rows_of(b'"a","","c,c"\n"d","e","f"\n') == {1: ["a", "", "c,c"], 2: ["d", "e", "f"]}
    assert rows_of(b'"a","b ""b""","c"\n') == {1: ["a", 'b "b"', "c"]}


def test_a_quote_that_is_never_closed_costs_its_row_and_no_other() -> None:
    data = b'a,b,c\nd,"e,f\n' + b"g,h,i\n" * 10
    assert damage_of(data) == [(2, OPEN_QUOTE)]
    assert sorted(rows_of(data)) == [1, *range(3, 13)]


def test_two_stray_quotes_do_not_swallow_the_rows_between_them() -> None:
    data = b'a,"b,c\n' + b"g,h,i\n" * 10 + b'a,"b,c\ng,h,i\n'
    assert [number for number, _ in damage_of(data)] == [1, 12]
    assert sorted(rows_of(data)) == [*range(2, 12), 13]


def test_an_open_quote_before_a_megabyte_is_given_up_in_time() -> None:
    data = b'a,"b,c\n' + b"g,h,i\n" * (LONGEST // 3)
    blocks = (data[at : at + 65_536] for at in range(0, len(data), 65_536))
    batches = list(read_rows(blocks, ",", "utf-8", 3))
    assert [damage.number for batch in batches for damage in batch.damaged] == [1]
    assert sum(len(batch.rows) for batch in batches) == LONGEST // 3


def test_a_row_of_many_megabytes_stays_within_bounds() -> None:
    blocks = [b"a,b,c\nx"] + [b"y" * 1_000_000] * 5 + [b"\nd,e,f\n"]
    batches = list(read_rows(blocks, ",", "utf-8", 3))
    lengths = [sum(map(len, cells)) for batch in batches for cells in batch.rows]
    assert len(lengths) == 3
    assert max(lengths) <= 2 * LONGEST
