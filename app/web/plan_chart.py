"""Planned attempts by the hour, as the chart and the table beside it want them."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.channel import Channel
from app.web.plan_calendar import Hours
from app.web.words import CHANNELS, clock, month_day, weekday

MOST_TICKS = 7


def to_come(planned: Hours, now: datetime) -> dict[Channel, dict[datetime, int]]:
    """The hours that are not over, of the channels that have any."""
    current = now.replace(minute=0, second=0, microsecond=0)
    left = {
        channel: {at: held for at, held in planned.get(channel, {}).items() if at >= current}
        for channel in Channel
    }
    return {channel: held for channel, held in left.items() if held}


def figure(planned: Hours, zone: str, now: datetime) -> dict[str, Any]:
    """The numbers of the chart.

    Its axis runs in UTC, where no hour is missing and none comes twice; what is written at it is
    the campaign's clock.
    """
    left = to_come(planned, now)
    days = sorted({at.astimezone(ZoneInfo(zone)).date() for held in left.values() for at in held})
    step = -(-len(days) // MOST_TICKS)
    ticks = days[::step] if days else []
    return {
        "ticks": [_plain(datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone))) for d in ticks],
        "days": [f"{weekday(d)} {month_day(d)}" for d in ticks],
        "channels": [
            {
                "channel": channel.value,
                "name": " ".join(CHANNELS[channel]),
                "at": [_plain(at) for at in held],
                "hour": [
                    f"{weekday(at.astimezone(ZoneInfo(zone)).date())} {clock(at, zone)}"
                    for at in held
                ],
                "planned": list(held.values()),
            }
            for channel, held in left.items()
        ],
    }


def table(planned: Hours, zone: str, now: datetime) -> list[tuple[date, list[dict[str, Any]]]]:
    """The same numbers: each day with its hours, and in each hour the channels."""
    left = to_come(planned, now)
    here = ZoneInfo(zone)
    found: dict[date, list[dict[str, Any]]] = {}
    for at in sorted({at for held in left.values() for at in held}):
        row = {
            "at": clock(at, zone),
            "planned": {channel: held.get(at, 0) for channel, held in left.items()},
        }
        found.setdefault(at.astimezone(here).date(), []).append(row)
    return list(found.items())


def _plain(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"
