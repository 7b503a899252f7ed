"""Load consents from a CSV file: who may be texted, called or mailed automatically, and why."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.domain.day import clean_day
from app.domain.email import clean_email
from app.domain.made_up import CONSENT_HEADER
from app.domain.name import clean_text
from app.domain.phone import clean_phone, phone_fault
from app.domain.row import decode, read_rows
from app.services.import_voters import BLOCK, FIRST, open_text
from app.services.rejects import ImportRefused, Rejects
from app.store import consents
from app.store.consents import StagedConsent

CHANNELS = ("text", "call", "email")


@dataclass(frozen=True)
class ConsentSummary:
    """What came of a file of consents. read = new + newer + known + rejected."""

    read: int
    new: int
    newer: int  # replaced an older consent for the same address
    known: int
    rejected: int
    emails_filled: int
    rejects: Path | None


def load_consents(
    engine: Engine,
    path: Path,
    at: datetime,
    country: str = "US",
    layout: str | None = None,
    rejects_to: Path | None = None,
) -> ConsentSummary:
    """Load the CSV at `path`, with the columns of CONSENT_HEADER, into consents; all or nothing.

    The latest consent for an address stands. An email consent gives the voter of that id, if they
    have none, the email. `layout` tells whose ids these are where two files use the same. Bad rows
    are listed with number and reason in `rejects_to` (PATH.rejected.csv unless told). Raises
    ImportRefused if the file cannot be read.
    """
    with open_text(path) as file:
        head = file.read(FIRST)
        first = decode(head, "windows-1252").removeprefix("\ufeff").split("\n", 1)[0]
        names = [name.strip().lower() for name in next(csv.reader([first.strip("\r")]), [])]
        missing = [name for name in CONSENT_HEADER if name not in names]
        if missing:
            raise ImportRefused(
                f"{path} lacks the columns {', '.join(missing)}; "
                f"a file of consents has {', '.join(CONSENT_HEADER)}, with commas between"
            )
        places = [names.index(name) for name in CONSENT_HEADER]
        read = 0

        def blocks() -> Iterator[bytes]:
            yield head
            while block := file.read(BLOCK):
                yield block

        def cleaned() -> Iterator[StagedConsent]:
            nonlocal read
            for batch in read_rows(blocks(), ",", "windows-1252", len(names), skip=1):
                for number, cells, raw in zip(batch.numbers, batch.rows, batch.raws, strict=True):
                    if not raw.strip():
                        continue
                    read += 1
                    if len(cells) != len(names):
                        reason = f"has {len(cells)} cells where {len(names)} are expected"
                        rejects.add(number, reason, raw)
                        continue
                    found = clean_consent(number, [cells[place] for place in places], country, at)
                    if isinstance(found, str):
                        rejects.add(number, found, raw)
                    else:
                        yield found
                for damage in batch.damaged:
                    read += 1
                    rejects.add(*damage)

        rejects = Rejects(rejects_to or path.with_name(path.name + ".rejected.csv"))
        with rejects, engine.connect() as connection:
            consents.stage(connection, cleaned())
            for number, reason, voter_id in consents.drop_unclear(connection, layout):
                rejects.add(number, reason, voter_id)
            new, newer = consents.upsert(connection)
            filled = consents.fill_emails(connection, layout)
            rejects.keep()
            connection.commit()
    return ConsentSummary(
        read=read,
        new=new,
        newer=newer,
        known=read - new - newer - rejects.count,
        rejected=rejects.count,
        emails_filled=filled,
        rejects=rejects.path if rejects.count else None,
    )


def clean_consent(
    row_number: int, cells: list[str], country: str, at: datetime
) -> StagedConsent | str:
    """A consent from cells in the order of CONSENT_HEADER, or why it cannot count."""
    voter_id, channel, raw, basis, source, given = map(clean_text, cells)
    channel = channel.lower()
    if channel not in CHANNELS:
        return f"channel {channel!r} is none of {', '.join(CHANNELS)}"
    address = clean_email(raw) if channel == "email" else clean_phone(raw, country)
    if address is None:
        return f"{raw[:60]!r} is no email address" if channel == "email" else phone_fault(raw)
    if not basis:
        return "no basis: say how the person consented"
    given_on = clean_day(given, ("%Y-%m-%d", "%m/%d/%Y"))
    if given_on is None:
        return f"given_on {given[:40]!r} is no day: write it as {date(2026, 3, 9)}"
    if given_on > at.date():
        return f"given_on {given_on} is in the future"
    return StagedConsent(row_number, voter_id, channel, address, basis, source, str(given_on))
