"""The one file of data in an archive, read in blocks; archives that could do harm are refused."""

import gzip
import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from app.services.rejects import ImportRefused

BLOCK = 256 * 1024

LARGE = 100 * 1024 * 1024
"""Bytes up to which what is unpacked is not suspicious, however small it was packed."""

RATIO = 200
"""Times the size of the archive that text may unpack to; real lists reach 10 to 30."""

_SHOWN = 10
"""Names of files that a message lists."""

_LITTER = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")
_PAPERS = (
    *(".pdf", ".doc", ".docx", ".rtf", ".htm", ".html", ".md", ".xml", ".json", ".png", ".jpg"),
    ".url",
)
"""What lies beside the data in an archive: layouts, licenses, pictures."""


def damaged(shown: str) -> ImportRefused:
    """What to say of a file whose bytes do not fit together."""
    return ImportRefused(
        f"{shown} is damaged or was not downloaded to its end; nothing was stored. Get it again"
    )


def read_gzip(file: BinaryIO, size: int, shown: str) -> Iterator[bytes]:
    """The blocks of a file compressed by gzip, `size` bytes large."""
    with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield from _bounded(iter(lambda: unpacked.read(BLOCK), b""), size, shown)


def only_member(archive: zipfile.ZipFile, shown: str) -> zipfile.ZipInfo:
    """The one file of data in a ZIP archive; raises ImportRefused if there is none or several."""
    members = [member for member in archive.infolist() if not _is_litter(member.filename)]
    for member in members:
        _refuse_odd(member, shown)
    found = [member for member in members if not member.is_dir() and not _is_paper(member)]
    if not found:
        raise ImportRefused(f"{shown} is a ZIP archive with no list in it")
    if len(found) > 1:
        names = ", ".join(member.filename for member in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
        raise ImportRefused(
            f"{shown} is a ZIP archive of {len(found)} files ({names}{more}): "
            "unpack it and import the right one, or one after the other"
        )
    return found[0]


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, shown: str) -> Iterator[bytes]:
    """The blocks of a file in a ZIP archive."""
    refuse_bomb(member.file_size, member.compress_size, shown)
    try:
        file = archive.open(member)
    except NotImplementedError as error:
        raise ImportRefused(
            f"{shown} is packed in a way that cannot be read here ({error}): "
            "unpack it and import the file in it"
        ) from error
    except RuntimeError as error:
        raise _locked(shown) from error
    with file:
        yield from _bounded(iter(lambda: file.read(BLOCK), b""), member.compress_size, shown)


def refuse_bomb(unpacked: int, packed: int, shown: str) -> None:
    """Raise ImportRefused for far more text than any list would unpack to."""
    if unpacked > LARGE and unpacked > RATIO * packed:
        raise ImportRefused(
            f"{shown} unpacks to more than {RATIO} times its size, which no list does; "
            "nothing was stored. If it is one all the same, unpack it and import the file in it"
        )


def _bounded(blocks: Iterable[bytes], packed: int, shown: str) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        refuse_bomb(total, packed, shown)
        yield block


def _refuse_odd(member: zipfile.ZipInfo, shown: str) -> None:
    name = member.filename
    path = PurePosixPath(name.replace("\\", "/"))
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ImportRefused(
            f"{shown} holds {name!r}, which is a link and no file: pack the file itself"
        )
    if path.is_absolute() or ".." in path.parts or name[1:2] == ":":
        raise ImportRefused(
            f"{shown} holds {name!r}, which points outside of the archive: pack it anew"
        )
    if member.flag_bits & 1:
        raise _locked(shown)


def _locked(shown: str) -> ImportRefused:
    return ImportRefused(f"{shown} is locked by a password: unpack it and import the file in it")


def _is_litter(name: str) -> bool:
    lower = name.lower().replace("\\", "/")
    return lower.startswith(_LITTER) or lower.rsplit("/", 1)[-1] in _LITTER


def _is_paper(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename.lower()).name
    return name.endswith(_PAPERS) or name.startswith("readme")
