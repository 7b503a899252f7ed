"""How a scaled campaign clock maps onto machine time."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from math import inf
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True)
class Night:
    """Hours of the day that a fast clock skips, on the clock of `zone`."""

    begins: time
    ends: time
    zone: str

    def __post_init__(self) -> None:
        if self.begins == self.ends:
            raise ValueError("a night that ends when it begins leaves no day")

    def around(self, at: datetime) -> tuple[datetime, datetime]:
        """The night that `at` lies in, else the next one, as instants in UTC."""
        zone = ZoneInfo(self.zone)
        day = at.astimezone(zone).date() - timedelta(days=1)
        while True:
            begins = datetime.combine(day, self.begins, zone).astimezone(at.tzinfo)
            last = day if self.ends > self.begins else day + timedelta(days=1)
            ends = datetime.combine(last, self.ends, zone).astimezone(at.tzinfo)
            ends = max(begins, ends)  # in a spring night an hour is missing
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
        """The same clock, going on at `speed` from where it stands."""
        return replace(self, campaign_at=self.at(wall), wall_at=wall, speed=speed)


PARTS = frozenset({"start", "speed", "night", "zone"})


def parse_clock(text: str, wall: datetime) -> Anchor | None:
    """The anchor that LASTMILE_CLOCK asks for, running from `wall` on; None for the wall clock.

    `start=2026-10-27T19:30:00-04:00 speed=60 night=21:00-08:00 zone=America/New_York`; all but
    start may be left out. Raises ValueError saying what to mend.
    """
    if not text.strip():
        return None
    pairs = [part.partition("=") for part in text.split()]
    parts = {name: value for name, _, value in pairs if value}
    if len(parts) < len(pairs) or not {"start"} <= set(parts) <= PARTS:
        raise ValueError(f"LASTMILE_CLOCK={text!r}: write start=… speed=… night=… zone=…")
    try:
        start = datetime.fromisoformat(parts["start"])
        speed = float(parts.get("speed", "1"))
        night = night_of(parts.get("night", ""), parts.get("zone", "UTC"))
    except ValueError as error:
        raise ValueError(f"LASTMILE_CLOCK: {error}") from error
    if start.tzinfo is None:
        raise ValueError(f"LASTMILE_CLOCK: start={parts['start']} needs an offset such as -04:00")
    if not 0 <= speed < inf:
        raise ValueError(f"LASTMILE_CLOCK: speed={parts['speed']} must be 0 or more")
    return Anchor(start, wall, speed, night)


def night_of(text: str, zone: str) -> Night | None:
    """The night written as 21:00-08:00; None for an empty text. Raises ValueError."""
    if not text:
        return None
    begins, _, ends = text.partition("-")
    try:
        ZoneInfo(zone)
        return Night(time.fromisoformat(begins), time.fromisoformat(ends), zone)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:  # OSError: a folder of zones
        raise ValueError(f"night={text} zone={zone}: {error}") from error
