"""Reads for the reports: what was counted of a day or of the whole campaign, and what keys mean."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.blasts import Blast
from app.store.campaigns import Script, Sender
from app.store.people import User
from app.store.report_counts.day import WHOLE
from app.store.report_days import ReportState
from app.store.saved_universes import SavedUniverse


class Counted(NamedTuple):
    """A row of what was counted."""

    key: str
    channel: Channel
    outcome: str
    number: int
    cost: Decimal


_ROWS = """
WITH top AS (
    SELECT key FROM report_days
     WHERE campaign_id = :campaign AND day_on = :day AND part = :part
     GROUP BY key ORDER BY sum(number) DESC, key LIMIT :most
)
SELECT key, channel, outcome, number, cost FROM report_days
 WHERE campaign_id = :campaign AND day_on = :day AND part = :part AND key IN (SELECT key FROM top)
"""


def rows(
    session: Session, campaign_id: int, day: date | None, part: str, most: int | None
) -> list[Counted]:
    """What was counted of a day, or of all days for None; of the `most` keys that have most."""
    binds = {"campaign": campaign_id, "day": day or WHOLE, "part": part, "most": most}
    return [
        Counted(key, Channel(channel), outcome, number, cost)
        for key, channel, outcome, number, cost in session.execute(text(_ROWS), binds)
    ]


_TOLD = """
SELECT outcome, key, sum(number)::bigint FROM report_days
 WHERE campaign_id = :campaign AND day_on = :day AND part = 'answer'
   AND starts_with(outcome, :of)
 GROUP BY 1, 2 ORDER BY 1, 2 LIMIT :most
"""


def told(
    session: Session, campaign_id: int, day: date | None, of: str, most: int
) -> list[tuple[str, str, int]]:
    """of whom, question and answer (a tab between), and how many voters; `of` is all, user:,
    script: or precinct:."""
    binds = {"campaign": campaign_id, "day": day or WHOLE, "of": of, "most": most}
    return [(row[0], row[1], int(row[2])) for row in session.execute(text(_TOLD), binds)]


def number_of_keys(session: Session, campaign_id: int, day: date | None, part: str) -> int:
    """How many keys a part has."""
    found = session.scalar(
        text(
            "SELECT count(DISTINCT key) FROM report_days "
            "WHERE campaign_id = :campaign AND day_on = :day AND part = :part"
        ),
        {"campaign": campaign_id, "day": day or WHOLE, "part": part},
    )
    return int(found or 0)


_BY_DAY = """
SELECT day_on, part, channel, outcome, sum(number)::bigint, sum(cost) FROM report_days
 WHERE campaign_id = :campaign AND part IN ('hour', 'opt_out') AND day_on BETWEEN :first AND :last
 GROUP BY 1, 2, 3, 4 ORDER BY 1
"""


def by_day(
    session: Session, campaign_id: int, first: date, last: date
) -> list[tuple[date, str, Channel, str, int, Decimal]]:
    """day, part (hour: attempts, or opt_out), channel, outcome, number and cost of each day."""
    binds = {"campaign": campaign_id, "first": first, "last": last}
    found = session.execute(text(_BY_DAY), binds)
    return [(row[0], row[1], Channel(row[2]), row[3], int(row[4]), row[5]) for row in found]


def counted_days(session: Session, campaign_id: int) -> dict[date, datetime]:
    """Each day that was counted, and when (machine time)."""
    found = session.execute(
        select(ReportState.day_on, ReportState.counted_at)
        .where(ReportState.campaign_id == campaign_id, ReportState.day_on > WHOLE)
        .order_by(ReportState.day_on)
    )
    return {row[0]: row[1] for row in found}


def planned(
    session: Session, campaign_id: int, begin: datetime, end: datetime
) -> dict[Channel, int]:
    """Attempts planned from `begin` until before `end`, by channel."""
    found = session.execute(
        text(
            "SELECT channel, sum(planned)::bigint FROM plan_hours WHERE campaign_id = :campaign "
            "AND hour_at >= :begin AND hour_at < :end GROUP BY 1"
        ),
        {"campaign": campaign_id, "begin": begin, "end": end},
    )
    return {Channel(channel): int(number) for channel, number in found}


def users(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Names of accounts."""
    found = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row[0]: row[1] for row in found}


def senders(session: Session, campaign_id: int) -> dict[int, str]:
    """Names of a campaign's senders."""
    mine = select(Sender.id, Sender.name).where(Sender.campaign_id == campaign_id)
    return {row[0]: row[1] for row in session.execute(mine)}


def universes(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Names of saved universes."""
    some = select(SavedUniverse.id, SavedUniverse.name).where(SavedUniverse.id.in_(ids))
    return {row[0]: row[1] for row in session.execute(some)}


def blasts(session: Session, campaign_id: int) -> dict[int, str]:
    """Names of a campaign's blasts."""
    mine = select(Blast.id, Blast.name).where(Blast.campaign_id == campaign_id)
    return {row[0]: row[1] for row in session.execute(mine)}


def scripts(session: Session, campaign_id: int) -> dict[int, tuple[Channel, str, str, int]]:
    """channel, purpose, language and version of a campaign's scripts."""
    mine = select(Script.id, Script.channel, Script.purpose, Script.language, Script.version).where(
        Script.campaign_id == campaign_id
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in session.execute(mine)}
