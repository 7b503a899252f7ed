"""Files that people bring by mistake, known by their first bytes, and what to do about each."""

_OFFICE = "open it in a spreadsheet program and save it as CSV or .xlsx"

_MARKS = (
    (b"%PDF-", "it is a PDF document: ask for the data as CSV or .xlsx"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        f"it is an old .xls workbook, or one locked by a password: {_OFFICE}",
    ),
    (b"\x09\x08\x10\x00", f"it is an old .xls workbook: {_OFFICE}"),
    (b"PK\x03\x04", "it is an archive or a spreadsheet within an archive: unpack it first"),
    (b"\x1f\x8b", "it is an archive within an archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it, or pack it as .zip"),
    (b"Rar!\x1a\x07", "it is a RAR archive: unpack it, or pack it as .zip"),
    (b"\xfd7zXZ\x00", "it is compressed by xz: unpack it, or compress it as .gz"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by zstd: unpack it, or compress it as .gz"),
    (b"\x89PNG\r\n\x1a\n", "it is a picture: bring the list that it shows"),
    (b"\xff\xd8\xff", "it is a picture: bring the list that it shows"),
    (b"GIF89a", "it is a picture: bring the list that it shows"),
    (b"GIF87a", "it is a picture: bring the list that it shows"),
    (b"II*\x00", "it is a picture: bring the list that it shows"),
    (b"MM\x00*", "it is a picture: bring the list that it shows"),
    (b"SQLite format 3\x00", "it is an SQLite database: export the table as CSV"),
    (b"PAR1\x15", "it is a Parquet file: export it as CSV"),
    (b"{\\rtf", "it is a text document: save the list as CSV or .xlsx"),
)

_PAGES = (b"<!doctype html", b"<html", b"<?xml")


def foreign(start: bytes) -> str:
    """What a file that begins so is, if it is no text to import, and what to do; or empty."""
    for mark, what in _MARKS:
        if start.startswith(mark):
            return what
    if start[:3] == b"BZh" and start[4:10] == b"1AY&SY":
        return "it is compressed by bzip2: unpack it, or compress it as .gz"
    if start[257:262] == b"ustar":
        return "it is a tar archive: unpack it, or pack it as .zip"
    if start[:100].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        return "it is a web page or XML: download the data itself, as CSV or .xlsx"
    return ""
