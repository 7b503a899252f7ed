"""A cell of a file for spreadsheets: nothing that would run, phones that stay phones."""

import phonenumbers

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
"""How a cell begins that a spreadsheet would run; the wide ones in East Asian editions."""


def harmless(cell: str) -> str:
    """`cell`, with an apostrophe before what a spreadsheet would take for a formula."""
    first = cell[:1]
    if first == " ":
        first = cell.lstrip(" ")[:1]
    return f"'{cell}" if first in _FORMULA else cell


def phone_cell(e164: str) -> str:
    """+19195550101 as 919-555-0101, +447700900123 as (+44) 7700 900123.

    With no plus at its start no spreadsheet takes it for a formula, and with marks between none
    takes it for a number. The importer reads both back. What is no phone is made harmless.
    """
    if not e164.startswith("+"):
        return harmless(e164)
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return harmless(e164)
    if number.country_code == 1 and len(e164) == 12:
        return f"{e164[2:5]}-{e164[5:8]}-{e164[8:]}"
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    code, _, rest = phonenumbers.format_number(number, style).partition(" ")
    return f"({code}) {rest}"
