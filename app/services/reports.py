"""Reports: lines of what was counted, and the note in the audit log of what is taken away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.outcome import Counts, summed
from app.store import reports as stored
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.reports import Counted

PARTS = (
    *("day", "hour", "result", "universe", "precinct"),
    *("user", "script", "sender", "answer", "opt_out"),
)
"""The tables of a report."""
MOST_TOLD = 20_000
"""Lines of answers at most, so that a file stays one that opens."""
SHOWN = 50
"""Lines of a table on a page; the file has all."""


@dataclass(frozen=True)
class Line:
    """What was counted under one key: a day (ISO), an hour, a volunteer …"""

    key: str
    counts: Counts
    opt_outs: dict[Channel, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """How many voters gave an answer, by what the answers are told apart by ("" for all)."""

    of: str  # all | user:ID | script:ID | precinct:…
    question: str
    answer: str
    voters: int


def lines(
    session: Session, campaign_id: int, day: date | None, part: str, most: int | None = None
) -> list[Line]:
    """The lines of a part, those with most attempts first, hours in their order."""
    rows = stored.rows(session, campaign_id, day, part, most)
    found = [Line(key, _counts(some)) for key, some in _by_key(rows).items()]
    if part == "hour":
        return sorted(found, key=lambda line: line.key)
    return sorted(found, key=lambda line: (-line.counts.attempts, line.key))


def _by_key(rows: Iterable[Counted]) -> dict[str, list[Counted]]:
    found: dict[str, list[Counted]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def _counts(rows: Iterable[Counted]) -> Counts:
    return summed([(row.channel, row.outcome, row.number, row.cost) for row in rows])


def days(session: Session, campaign_id: int, first: date, last: date) -> list[Line]:
    """A line for each day from `first` to `last` in which anything happened."""
    rows: dict[date, list[tuple[Channel, str, int, Decimal]]] = {}
    left: dict[date, dict[Channel, int]] = {}
    for day, part, channel, outcome, number, cost in stored.by_day(
        session, campaign_id, first, last
    ):
        rows.setdefault(day, [])
        if part == "hour":
            rows[day].append((channel, outcome, number, cost))
        else:
            of = left.setdefault(day, {})
            of[channel] = of.get(channel, 0) + number
    return [Line(day.isoformat(), summed(some), left.get(day, {})) for day, some in rows.items()]


def total(found: Sequence[Line]) -> Line:
    """The sum of lines that share nothing, such as days or hours."""
    rows = [
        (channel, outcome, number, Decimal(0))
        for line in found
        for (channel, outcome), number in line.counts.numbers.items()
    ]
    costs = [
        (channel, "", 0, cost) for line in found for channel, cost in line.counts.costs.items()
    ]
    counts = summed(rows + costs)
    numbers = {key: number for key, number in counts.numbers.items() if key[1]}
    left = {one: sum(line.opt_outs.get(one, 0) for line in found) for one in Channel}
    return Line("", Counts(numbers, counts.costs), left)


def told(session: Session, campaign_id: int, day: date | None, of: str) -> list[Told]:
    """Survey answers as they stand, by what `of` names: all, user, script or precinct."""
    prefix = "all" if of == "all" else f"{of}:"
    return [
        Told(whose, *key.partition("\t")[::2], number)
        for whose, key, number in stored.told(session, campaign_id, day, prefix, MOST_TOLD)
    ]


def note_download(
    sessions: Sessions,
    campaign_id: int,
    *,
    by: int | None,
    now: datetime,
    what: str,
    day: date | None,
    form: str,
) -> None:
    """Notes in the audit log that a report was taken away, before its first byte goes out."""
    details = {
        "campaign": campaign_id,
        "what": what,
        "day": day.isoformat() if day else "",
        "format": form,
    }
    with sessions.begin() as session:
        session.add(
            AuditEntry(
                at=now,
                user_id=by,
                action="report downloaded",
                subject=f"campaign:{campaign_id}",
                details=details,
            )
        )


def note_audit_download(
    sessions: Sessions, *, by: int | None, now: datetime, asked: dict[str, str]
) -> None:
    """Notes in the audit log that a part of it was taken away, before its first byte goes out."""
    with sessions.begin() as session:
        session.add(AuditEntry(at=now, user_id=by, action="audit downloaded", details=asked))
