"""How much of a plan is due by now."""

from collections.abc import Mapping
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


def wanted_by(hours: Mapping[datetime, int], now: datetime) -> int:
    """How many attempts the plan wanted released by `now`; within an hour in even steps."""
    total = 0
    for hour, planned in hours.items():
        if hour + HOUR <= now:
            total += planned
        elif hour <= now:
            total += int(planned * ((now - hour) / HOUR))
    return total
