"""A file of any make, opened as plain text: as it is, from gzip, a ZIP archive or a spreadsheet."""

import gzip
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from app.domain.encoding import Encoding, encoding_of, is_binary, normalized
from app.services.foreign import foreign
from app.services.read_sheet import is_sheet, open_sheet
from app.services.rejects import ImportRefused
from app.services.unpack import damaged, only_member, read_gzip, read_member

BLOCK = 256 * 1024
HEAD = 1024 * 1024
"""Bytes of text that are looked at to see what a file is."""

_DAMAGE = (
    *(zlib.error, lzma.LZMAError, struct.error, EOFError, zipfile.BadZipFile),
    gzip.BadGzipFile,
)


@dataclass(frozen=True)
class OpenFile:
    """A file's text, to be read once from its beginning to its end.

    The text is UTF-8, and where a byte is not, a letter of `fallback`; lines end in LF; there is
    no byte order mark; what a line has beyond the longest row is left out.
    """

    what: str  # in words: "plain text", "voters.csv in a ZIP archive"
    size: int  # bytes on disk
    encoding: str  # UTF-8, UTF-8 with BOM, UTF-16, Windows-1252 or Latin-1
    fallback: str
    head: bytes  # the first of the text, up to a mebibyte
    _file: BinaryIO
    _rest: Iterator[bytes]

    def position(self) -> int:
        """How many of the bytes on disk were read so far."""
        return self.size if self._file.closed else min(self._file.tell(), self.size)

    def blocks(self) -> Iterator[bytes]:
        """All of the text, the head included; raises ImportRefused where it cannot be read on."""
        yield self.head
        yield from self._rest


@contextmanager
def open_file(path: Path, name: str = "") -> Iterator[OpenFile]:
    """The file at `path`, which its owner calls `name`, opened by what is in it.

    Raises ImportRefused if it holds no text, if it is more than one file, or if it could do harm;
    so does reading on, where the file is damaged or changes meanwhile.
    """
    shown = name or str(path)
    with ExitStack() as stack:
        file = stack.enter_context(_open(path, shown))
        before = os.fstat(file.fileno())
        what, raw = _source(file, before.st_size, shown, stack)
        guarded = _guarded(raw, file, before, shown)
        encoding, all_of_it = _encoding(guarded, shown)
        head, rest = _head(normalized(all_of_it, encoding))
        if not head.strip(b"\0 \t\v\f\r\n"):
            raise ImportRefused(f"{shown} is empty")
        yield OpenFile(what, before.st_size, encoding.title, encoding.fallback, head, file, rest)


def _open(path: Path, shown: str) -> BinaryIO:
    if path.is_dir():
        raise ImportRefused(f"{shown} is a directory: name the file in it")
    if path.exists() and not path.is_file():
        raise ImportRefused(f"{shown} is no file: save it as one first")
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise ImportRefused(f"there is no file {shown}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ImportRefused(f"{shown} cannot be read: {why}") from error


def _source(file: BinaryIO, size: int, shown: str, stack: ExitStack) -> tuple[str, Iterator[bytes]]:
    """What the file is, in words, and its bytes once unpacked."""
    start = file.read(4096)
    file.seek(0)
    if not start:
        raise ImportRefused(f"{shown} is empty")
    if start.startswith(b"\x1f\x8b"):
        return "compressed by gzip", read_gzip(file, size, shown)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _from_zip(file, shown, stack)
    _refuse_foreign(start, shown)
    return "plain text", iter(lambda: file.read(BLOCK), b"")


def _from_zip(file: BinaryIO, shown: str, stack: ExitStack) -> tuple[str, Iterator[bytes]]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
    except (*_DAMAGE, OSError, ValueError, NotImplementedError) as error:
        raise damaged(shown) from error
    if is_sheet(archive):
        return open_sheet(file, archive, shown)
    member = only_member(archive, shown)
    return f"{member.filename} in a ZIP archive", read_member(archive, member, shown)


def _guarded(
    raw: Iterator[bytes], file: BinaryIO, before: os.stat_result, shown: str
) -> Iterator[bytes]:
    """The blocks; ImportRefused where they break off or the file is another by their end."""
    try:
        yield from raw
    except (*_DAMAGE, OSError) as error:
        _refuse_changed(file, before, shown)
        if isinstance(error, _DAMAGE):
            raise damaged(shown) from error
        raise ImportRefused(
            f"{shown} cannot be read on ({error.strerror or error}); nothing was stored"
        ) from error
    _refuse_changed(file, before, shown)


def _refuse_changed(file: BinaryIO, before: os.stat_result, shown: str) -> None:
    now = os.fstat(file.fileno())
    if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise ImportRefused(
            f"{shown} changed while it was read; nothing was stored. "
            "Wait until it is complete, then import it again"
        )


def _encoding(blocks: Iterator[bytes], shown: str) -> tuple[Encoding, Iterator[bytes]]:
    """The encoding of the blocks, and all of them again."""
    start, rest = _head(blocks)
    _refuse_foreign(start, shown)
    encoding = encoding_of(start)
    if is_binary(start, encoding):
        raise ImportRefused(f"{shown} is not a text file: save it as CSV or text")
    return encoding, chain((start,), rest)


def _refuse_foreign(start: bytes, shown: str) -> None:
    what = foreign(start)
    if what:
        raise ImportRefused(f"{shown} is not a text file; {what}")


def _head(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, up to HEAD where there are so many, and those that follow."""
    start: list[bytes] = []
    size = 0
    for block in blocks:
        start.append(block)
        size += len(block)
        if size >= HEAD:
            break
    whole = b"".join(start)
    return whole[:HEAD], chain((whole[HEAD:],) if whole[HEAD:] else (), blocks)
