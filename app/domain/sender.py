"""Senders: their kinds, and what each may send in a second, a minute, an hour and a day.

Texts are counted in segments, mails one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from app.domain.channel import Channel

AHEAD_SECONDS = 1.0
"""So far ahead of its rate a sender may send, so that a batch is worth its round trip."""
ROUNDING = 1e-3
"""Of a segment: less than that was lost to microseconds."""
PROBE_A_MINUTE = 3
"""What the sickest sender still sends, so that its recovery is seen."""
ACCOUNT_A_SECOND = 2_000.0
"""What Twilio takes from one account in a second; beyond it answers 63017 or 20429."""
BURST_AN_HOUR = 10_000
"""Carriers take a larger burst from one number for spam and block it."""
MOST_A_DAY = 100_000_000


class Kind(StrEnum):
    """What a sender is; stored by value. An empty kind in the store is of before there were any."""

    LONG_CODE = "long_code"  # an ordinary number
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"
    TEN_DLC = "ten_dlc"  # a US number registered for a campaign
    SERVICE = "service"  # a pool of numbers behind one MG… id
    RELAY = "relay"  # of mail; the address is what stands under From

    @property
    def channel(self) -> Channel:
        """What it sends."""
        return Channel.EMAIL if self is Kind.RELAY else Channel.TEXT


@dataclass(frozen=True)
class Rates:
    """What a sender may send at most; None: as the second allows."""

    per_second: float
    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None  # a day of the carrier's, in UTC

    @property
    def pace(self) -> float:
        """What it may send a second for long: the least of its limits, each spread evenly.

        A burst of AHEAD_SECONDS comes on top of the pace, so a minute holds 61 seconds' worth of
        it at most. At a 61st of its limit the limit holds in each minute, whenever it begins.
        """
        limits = [self.per_second]
        if self.per_minute is not None:
            limits.append(self.per_minute / (60 + AHEAD_SECONDS))
        if self.per_hour is not None:
            limits.append(self.per_hour / (3600 + AHEAD_SECONDS))
        return min(limits)

    @property
    def a_day(self) -> float:
        """What it may send in a day, from midnight to midnight of the carrier's."""
        whole = self.pace * 86_400
        return whole if self.per_day is None else min(whole, self.per_day)

    def pace_of(self, share: float) -> float:
        """The pace of a sender that is given a share of it, but never less than the probe."""
        return min(self.pace, max(self.pace * share, PROBE_A_MINUTE / 60))


@dataclass(frozen=True)
class Preset:
    """What a kind may send by default, and who says so."""

    rates: Rates
    source: str


_MPS = "Twilio: message queues and rate limits"
_TRUST = (
    "Twilio: throughput and trust scores for A2P 10DLC; the daily cap is T-Mobile's for a brand"
)
_BURST = (
    f"; no more than {BURST_AN_HOUR:,} an hour, so that carriers do not take it for spam (custom)"
)

PRESETS: Mapping[Kind, Preset] = {
    Kind.LONG_CODE: Preset(Rates(1), _MPS),
    Kind.TOLL_FREE: Preset(Rates(3, per_hour=BURST_AN_HOUR), _MPS + _BURST),
    Kind.SHORT_CODE: Preset(Rates(100), _MPS),
    # The lowest score; TEN_DLC has the others.
    Kind.TEN_DLC: Preset(Rates(3.75, per_hour=BURST_AN_HOUR, per_day=2_000), _TRUST + _BURST),
    Kind.SERVICE: Preset(
        Rates(3, per_hour=BURST_AN_HOUR),
        "the sum of its numbers; here that of one toll-free number",
    ),
    Kind.RELAY: Preset(Rates(10), "custom; verify with the relay"),
}


@dataclass(frozen=True)
class Trust:
    """What a trust score of 10DLC allows to all US networks together, and to T-Mobile in a day."""

    from_score: int
    words: str
    per_second: float
    tmobile_a_day: int


TEN_DLC: tuple[Trust, ...] = (
    Trust(75, "score 75 to 100", 225, 200_000),
    Trust(50, "score 50 to 74", 120, 40_000),
    Trust(1, "score 1 to 49", 12, 10_000),
    Trust(0, "low volume", 3.75, 2_000),
)
"""Verify with the carrier's console: what counts is what the registered campaign was given."""


def ten_dlc(score: int) -> Rates:
    """The rates of a 10DLC campaign by its trust score, 0 to 100; 0: of low volume.

    The day's cap holds for T-Mobile's subscribers alone, but nobody knows a number's network
    beforehand, so it is kept for all of them. Whoever knows better raises it.
    """
    trust = next(one for one in TEN_DLC if score >= one.from_score)
    return Rates(trust.per_second, per_hour=BURST_AN_HOUR, per_day=trust.tmobile_a_day)


@dataclass(frozen=True)
class Standing:
    """How a sender stands at an instant: its rates and what it has used of them."""

    rates: Rates
    share: float = 1.0  # of its pace, by its health
    next_free_at: datetime | None = None  # when all that was taken will have passed at its pace
    slow_until: datetime | None = None  # it rests until then
    day_on: date | None = None
    day_used: int = 0  # of that day
    ahead: float = AHEAD_SECONDS  # so many seconds of its pace may be taken at once

    @property
    def pace(self) -> float:
        """Segments or mails a second, now."""
        return self.rates.pace_of(self.share)

    def room(self, wall: datetime) -> int:
        """How many segments or mails may be taken now; 0: none.

        At a slow pace one is let through whenever the last one has passed.
        """
        if self.slow_until is not None and wall < self.slow_until:
            return 0
        ahead = self._ahead(wall)
        if ahead >= self.ahead:
            return 0
        free = int(self.pace * (self.ahead - ahead) + ROUNDING)
        return min(max(free, 1), self.left_of_day(wall))

    def left_of_day(self, wall: datetime) -> int:
        """What the day of the carrier still holds."""
        if self.rates.per_day is None:
            return MOST_A_DAY
        used = self.day_used if self.day_on == day_of(wall) else 0
        return max(self.rates.per_day - used, 0)

    def take(self, amount: int, wall: datetime) -> "Standing":
        """The standing after so many were taken."""
        # Rounded up, or a limit could be passed by what a microsecond holds.
        passes = timedelta(seconds=self._ahead(wall) + amount / self.pace, microseconds=1)
        today = day_of(wall)
        used = amount + (self.day_used if self.day_on == today else 0)
        return replace(self, next_free_at=wall + passes, day_on=today, day_used=used)

    def settle(self, taken: int, used: int, wall: datetime) -> "Standing":
        """The standing after `used` went out of what was taken at `wall`."""
        more = used - taken
        free_at = (self.next_free_at or wall) + timedelta(seconds=more / self.pace)
        same_day = self.day_on == day_of(wall)
        day_used = max(self.day_used + more, 0) if same_day else self.day_used
        return replace(self, next_free_at=free_at, day_used=day_used)

    def credit(self, wall: datetime) -> float:
        """What it could have sent since it was last free; below zero while it is ahead.

        Whoever has the most credit sends next. Credit grows with pace and health, so that a sick
        sender gets less of the messages even where there are few.
        """
        if self.next_free_at is None:
            return float("inf")
        return (wall - self.next_free_at).total_seconds() * self.pace

    def _ahead(self, wall: datetime) -> float:
        if self.next_free_at is None:
            return 0.0
        return max((self.next_free_at - wall).total_seconds(), 0.0)


def day_of(wall: datetime) -> date:
    """The day of the carrier's at this machine time."""
    return wall.astimezone(UTC).date()
