"""Strike: a ballot recorded takes the voter off every list in the same transaction."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.domain.kind import BALLOTS
from app.domain.touch import TouchState
from app.store import ballots
from app.store.engine import Sessions, patiently
from app.store.pool import end_pending
from app.store.search import Within
from app.store.sql import sql


@dataclass
class Struck:
    """What came of a list of ballots."""

    recorded: int = 0
    already: int = 0
    canceled: int = 0  # touches that were pending
    unknown: list[str] = field(default_factory=list)  # ids that no voter has
    elsewhere: list[str] = field(default_factory=list)  # … of precincts that are not the desk's


class StrikeRefused(ValueError):
    """A list that cannot be read; the message says what to do."""


BATCH = 5_000

HAS_VOTED = "has voted"


def strike_ids(
    sessions: Sessions,
    polling_day: date,
    source_ids: Iterable[str],
    *,
    by: int | None,
    source: str,
    at: datetime,
    within: Within | None = None,
) -> Struck:
    """Records the ballots of voters named by their id in the voter file, those `within` alone.

    Each batch of ids stands or falls as a whole; a list loaded twice changes nothing.
    """
    ids = list(dict.fromkeys(name.strip() for name in source_ids if name.strip()))
    total = Struck()
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        struck = _strike_part(sessions, polling_day, part, by, source, at, within)
        total.recorded += struck.recorded
        total.already += struck.already
        total.canceled += struck.canceled
        total.unknown += struck.unknown
        total.elsewhere += struck.elsewhere
    return total


@patiently
def _strike_part(
    sessions: Sessions,
    day: date,
    part: Sequence[str],
    by: int | None,
    source: str,
    at: datetime,
    within: Within | None,
) -> Struck:
    allowed = within.condition if within is not None else "TRUE"
    with sessions.begin() as session:
        named = session.execute(
            sql(
                f"SELECT source_id, coalesce(merged_into, id) AS id, {allowed} AS allowed "
                "FROM voters WHERE source_id = ANY(:ids)"
            ),
            {"ids": list(part), **(within.binds if within is not None else {})},
        ).all()
        rows = [row for row in named if row.allowed]
        voters = sorted({row.id for row in rows})
        recorded, canceled = strike_voters(session, day, voters, by=by, source=source, at=at)
    found = {row.source_id for row in named}
    ours = {row.source_id for row in rows}
    unknown = [name for name in part if name not in found]
    elsewhere = [name for name in part if name in found - ours]
    return Struck(recorded, len(rows) - recorded, canceled, unknown, elsewhere)


def strike_voters(
    session: Session,
    polling_day: date,
    voters: Sequence[int],
    *,
    by: int | None,
    source: str,
    at: datetime,
) -> tuple[int, int]:
    """Records ballots and cancels all that is pending; returns (new ballots, canceled touches).

    Of a double it is the kept one who has voted. Part of the caller's transaction: both happen or
    neither.
    """
    chosen = ballots.kept_of(session, voters) if voters else []
    if not chosen:
        return 0, 0
    campaigns = ballots.campaigns_of(session, polling_day)
    ballots.lock_targets(session, campaigns, chosen)
    new = ballots.record(session, polling_day, chosen, campaigns, source=source, by=by, at=at)
    canceled = end_pending(
        session,
        "voters",
        voters=chosen,
        campaigns=campaigns,
        state=TouchState.CANCELED,
        reason=HAS_VOTED,
        now=at,
    )
    return new, canceled


def strike_listed(
    session: Session, polling_day: date, *, by: int | None, at: datetime
) -> tuple[int, int]:
    """The same for the voters of the table `striking`, of any number; and those of `unstruck` are
    taken up again, so that they can be asked to cure their ballots.

    Both tables belong to the transaction; `striking` has voter_id and source, `unstruck` voter_id.
    """
    campaigns = ballots.campaigns_of(session, polling_day)
    ballots.lock_targets(session, campaigns, None)
    ballots.take_back(session, polling_day, campaigns)
    new = ballots.record(session, polling_day, None, campaigns, source="", by=by, at=at)
    canceled = end_pending(
        session,
        "striking",
        campaigns=campaigns,
        state=TouchState.CANCELED,
        reason=HAS_VOTED,
        now=at,
    )
    return new, canceled


ID_COLUMNS = BALLOTS.field("source_id").names


def read_ids(path: Path) -> list[str]:
    """The voter ids of a list: one a line, or a CSV with a column that names them.

    Raises StrikeRefused for a file that is not there, is not text, or is empty.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise StrikeRefused(f"{path}: no such file") from error
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise StrikeRefused(f"{path} is not a text file that can be read: {error}") from error
    return ids_in(content, str(path))


def ids_in(content: str, name: str) -> list[str]:
    """The voter ids in the text of a list; raises StrikeRefused when there are none."""
    if "\0" in content:
        raise StrikeRefused(f"{name} is not a text file; save the list as CSV or plain text")
    lines = [line for line in content.splitlines() if line.strip()]
    if not lines:
        raise StrikeRefused(f"{name} is empty; write one voter id a line")
    delimiter = next((mark for mark in "\t,;" if mark in lines[0]), ",")
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:  # a cell of more than 131,072 signs
        raise StrikeRefused(f"{name} is no list of voter ids; save it as CSV") from error
    header = [" ".join(cell.replace("_", " ").split()).lower() for cell in rows[0]]
    for column in ID_COLUMNS:
        if column in header:
            at = header.index(column)
            return [row[at] for row in rows[1:] if len(row) > at]
    if len(rows[0]) > 1:
        raise StrikeRefused(
            f"{name}: no column is called voter_id (or ncid); its first line is {lines[0][:80]!r}"
        )
    return [row[0] for row in rows if row]
