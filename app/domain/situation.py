"""What a plan rests on: voters in cells, hours, ramps, people, senders, money, limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

from app.domain.blast_load import HourLoad
from app.domain.channel import Channel
from app.domain.hours import Place, Schedule
from app.domain.ramp import RampRule
from app.domain.report import Cause
from app.domain.rest import final_from
from app.domain.value import Model


@dataclass(frozen=True)
class Cell:
    """Voters who are alike: one place, the same channels, a like chance to vote."""

    place: Place
    reach: frozenset[Channel]  # the channels that may reach them
    propensity: float  # their mean chance to vote, 0 to 1
    voters: int
    tried: Mapping[Channel, tuple[int, ...]]  # of whom it reaches, with 0, 1, 2, … tries
    attempts: int = 0  # on all of them so far


@dataclass(frozen=True)
class Supply:
    """How much a channel can carry: attempts in each hour, or as many in every hour."""

    by_hour: Mapping[datetime, float] | None = None  # an hour that is missing has none
    an_hour: float = 0.0  # where `by_hour` is None
    away: tuple[tuple[datetime, float], ...] = ()  # until when so many an hour are paused
    a_day: int | None = None  # at most so many in a day; None: as the hours carry
    cause: Cause = Cause.NOBODY_BOOKED  # what it means when there is none, or too little
    parts: float = 1.0  # segments of an attempt of the plan

    def at(self, hour: datetime) -> float:
        """Attempts that fit in this hour (UTC), whatever part of it is open."""
        if self.by_hour is not None:
            return self.by_hour.get(hour, 0.0)
        away = sum(part * _part_before(hour, until) for until, part in self.away)
        return max(self.an_hour - away, 0.0)


def _part_before(hour: datetime, until: datetime) -> float:
    """The part of an hour that lies before an instant."""
    return min(max((until - hour) / timedelta(hours=1), 0.0), 1.0)


@dataclass(frozen=True)
class Situation:
    """Everything that the plan looks at. The same situation gives the same plan."""

    schedule: Schedule
    now: datetime
    cells: tuple[Cell, ...]
    ramps: Mapping[Channel, RampRule]
    supply: Mapping[Channel, Supply]
    model: Model
    price: Mapping[Channel, Decimal] = field(default_factory=dict)  # an attempt; missing: free
    money: Decimal = Decimal(0)  # neither spent nor promised
    money_before: Decimal = Decimal(0)  # of that, what may go before the final week
    daily_cap: int = 2  # attempts a voter a day, all channels
    total_cap: int = 12  # attempts a voter in the campaign
    released: Mapping[Channel, int] = field(default_factory=dict)  # since the ramp's first day
    released_today: Mapping[Channel, int] = field(default_factory=dict)
    paused_until: datetime | None = None  # the whole campaign
    paused_channels: Mapping[Channel, datetime] = field(default_factory=dict)
    booked: Mapping[datetime, float] = field(default_factory=dict)  # callers booked, by hour
    unscripted: bool = False  # nobody has written what callers say; they call all the same
    blasts: Mapping[Channel, Mapping[datetime, HourLoad]] = field(default_factory=dict)
    """What booked blasts will send, by hour. It goes out beside the plan, before it."""
    beside_today: Mapping[Channel, HourLoad] = field(default_factory=dict)
    """What was released today beside the plan: blasts, reminders, answers."""
    blast_money: Decimal = Decimal(0)  # that they will take; taken off `money` already
    blast_money_before: Decimal = Decimal(0)  # the same before the final week

    @property
    def places(self) -> frozenset[Place]:
        """Where the cells' voters are; the campaign's own place while there are none."""
        found = frozenset(cell.place for cell in self.cells)
        return found or frozenset((Place("", (self.schedule.zone,)),))

    @cached_property
    def closes_at(self) -> datetime:
        """When the last polls close for anybody in the cells."""
        return max(self.schedule.polls_close_at(place) for place in self.places)

    @cached_property
    def final_from(self) -> datetime:
        """When the final week begins: seven days before the campaign's own polls close."""
        return final_from(self.schedule)

    def limit_on(self, channel: Channel, day: date) -> int | None:
        """How many more a day of the campaign's clock may hold by the ramp's own limit and the
        senders', of which what goes out beside the plan takes its part; None: no limit."""
        own, senders = self.ramps[channel].daily_cap, self.supply[channel].a_day
        if senders is not None:
            senders -= ceil(self.beside_on(channel, day))
        caps = [cap for cap in (own, senders) if cap is not None]
        if not caps:
            return None
        return max(min(caps) - self.released_today.get(channel, 0) * self.is_today(day), 0)

    def blast_room(self, channel: Channel, hour: datetime) -> float:
        """How many attempts of the plan the senders could make in the time that blasts take."""
        load = self.blasts.get(channel, {}).get(hour)
        return load.parts / self.supply[channel].parts if load is not None else 0.0

    def beside_on(self, channel: Channel, day: date) -> float:
        """How many attempts of the plan the senders could make in place of what blasts send on a
        day of the campaign's clock; today with all that has gone out beside the plan already."""
        zone = ZoneInfo(self.schedule.zone)
        sent = self.beside_today.get(channel, HourLoad()) if self.is_today(day) else HourLoad()
        return sent.parts / self.supply[channel].parts + sum(
            self.blast_room(channel, hour)
            for hour in self.blasts.get(channel, {})
            if hour.astimezone(zone).date() == day
        )

    def is_today(self, day: date) -> bool:
        """Whether it is this day on the campaign's clock."""
        return self.now.astimezone(ZoneInfo(self.schedule.zone)).date() == day

    def blast_messages(self, channel: Channel, hour: datetime) -> float:
        """How many messages booked blasts send on the channel in an hour."""
        load = self.blasts.get(channel, {}).get(hour)
        return load.messages if load is not None else 0.0

    def pause(self, channel: Channel) -> datetime | None:
        """Until when the campaign or this channel is paused; None: neither is."""
        ends = (self.paused_until, self.paused_channels.get(channel))
        return max((at for at in ends if at is not None), default=None)

    def channels(self) -> tuple[Channel, ...]:
        """The channels that have a ramp, in the order of the enum."""
        return tuple(channel for channel in Channel if channel in self.ramps)

    def with_cells(self, cells: tuple[Cell, ...]) -> "Situation":
        """The same with other cells."""
        return replace(self, cells=cells)


def merge(cells: tuple[Cell, ...], *, bands: bool = True) -> tuple[Cell, ...]:
    """Cells of the same place and reach put together; with `bands` the chance to vote is averaged.

    A coarser program: sums are kept, only who among them is tried first is lost.
    """
    found: dict[tuple[Place, frozenset[Channel], float], Cell] = {}
    for cell in cells:
        key = (cell.place, cell.reach, 0.0 if bands else round(cell.propensity, 2))
        known = found.get(key)
        found[key] = cell if known is None else _both(known, cell)
    return tuple(found[key] for key in sorted(found, key=_order))


def _order(key: tuple[Place, frozenset[Channel], float]) -> tuple[str, str, float]:
    return (key[0].key, ",".join(sorted(key[1])), key[2])


def _both(one: Cell, other: Cell) -> Cell:
    voters = one.voters + other.voters
    mean = one.propensity * one.voters + other.propensity * other.voters
    tried = {
        channel: tuple(a + b for a, b in zip(one.tried[channel], other.tried[channel], strict=True))
        for channel in one.tried
    }
    return replace(
        one,
        voters=voters,
        propensity=mean / voters if voters else 0.0,
        tried=tried,
        attempts=one.attempts + other.attempts,
    )
