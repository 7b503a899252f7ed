"""A text file opened at its beginning, or the reason why it is none."""

from pathlib import Path
from typing import BinaryIO

from app.services.rejects import ImportRefused

BLOCK = 256 * 1024
FIRST = 1024 * 1024
"""Bytes within which the first line has to end."""

_ARCHIVES = {
    b"PK\x03\x04": "it is a ZIP archive (or a spreadsheet): unpack it, or save it as CSV",
    b"\x1f\x8b": "it is compressed by gzip: unpack it first",
    b"\xff\xfe": "it is UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "it is UTF-16 text: save it as UTF-8",
    b"%PDF": "it is a PDF document",
}


def open_text(path: Path) -> BinaryIO:
    """The file, open at its beginning; raises ImportRefused if it is none that holds text."""
    if path.is_dir():
        raise ImportRefused(f"{path} is a directory: name the file in it")
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise ImportRefused(f"there is no file {path}") from None
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror or error}") from error
    start = file.read(BLOCK)
    file.seek(0)
    what = next((what for mark, what in _ARCHIVES.items() if start.startswith(mark)), "")
    if not what and b"\0" in start:
        what = "it holds NUL bytes: save it as CSV or text"
    if not start.strip():
        file.close()
        raise ImportRefused(f"{path} is empty")
    if what:
        file.close()
        raise ImportRefused(f"{path} is not a text file; {what}")
    return file
