"""When a day was counted: who is at it now, until when it stands, and what moved since."""

from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.store.report_counts.day import WHOLE, Day
from app.store.report_days import ReportState


def hold(session: Session, campaign_id: int, day: date) -> bool:
    """Whether nobody else counts this day now; held to the end of the transaction."""
    key = f"reports:{campaign_id}:{day}"
    found = session.scalar(
        text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
    )
    return bool(found)


def mark(session: Session, campaign_id: int, day: date, wall: datetime, *, final: bool) -> None:
    """Notes that a day was counted now (machine time), and whether for good."""
    session.execute(
        text(
            "INSERT INTO report_states (campaign_id, day_on, counted_at, final) "
            "VALUES (:campaign, :day, :wall, :final) ON CONFLICT (campaign_id, day_on) "
            "DO UPDATE SET counted_at = excluded.counted_at, final = excluded.final"
        ),
        {"campaign": campaign_id, "day": day, "wall": wall, "final": final},
    )


def states(session: Session) -> list[tuple[int, date, datetime, bool]]:
    """campaign, day, counted_at and final of each day that was counted."""
    rows = session.execute(
        select(
            ReportState.campaign_id, ReportState.day_on, ReportState.counted_at, ReportState.final
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def counted_at(session: Session, campaign_id: int, day: date) -> datetime | None:
    """When a day was last counted, in machine time."""
    state = session.get(ReportState, (campaign_id, day), populate_existing=True)
    return state.counted_at if state else None


def last_counted(session: Session, campaign_id: int) -> datetime | None:
    """When a day of the campaign was last counted, in machine time."""
    found: datetime | None = session.scalar(
        text(
            "SELECT max(counted_at) FROM report_states "
            "WHERE campaign_id = :campaign AND day_on <> :whole"
        ),
        {"campaign": campaign_id, "whole": WHOLE},
    )
    return found


def last_attempt(session: Session, of: Day) -> datetime | None:
    """When the day's last attempt was made; the index alone tells."""
    found: datetime | None = session.scalar(
        text(
            "SELECT attempted_at FROM attempts WHERE campaign_id = :campaign "
            "AND attempted_at >= :begin AND attempted_at < :end "
            "ORDER BY attempted_at DESC LIMIT 1"
        ),
        of.binds,
    )
    return found
