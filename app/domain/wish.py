"""A wish to be left alone: the phones and the email of one row of a do-not-contact list."""

from app.domain.channel import Channel
from app.domain.cleaned import Clean, Cleaned
from app.domain.email import clean_email
from app.domain.layout import Columns
from app.domain.listed import Unusable, array, channels_meant, row_cleaner, short
from app.domain.name import clean_text, is_nothing
from app.domain.phone import clean_phone, phone_fault
from app.domain.phone_cell import numbers_in

ROW = ("phones", "phone_channels", "emails", "note")

LONGEST_CELL = 500
LONGEST_NOTE = 200

BY_PHONE = (Channel.CALL.value, Channel.TEXT.value)


def wish_cleaner(columns: Columns, country: str) -> Clean:
    """Cleans rows into ROW: arrays of the phones, of the channels they are barred on, and of
    the emails. All numbers of a cell count.

    A channel that we have no word for bars all: rather too quiet than against a wish.
    """

    def finish(values: dict[str, str]) -> Cleaned:
        phones, emails, faults = _addresses(values, country)
        if not phones and not emails:
            raise Unusable("; ".join(faults) or "no phone and no email")
        asked = values["channel"]
        channels = channels_meant(asked)
        by_phone = [name for name in BY_PHONE if not channels or name in channels]
        if channels and not ((emails and Channel.EMAIL in channels) or (phones and by_phone)):
            raise Unusable(f"channel {asked!r} does not go with {(emails or phones)[0]}")
        if channels and Channel.EMAIL not in channels:
            emails = []
        if asked and not channels:
            faults.append(f"channel {asked[:40]!r} is not known; all were taken")
        row = (array(phones), array(by_phone), array(emails), values["note"])
        return Cleaned(row, "; ".join(faults))

    return row_cleaner(
        columns,
        {
            "phone": str,
            "email": str,
            "address": str,
            "channel": short("channel"),
            "note": lambda raw: clean_text(raw)[:LONGEST_NOTE],
        },
        finish,
    )


def _addresses(values: dict[str, str], country: str) -> tuple[list[str], list[str], list[str]]:
    """The phones and the emails of a row, and what is wrong with the others."""
    either = values["address"]
    phones: dict[str, None] = {}
    faults: list[str] = []
    for cell in (values["phone"], "" if "@" in either else either):
        numbers = [clean_phone(raw, country) for raw in _parts(cell, country)]
        phones |= dict.fromkeys(number for number in numbers if number)
        if not any(numbers) and not is_nothing(cell):
            faults.append(phone_fault(cell))
    emails: dict[str, None] = {}
    for cell in (values["email"], either if "@" in either else ""):
        address = clean_email(cell)
        if address:
            emails[address] = None
        elif not is_nothing(cell):
            faults.append(f"{cell.strip()[:60]!r} is no email address")
    return list(phones), list(emails), faults


def _parts(cell: str, country: str) -> list[str]:
    """What looks like a number in a cell."""
    found = numbers_in(cell[:LONGEST_CELL], lambda text: clean_phone(text, country) is not None)
    return [part.text for part in found]
