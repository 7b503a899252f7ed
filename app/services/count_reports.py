"""Count reports: each day of each campaign again while anything in it may change."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.condition import BadUniverse, names_in
from app.domain.local import instant
from app.domain.universe import Universe
from app.store.blasts import Blast
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.phases import Phase
from app.store.report_counts import hours as by_hour
from app.store.report_counts import states
from app.store.report_counts.answers import count_answers, count_opt_outs
from app.store.report_counts.day import WHOLE, Day
from app.store.report_counts.hours import Hour
from app.store.report_counts.sums import sum_days, sum_hours, wait_for
from app.store.reserves import Reserve
from app.store.saved_universes import SavedUniverse
from app.store.universe_sql import Asking, Where, where
from app.store.universes import resolve

OFTEN = timedelta(minutes=1)
"""Between two counts of a day in which something happens, in machine time."""
SELDOM = timedelta(minutes=15)
"""Between two counts of a day that is quiet or past."""
A_MINUTE = 100_000
"""A day waits a minute more for each so many attempts of its last hour, which are counted each
time."""
QUIET = timedelta(minutes=30)
"""Without an attempt for so long (campaign time) a day is quiet."""
SETTLED = timedelta(days=3)
"""So long after its end nothing in a day changes: prices are booked after one (custom)."""
AFTERWARDS = timedelta(days=14)
"""Days after polling day that are counted."""
OF_ITS_AGE = 8
"""An hour that is over is counted again after this part of the time since: what becomes of a text
is mostly known within minutes, and a price within a day."""
A_RUN = 50_000
"""Attempts counted in one run, about; the next run goes on, so that none takes minutes."""
MOST_UNIVERSES = 30
"""Universes counted for one campaign; those that its own filters name come first."""


@dataclass(frozen=True)
class _Known:
    """What is known of a day that was counted."""

    counted_at: datetime
    final: bool


def count_reports(sessions: Sessions, now: datetime, wall: datetime, *, most: int = A_RUN) -> int:
    """Counts what is due, of a campaign the latest day first and about `most` attempts, and the sum
    of its days; returns how many days were written.

    Level-triggered: a day is due until it was counted three days after its end; of its hours those
    are counted again in which something may have changed. Run twice or by two workers at once it
    writes the same. What goes wrong with one campaign is raised when all the others have had their
    turn.
    """
    done, wrong = 0, list[Exception]()
    with sessions() as session:
        campaigns = session.scalars(
            select(Campaign).where(Campaign.state != "draft").order_by(Campaign.id)
        ).all()
        known = _known(session)
    for campaign in campaigns:
        try:
            counted = _count_campaign(sessions, campaign, known, now, wall, most)
            if counted or _behind(known, campaign.id):
                _sum(sessions, campaign.id)
            done += counted
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return done


def _count_campaign(
    sessions: Sessions, campaign: Campaign, known: "Known", now: datetime, wall: datetime, most: int
) -> int:
    """Counts days that are due until about `most` attempts are; how many were written."""
    written = 0
    for of in _due(sessions, campaign, known, now, wall):
        if most <= 0:
            break
        done = _count(sessions, campaign, of, now, wall, most)
        written += done.written
        most -= done.attempts
    return written


Known = Mapping[tuple[int, date], _Known]


def _known(session: Session) -> Known:
    return {
        (campaign, day): _Known(counted_at, final)
        for campaign, day, counted_at, final in states.states(session)
    }


def day_of(campaign: Campaign, day: date) -> Day:
    """A day on the campaign's own clock, with its instants."""
    begin, end = (instant(each, time.min, campaign.zone) for each in (day, day + timedelta(days=1)))
    return Day(campaign.id, day, begin, end, campaign.zone)


def days_of(campaign: Campaign, now: datetime) -> list[date]:
    """The campaign's days from its start until today, or until a while after polling day."""
    zone = ZoneInfo(campaign.zone)
    first = campaign.starts_at.astimezone(zone).date()
    last = min(now.astimezone(zone).date(), campaign.polling_day + AFTERWARDS)
    return [first + timedelta(days=at) for at in range((last - first).days + 1)]


def _due(
    sessions: Sessions, campaign: Campaign, known: Known, now: datetime, wall: datetime
) -> Iterator[Day]:
    """The days to count now, the latest first: it is the one that people look at."""
    for day in reversed(days_of(campaign, now)):
        state = known.get((campaign.id, day))
        of = day_of(campaign, day)
        if state is None:
            yield of
        elif not state.final and wall - state.counted_at >= OFTEN:
            with sessions() as session:
                last, attempts = states.last_attempt(session, of), by_hour.last_hour(session, of)
            if wall - state.counted_at >= _wait(of, last, attempts, now):
                yield of


def _wait(of: Day, last: datetime | None, attempts: int, now: datetime) -> timedelta:
    """How long after its last count a day is counted again; `attempts` are those of its last
    hour."""
    busy = last is not None and now - last < QUIET
    heavy = OFTEN * (attempts / A_MINUTE)
    return max(heavy, OFTEN if busy or now < of.begin + QUIET else SELDOM)


@dataclass(frozen=True)
class _Done:
    """What came of looking at a day."""

    written: bool  # False: somebody else counts it, or some of its hours must wait
    attempts: int = 0


@patiently
def _count(
    sessions: Sessions, campaign: Campaign, of: Day, now: datetime, wall: datetime, most: int
) -> _Done:
    """Counts in one transaction the hours of a day that are due, about `most` attempts of them, and
    the day as their sum; while some were never counted the day waits."""
    with sessions.begin() as session:
        # One snapshot for all parts, so that their sums agree.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        if not states.hold(session, campaign.id, of.day):
            return _Done(written=False)
        before = states.counted_at(session, campaign.id, of.day)
        if before is not None and wall - before < OFTEN:
            return _Done(written=False)
        settled = now >= of.end + SETTLED
        hours = by_hour.hours_of(session, of)
        due = [one for one in hours if _again(one, settled, wall, newest=one is hours[0])]
        taken = list(_within(due, most))
        asked = _asked(session, campaign, now) if taken else []
        for hour in taken:
            by_hour.count_hour(session, of, hour)
            _count_universes(session, of, hour, asked)
            by_hour.mark_hour(session, of, hour, now, wall, final=settled)
        attempts = sum(one.attempts for one in taken)
        if any(one.counted_at is None or settled for one in due[len(taken) :]):
            return _Done(written=False, attempts=attempts)
        sum_hours(session, of)
        count_answers(session, of)
        count_opt_outs(session, of)
        states.mark(session, campaign.id, of.day, wall, final=settled)
        if settled:
            by_hour.forget_hours(session, of)
        return _Done(written=True, attempts=attempts)


def _again(hour: Hour, settled: bool, wall: datetime, *, newest: bool) -> bool:
    """Whether an hour is to be counted again: the longer it is over, the more seldom; the newest
    with its day; and once when nothing in it can change any more."""
    if settled:
        return not hour.final
    if hour.counted_at is None:
        return True
    age = wall - (hour.closed_at or wall)
    return wall - hour.counted_at >= (OFTEN if newest else max(OFTEN, age / OF_ITS_AGE))


def _within(hours: Sequence[Hour], most: int) -> Iterator[Hour]:
    """The first of these hours, until they have `most` attempts; at least one."""
    for hour in hours:
        if most <= 0:
            return
        most -= hour.attempts
        yield hour


def _asked(session: Session, campaign: Campaign, now: datetime) -> list[tuple[int, Where]]:
    """The universes that are counted, and what their voters meet."""
    asking, found = Asking(campaign.polling_day, now, campaign.country), []
    for universe in universes_of(session, campaign)[:MOST_UNIVERSES]:
        with suppress(BadUniverse):  # it names one that is gone; its page says so
            condition = resolve(session, Universe.from_json(universe.filter).condition)
            found.append((universe.id, where(session, condition, asking)))
    return found


def _count_universes(
    session: Session, of: Day, hour: Hour, asked: Sequence[tuple[int, Where]]
) -> None:
    for universe_id, inside in asked:
        try:
            with session.begin_nested():
                by_hour.count_universe(session, of, hour, universe_id, inside)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != "57014":  # took too long
                raise


def universes_of(session: Session, campaign: Campaign) -> list[SavedUniverse]:
    """The saved universes, those that the campaign's own filter, blasts, phases and reserves name
    first, then the newest; reports count the first MOST_UNIVERSES of them."""
    filters = [campaign.universe]
    for table in (Blast, Phase, Reserve):
        filters += session.scalars(select(table.filter).where(table.campaign_id == campaign.id))
    named: set[str] = set()
    for one in filters:
        try:
            named |= names_in(Universe.from_json(one or {}).condition)
        except BadUniverse:
            continue
    saved = session.scalars(select(SavedUniverse).order_by(SavedUniverse.id.desc())).all()
    return sorted(saved, key=lambda one: one.name not in named)


def _behind(known: Known, campaign_id: int) -> bool:
    """Whether a day was counted after the days were last added up."""
    days = [one.counted_at for (of, day), one in known.items() if of == campaign_id and day > WHOLE]
    whole = known.get((campaign_id, WHOLE))
    return bool(days) and (whole is None or max(days) > whole.counted_at)


@patiently
def _sum(sessions: Sessions, campaign_id: int) -> None:
    """Adds a campaign's days up."""
    with sessions.begin() as session:
        wait_for(session, campaign_id)
        until = states.last_counted(session, campaign_id)
        if until is not None:
            sum_days(session, campaign_id)
            states.mark(session, campaign_id, WHOLE, until, final=True)
