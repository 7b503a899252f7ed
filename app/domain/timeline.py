"""How a scaled campaign clock maps onto machine time."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_CLOCK = re.compile(r"(\w+)=(\S+)")


@dataclass(frozen=True)
class Night:
    """Hours of the day that a fast clock skips, on the clock of `zone`."""

    begins: time
    ends: time
    zone: str

    def around(self, at: datetime) -> tuple[datetime, datetime]:
        """The night that `at` lies in, else the next one, as instants in UTC."""
        zone = ZoneInfo(self.zone)
        day = at.astimezone(zone).date() - timedelta(days=1)
        while True:
            begins = datetime.combine(day, self.begins, zone).astimezone(at.tzinfo)
            last = day if self.ends > self.begins else day + timedelta(days=1)
            ends = datetime.combine(last, self.ends, zone).astimezone(at.tzinfo)
            if ends > at:
                return begins, ends
            day += timedelta(days=1)


@dataclass(frozen=True)
class Anchor:
    """Campaign time `campaign_at` was at machine time `wall_at` and runs at `speed` since."""

    campaign_at: datetime
    wall_at: datetime
    speed: float
    night: Night | None = None

    def at(self, wall: datetime) -> datetime:
        """Campaign time at machine time `wall`; nights take no time at all."""
        left = timedelta(seconds=max((wall - self.wall_at).total_seconds(), 0) * self.speed)
        at = self.campaign_at
        if self.night is None or self.speed == 0:
            return at + left
        while True:
            begins, ends = self.night.around(at)
            if begins <= at:
                at = ends
                continue
            if at + left < begins:
                return at + left
            left -= begins - at
            at = ends

    def held(self, wall: datetime) -> "Anchor":
        """The same clock, standing still from `wall` on."""
        return replace(self, campaign_at=self.at(wall), wall_at=wall, speed=0.0)

    def resumed(self, wall: datetime, speed: float) -> "Anchor":
        """A held clock, going on from where it stood."""
        return replace(self, wall_at=wall, speed=speed)


def parse_clock(text: str, wall: datetime) -> Anchor | None:
    """The anchor that LASTMILE_CLOCK asks for, running from `wall` on; None for the wall clock.

    `start=2026-10-27T19:30:00-04:00 speed=60 night=21:00-08:00 zone=America/New_York`; all but
    start may be left out. Raises ValueError saying what to mend.
    """
    if not text.strip():
        return None
    parts = dict(_CLOCK.findall(text))
    unknown = set(parts) - {"start", "speed", "night", "zone"}
    if unknown or "start" not in parts:
        raise ValueError(f"LASTMILE_CLOCK={text!r}: write start=… speed=… night=… zone=…")
    start = datetime.fromisoformat(parts["start"])
    if start.tzinfo is None:
        raise ValueError(f"LASTMILE_CLOCK: start={parts['start']} needs an offset such as -04:00")
    speed = float(parts.get("speed", "1"))
    if speed < 0:
        raise ValueError("LASTMILE_CLOCK: speed cannot be negative")
    return Anchor(start, wall, speed, night_of(parts.get("night", ""), parts.get("zone", "UTC")))


def night_of(text: str, zone: str) -> Night | None:
    """The night written as 21:00-08:00; None for an empty text. Raises ValueError."""
    if not text:
        return None
    begins, _, ends = text.partition("-")
    try:
        ZoneInfo(zone)
        return Night(time.fromisoformat(begins), time.fromisoformat(ends), zone)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"night={text} zone={zone}: {error}") from error
