"""How long a voter rests between two tries on one channel: nearer together in the final week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.hours import Place
from app.domain.schedule import Schedule

FINAL_WEEK = timedelta(days=7)
FINAL_DAYS = 1
"""In the final week a voter may be tried again the next day (custom): the floor comes first."""
SLACK = timedelta(hours=4)
"""Whoever was tried at 6 pm may be tried from 2 pm on the day that comes: else each day's hour
would creep later than the one before, until the day is lost."""


def final_from(schedule: Schedule) -> datetime:
    """When the final week begins: seven days before the polls close, at the same time on the
    campaign's clock, though an hour may come twice in between."""
    zone = ZoneInfo(schedule.zone)
    closes = schedule.polls_close_at(Place("", (schedule.zone,))).astimezone(zone)
    return (closes - FINAL_WEEK).astimezone(UTC)  # on one clock Python reckons in local time


def rest(schedule: Schedule, days: int, now: datetime) -> timedelta:
    """How long nobody tries a voter again after a try at `now`; `days` is the usual spacing.

    Before the final week the rest ends as it begins, so that those who wait come back for it.
    """
    usual = timedelta(days=days) - SLACK
    near = timedelta(days=min(days, FINAL_DAYS)) - SLACK
    return min(usual, max(final_from(schedule) - now, near))
