"""Reserve universes: whose voters become targets once the campaign's own have all been tried."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.bar import NEEDS_CONSENT, NEEDS_CONSENT_IN
from app.domain.channel import Channel
from app.domain.condition import BadUniverse
from app.domain.hours import open_intervals
from app.domain.universe import Universe
from app.services.release import anybody
from app.store import reserves as stored
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.frames import Frame, places_in
from app.store.people import AuditEntry
from app.store.phase_people import kept
from app.store.pool_left import anybody_left
from app.store.reserves import Reserve
from app.store.universe_sql import Asking
from app.store.universes import add_targets

log = structlog.get_logger()
LONGEST_NAME = 80


class ReserveRefused(ValueError):
    """A reserve universe that cannot be; the message says what to do."""


def open_reserves(
    sessions: Sessions, frame: Frame, channel: Channel, now: datetime, *, patient: bool = False
) -> bool:
    """`open_reserve` in a transaction of its own."""
    with sessions.begin() as session:
        return open_reserve(session, frame, channel, now, patient=patient)


def open_reserve(
    session: Session, frame: Frame, channel: Channel, now: datetime, *, patient: bool = False
) -> bool:
    """Makes the voters of the next reserve universe targets, if nobody else may be tried on the
    channel now and, where it is `patient`, none of them before the polls close either; whether it
    did and anybody came.

    One at a time: whoever comes second waits, finds the people of the first, and opens nothing.
    One that adds nobody gives way to the next. What is open stays open.
    """
    while (reserve := stored.next_closed(session, frame.id)) is not None:
        frame.look_anew()  # while this waited, another may have opened one
        if anybody(session, frame, channel, now):
            return False
        if patient and _somebody_waits(session, frame, channel, now):
            return False
        if _open(session, frame, reserve, now):
            frame.look_anew()
            return True
    return False


def _somebody_waits(session: Session, frame: Frame, channel: Channel, now: datetime) -> bool:
    """Whether a rest, today's cap or a touch in the queue is all that keeps somebody from being
    tried, and ends before the channel closes for good at their place."""
    schedule, last = frame.schedule, {}
    for place in places_in(session, frame):
        until = schedule.polls_close_at(place)
        if opened := open_intervals(schedule, place, channel, now, until):
            last[place.key] = opened[-1][1]
    return anybody_left(
        session,
        frame.id,
        channel,
        last,
        now=now,
        daily_cap=frame.rules.daily_cap,
        total_cap=frame.rules.total_cap,
        needs_consent=channel in NEEDS_CONSENT_IN.get(schedule.country, NEEDS_CONSENT),
    )


def _open(session: Session, frame: Frame, reserve: Reserve, now: datetime) -> int:
    campaign = session.get_one(Campaign, frame.id)
    asking = Asking(campaign.polling_day, now, campaign.country)
    problem = ""
    try:
        universe = Universe.from_json(dict(reserve.filter))
        stored.read_whole_tables(session)
        reserve.people = add_targets(
            session, campaign.id, universe, asking, salience=campaign.salience
        )
    except BadUniverse as refused:
        problem = str(refused)
    reserve.opened_at = now
    details = {"name": reserve.name, "rank": reserve.rank, "people": reserve.people}
    if problem:
        details["problem"] = problem
    session.add(_entry("reserve universe opened", reserve, details, None, now))
    session.flush()
    log.info("reserve opened", campaign=campaign.id, rank=reserve.rank, people=reserve.people)
    return reserve.people


def add(
    sessions: Sessions,
    campaign_id: int,
    name: str,
    said: dict[str, Any],
    *,
    by: int | None,
    now: datetime,
) -> int:
    """Adds a reserve universe after those that are there, as the universe is now; its id. Raises
    ReserveRefused."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ReserveRefused(f"Give it a name of at most {LONGEST_NAME} characters.")
    with sessions.begin() as session:
        # Locked, so that two who add at once get different ranks.
        session.scalars(select(Campaign).where(Campaign.id == campaign_id).with_for_update()).one()
        there = stored.reserves_of(session, campaign_id)
        if any(one.name == name and one.opened_at is None for one in there):
            raise ReserveRefused(f"“{name}” is in the list already.")
        try:
            whom = kept(session, said)
        except BadUniverse as refused:
            raise ReserveRefused(f"{str(refused)[:1].upper()}{str(refused)[1:]}.") from refused
        rank = max((one.rank for one in there), default=0) + 1
        reserve = Reserve(campaign_id=campaign_id, rank=rank, name=name, filter=whom)
        session.add(reserve)
        session.flush()
        details = {"name": name, "rank": rank, "filter": whom}
        session.add(_entry("reserve universe added", reserve, details, by, now))
        return reserve.id


def remove(
    sessions: Sessions, campaign_id: int, reserve_id: int, *, by: int | None, now: datetime
) -> str:
    """Takes a reserve universe off the list and returns its name; raises ReserveRefused for one
    that is open."""
    with sessions.begin() as session:
        reserve = _closed(session, campaign_id, reserve_id)
        details = {"name": reserve.name, "rank": reserve.rank}
        session.add(_entry("reserve universe removed", reserve, details, by, now))
        session.delete(reserve)
        return reserve.name


def move_up(
    sessions: Sessions, campaign_id: int, reserve_id: int, *, by: int | None, now: datetime
) -> str:
    """Lets a reserve universe change places with the closed one before it, and returns its name;
    the first stays first. Raises ReserveRefused."""
    with sessions.begin() as session:
        reserve = _closed(session, campaign_id, reserve_id)
        before = stored.closed_before(session, reserve)
        if before is not None:
            stored.swap(session, before, reserve)
            details = {"name": reserve.name, "rank": reserve.rank}
            session.add(_entry("reserve universe moved", reserve, details, by, now))
        return reserve.name


def _closed(session: Session, campaign_id: int, reserve_id: int) -> Reserve:
    reserve = session.get(Reserve, reserve_id, with_for_update=True, populate_existing=True)
    if reserve is None or reserve.campaign_id != campaign_id:
        raise ReserveRefused("This reserve universe is gone; somebody removed it.")
    if reserve.opened_at is not None:
        raise ReserveRefused("This reserve universe is open; its voters are targets and stay so.")
    return reserve


def _entry(
    action: str, reserve: Reserve, details: dict[str, Any], by: int | None, now: datetime
) -> AuditEntry:
    subject = f"campaign:{reserve.campaign_id}"
    return AuditEntry(at=now, user_id=by, action=action, subject=subject, details=details)
