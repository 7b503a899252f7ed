"""The proof of the final week: for every hour and channel what is planned, or why nothing is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil

from app.domain.capacity import channel_open, hour_supply
from app.domain.channel import Channel
from app.domain.grid import HOUR, Grid
from app.domain.hours import Place, why_closed
from app.domain.linear import Numbers
from app.domain.report import Cause, Cover, HourCover
from app.domain.situation import Situation
from app.domain.want import Wishes
from app.domain.whole import Hours


@dataclass(frozen=True)
class Spending:
    """Money that the plan leaves, in all and before the final week."""

    left: Decimal
    left_before: Decimal


def spending(situation: Situation, grid: Grid, hours: Hours) -> Spending:
    """What of the money the planned hours leave."""
    reserve = dict(zip(grid.hours, grid.reserve, strict=True))
    cost = before = Decimal(0)
    for channel, planned in hours.items():
        price = situation.price.get(channel, Decimal(0))
        for hour, count in planned.items():
            cost += price * count
            before += price * count * (not reserve[hour])
    money_before = min(situation.money_before, situation.money)
    return Spending(situation.money - cost, min(money_before - before, situation.money - cost))


class Causes:
    """Why an hour, or a day, holds less of a channel than was wanted."""

    def __init__(self, situation: Situation, grid: Grid, hours: Hours) -> None:
        self.situation, self.grid, self.hours = situation, grid, hours
        self.money = spending(situation, grid, hours)
        self.open = {c: channel_open(situation, grid, c) for c in situation.channels()}
        self.carried = {c: hour_supply(situation, grid, c) for c in situation.channels()}
        self.reached = {
            channel: any(channel in cell.reach for cell in situation.cells) for channel in self.open
        }
        self.places = _by_voters(situation)

    def of_hours(self, channel: Channel, indexes: Sequence[int]) -> Cause:
        """Why no more is planned in these hours."""
        open_ = [index for index in indexes if self.open[channel][index] > 0]
        if not open_:
            return self._closed(channel, indexes)
        if not self.reached[channel]:
            return Cause.NOBODY_REACHABLE
        supply = self.situation.supply[channel]
        planned = self.hours.get(channel, {})
        carried = int(self.carried[channel][open_].sum())
        if sum(planned.get(self.grid.hours[at], 0) for at in open_) >= carried:
            hours = [self.grid.hours[at] for at in open_]
            if any(self.situation.blast_room(channel, at) for at in hours):
                return Cause.BLAST
            few = carried > 0 and supply.cause is Cause.NOBODY_BOOKED
            return Cause.FEW_BOOKED if few else supply.cause
        if self._at_limit(channel, open_):
            return self._limit(channel, open_)
        return self._no_money(channel, open_) or Cause.NOBODY_LEFT

    def _limit(self, channel: Channel, indexes: Sequence[int]) -> Cause:
        """Whose limit a day is reached."""
        own, senders = self.situation.ramps[channel].daily_cap, self.situation.supply[channel].a_day
        days = {self.grid.days[int(self.grid.day_of[index])] for index in indexes}
        taken = max(self.situation.beside_on(channel, day) for day in days)
        if senders is None or (own is not None and own <= senders - taken):
            return Cause.DAILY_LIMIT
        return Cause.BLAST if taken else Cause.SENDER_DAY

    def _at_limit(self, channel: Channel, indexes: Sequence[int]) -> bool:
        """Whether the days of these hours hold as much as the limit a day allows."""
        planned = self.hours.get(channel, {})
        for day in {int(self.grid.day_of[index]) for index in indexes}:
            limit = self.situation.limit_on(channel, self.grid.days[day])
            made = sum(planned.get(self.grid.hours[at], 0) for at in self.grid.hours_of(day))
            if limit is None or made < limit:
                return False
        return True

    def _no_money(self, channel: Channel, indexes: Sequence[int]) -> Cause | None:
        price = self.situation.price.get(channel, Decimal(0))
        if not price:
            return None
        if self.money.left < price:
            return Cause.BLAST_MONEY if self.situation.blast_money >= price else Cause.MONEY
        locked = not any(self.grid.reserve[index] for index in indexes)
        return Cause.RESERVE if locked and self.money.left_before < price else None

    def _closed(self, channel: Channel, indexes: Sequence[int]) -> Cause:
        covers = [self.closed(channel, self.grid.hours[index]) for index in indexes]
        for cover, cause in (
            (Cover.PAUSED, Cause.PAUSED),
            (Cover.SILENCE, Cause.SILENCE),
            (Cover.BLACKOUT, Cause.BLACKOUT),
        ):
            if cover in covers:
                return cause
        return Cause.HOURS

    def closed(self, channel: Channel, hour: datetime) -> Cover:
        """Why the channel is closed in an hour, for the place of most voters for whom more than
        the night stands in the way."""
        paused = self.situation.pause(channel)
        begin = max(hour, self.situation.now, self.situation.schedule.starts_at)
        found = [
            why_closed(self.situation.schedule, place, channel, begin) for place in self.places
        ]
        told = [cover for cover in found if cover not in (None, Cover.CLOSED)]
        if told and told[0] is not None:
            return told[0]
        if None in found:  # the hours are open: it is the campaign that holds back
            return Cover.PAUSED if paused is not None and begin < paused else Cover.NOT_BEGUN
        return Cover.CLOSED


def _by_voters(situation: Situation) -> list[Place]:
    count: dict[Place, int] = {}
    for cell in situation.cells:
        count[cell.place] = count.get(cell.place, 0) + cell.voters
    places = sorted(count, key=lambda place: (-count[place], place.key))
    return places or [Place("", (situation.schedule.zone,))]


def coverage(
    situation: Situation,
    grid: Grid,
    wishes: Wishes,
    hours: Hours,
    past: Mapping[Channel, Mapping[datetime, int]] | None = None,
    past_blasts: Mapping[Channel, Mapping[datetime, int]] | None = None,
) -> tuple[HourCover, ...]:
    """Every hour of the final week for every channel, in order of time.

    `past` holds what was planned for hours that are gone, `past_blasts` what blasts were to send.
    An open hour that holds nothing of either is a gap with its cause; a channel that has no ramp
    is not listed.
    """
    causes = Causes(situation, grid, hours)
    found: list[HourCover] = []
    for channel in situation.channels():
        blasts = (past_blasts or {}).get(channel, {})
        found += _past(situation, grid, channel, (past or {}).get(channel, {}), blasts)
        found += [
            _hour(causes, channel, index, wishes.by_hour[channel][index], causes.open[channel])
            for index in range(len(grid.hours))
            if grid.final[index]
        ]
    return tuple(sorted(found, key=lambda hour: (hour.at, list(Channel).index(hour.channel))))


def _past(
    situation: Situation,
    grid: Grid,
    channel: Channel,
    planned: Mapping[datetime, int],
    blasts: Mapping[datetime, int],
) -> list[HourCover]:
    first = situation.final_from.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    end = grid.hours[0] if grid.hours else situation.closes_at
    count = max(int((end - first) // HOUR), 0)
    return [
        HourCover(at, channel, Cover.PAST, planned.get(at, 0), blasts=blasts.get(at, 0))
        for at in (first + HOUR * n for n in range(count))
    ]


def _hour(causes: Causes, channel: Channel, index: int, wanted: int, open_: Numbers) -> HourCover:
    at = causes.grid.hours[index]
    planned = causes.hours.get(channel, {}).get(at, 0)
    share = round(float(open_[index]), 4)
    blasts = ceil(causes.situation.blast_messages(channel, at) - 1e-9)
    if planned or blasts:
        return HourCover(at, channel, Cover.PLANNED, planned, wanted, None, share, blasts)
    if not share:
        return HourCover(at, channel, causes.closed(channel, at), 0, wanted, None, 0.0)
    return HourCover(at, channel, Cover.GAP, 0, wanted, causes.of_hours(channel, [index]), share)
