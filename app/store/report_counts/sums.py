"""Adds up what was counted: a day from its hours, the whole campaign from its days."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.store.report_counts.day import WHOLE, Day
from app.store.report_counts.hours import PARTS as PARTS_OF_HOURS
from app.store.report_counts.merge import DAYS, merge

PARTS = (*PARTS_OF_HOURS, "answer", "opt_out")
_SUMMED = "part, key, channel, outcome, sum(number)::integer AS number, sum(cost) AS cost"


def sum_hours(session: Session, of: Day) -> None:
    """Writes the sum of a day's hours as the day."""
    merge(
        session,
        DAYS,
        f"SELECT CAST(:day AS date) AS day_on, {_SUMMED} FROM report_hours "
        "WHERE campaign_id = :campaign AND hour_at >= :begin AND hour_at < :end "
        "GROUP BY part, key, channel, outcome",
        of.binds,
        whens=[of.day],
        parts=PARTS_OF_HOURS,
    )


def sum_days(session: Session, campaign_id: int) -> None:
    """Writes the sum of all days of a campaign under WHOLE."""
    merge(
        session,
        DAYS,
        f"SELECT CAST(:whole AS date) AS day_on, {_SUMMED} FROM report_days "
        "WHERE campaign_id = :campaign AND day_on <> :whole GROUP BY part, key, channel, outcome",
        {"campaign": campaign_id, "whole": WHOLE},
        whens=[WHOLE],
        parts=PARTS,
    )


def wait_for(session: Session, campaign_id: int) -> None:
    """Waits until nobody else adds up the days of a campaign."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"reports:{campaign_id}:{WHOLE}"},
    )
