"""Rows of a delimited text file, read in batches from blocks of bytes, whatever their damage.

NUL bytes are dropped and the row is kept: they come from databases that pad and from broken
exports, and stand for nothing.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, islice, repeat
from typing import NamedTuple

LONGEST = 1_000_000
"""Characters one row may have; bounds what a quote that is never closed can swallow."""

LONGEST_BYTES = 4 * LONGEST + 1
"""What is read of a row of any length: so many bytes are more than LONGEST characters."""

_END = "\0end of what was read"

_CELL = csv.field_size_limit()
"""Characters that a cell in quotes may have."""

RAW = 2_000
"""Characters that are kept of a row that is too long."""

OPEN_QUOTE = "a quote opens in this row and is not closed; double it or remove it"

TOO_LONG = f"is longer than {LONGEST:,} characters; shorten its longest cell"

CELL_TOO_LONG = f"has a cell of more than {_CELL:,} characters; shorten it"

HEADER_AGAIN = "repeats the header"


class Damage(NamedTuple):
    """A row that could not be read."""

    number: int
    reason: str
    raw: str


class Batch(NamedTuple):
    """Rows read together: three sequences of the same length, and what could not be read."""

    numbers: Sequence[int]  # line of the file where the row starts; 1 is the first
    rows: Sequence[list[str]]
    raws: Sequence[str]
    damaged: Sequence[Damage]
    size: int  # bytes of the file that this took


class Record(NamedTuple):
    """A row at the beginning of a file."""

    cells: list[str]
    raw: str  # its lines, without the last one's end
    lines: int


def first_records(
    text: str, delimiter: str, quotes: bool, most: int, skip: int = 0
) -> tuple[list[Record], int]:
    """The first `most` rows in `text` that are not empty, and how many lines precede them.

    `skip` lines at the beginning are passed over.
    """
    lines = _split(text.removeprefix("\ufeff"))[0][skip:]
    records: list[Record] = []
    passed, at = skip, 0
    while at < len(lines) and len(records) < most:
        if not lines[at].strip():
            at += 1
            passed += not records
            continue
        record = _record(lines, at, delimiter, quotes)
        records.append(record)
        at += record.lines
    return records, passed


def _record(lines: Sequence[str], at: int, delimiter: str, quotes: bool) -> Record:
    if quotes and '"' in lines[at]:
        reader = csv.reader(_ended(lines, at), delimiter=delimiter)
        try:
            cells = next(reader)
        except csv.Error:
            cells = []
        end = at + reader.line_num
        if cells and end <= len(lines):
            return Record(cells, "\n".join(lines[at:end]), end - at)
    return Record(lines[at].split(delimiter), lines[at], 1)


def read_rows(
    blocks: Iterable[bytes],
    delimiter: str,
    encoding: str,
    width: int,
    skip: int = 0,
    header: str = "",
    quotes: bool = True,
) -> Iterator[Batch]:
    """The rows of `blocks`, lines ending in LF, CRLF or CR, cells quoted or not.

    Bytes that are not UTF-8 are read in `encoding`, so no row is lost to its letters. `width` is
    the number of cells of a row: one with more or fewer is damage, save that empty cells beyond it
    are dropped, and it tells a cell with line breaks from a stray quote. `skip` lines at the
    beginning are passed over. A line that reads as `header` does is damage. Without `quotes` a
    quote is a letter like any other. A line without anything in its cells is no row at all.
    """
    number = 1
    waiting: list[str] = []
    check = _Check(width, header)
    for lines, quoted, size in _lines(blocks, encoding):
        if skip:
            passed = min(skip, len(lines))
            del lines[:passed]
            skip -= passed
            number += passed
        if not (quoted and quotes) and not waiting:
            rows = [line.split(delimiter) for line in lines]
            yield check(Batch(range(number, number + len(lines)), rows, lines, (), size))
            number += len(lines)
            continue
        if not waiting and (rows := _by_lines(lines, delimiter, width)):
            yield check(Batch(range(number, number + len(lines)), rows, lines, (), size))
            number += len(lines)
            continue
        waiting.extend(lines)
        batch, used = _quoted(waiting, number, delimiter, width, last=False, size=size)
        yield check(batch)
        number += used
        del waiting[:used]
    if waiting:
        yield check(_quoted(waiting, number, delimiter, width, last=True, size=0)[0])


class _Check:
    """Takes out of a batch the rows that are none: empty, too long, of a wrong length, a header."""

    def __init__(self, width: int, header: str) -> None:
        self._width = width
        first = header.partition("\n")[0]
        # Files that were put one after the other bring their byte order marks along.
        self._headers = {first, f"\ufeff{first}"} if first else set()

    def __call__(self, batch: Batch) -> Batch:
        width, headers = self._width, self._headers
        # All rows are asked this, and hardly any says yes, so it has to be quick.
        odd = [
            place
            for place, (cells, raw) in enumerate(zip(batch.rows, batch.raws, strict=True))
            if len(cells) != width
            or not any(map(str.strip, cells))
            or len(raw) > _CELL
            or raw in headers
        ]
        return self._without(batch, odd) if odd else batch

    def _without(self, batch: Batch, odd: Sequence[int]) -> Batch:
        damaged = list(batch.damaged)
        rows = list(batch.rows)
        kept = [True] * len(rows)
        for place in odd:
            cells, raw = rows[place], batch.raws[place]
            fault = self._fault(cells, raw)
            if fault is None:
                rows[place] = cells[: self._width]
                continue
            kept[place] = False
            if fault:
                shown = raw[:RAW] if len(raw) > _CELL else raw
                damaged.append(Damage(batch.numbers[place], fault, shown))
        damaged.sort()
        numbers, raws = compress(batch.numbers, kept), compress(batch.raws, kept)
        return Batch(list(numbers), list(compress(rows, kept)), list(raws), damaged, batch.size)

    def _fault(self, cells: Sequence[str], raw: str) -> str | None:
        """Why a row does not go on; empty if it is no row at all, None if it is a good one."""
        if len(raw) > LONGEST:
            return TOO_LONG
        if len(raw) > _CELL and max(map(len, cells)) > _CELL:
            return CELL_TOO_LONG
        if not any(map(str.strip, cells)):
            return ""
        if raw in self._headers:
            return HEADER_AGAIN
        width = self._width
        if len(cells) != width and (len(cells) < width or any(map(str.strip, cells[width:]))):
            return f"has {len(cells)} cells where {width} are expected"
        return None


def decode(data: bytes, encoding: str) -> str:
    """`data` as UTF-8, and each byte that is not as `encoding`."""
    return data.decode("utf-8", _fallback(encoding))


def _fallback(encoding: str) -> str:
    name = f"lastmile-{encoding}"

    def read(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # we only decode
        return error.object[error.start : error.end].decode(encoding, "replace"), error.end

    try:
        codecs.lookup_error(name)
    except LookupError:
        codecs.register_error(name, read)
    return name


def _lines(blocks: Iterable[bytes], encoding: str) -> Iterator[tuple[list[str], bool, int]]:
    """Whole lines, whether there is a quote in them, and the bytes they took."""
    rest = b""
    begun = False
    size = 0
    for block in blocks:
        size += len(block)
        data = rest + (block.replace(b"\0", b"") if b"\0" in block else block)
        if not begun:
            data = data.removeprefix(codecs.BOM_UTF8)
            begun = True
        cut = data.rfind(b"\n") + 1
        if not cut and b"\r" in data[:-1]:
            cut = data.rfind(b"\r", 0, -1) + 1
        if not cut:
            rest = data[:LONGEST_BYTES]  # what is beyond belongs to a row that is rejected anyway
            continue
        rest = data[cut:]
        text = decode(data[:cut], encoding)
        yield *_split(text), size
        size = 0
    if rest:
        yield *_split(decode(rest, encoding)), size


def _split(text: str) -> tuple[list[str], bool]:
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        text = text.replace("\r", " " if "\n" in text else "\n")
    lines = text.split("\n")
    if not lines[-1]:
        del lines[-1]
    return lines, '"' in text


def _by_lines(lines: Sequence[str], delimiter: str, width: int) -> list[list[str]]:
    """The rows, if each line is one; none if a quote is open at the end of any.

    In North Carolina's file every cell is in quotes; to cut such lines as text is three times as
    fast as to read them letter by letter, which only the odd line needs.
    """
    between = f'"{delimiter}"'
    quotes = 2 * width
    rows = []
    for line in lines:
        if line.count('"') == quotes and line[0] == line[-1] == '"':
            cells = line[1:-1].split(between)
            if len(cells) == width:
                rows.append(cells)
                continue
        if '"' not in line:
            rows.append(line.split(delimiter))
            continue
        reader = csv.reader((f"{line}\n", _END), delimiter=delimiter)
        try:
            cells = next(reader)
        except csv.Error:
            return []
        if reader.line_num > 1:
            return []
        rows.append(cells)
    return rows


def _quoted(
    lines: Sequence[str], number: int, delimiter: str, width: int, last: bool, size: int
) -> tuple[Batch, int]:
    """The rows in `lines` and how many lines they took; an open quote leaves its lines over."""
    numbers: list[int] = []
    rows: list[list[str]] = []
    raws: list[str] = []
    damaged: list[Damage] = []
    start = 0
    while start < len(lines):
        reader = csv.reader(_ended(lines, start), delimiter=delimiter)
        begin = start
        start = len(lines)
        at = begin
        while True:
            try:
                cells = next(reader)
                end = begin + reader.line_num
            except csv.Error:
                cells, end = [], begin + reader.line_num
                damaged.append(_unread(number + at, lines[at]))
                start = at + 1
                break
            if end > len(lines):
                if cells == [_END]:
                    break
                if not last and sum(map(len, islice(lines, at, None))) < LONGEST:
                    return Batch(numbers, rows, raws, damaged, size), at
                damaged.append(_unread(number + at, lines[at]))
                start = at + 1
                break
            if end - at > 1 and _swallowed(cells, delimiter, width):
                damaged.append(_unread(number + at, lines[at]))
                start = at + 1
                break
            numbers.append(number + at)
            rows.append(cells or [""])
            raws.append(lines[at])
            at = end
    return Batch(numbers, rows, raws, damaged, size), len(lines)


def _ended(lines: Sequence[str], start: int) -> Iterator[str]:
    """The lines as csv.reader wants them, and a mark after the last."""
    return chain(map(str.__add__, islice(lines, start, None), repeat("\n")), (_END,))


def _unread(number: int, line: str) -> Damage:
    if len(line) > LONGEST:
        return Damage(number, TOO_LONG, line[:RAW])
    if len(line) > _CELL and line.count('"') % 2 == 0:
        return Damage(number, CELL_TOO_LONG, line[:RAW])
    return Damage(number, OPEN_QUOTE, line)


def _swallowed(cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a row of several lines is one whose stray quote took in its neighbors."""
    most = max(1, width - 1)
    return len(cells) != width or any(cell.count(delimiter) >= most for cell in cells)
