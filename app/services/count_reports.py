"""Count reports: each day of each campaign again while anything in it may change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.domain.condition import BadUniverse, names_in
from app.domain.local import instant
from app.domain.universe import Universe
from app.store import report_counts as counts
from app.store.blasts import Blast
from app.store.campaigns import Campaign
from app.store.engine import Sessions, patiently
from app.store.phases import Phase
from app.store.report_counts import WHOLE, Day
from app.store.reserves import Reserve
from app.store.saved_universes import SavedUniverse
from app.store.universe_sql import Asking, where
from app.store.universes import resolve

OFTEN = timedelta(minutes=1)
"""Between two counts of a day in which something happens, in machine time."""
SELDOM = timedelta(minutes=15)
"""Between two counts of a day that is quiet or past."""
A_MINUTE = 100_000
"""A day waits a minute more for each so many attempts, since counting them takes seconds."""
QUIET = timedelta(minutes=30)
"""Without an attempt for so long (campaign time) a day is quiet."""
SETTLED = timedelta(days=3)
"""So long after its end nothing in a day changes: prices are booked after one (custom)."""
AFTERWARDS = timedelta(days=14)
"""Days after polling day that are counted."""
MOST_DAYS = 2
"""Days of a campaign counted in one run; the next run goes on, so that none takes minutes."""
MOST_UNIVERSES = 12
"""Universes counted for one campaign; those that its own filters name come first."""


@dataclass(frozen=True)
class _Known:
    """What is known of a day that was counted."""

    counted_at: datetime
    final: bool
    attempts: int


def count_reports(
    sessions: Sessions, now: datetime, wall: datetime, *, most: int = MOST_DAYS
) -> int:
    """Counts the days that are due, the latest first and `most` of a campaign, and the sum of its
    days; returns how many were counted.

    Level-triggered: a day is due until it was counted three days after its end. Run twice or by
    two workers at once it writes the same. What goes wrong with one day is raised when all the
    others have had their turn.
    """
    done, wrong = 0, list[Exception]()
    with sessions() as session:
        campaigns = session.scalars(
            select(Campaign).where(Campaign.state != "draft").order_by(Campaign.id)
        ).all()
        known = _known(session)
    for campaign in campaigns:
        try:
            days = islice(_due(sessions, campaign, known, now, wall), most)
            counted = sum(_count(sessions, campaign, day, now, wall) for day in days)
            if counted or _behind(known, campaign.id):
                _sum(sessions, campaign.id)
            done += counted
        except Exception as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    return done


Known = Mapping[tuple[int, date], _Known]


def _known(session: Session) -> Known:
    return {
        (campaign, day): _Known(counted_at, final, attempts)
        for campaign, day, counted_at, final, attempts in counts.states(session)
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
                last = counts.last_attempt(session, of)
            if wall - state.counted_at >= _wait(state, of, last, now):
                yield of


def _wait(state: _Known, of: Day, last: datetime | None, now: datetime) -> timedelta:
    """How long after its last count a day is counted again."""
    busy = last is not None and now - last < QUIET
    heavy = OFTEN * (state.attempts / A_MINUTE)
    return max(heavy, OFTEN if busy or now < of.begin + QUIET else SELDOM)


@patiently
def _count(sessions: Sessions, campaign: Campaign, of: Day, now: datetime, wall: datetime) -> bool:
    """Counts one day in one transaction; False when somebody else does, or has just done so."""
    with sessions.begin() as session:
        # One snapshot for all parts, so that their sums agree.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        if not counts.hold(session, campaign.id, of.day):
            return False
        before = counts.counted_at(session, campaign.id, of.day)
        if before is not None and wall - before < OFTEN:
            return False
        counts.forget(session, campaign.id, of.day)
        if counts.last_attempt(session, of) is not None:
            counts.count_attempts(session, of)
            _count_universes(session, campaign, of, now)
        counts.count_answers(session, of)
        counts.count_opt_outs(session, of)
        counts.mark(session, campaign.id, of.day, wall, final=now >= of.end + SETTLED)
        return True


def _count_universes(session: Session, campaign: Campaign, of: Day, now: datetime) -> None:
    asking = Asking(campaign.polling_day, now, campaign.country)
    for universe in universes_of(session, campaign):
        try:
            condition = resolve(session, Universe.from_json(universe.filter).condition)
            inside = where(session, condition, asking)
            with session.begin_nested():
                counts.count_universe(session, of, universe.id, inside)
        except BadUniverse:
            continue  # it names one that is gone; its page says so
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != "57014":  # took too long
                raise


def universes_of(session: Session, campaign: Campaign) -> list[SavedUniverse]:
    """The saved universes that reports count: those that the campaign's own filter, blasts,
    phases and reserves name, then the newest others, MOST_UNIVERSES in all."""
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
    return sorted(saved, key=lambda one: one.name not in named)[:MOST_UNIVERSES]


def _behind(known: Known, campaign_id: int) -> bool:
    """Whether a day was counted after the days were last added up."""
    days = [one.counted_at for (of, day), one in known.items() if of == campaign_id and day > WHOLE]
    whole = known.get((campaign_id, WHOLE))
    return bool(days) and (whole is None or max(days) > whole.counted_at)


@patiently
def _sum(sessions: Sessions, campaign_id: int) -> None:
    """Adds a campaign's days up."""
    with sessions.begin() as session:
        counts.wait_for(session, campaign_id)
        until = counts.last_counted(session, campaign_id)
        if until is not None:
            counts.sum_up(session, campaign_id)
            counts.mark(session, campaign_id, WHOLE, until, final=True)
