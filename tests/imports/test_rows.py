"""Rows are read whatever the damage, and damage is told by its row."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.row import (
    CELL_TOO_LONG,
    HEADER_AGAIN,
    LONGEST,
    LONGEST_BYTES,
    OPEN_QUOTE,
    TOO_LONG,
    decode,
    first_records,
    read_rows,
)

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8)


def rows_of(data: bytes, width: int = 3, block: int = 1 << 18) -> dict[int, list[str]]:
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    return {
        number: cells
        for batch in read_rows(blocks, ",", "windows-1252", width)
        for number, cells in zip(batch.numbers, batch.rows, strict=True)
    }


def damage_of(data: bytes, width: int = 3) -> list[tuple[int, str]]:
    batches = read_rows([data], ",", "windows-1252", width)
    return [(damage.number, damage.reason) for batch in batches for damage in batch.damaged]


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=20), st.integers(1, 64))
def test_what_was_written_is_read_in_blocks_of_any_size(rows: list[list[str]], block: int) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    expected = {number: cells for number, cells in enumerate(rows, 1) if any(map(str.strip, cells))}
    # A byte order mark would be taken off the first cell, as it should be.
    if not file.getvalue().startswith("\ufeff"):
        assert rows_of(file.getvalue().encode(), block=block) == expected


def accounted(data: bytes, block: int, quotes: bool) -> tuple[list[list[str]], list[int]]:
    """The rows, and the numbers of all lines that came out as a row or as damage."""
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    batches = list(read_rows(blocks, ",", "windows-1252", 3, header="a,b,c", quotes=quotes))
    assert sum(batch.size for batch in batches) <= len(data)
    for batch in batches:
        assert len(batch.numbers) == len(batch.rows) == len(batch.raws)
        assert all(len(cells) == 3 and any(map(str.strip, cells)) for cells in batch.rows)
    numbers = [number for batch in batches for number in batch.numbers]
    numbers += [damage.number for batch in batches for damage in batch.damaged]
    assert len(set(numbers)) == len(numbers)
    return [cells for batch in batches for cells in batch.rows], sorted(numbers)


NOTHING = '"\ufeff' + "".join(letter for letter in map(chr, range(0x3001)) if letter.isspace())

ANY = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"a", b'"', b",", b"\n", b"\r", b"\0", b"\xff", b" "])).map(b"".join),
)


@given(ANY, st.integers(1, 50))
def test_of_any_bytes_every_line_with_something_in_it_comes_out_once(
    data: bytes, block: int
) -> None:
    _, numbers = accounted(data.replace(b"\r", b"x"), block, quotes=False)
    lines = data.replace(b"\r", b"x").replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").split(b"\n")
    filled = [
        number
        for number, line in enumerate(lines, 1)
        if decode(line, "windows-1252").replace(",", "").strip(NOTHING)
    ]
    assert set(filled) <= set(numbers)
    accounted(data, block, quotes=True)


DAMAGE = st.sampled_from(
    [
        b'a,"b,c',
        b'"a,b,c',
        b"a,b",
        b"a,b,c,d",
        b'a,"b',
        b"a\0,b,c\xff",
        b"a,b,c",
        b"",
        b",,",
        b'"","",""',
    ]
)


@given(st.lists(DAMAGE, max_size=12), st.integers(1, 40))
def test_good_rows_around_damage_survive(damage: list[bytes], block: int) -> None:
    lines = [b"good0,x,y"]
    for number, line in enumerate(damage, 1):
        lines += [line, b"good%d,x,y" % number]
    rows, _ = accounted(b"\n".join(lines), block, quotes=True)
    found = [cells[0] for cells in rows if cells[0].startswith("good")]
    # Two quotes on lines that follow may read as one cell with line breaks in it: its row is kept
    # in that cell or told of by number, but it is no row of its own.
    pairs = sum(line.count(b'"') % 2 for line in damage) // 2
    assert len(found) >= len(damage) + 1 - pairs
    rows, _ = accounted(b"\n".join(lines), block, quotes=False)
    assert [c[0] for c in rows if c[0].startswith("good")] == [
        f"good{number}" for number in range(len(damage) + 1)
    ]


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


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_cell_of_ten_megabytes_costs_its_row_and_no_other(quote: bytes) -> None:
    cell = [quote + b"y" * 1_000_000, *[b"y" * 1_000_000] * 9, quote]
    blocks = [b"a,b,c\nx,", *cell, b",z\nd,e,f\n"]
    batches = list(read_rows(blocks, ",", "utf-8", 3))
    assert [cells for batch in batches for cells in batch.rows] == [list("abc"), list("def")]
    damaged = [damage for batch in batches for damage in batch.damaged]
    assert [damage[:2] for damage in damaged] == [(2, TOO_LONG)]
    assert max(len(damage.raw) for damage in damaged) <= LONGEST
    assert LONGEST < LONGEST_BYTES


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_cell_too_long_for_any_column_is_named(quote: str) -> None:
    data = f"a,b,c\nd,{quote}{'y' * 200_000}{quote},f\ng,h,i\n".encode()
    assert damage_of(data) == [(2, CELL_TOO_LONG)]
    assert sorted(rows_of(data)) == [1, 3]


def test_a_wide_row_of_short_cells_is_not_too_long() -> None:
    data = ",".join(["x" * 40] * 5_000).encode()
    assert [len(cells) for cells in rows_of(data, 5_000).values()] == [5_000]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"x,y", "has 2 cells where 3 are expected"),
        (b"x", "has 1 cells where 3 are expected"),
        (b"x,y,z,w", "has 4 cells where 3 are expected"),
        (b'"x","y"', "has 2 cells where 3 are expected"),
    ],
)
def test_a_row_of_the_wrong_length_says_so(line: bytes, reason: str) -> None:
    data = b"a,b,c\n" + line + b"\nd,e,f\n"
    assert damage_of(data) == [(2, reason)]
    assert sorted(rows_of(data)) == [1, 3]


def test_empty_cells_at_the_end_are_dropped() -> None:
    assert rows_of(b"a,b,c,, ,\n") == {1: ["a", "b", "c"]}


def test_lines_with_nothing_in_them_are_no_rows_but_count() -> None:
    data = b'a,b,c\n\n , ,\n,,,,,,\n"","",""\n\t\nd,e,f\n'
    assert sorted(rows_of(data)) == [1, 7]
    assert damage_of(data) == []


@pytest.mark.parametrize("header", [b"id,name,zip", b"\xef\xbb\xbfid,name,zip"])
def test_a_header_in_the_middle_is_told_of(header: bytes) -> None:
    data = b"id,name,zip\n1,a,b\n" + header + b"\n2,c,d\n"
    batches = list(read_rows([data], ",", "utf-8", 3, skip=1, header="id,name,zip"))
    assert [bad[:2] for batch in batches for bad in batch.damaged] == [(3, HEADER_AGAIN)]
    assert [cells[0] for batch in batches for cells in batch.rows] == ["1", "2"]


def test_nul_bytes_are_dropped_and_their_row_is_kept() -> None:
    assert rows_of(b"a\0b,\0,c\n\0\0\nd,e,f\0\n") == {1: ["ab", "", "c"], 3: ["d", "e", "f"]}


def test_two_encodings_in_one_file_are_both_read() -> None:
    data = "é,ñ,ü\n".encode() + "é,ñ,ü\n".encode("windows-1252")
    assert rows_of(data) == {1: ["é", "ñ", "ü"], 2: ["é", "ñ", "ü"]}


def test_without_quotes_a_quote_is_a_letter() -> None:
    data = b'a,"b,c\nd,e"",f\n'
    batches = list(read_rows([data], ",", "utf-8", 3, quotes=False))
    assert [cells for batch in batches for cells in batch.rows] == [
        ["a", '"b', "c"],
        ["d", 'e""', "f"],
    ]


def test_one_column_with_line_breaks_in_quotes_is_read() -> None:
    assert rows_of(b'"a\nb"\nc\n', width=1) == {1: ["a\nb"], 3: ["c"]}


@pytest.mark.parametrize(
    ("text", "cells", "lines", "passed"),
    [
        ("a,b\n1,2\n", ["a", "b"], 1, 0),
        ("\ufeffa,b", ["a", "b"], 1, 0),
        ('\r\n\r\n"a\r\nb",c\r\n1,2', ["a\nb", "c"], 2, 2),
        ('"a\nb",c', ["a\nb", "c"], 2, 0),
        ('"a,b\n1,2\n', ['"a', "b"], 1, 0),
        ("a,b\r1,2\r", ["a", "b"], 1, 0),
    ],
)
def test_the_first_record_is_found_with_its_line_breaks(
    text: str, cells: list[str], lines: int, passed: int
) -> None:
    records, before = first_records(text, ",", True, 1)
    assert (records[0].cells, records[0].lines, before) == (cells, lines, passed)


def test_lines_to_be_skipped_and_what_is_empty_give_no_record() -> None:
    assert first_records("a\nb\nc\n", ",", True, 9, skip=2)[0][0].cells == ["c"]
    assert first_records("", ",", True, 9) == ([], 0)
    assert first_records(" \n\n", ",", True, 9) == ([], 2)
