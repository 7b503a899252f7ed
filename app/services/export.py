"""Export: voters, contacts and results as CSV or XLSX, streamed, and noted in the audit log."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain.disposition import LABELS, Disposition
from app.domain.spreadsheet import harmless, phone_cell
from app.domain.universe import BadUniverse
from app.services.universes import by_name
from app.store import export
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.export import Chosen, Statement
from app.store.people import AuditEntry
from app.store.universe_sql import Asking, where
from app.store.universes import extra_columns, resolve

FORMATS = ("csv", "xlsx")
MOST_SHEET_ROWS = 1_048_576 - 1  # a sheet's own limit, less the header
LONGEST_SHEET_CELL = 32_767
BLOCK = 64 * 1024

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters that a sheet cannot hold."""

KINDS = {
    "voters": "Voters",
    "contacts": "Contacts: each call, text and email",
    "results": "Results: the last word of each voter, and their answers",
    "van": "Contact history for VAN",
}


class ExportRefused(ValueError):
    """What cannot be exported so; the message says what to do."""


@dataclass(frozen=True)
class Asked:
    """What is to be exported: of a campaign, of a saved universe by its name, of both, or all."""

    kind: str  # a key of KINDS
    campaign_id: int | None = None
    universe: str = ""


Cells = list[Any]


@dataclass(frozen=True)
class Export:
    """A file about to be written."""

    kind: str
    name: str  # without ending
    rows: int
    header: Sequence[str]
    statement: Statement
    cells: Callable[[Sequence[Any]], Cells]  # a row of the database → what the file has


def prepare(session: Session, asked: Asked, *, now: datetime, country: str = "US") -> Export:
    """What the export would be, with its number of rows; raises ExportRefused."""
    if asked.kind not in KINDS:
        raise ExportRefused(f"There is no export of {asked.kind}; choose {', '.join(KINDS)}.")
    chosen, name = _chosen(session, asked, now, country)
    header, statement, cells = _parts(session, asked.kind, chosen)
    rows = export.count(session, statement)
    return Export(asked.kind, name, rows, header, statement, cells)


def begin(
    sessions: Sessions,
    asked: Asked,
    form: str,
    *,
    by: int | None,
    at: datetime,
    country: str = "US",
) -> Export:
    """Prepares the export and notes it in the audit log, before the first byte goes out."""
    if form not in FORMATS:
        raise ExportRefused(f"There is no format {form}; choose {' or '.join(FORMATS)}.")
    with sessions.begin() as session:
        ready = prepare(session, asked, now=at, country=country)
        if form == "xlsx" and ready.rows > MOST_SHEET_ROWS:
            raise ExportRefused(
                f"A sheet holds {MOST_SHEET_ROWS:,} rows and this has {ready.rows:,}; choose CSV."
            )
        details = {
            "kind": asked.kind,
            "campaign": asked.campaign_id,
            "universe": asked.universe,
            "format": form,
            "rows": ready.rows,
        }
        session.add(
            AuditEntry(
                at=at,
                user_id=by,
                action="exported",
                subject=f"export:{asked.kind}",
                details=details,
            )
        )
    return ready


def written(engine: Engine, ready: Export, form: str) -> Iterator[bytes]:
    """The file in blocks, in constant memory; whoever stops taking them leaves nothing behind."""
    return _xlsx(engine, ready) if form == "xlsx" else _csv(engine, ready)


def _csv(engine: Engine, ready: Export) -> Iterator[bytes]:
    page = io.StringIO()
    lines = csv.writer(page)
    if ready.kind != "van":
        page.write("\ufeff")  # without it spreadsheets misread accents; VAN wants none
    lines.writerow(ready.header)
    yield _taken(page)  # at once, since the server may take a while to lay millions of rows ready
    with export.reading(engine, ready.statement) as rows:
        for row in rows:
            lines.writerow(ready.cells(row))
            if page.tell() >= BLOCK:
                yield _taken(page)
    yield _taken(page)


def _taken(page: io.StringIO) -> bytes:
    """What the page holds; it is empty then."""
    block = page.getvalue().encode()
    page.seek(0)
    page.truncate()
    return block


def _xlsx(engine: Engine, ready: Export) -> Iterator[bytes]:
    with TemporaryFile() as file:
        _fill_sheet(engine, ready, file)  # whole, since a sheet cannot be read before its end
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _fill_sheet(engine: Engine, ready: Export, file: IO[bytes]) -> None:
    # Here, since it takes a quarter of a second at the start of every process.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(KINDS[ready.kind].partition(":")[0])
    with export.reading(engine, ready.statement) as rows:
        try:
            sheet.append(list(ready.header))
            # More may have come in since they were counted.
            for row in islice(rows, MOST_SHEET_ROWS):
                sheet.append([_sheet_cell(cell) for cell in ready.cells(row)])
            book.save(file)
        except BaseException:
            with suppress(Exception):
                sheet.close()
            with suppress(OSError):
                sheet._writer.cleanup()  # its temporary file
            raise


def _sheet_cell(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    return _NOT_XML.sub("", cell)[:LONGEST_SHEET_CELL]


def _chosen(session: Session, asked: Asked, now: datetime, country: str) -> tuple[Chosen, str]:
    """The rows asked for, and what to call the file."""
    campaign = session.get(Campaign, asked.campaign_id) if asked.campaign_id is not None else None
    if asked.campaign_id is not None and campaign is None:
        raise ExportRefused(f"There is no campaign {asked.campaign_id}.")
    words = [asked.kind, *([campaign.name] if campaign else [])]
    sql, binds = "", {}
    if asked.universe:
        day = campaign.polling_day if campaign else now.date()
        asking = Asking(day, now, campaign.country if campaign else country)
        try:
            named = by_name(session, asked.universe)
            found = where(session, resolve(session, named.condition, named.name), asking)
        except BadUniverse as problem:
            raise ExportRefused(f"{str(problem)[:1].upper()}{str(problem)[1:]}.") from problem
        sql, binds = found.sql, dict(found.binds)
        words.append(named.name)
    slug = "-".join("".join(c if c.isalnum() else " " for c in " ".join(words).lower()).split())
    return Chosen(asked.campaign_id, sql, binds), f"{slug[:80]}-{now:%Y-%m-%d}"


Parts = tuple[Sequence[str], Statement, Callable[[Sequence[Any]], Cells]]


def _parts(session: Session, kind: str, chosen: Chosen) -> Parts:
    if kind == "contacts":
        return _CONTACTS, export.contacts(chosen), _contact
    if kind == "van":
        return _VAN, export.van(chosen), _van
    if kind == "results":
        asked = export.questions(session)
        header = [*_RESULTS, *map(harmless, asked)]
        return header, export.results(chosen), lambda row: _result(row, asked)
    own = extra_columns(session)
    return [*_VOTERS, *map(harmless, own)], export.voters(chosen, own), _voter


def find_campaign(session: Session, name: str) -> int:
    """The id of the campaign of this name; raises ExportRefused, naming those there are."""
    found = session.scalar(select(Campaign.id).where(Campaign.name == name.strip()))
    if found is None:
        there = session.scalars(select(Campaign.name).order_by(Campaign.name)).all()
        raise ExportRefused(
            f"There is no campaign called {name!r}; there are: {', '.join(there) or 'none'}."
        )
    return found


def _plain(cell: Any) -> Any:
    """A cell as the file has it: nothing for NULL, days as written, text that runs nowhere."""
    if isinstance(cell, str):
        return harmless(cell)
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return round(cell, 4)
    return cell


_VOTERS = (
    *("voter_id", "source", "first_name", "middle_name", "last_name", "suffix", "gender"),
    *("birth_year", "party", "status", "language", "registered_on", "address", "city", "state"),
    *("postcode", "county", "precinct", "phone", "phone_kind", "phone2", "phone2_kind", "phone3"),
    *("phone3_kind", "email", "time_zones", "household", "turnout_score", "voted_on"),
    "opted_out",
)
_PHONES = tuple(_VOTERS.index(name) for name in ("phone", "phone2", "phone3"))


def _voter(row: Sequence[Any]) -> Cells:
    cells = [_plain(cell) for cell in row]
    for place in _PHONES:
        cells[place] = phone_cell(row[place] or "")
    return cells


_CONTACTS = (
    *("campaign", "voter_id", "source", "first_name", "last_name", "channel", "at", "time_zone"),
    *("address", "result", "note", "volunteer", "subject", "message"),
)


def _contact(row: Sequence[Any]) -> Cells:
    *known, address, disposition, state, note, who, subject, body = row
    result = _result_words(disposition, state)
    return [
        *map(_plain, known),
        phone_cell(address),
        result,
        *map(_plain, (note, who, subject, body)),
    ]


_RESULTS = (
    *("voter_id", "source", "first_name", "last_name", "attempts", "last_channel", "last_result"),
    *("last_at", "volunteer", "note", "has_voted"),
)


def _result(row: Sequence[Any], asked: Sequence[str]) -> Cells:
    *known, channel, disposition, state, at, who, note, voted, answers = row
    told: Mapping[str, str] = answers or {}
    return [
        *map(_plain, (*known, channel)),
        _result_words(disposition or "", state or ""),
        *map(_plain, (at, who, note)),
        "yes" if voted else "no",
        *(_plain(told.get(question)) for question in asked),
    ]


_STATES = {
    "attempting": "going out",
    "unknown": "not known whether it went out",
    "unsure": "not known whether it went out",
    "accepted": "handed to the carrier",
    "undelivered": "not delivered",
}


def _result_words(disposition: str, state: str) -> str:
    if disposition:
        return LABELS[Disposition(disposition)]
    return _STATES.get(state, state)


_VAN = ("VANID", "Contact Name", "Date Canvassed", "Result", "Contact Type", "Canvassed By", "Note")

_VAN_TYPES = {"call": "Phone", "text": "SMS Text", "email": "Email"}

D = Disposition
_VAN_RESULTS: Mapping[Disposition, str] = {
    D.CANVASSED: "Canvassed",
    D.ALREADY_VOTED: "Already Voted",
    D.NOT_HOME: "Not Home",
    D.BUSY: "Busy",
    D.ANSWERING_MACHINE: "Not Home",
    D.LEFT_MESSAGE: "Left Message",
    D.HUNG_UP: "Refused",
    D.CALL_BACK: "Call Back",
    D.OTHER_LANGUAGE: "Other Language",
    D.WRONG_NUMBER: "Wrong Number",
    D.DISCONNECTED: "Disconnected",
    D.DECEASED: "Deceased",
    D.MOVED: "Moved",
    D.REFUSED: "Refused",
    D.DO_NOT_CALL: "Do Not Call",
}
"""What VAN calls each result; where it has no word of its own, the nearest."""

_VAN_SENT = {"text": "Texted", "email": "Emailed"}


def _van(row: Sequence[Any]) -> Cells:
    """VAN knows people by its own id; anybody else's id says whose it is."""
    source_id, source, first, last, day, channel, disposition, state, who, note = row
    if disposition:
        result = _VAN_RESULTS[Disposition(disposition)]
    elif state in ("undelivered", "failed"):
        result = "Not Delivered"
    else:
        result = _VAN_SENT.get(channel, "")
    whose = "" if source == "van" else f"id of the {source} file"
    return [
        _plain(source_id),
        _plain(f"{first} {last}".strip()),
        day,
        result,
        _VAN_TYPES[channel],
        _plain(who),
        _plain("; ".join(part for part in (whose, note) if part)),
    ]
