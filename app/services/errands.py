"""Errands of follow-through: which reminders and chases may be due now, where, on which channel."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.follow import (
    CHASE_EVERY,
    JUST_SAID,
    WAYS,
    Stretch,
    evening_of,
    hours_of_reminders,
    is_eve_of_polls,
    out_since,
    ways_first,
)
from app.domain.hours import Place, open_until
from app.domain.phase import PLEDGED, built_in
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR
from app.services.compose import NoScript, scripts_of
from app.services.release import can_afford_one, prices
from app.store import follow as stored
from app.store.follow import Who
from app.store.frames import Frame, place_names
from app.store.in_line import is_off
from app.store.universe_sql import Asking, where
from app.store.universes import questions

PAUSE = timedelta(minutes=1)
LONG_PAUSE = timedelta(minutes=5)
"""Where nobody is left, so long until the next look: it goes through many targets."""
FARTHEST = timedelta(days=2)
"""No reminder goes out earlier before the time of its voter than this."""

Dry = MutableMapping[tuple[int, str], datetime]
"""Campaign and errand → until when nobody needs to look; only spares work, and starts empty."""


@dataclass(frozen=True)
class Errand:
    """A purpose on one channel, for some people at places that share their hours."""

    purpose: str
    channel: Channel
    places: tuple[str, ...]  # as targets store them
    who: Who
    stretch: Stretch | None = None  # of a reminder
    pause: timedelta = timedelta(0)  # between two looks while nobody is left

    @property
    def name(self) -> str:
        """The same at the next look."""
        return f"{self.purpose} {self.channel.value} {self.places[0]}"


def errands_of(session: Session, frame: Frame, now: datetime, dry: Dry) -> Iterator[Errand]:
    """What may be due now, the most urgent first."""
    if all(frame.rules.pause(one, now) for one in WAYS):
        return
    soon = stored.any_plan(session, frame.id, now, now + FARTHEST)
    chased = stored.any_ballot_out(session, frame.schedule.polling_day)
    places = place_names(session, frame.id)
    eves = [place for place in places if is_eve_of_polls(frame.schedule, place, now)]
    if not (soon or chased or eves):
        return
    found = [
        *(_before_the_hour(session, frame, places, now) if soon else ()),
        *(_evening_before(session, frame, places if soon else eves, now)),
        *(_chases(frame, places, now) if chased else ()),
    ]
    purposes = {one.purpose for one in found}
    can = {purpose: _ways(session, frame, purpose, now) for purpose in sorted(purposes)}
    for one in found:
        for errand in _by_way(frame, one, can[one.purpose]):
            if not errand.pause or dry.get((frame.id, errand.name), now) <= now:
                yield errand


@dataclass(frozen=True)
class _Wish:
    """An errand whose channel is still open: for each place the channels on which it may go."""

    purpose: str
    who: Who
    ways: Mapping[str, tuple[Channel, ...]]  # by place
    stretch: Stretch | None = None
    pause: timedelta = timedelta(0)


def _open_ways(frame: Frame, place: Place, now: datetime) -> tuple[Channel, ...]:
    return tuple(one for one in WAYS if open_until(frame.schedule, place, one, now) is not None)


def _before_the_hour(
    session: Session, frame: Frame, places: Sequence[Place], now: datetime
) -> Iterator[_Wish]:
    due: dict[Stretch, dict[str, tuple[Channel, ...]]] = {}
    for place in places:
        for way in WAYS:
            for stretch in hours_of_reminders(frame.schedule, place, way, now):
                ways = due.setdefault(stretch, {})
                ways[place.key] = (*ways.get(place.key, ()), way)
    for stretch, at in sorted(due.items(), key=lambda item: (item[0].first, item[0].last)):
        if stored.any_plan(session, frame.id, stretch.first, stretch.last):
            # Who has only just told a time within the hour is not told it back at once.
            who = stored.with_a_time(stretch, REMIND_HOUR, now - JUST_SAID)
            yield _Wish(REMIND_HOUR, who, at, stretch)


def _evening_before(
    session: Session, frame: Frame, places: Sequence[Place], now: datetime
) -> Iterator[_Wish]:
    due: dict[Stretch, dict[str, tuple[Channel, ...]]] = {}
    eves: dict[Stretch, dict[str, tuple[Channel, ...]]] = {}
    for place in places:
        stretch = evening_of(frame.schedule, place, now)
        ways = _open_ways(frame, place, now) if stretch is not None else ()
        if stretch is None or not ways:
            continue
        due.setdefault(stretch, {})[place.key] = ways
        if is_eve_of_polls(frame.schedule, place, now):
            eves.setdefault(stretch, {})[place.key] = ways
    for stretch, at in sorted(due.items(), key=lambda item: item[0].first):
        if stored.any_plan(session, frame.id, stretch.first, stretch.last):
            who = stored.with_a_time(stretch, REMIND_EVE, now - JUST_SAID)
            yield _Wish(REMIND_EVE, who, at, stretch)
    if eves:
        asking = Asking(frame.schedule.polling_day, now, frame.schedule.country)
        pledged = where(session, built_in(PLEDGED, questions(session)), asking)
        who = stored.without_a_time(pledged, REMIND_EVE, now - JUST_SAID)
        for stretch, at in sorted(eves.items(), key=lambda item: item[0].first):
            yield _Wish(REMIND_EVE, who, at, stretch, PAUSE)


def _chases(frame: Frame, places: Sequence[Place], now: datetime) -> Iterator[_Wish]:
    day, until = frame.schedule.polling_day, out_since(frame.schedule, now)
    at = {place.key: _open_ways(frame, place, now) for place in places}
    who = stored.ballot_out(day, until, CHASE, now - CHASE_EVERY)
    yield _Wish(CHASE, who, at, pause=LONG_PAUSE)


def _by_way(frame: Frame, wish: _Wish, can: Sequence[Channel]) -> Iterator[Errand]:
    """The errands of a wish: on each channel the people whom no earlier one reaches."""
    groups: dict[tuple[Channel, ...], list[str]] = {}
    for place, ways in wish.ways.items():
        groups.setdefault(tuple(one for one in ways if one in can), []).append(place)
    for ways, places in sorted(groups.items()):
        for way, earlier in ways_first(ways):
            who = stored.unless_reached(wish.who, earlier, frame.schedule.country)
            at = tuple(sorted(places))
            yield Errand(wish.purpose, way, at, who, wish.stretch, wish.pause)


def _ways(session: Session, frame: Frame, purpose: str, now: datetime) -> list[Channel]:
    """The channels on which a campaign can do this now: with words, a sender that sends, money."""
    return (
        []
        if is_off(session, frame.id, purpose)
        else [one for one in WAYS if _can(session, frame, purpose, one, now)]
    )


def _can(session: Session, frame: Frame, purpose: str, channel: Channel, now: datetime) -> bool:
    if frame.rules.pause(channel, now) is not None:
        return False
    try:
        scripts_of(session, frame.id, channel, purpose)
    except NoScript:
        return False
    if channel is Channel.CALL:
        return True
    priced = prices(session, frame, channel, purpose)
    if priced is None or not can_afford_one(session, frame, priced, now):
        return False
    return stored.rate(session, frame.id, channel, now) > 0
