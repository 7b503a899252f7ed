"""What a change to hours would do: open hours lost and won, attempts planned in them, warnings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import open_intervals
from app.domain.interval import Interval, intersect, joined, subtract
from app.domain.place import Place
from app.domain.rule import Change, OwnHours
from app.domain.schedule import Schedule
from app.domain.widening import replaces, widened
from app.services.closing import final_week_at
from app.store.campaigns import Ramp
from app.store.frames import load_frame, place_names
from app.store.rule_changes import planned_in


@dataclass(frozen=True)
class ChannelEffect:
    """One channel in what is left of the final week, and what is planned from now on."""

    before: timedelta  # in which somebody may be reached
    after: timedelta
    planned: int  # attempts in hours that close for everybody, until the polls close

    @property
    def lost(self) -> timedelta:
        """Open time that the change takes; below zero: that it gives."""
        return self.before - self.after


@dataclass(frozen=True)
class Effect:
    """What a change does, by channel."""

    channels: Mapping[Channel, ChannelEffect]
    warnings: tuple[str, ...]  # where it opens what the law closes
    silent: bool  # it leaves no open minute in all that is left of the final week
    closes_at: datetime  # when the last polls close, with the change


def effect_of(session: Session, campaign_id: int, change: Change, now: datetime) -> Effect:
    """The effect of a change that is not made yet, for the campaign as it stands."""
    schedule = load_frame(session, campaign_id).schedule
    places = _places(session, campaign_id, schedule)
    after = with_change(schedule, change)
    closes = max(schedule.polls_close_at(place) for place in places)
    closes_after = max(after.polls_close_at(place) for place in places)
    last = max(closes, closes_after)
    week = (max(now, final_week_at(session, campaign_id)), last)
    opens = {channel: _open(schedule, places, channel, now, last) for channel in Channel}
    then = {channel: _open(after, places, channel, now, last) for channel in Channel}
    closing = {channel: _without(opens[channel], then[channel]) for channel in Channel}
    planned = planned_in(session, campaign_id, closing)
    channels = {
        channel: ChannelEffect(
            _length(intersect(opens[channel], [week])),
            _length(intersect(then[channel], [week])),
            planned[channel],
        )
        for channel in Channel
    }
    warnings = tuple(widened(change, schedule))
    used = _used(session, campaign_id)
    return Effect(channels, warnings, _silences(channels, used), closes_after)


def with_change(schedule: Schedule, change: Change) -> Schedule:
    """The schedule as it would be: own hours that the change replaces no longer narrow it."""
    # Of all other kinds the later change holds anyway; own hours hold all at once.
    if isinstance(change, OwnHours):
        kept = tuple(one for one in schedule.own_hours if not replaces(change, one))
        schedule = replace(schedule, own_hours=kept)
    return schedule.changed([change])


def _places(session: Session, campaign_id: int, schedule: Schedule) -> list[Place]:
    """Where its voters are; precincts with hours of their own count as their neighbors."""
    found = {Place(place.state, place.zones) for place in place_names(session, campaign_id)}
    return sorted(found) or [Place("", (schedule.zone,))]


def _open(
    schedule: Schedule, places: Iterable[Place], channel: Channel, begin: datetime, end: datetime
) -> list[Interval]:
    """When the channel is open for anybody."""
    return joined(
        one for place in places for one in open_intervals(schedule, place, channel, begin, end)
    )


def _without(intervals: list[Interval], others: list[Interval]) -> list[Interval]:
    for other in others:
        intervals = subtract(intervals, other)
    return intervals


def _length(intervals: Iterable[Interval]) -> timedelta:
    return sum((end - begin for begin, end in intervals), timedelta())


def _used(session: Session, campaign_id: int) -> set[Channel]:
    query = select(Ramp.channel).where(Ramp.campaign_id == campaign_id)
    return set(session.scalars(query)) or set(Channel)


def _silences(channels: Mapping[Channel, ChannelEffect], used: set[Channel]) -> bool:
    mine = [effect for channel, effect in channels.items() if channel in used]
    return any(one.before for one in mine) and not any(one.after for one in mine)
