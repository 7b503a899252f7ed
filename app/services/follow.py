"""Follow through: reminders of voting plans, and the chase of mail ballots that are out."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.bar import bar
from app.domain.channel import Channel
from app.domain.follow import (
    CHASE_EVERY,
    HOUR,
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
from app.domain.purpose import CHASE, REMIND_EVE, REMIND_HOUR, waits_for_no_rest
from app.domain.touch import TouchState
from app.services.compose import NoScript, scripts_of
from app.services.release import Prices, allowed, can_afford_one, prices, put_out
from app.store import follow as stored
from app.store.engine import Sessions, patiently
from app.store.facts import facts_of
from app.store.frames import Frame, place_names, running_frames
from app.store.in_line import is_off
from app.store.pool import Candidate, Release, end_pending
from app.store.pool_search import Search
from app.store.universe_sql import Asking, Where, where
from app.store.universes import questions

MOST_AT_ONCE = 1_000
AHEAD = timedelta(minutes=1)
"""So much work is kept ready for the senders: whoever votes meanwhile is not reminded in vain."""
CALLS_AHEAD = 200
"""So many calls of a purpose wait in the pool at most: they are worth nothing after their time."""
FIRST = 2.0
"""Added to the value of a reminder by call, so that it stands before the calls of the ramp."""
PAUSE = timedelta(minutes=1)
LONG_PAUSE = timedelta(minutes=5)
"""Where nobody is left, so long until the next look: it goes through many targets."""
FARTHEST = timedelta(days=2)
"""No reminder goes out earlier before the time of its voter than this."""

IN_THE_WAY = "a reminder takes its place"
Dry = MutableMapping[tuple[int, str], datetime]
"""Campaign and errand → until when nobody needs to look; only spares work, and starts empty."""


@dataclass(frozen=True)
class Errand:
    """A purpose on one channel, for some people at places that share their hours."""

    purpose: str
    channel: Channel
    places: tuple[str, ...]  # as targets store them
    who: Where
    stretch: Stretch | None = None  # of a reminder
    pause: timedelta = timedelta(0)  # between two looks while nobody is left

    @property
    def name(self) -> str:
        """The same at the next look."""
        return f"{self.purpose} {self.channel.value} {self.places[0]}"


def follow_through(sessions: Sessions, now: datetime, dry: Dry) -> int:
    """Releases the reminders and chases that are due; returns how many.

    At most one reminder of each kind to a voter and one chase in CHASE_EVERY, whatever runs twice
    or at once. Bars, caps, consent, hours and money hold as for every touch. What goes wrong in
    one campaign is raised when all the others have had their turn.
    """
    total, wrong = 0, []
    with sessions() as session:
        frames = running_frames(session)
    for frame in frames:
        try:
            total += _campaign(sessions, frame, now, dry)
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return total


def _campaign(sessions: Sessions, frame: Frame, now: datetime, dry: Dry) -> int:
    with sessions() as session:
        errands = list(_errands(session, frame, now, dry))
    total = 0
    for errand in errands:
        added = MOST_AT_ONCE
        while added == MOST_AT_ONCE:
            added, is_dry = _part(sessions, frame, errand, now)
            total += added
            if is_dry and errand.pause:
                dry[frame.id, errand.name] = now + errand.pause
    return total


def _errands(session: Session, frame: Frame, now: datetime, dry: Dry) -> Iterator[Errand]:
    """What may be due now, the most urgent first."""
    paused = frame.rules.paused_until
    if paused is not None and now < paused:
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
    who: Where
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
    try:
        scripts_of(session, frame.id, channel, purpose)
    except NoScript:
        return False
    if channel is Channel.CALL:
        return True
    priced = prices(session, frame, channel, purpose)
    if priced is None or not can_afford_one(session, frame, priced, now):
        return False
    return stored.rate(session, frame.id, channel) > 0


@patiently
def _part(sessions: Sessions, frame: Frame, errand: Errand, now: datetime) -> tuple[int, bool]:
    """Releases up to MOST_AT_ONCE; how many, and whether nobody is left."""
    with sessions.begin() as session:
        priced = prices(session, frame, errand.channel, errand.purpose)
        if priced is None or not stored.alone(session, frame.id):
            return 0, False
        number = _room(session, frame, errand)
        if number < 1:
            return 0, False
        at_once = waits_for_no_rest(errand.purpose)
        if at_once:
            _clear_the_way(session, frame, errand, number, now)
        search = Search(list(errand.places), only=errand.who, at_once=at_once)
        found = allowed(session, frame, errand.channel, [search], number, now)
        times = stored.still(session, frame.id, errand.who, [item.voter_id for item in found])
        releases = [
            _release(priced, frame, errand, item, times[item.voter_id], now)
            for item in found
            if item.voter_id in times
        ]
        added = put_out(session, frame, errand.channel, releases, now, errand.purpose)
        return added, len(found) < number


def _room(session: Session, frame: Frame, errand: Errand) -> int:
    """How many more are worth having ready: a minute's work for the senders, a pool of calls."""
    most = CALLS_AHEAD
    if errand.channel is not Channel.CALL:
        per_second = stored.rate(session, frame.id, errand.channel)
        most = max(int(per_second * AHEAD.total_seconds()), 1)
    waiting = stored.waiting(session, frame.id, errand.channel, errand.purpose)
    return min(most - waiting, MOST_AT_ONCE)


def _clear_the_way(
    session: Session, frame: Frame, errand: Errand, number: int, now: datetime
) -> None:
    """Ends what waits of the ramp for those who are to be reminded: one open touch a voter and
    channel, one open call a household. The ramp gets its place back."""
    found = stored.in_the_way(session, frame.id, errand.channel, errand.places, errand.who, number)
    facts = facts_of(session, frame.id, errand.channel, [voter for _, voter in found], now)
    free = {
        voter
        for voter, known in facts.items()
        if bar(replace(known, next_at=None), errand.channel, now, frame.rules) is None
    }
    end_pending(
        session,
        "ids",
        ids=[touch for touch, voter in found if voter in free],
        state=TouchState.CANCELED,
        reason=IN_THE_WAY,
        now=now,
    )


def _release(
    priced: Prices,
    frame: Frame,
    errand: Errand,
    item: Candidate,
    votes_at: datetime | None,
    now: datetime,
) -> Release:
    """Due since its stated time, so that it goes before what was released later; over when it
    would come too late."""
    made = priced.release(frame, errand.channel, item, now)
    if errand.stretch is None:
        return made
    due, until = errand.stretch.due_at, errand.stretch.until
    if votes_at is not None:
        due, until = due or votes_at - HOUR, until or votes_at
    first = replace(item, value=item.value + FIRST) if errand.channel is Channel.CALL else item
    return replace(
        made,
        candidate=first,
        due_at=min(due or now, now),
        expires_at=min(made.expires_at, until or made.expires_at),
    )
