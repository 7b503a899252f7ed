"""A schedule: a campaign's frame in time, with all that its organizer changed of the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from app.domain.calling import state_daily_cap
from app.domain.channel import Channel
from app.domain.interval import Interval
from app.domain.local import instant
from app.domain.moment import Voting
from app.domain.place import Place, zones_of_state
from app.domain.poll import polls_of
from app.domain.rule import Blackout, CallingHours, Change, OwnHours, PollHours, Silence
from app.domain.silence import silence_on, silent

EASTERN = "America/New_York"


@dataclass(frozen=True)
class Schedule:
    """A campaign's frame in time; hashable, so that answers can be kept."""

    starts_at: datetime
    polling_day: date
    polls_open: time  # on the voter's clock
    polls_close: time
    zone: str  # the campaign's own clock
    country: str = "US"
    blackouts: tuple[Interval | Blackout, ...] = ()  # an interval alone closes every channel
    first_polling_day: date | None = None  # where the polls are open on several days
    polls_by_state: bool = False  # the table's hours before the campaign's own
    calling_hours: tuple[CallingHours, ...] = ()
    poll_hours: tuple[PollHours, ...] = ()
    silences: tuple[Silence, ...] = ()
    own_hours: tuple[OwnHours, ...] = ()

    def __hash__(self) -> int:
        # Counted once: it is asked for with every question about hours.
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            known = hash(tuple(getattr(self, each.name) for each in fields(self)))
            object.__setattr__(self, "_hash", known)
        return known

    def __getstate__(self) -> Mapping[str, Any]:
        # Without the hash: another process hashes words otherwise.
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def changed(self, changes: Iterable[Change]) -> "Schedule":
        """The schedule with these changes, oldest first, after those it has."""
        found = list(changes)
        return replace(
            self,
            blackouts=(*self.blackouts, *(one for one in found if isinstance(one, Blackout))),
            calling_hours=(
                *self.calling_hours,
                *(one for one in found if isinstance(one, CallingHours)),
            ),
            poll_hours=(*self.poll_hours, *(one for one in found if isinstance(one, PollHours))),
            silences=(*self.silences, *(one for one in found if isinstance(one, Silence))),
            own_hours=(*self.own_hours, *(one for one in found if isinstance(one, OwnHours))),
        )

    def polls_close_at(self, place: Place) -> datetime:
        """The instant at which the polls close for a place for good; the earliest of its zones."""
        return min(voting.closes_at for voting in votings(self, place))

    def polls_open_at(self, place: Place) -> datetime:
        """The instant at which the polls first open for a place; the latest of its zones."""
        return max(voting.opens_at for voting in votings(self, place))

    def polls_in(self, place: Place, zone: str) -> tuple[time, time]:
        """When the polls open and close on each polling day, if the voter's clock is `zone`.

        The precinct's hours come first, then a change for the state, then the table's if the
        campaign goes by it, then the campaign's own.
        """
        opens, closes = place.polls
        changed = [one for one in self.poll_hours if one.state == place.state]
        if changed:
            return opens or changed[-1].opens, closes or changed[-1].closes
        by_state = self.polls_by_state and self.country == "US"
        first, last = polls_of(place.state, zone) if by_state else (None, None)
        return opens or first or self.polls_open, closes or last or self.polls_close

    def zones_of(self, place: Place) -> tuple[str, ...]:
        """The place's zones; unknown: in the US all of its state, else Eastern, elsewhere the
        campaign's own."""
        if place.zones:
            return place.zones
        if self.country != "US":
            return (self.zone,)
        return zones_of_state(place.state) or (EASTERN,)

    def nowhere(self, place: Place) -> bool:
        """Whether a US voter may be anywhere in the country."""
        return self.country == "US" and not place.zones and not zones_of_state(place.state)

    def daily_cap(self, place: Place, channel: Channel) -> int | None:
        """The most attempts in 24 hours on a channel that a rule allows; None: no rule says."""
        return state_daily_cap(place.state, channel, self.country, self.calling_hours)

    def dark(self, channel: Channel) -> tuple[Interval, ...]:
        """The blackouts that close a channel."""
        found = []
        for one in self.blackouts:
            if not isinstance(one, Blackout):
                found.append(one)
            elif channel in one.channels:
                found.append((one.begins_at, one.ends_at))
        return tuple(found)


@lru_cache(maxsize=8192)
def votings(schedule: Schedule, place: Place) -> tuple[Voting, ...]:
    """When the polls are open for a place, on each clock that may be the voter's."""
    last = schedule.polling_day
    first = min(schedule.first_polling_day or last, last)
    found = []
    for zone in schedule.zones_of(place):
        opens, closes = schedule.polls_in(place, zone)
        opens_at, closes_at = instant(first, opens, zone), instant(last, closes, zone)
        found.append(Voting(zone, first, last, opens_at, closes_at))
    return tuple(found)


@lru_cache(maxsize=8192)
def silence(schedule: Schedule, place: Place, channel: Channel) -> Interval | None:
    """The election silence for a place on a channel, in UTC; None if there is none."""
    found = silence_on(channel, schedule.country, schedule.silences)
    return None if found is None else silent(found, votings(schedule, place))
