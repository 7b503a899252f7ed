"""Instants as forms write them: a day and a time on the campaign's own clock, without a zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def instant(written: datetime, zone: str) -> datetime:
    """The instant (UTC) of what a form says; of an hour that happens twice, the first."""
    return written.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def on_clock(at: datetime, zone: str) -> datetime:
    """An instant as a form shows it, to the minute."""
    return at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None)
