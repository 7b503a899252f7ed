"""What letters the bytes of a file mean, and the same text in one form, block by block."""

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from app.domain.row import LONGEST_BYTES

WINDOWS, LATIN = "windows-1252", "latin-1"

_TITLES = {WINDOWS: "Windows-1252", LATIN: "Latin-1"}

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
"""In this order: the mark of UTF-32 begins with that of UTF-16."""

_NOT_WINDOWS = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes that Windows-1252 gives no letter."""

_ODD = bytes(code for code in range(0x20) if code not in b"\0\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f")
"""Control characters that no list of people holds, NUL aside."""


class Encoding(NamedTuple):
    """How a file writes its letters."""

    title: str  # as people know it
    codec: str  # utf-8, or what the whole file has to be decoded from
    fallback: str  # the codec of bytes that are not UTF-8
    mark: int  # bytes of a byte order mark at the beginning


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that begins with `head`."""
    for mark, codec, title in _MARKS:
        if head.startswith(mark):
            return Encoding(title, codec, WINDOWS, len(mark))
    for codec, even, odd in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):
        half = len(head) // 2
        if half and head[odd::2].count(0) > 0.4 * half and head[even::2].count(0) < 0.05 * half:
            return Encoding("UTF-16", codec, WINDOWS, 0)
    fallback = LATIN if _is_latin(head) else WINDOWS
    title = "UTF-8" if _is_utf8(head) else _TITLES[fallback]
    return Encoding(title, "utf-8", fallback, 0)


def is_binary(head: bytes, encoding: Encoding) -> bool:
    """Whether these are no letters at all; a stray NUL or two does not make a file binary."""
    if encoding.codec != "utf-8":
        return False
    odd = len(head) - len(head.translate(None, _ODD))
    return head.count(0) > len(head) // 10 or odd > len(head) // 20


def _is_utf8(head: bytes) -> bool:
    """Whether more letters beyond ASCII are UTF-8 than are not; the last may be cut off."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        kept = head.decode("utf-8", "ignore")
        good = len(kept) - len(kept.encode("ascii", "ignore"))
        bad = len(head) - len(kept.encode())
        return good > bad
    return True


def _is_latin(head: bytes) -> bool:
    """Whether bytes beyond ASCII stand where Windows-1252 has nothing, in text that is no UTF-8."""
    if not any(byte in head for byte in _NOT_WINDOWS):
        return False
    lost = head.decode("utf-8", "backslashreplace")
    return any(f"\\x{byte:02x}" in lost for byte in _NOT_WINDOWS)


def normalized(blocks: Iterable[bytes], encoding: Encoding) -> Iterator[bytes]:
    """The text as UTF-8 (or bytes of the fallback), without byte order mark, lines ending in LF.

    Of a line longer than any row may be only so much is passed on that it is known for one.
    """
    plain = _without_mark(blocks, encoding.mark)
    if encoding.codec != "utf-8":
        plain = _in_utf8(plain, encoding.codec)
    return _within_bounds(_with_one_end(plain))


def _without_mark(blocks: Iterable[bytes], length: int) -> Iterator[bytes]:
    source = iter(blocks)
    start = b""
    while len(start) < length and (block := next(source, b"")):
        start += block
    return chain((start[length:],), source)


def _in_utf8(blocks: Iterable[bytes], codec: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _with_one_end(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """LF for every end of line. In a file that begins with more CRs alone than LFs each CR ends a
    line; in another a CR alone is a blank, since a cell held it."""
    held = b""  # a CR at the end of a block: the LF may follow
    alone: bytes | None = None
    for block in blocks:
        data = held + block
        held = b""
        if b"\r" in data:
            if data.endswith(b"\r"):
                data, held = data[:-1], b"\r"
            data = data.replace(b"\r\n", b"\n")
            if alone is None and (b"\r" in data or b"\n" in data):
                alone = b"\n" if data.count(b"\r") > data.count(b"\n") else b" "
            if b"\r" in data:
                data = data.replace(b"\r", alone or b" ")
        elif alone is None and b"\n" in data:
            alone = b" "
        if data:
            yield data
    if held:
        yield b"\n"


def _within_bounds(blocks: Iterable[bytes]) -> Iterator[bytes]:
    length = 0  # of the line that the last block left unfinished
    for block in blocks:
        end = block.find(b"\n")
        begun = len(block) if end < 0 else end
        if length + begun > LONGEST_BYTES:
            room = max(0, LONGEST_BYTES - length)
            block = block[:room] + block[begun:]
            length += room
            if end < 0:
                if block:
                    yield block
                continue
        last = block.rfind(b"\n")
        length = length + len(block) if last < 0 else len(block) - last - 1
        yield block
