"""A consent: who agreed to texts, calls or emails at an address, how and when."""

from datetime import date

from app.domain.channel import Channel
from app.domain.cleaned import Clean, Cleaned
from app.domain.email import clean_email
from app.domain.layout import Columns
from app.domain.listed import (
    LONGEST_ID,
    Unusable,
    channels_meant,
    day_value,
    needed,
    row_cleaner,
    short,
)
from app.domain.name import Cache, clean_text
from app.domain.phone import clean_phone, phone_fault

ROW = ("source_id", "channel", "address", "basis", "source", "given_on")

CHANNELS = (Channel.TEXT.value, Channel.CALL.value, Channel.EMAIL.value)


def consent_cleaner(columns: Columns, country: str, today: date) -> Clean:
    """Cleans rows of consents into ROW; a consent counts without a voter's id too."""

    def finish(values: dict[str, str]) -> Cleaned:
        by_email = values["channel"] == Channel.EMAIL
        values["address"] = _address(values["address"], by_email, country)
        return Cleaned(tuple(values[field] for field in ROW))

    return row_cleaner(
        columns,
        {
            "source_id": short("voter id", LONGEST_ID),
            "channel": Cache(_channel, limit=1_000).__getitem__,
            "address": str,
            "basis": needed("no basis: say how the person consented", _basis),
            "source": short("where it is on record"),
            "given_on": needed(
                "no day: say when the person consented", day_value("Agreed on", columns, today)
            ),
        },
        finish,
    )


_NO = frozenset({"no", "n", "false", "0", "none", "never", "declined", "refused", "opt out"})


def _basis(raw: str) -> str:
    """How they agreed; a column of yes and no may stand here, and a no is no consent."""
    if clean_text(raw).casefold() in _NO:
        raise Unusable("says that the person did not agree")
    return short("the basis")(raw)


def _channel(raw: str) -> str:
    """One channel: whoever agreed to be phoned has not agreed to texts."""
    meant = channels_meant(raw)
    if len(meant) != 1:
        raise Unusable(f"channel {clean_text(raw)[:40]!r} is none of {', '.join(CHANNELS)}")
    return meant[0]


def _address(raw: str, by_email: bool, country: str) -> str:
    address = clean_email(raw) if by_email else clean_phone(raw, country)
    if address is None:
        shown = clean_text(raw)[:60]
        raise Unusable(f"{shown!r} is no email address" if by_email else phone_fault(raw))
    return address
