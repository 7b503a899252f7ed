"""Texts at the close: who stands in line when the polls close may vote, and one text says so."""

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.condition import Condition, Every, Group
from app.domain.hours import Place, open_until
from app.domain.phase import PLEDGED, built_in
from app.domain.purpose import IN_LINE
from app.domain.rush import IN_LINE_UNTIL, closes_of, may_be_near, room, says_stay
from app.services.release import Prices, allowed, can_afford_one, prices, put_out
from app.store import in_line as stored
from app.store.engine import Sessions, patiently
from app.store.frames import Frame, place_names, running_frames
from app.store.phase_people import condition_of
from app.store.phases import Phase
from app.store.pool import Candidate, Release
from app.store.pool_search import Search
from app.store.universe_sql import Asking, Where, where
from app.store.universes import questions

MOST_AT_ONCE = 1_000
AHEAD = timedelta(minutes=1)
"""So much work is kept ready for the senders: whoever votes meanwhile is not texted in vain."""
PAUSE = timedelta(minutes=1)
"""Where nobody is left, so long until the next look: it goes through all targets."""

Dry = MutableMapping[tuple[int, datetime], datetime]
"""Campaign and close → until when nobody needs to look; only spares work, and starts empty."""


def stay_in_line(sessions: Sessions, now: datetime, dry: Dry) -> int:
    """Releases "stay in line" texts where the polls close in 60 to 20 minutes; returns how many.

    At most one to a voter in a campaign, whatever runs twice or at once. Bars, caps, consent, hours
    and money hold as for every text. What goes wrong in one campaign is raised when all the others
    have had their turn.
    """
    with sessions() as session:
        frames = [one for one in running_frames(session) if may_be_near(one.schedule, now)]
        due = {frame.id: _due(session, frame, now) for frame in frames}
    total, wrong = 0, []
    for frame in frames:
        for close, places in due[frame.id].items():
            if dry.get((frame.id, close), now) > now:
                continue
            try:
                total += _all_of(sessions, frame, close, places, now, dry)
            except Exception as error:
                wrong.append(error)
    if wrong:
        raise wrong[0]
    return total


def _due(session: Session, frame: Frame, now: datetime) -> dict[datetime, list[Place]]:
    """The open places where it is time, by their close, the earliest first."""
    if frame.rules.pause(Channel.TEXT, now) is not None:
        return {}
    closes = closes_of(frame.schedule, place_names(session, frame.id))
    due: dict[datetime, list[Place]] = {}
    for place, close in sorted(closes.items(), key=lambda item: item[1]):
        if says_stay(close, now) and open_until(frame.schedule, place, Channel.TEXT, now):
            due.setdefault(close, []).append(place)
    return due


def _all_of(
    sessions: Sessions,
    frame: Frame,
    close: datetime,
    places: list[Place],
    now: datetime,
    dry: Dry,
) -> int:
    total, added = 0, MOST_AT_ONCE
    while added == MOST_AT_ONCE:
        added, is_dry = _part(sessions, frame, close, places, now)
        total += added
        if is_dry:
            dry[frame.id, close] = now + PAUSE
    return total


@patiently
def _part(
    sessions: Sessions, frame: Frame, close: datetime, places: list[Place], now: datetime
) -> tuple[int, bool]:
    """Releases up to MOST_AT_ONCE; how many, and whether nobody is left."""
    with sessions.begin() as session:
        per_second = stored.rate(session, frame.id, now)
        if not per_second or stored.is_off(session, frame.id):
            return 0, False
        if not stored.alone(session, frame.id):
            return 0, False
        priced = prices(session, frame, Channel.TEXT, IN_LINE)
        if priced is None or not can_afford_one(session, frame, priced, now):
            return 0, False
        waiting = stored.waiting(session, frame.id)
        soon = int(per_second * AHEAD.total_seconds())
        number = min(room(close, now, per_second, 1), max(soon, 1)) - waiting
        number = min(number, MOST_AT_ONCE)
        if number < 1:
            return 0, False
        found = allowed(
            session, frame, Channel.TEXT, list(_searches(session, frame, places, now)), number, now
        )
        is_dry = len(found) < number
        longest = max((_segments(priced, frame, item) for item in found), default=1)
        found = found[: max(room(close, now, per_second, longest) - waiting, 0)]
        releases = [_release(priced, frame, item, close, now) for item in found]
        return put_out(session, frame, Channel.TEXT, releases, now, IN_LINE), is_dry


def _segments(priced: Prices, frame: Frame, item: Candidate) -> int:
    return priced.segments(frame, item)


def _release(
    priced: Prices, frame: Frame, item: Candidate, close: datetime, now: datetime
) -> Release:
    """Due since the polls opened, so that it goes before every text that waits; over when it would
    come too late."""
    made = priced.release(frame, Channel.TEXT, item, now)
    opened = frame.schedule.polls_open_at(Place.of(item.place))
    until = min(made.expires_at, close - IN_LINE_UNTIL)
    return replace(made, due_at=min(opened, now), expires_at=until)


def _searches(
    session: Session, frame: Frame, places: list[Place], now: datetime
) -> Iterator[Search]:
    """Those marked in a round that is on; those of today's rounds and those who pledged; all."""
    keys = [place.key for place in places]
    midnight = datetime.combine(
        frame.schedule.polling_day, time.min, ZoneInfo(frame.schedule.zone)
    ).astimezone(UTC)
    rounds = [
        session.get_one(Phase, one) for one in stored.rounds_of(session, frame.id, midnight, now)
    ]
    for phase in rounds:
        if phase.ends_at > now:
            yield Search(keys, phase.id, never=IN_LINE, at_once=True)
    first = _first(session, frame, rounds, now)
    if first is not None:
        yield Search(keys, only=first, never=IN_LINE, at_once=True)
    yield Search(keys, never=IN_LINE, at_once=True)


def _first(session: Session, frame: Frame, rounds: list[Phase], now: datetime) -> Where | None:
    """On voters v, those of today's rounds or who pledged; None when a round is everybody's."""
    asked: list[Condition] = [built_in(PLEDGED, questions(session))]
    for phase in rounds:
        condition = condition_of(session, phase.filter)
        if condition is None:
            return None
        asked.append(condition)
    asking = Asking(frame.schedule.polling_day, now, frame.schedule.country)
    return where(session, Group(Every.ANY, tuple(asked)), asking)
