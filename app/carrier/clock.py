"""The carrier's wall clock, read in this one place."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache


def now() -> datetime:
    """This instant, in UTC. The carrier is a world of its own: it never sees a campaign's clock."""
    return datetime.fromtimestamp(time.time(), UTC)


def iso(at: datetime) -> str:
    """An instant for the ledger, always with microseconds."""
    return at.isoformat(timespec="microseconds")


def rfc2822(at: datetime) -> str:
    """An instant as Twilio's API writes it: `Tue, 03 Nov 2026 14:00:00 +0000`."""
    return _rfc2822(at.replace(microsecond=0))


@lru_cache(maxsize=4096)  # thousands of messages share a second
def _rfc2822(second: datetime) -> str:
    return format_datetime(second)
