"""What a campaign tried against what was planned: by day, by the hour, by the minute."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import ceil
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.report import Report
from app.store import war_room
from app.store.campaigns import Campaign
from app.store.war_room import Slot
from app.web.kept import Kept

HOUR = timedelta(hours=1)
LOOK_BACK = timedelta(hours=6)
HALF = timedelta(minutes=30)
FRESH = timedelta(minutes=5)
"""The last five to ten minutes are counted each time; what came before changes by a late call or
a late word of the carrier only."""
KEEP_OLD = timedelta(minutes=10)


@dataclass(frozen=True)
class DayCount:
    """One channel on one day of the campaign's own clock, in attempts."""

    day: date
    channel: Channel
    planned: int = 0
    by_now: float = 0  # of the planned: what was to be done until now
    done: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Tally:
    """All that was tried and planned."""

    slots: Sequence[Slot]
    planned: Mapping[Channel, Mapping[datetime, int]]  # by the hour, UTC
    zone: str
    now: datetime
    here: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "here", ZoneInfo(self.zone))

    @cached_property
    def days(self) -> dict[tuple[date, Channel], DayCount]:
        """Planned and done of each day and channel that has either."""
        found: dict[tuple[date, Channel], DayCount] = {}
        for channel, hours in self.planned.items():
            for at, count in hours.items():
                one = _at(found, at.astimezone(self.here).date(), channel)
                by_now = one.by_now + by_then(count, at, self.now)
                found[one.day, channel] = replace(one, planned=one.planned + count, by_now=by_now)
        for slot in self.slots:
            one = _at(found, slot.at.astimezone(self.here).date(), slot.channel)
            found[one.day, slot.channel] = replace(
                one, done=one.done + slot.done, failed=one.failed + slot.failed
            )
        return dict(sorted(found.items()))

    @cached_property
    def by_hour(self) -> dict[tuple[Channel, datetime], int]:
        """What was tried on a channel in an hour (UTC)."""
        found: dict[tuple[Channel, datetime], int] = {}
        for slot in self.slots:
            key = slot.channel, slot.at.replace(minute=0)
            found[key] = found.get(key, 0) + slot.done
        return found

    @property
    def channels(self) -> list[Channel]:
        """Those that have anything planned or done."""
        busy = {one.channel for one in self.days.values() if one.planned or one.done}
        return [channel for channel in Channel if channel in busy]

    @property
    def today(self) -> date:
        """The day on the campaign's clock."""
        return self.now.astimezone(self.here).date()

    def within(self, channel: Channel, begin: datetime, end: datetime) -> int:
        """What was tried in [begin, end); exact to the minute in the last six hours."""
        return sum(
            slot.done for slot in self.slots if slot.channel is channel and begin <= slot.at < end
        )


def with_blasts(tally: Tally, report: Report) -> Tally:
    """With what booked blasts send beside the plan: what is done counts both."""
    sent = {(one.channel, one.at): ceil(one.messages) for one in report.blasts}
    sent |= {(hour.channel, hour.at): hour.blasts for hour in report.coverage if hour.blasts}
    planned = {channel: dict(hours) for channel, hours in tally.planned.items()}
    for (channel, at), count in sent.items():
        hours = planned.setdefault(channel, {})
        hours[at] = hours.get(at, 0) + count
    return replace(tally, planned=planned)


def by_then(count: int, at: datetime, now: datetime) -> float:
    """How much of an hour's attempts was to be done by `now`."""
    return count * min(max((now - at) / HOUR, 0.0), 1.0)


def _at(found: Mapping[tuple[date, Channel], DayCount], day: date, channel: Channel) -> DayCount:
    return found.get((day, channel)) or DayCount(day, channel)


def tally(session: Session, campaign: Campaign, now: datetime, wall: datetime, kept: Kept) -> Tally:
    """Counted on from what is kept: of a campaign with millions of attempts only those of the last
    minutes are read each time."""
    border, fine = _floor(now, FRESH) - FRESH, _floor(now - LOOK_BACK, HALF)
    old_key, mid_key = ("old", campaign.id, fine), ("minutes", campaign.id, border)
    old: list[Slot] | None = kept.known(old_key, wall)
    mid: list[Slot] | None = kept.known(mid_key, wall)
    begin = border if mid is not None else fine
    if old is None:
        begin = min(campaign.created_at - timedelta(days=1), fine)
    found = war_room.slots(
        session, campaign.id, begin=begin, fine=fine, end=now + timedelta(days=1)
    )
    if old is None or mid is None:
        mid = [slot for slot in found if fine <= slot.at < border]
        kept.keep(mid_key, wall, mid)
    if old is None:
        old = [slot for slot in found if slot.at < fine]
        kept.keep(old_key, wall, old, KEEP_OLD)
    fresh = [slot for slot in found if slot.at >= border]
    planned = war_room.planned(session, campaign.id)
    return Tally([*old, *mid, *fresh], planned, campaign.zone, now)


def _floor(at: datetime, step: timedelta) -> datetime:
    begin = datetime(2000, 1, 1, tzinfo=UTC)
    return begin + (at.astimezone(UTC) - begin) // step * step


def week_of(days: Iterable[date], today: date) -> tuple[date, date]:
    """The seven days that "this week" means: those up to the last planned day when it is near,
    else today and the six days to come."""
    last = max(days, default=today)
    end = min(last, today + timedelta(days=6)) if last >= today else today
    return end - timedelta(days=6), end
