"""Reads for the calendar: shifts of a week, and how many voters several blasts share."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.blasts import Blast
from app.store.phase_people import condition_of
from app.store.shifts import Shift
from app.store.universe_sql import Asking, wheres

LOOKED_AT = 20_000
"""Of a larger campaign so many targets are looked at, and the rest is reckoned from them."""


@dataclass(frozen=True)
class Booked:
    """How many volunteers have a block of hours."""

    channel: Channel
    begins_at: datetime
    ends_at: datetime
    number: int


def booked(session: Session, campaign_id: int, begin: datetime, end: datetime) -> list[Booked]:
    """The shifts that begin within [begin, end), those of one block together."""
    rows = session.execute(
        select(Shift.channel, Shift.starts_at, Shift.ends_at, func.count())
        .where(Shift.campaign_id == campaign_id, Shift.starts_at >= begin, Shift.starts_at < end)
        .group_by(Shift.channel, Shift.starts_at, Shift.ends_at)
        .order_by(Shift.starts_at, Shift.ends_at, Shift.channel)
    )
    return [Booked(*row) for row in rows]


@dataclass(frozen=True)
class Shared:
    """How many targets get several of some blasts; about, where not all were looked at."""

    exact: bool
    targets: int  # who may be reached
    by_count: tuple[int, ...]  # [n] get at least n + 1 of the blasts

    def at_least(self, number: int) -> int:
        """How many get so many of them."""
        if number <= 0:
            return self.targets
        return self.by_count[number - 1] if number <= len(self.by_count) else 0


_SIZE = text("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'targets'::regclass")
_SHARED = """
SELECT count(*), {counts}
  FROM targets t TABLESAMPLE SYSTEM (:percent) REPEATABLE (1)
  JOIN voters v ON v.id = t.voter_id
 CROSS JOIN LATERAL (SELECT {each}) AS got({names})
 WHERE t.campaign_id = :campaign AND t.voted_at IS NULL AND t.out = '' AND t.arm = 'treated'
"""


def shared(session: Session, campaign_id: int, blasts: Sequence[Blast], asking: Asking) -> Shared:
    """How many targets these blasts have in common; a few hundredths of a second however many the
    targets are. Raises BadUniverse."""
    size = float(session.scalar(_SIZE) or 0)
    percent = 100.0 if size <= LOOKED_AT else 100 * LOOKED_AT / size
    found = wheres(session, [condition_of(session, one.filter) for one in blasts], asking)
    names = [f"b{place}" for place in range(len(blasts))]
    of_all = " + ".join(f"{name}::int" for name in names)
    counts = ", ".join(
        f"count(*) FILTER (WHERE {of_all} >= {number})" for number in range(1, len(blasts) + 1)
    )
    row = session.execute(
        text(_SHARED.format(counts=counts, each=found.sql, names=", ".join(names))),
        {**found.binds, "campaign": campaign_id, "percent": percent},
    ).one()
    targets, *by_count = (round(number * 100 / percent) for number in row)
    return Shared(percent == 100, targets, tuple(by_count))
