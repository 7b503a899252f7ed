"""A volunteer's own shifts: which they have, which they may take, and taking one back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from app.domain.channel import Channel
from app.domain.report import ShiftNeed
from app.services import plans
from app.services.shifts import (
    Held,
    NewShift,
    ShiftRefused,
    add_shift,
    remove_shift,
    shift_entry,
)
from app.store.campaigns import Campaign
from app.store.engine import Sessions
from app.store.people import AuditEntry
from app.store.shifts import Shift

REMOVED = "shift removed"
"""As services/shifts.py writes it to the audit log."""
OFFERED_BEFORE = timedelta(days=1)
"""Whoever cancels so shortly before the begin leaves a gap that a few others are asked to fill.
What is canceled earlier stands with the hours that need people."""
GIVEN_UP = "shift given up"
"""A shift that has begun is not taken off: it stands as missed, so that others are asked."""


@dataclass(frozen=True)
class Mine:
    """A shift of one's own, or one that was."""

    id: int
    campaign_id: int
    campaign: str
    zone: str  # IANA, of the campaign's clock
    channel: Channel
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime | None  # None: it was taken off, by oneself or an organizer


def upcoming(session: Session, user_id: int, now: datetime) -> list[Mine]:
    """Those that are on or still to come, in the order in which they begin."""
    rows = session.execute(
        select(Shift, Campaign)
        .join(Campaign, Campaign.id == Shift.campaign_id)
        .where(Shift.user_id == user_id, Shift.ends_at > now, ~_given_up())
        .order_by(Shift.starts_at, Shift.id)
    )
    return [_mine(shift, campaign) for shift, campaign in rows]


def one_of(session: Session, user_id: int, shift_id: int) -> Mine | None:
    """One shift of this person, past ones too; one that was taken off as the audit log has it."""
    row = session.execute(
        select(Shift, Campaign, _given_up())
        .join(Campaign, Campaign.id == Shift.campaign_id)
        .where(Shift.id == shift_id, Shift.user_id == user_id)
    ).first()
    if row is None:
        return _removed(session, user_id, shift_id)
    shift, campaign, gone = row
    return replace(_mine(shift, campaign), booked_at=None) if gone else _mine(shift, campaign)


def open_blocks(session: Session, campaign_id: int, user_id: int, now: datetime) -> list[ShiftNeed]:
    """The blocks for which the plan in force has too few people, and in which this person has no
    shift yet; in the order of time."""
    made = plans.latest(session, campaign_id)
    if made is None:
        return []
    zone = ZoneInfo(session.get_one(Campaign, campaign_id).zone)
    taken = upcoming(session, user_id, now)
    return sorted(
        (
            need
            for need in made.report.shifts
            if need.short
            and need.ends_at > now
            and _within_a_day(need, zone)
            and not any(s.starts_at < need.ends_at and s.ends_at > need.begins_at for s in taken)
        ),
        key=lambda need: (need.begins_at, need.channel),
    )


def need_of(session: Session, shift: Mine) -> ShiftNeed | None:
    """What the plan in force says of the block that a shift is in; None if it says nothing."""
    made = plans.latest(session, shift.campaign_id)
    blocks = made.report.shifts if made is not None else ()
    return next(
        (
            need
            for need in blocks
            if need.channel is shift.channel
            and need.begins_at < shift.ends_at
            and need.ends_at > shift.starts_at
        ),
        None,
    )


def take_block(
    sessions: Sessions,
    campaign_id: int,
    user_id: int,
    block: tuple[Channel, datetime, datetime],
    *,
    now: datetime,
    wall: datetime,
) -> Held:
    """Books a volunteer for a block that needs people; the same asked for twice is there once.

    Raises ShiftRefused, also for hours that the plan does not ask anybody for: who wants others
    talks to an organizer.
    """
    channel, begins_at, ends_at = block
    with sessions() as session:
        zone = ZoneInfo(session.get_one(Campaign, campaign_id).zone)
        offered = any(
            (need.channel, need.begins_at, need.ends_at) == block
            for need in open_blocks(session, campaign_id, user_id, now)
        )
        has = any(
            (one.channel, one.starts_at, one.ends_at) == block
            for one in upcoming(session, user_id, now)
        )
    if ends_at <= now:
        raise ShiftRefused("day", "This is past; choose hours to come.", "past")
    if not offered and not has:
        raise ShiftRefused("day", "Nobody more is needed then.", "enough")
    first, last = begins_at.astimezone(zone), ends_at.astimezone(zone)
    asked = NewShift(user_id, first.date(), first.time(), last.time(), channel)
    return add_shift(sessions, campaign_id, asked, by=user_id, now=now, wall=wall)


def cancel(
    sessions: Sessions, user_id: int, shift_id: int, *, now: datetime, wall: datetime
) -> Mine | None:
    """Takes a shift of one's own out and returns it; None when there is none any more.

    One that has begun, and to which they did not come, stands as missed from now on, and the place
    of one that begins within OFFERED_BEFORE is free: others are asked to step in. Raises
    ShiftRefused for one that is over.
    """
    with sessions() as session:
        shift = one_of(session, user_id, shift_id)
    if shift is None or shift.booked_at is None:
        return shift
    if shift.starts_at <= now < shift.ends_at and _give_up(sessions, shift, user_id, now, wall):
        return replace(shift, booked_at=None)
    soon = now < shift.starts_at <= now + OFFERED_BEFORE
    remove_shift(
        sessions, shift.campaign_id, shift_id, by=user_id, now=now, wall=wall, to_others=soon
    )
    return shift


def _give_up(sessions: Sessions, mine: Mine, by: int, now: datetime, wall: datetime) -> bool:
    """Lets a shift stand as missed; False for one to which they came, or that is gone."""
    with sessions.begin() as session:
        shift = session.scalar(select(Shift).where(Shift.id == mine.id).with_for_update())
        if shift is None or shift.came_at is not None:
            return False
        shift.missed_at = shift.missed_at or now
        session.add(shift_entry(wall, by, GIVEN_UP, shift))
        return True


def _given_up() -> ColumnElement[bool]:
    """Whether whoever has the shift said that they cannot come to it."""
    subject = func.concat("shift:", Shift.id)
    return exists().where(AuditEntry.subject == subject, AuditEntry.action == GIVEN_UP)


def _mine(shift: Shift, campaign: Campaign) -> Mine:
    return Mine(
        shift.id,
        campaign.id,
        campaign.name,
        campaign.zone,
        shift.channel,
        shift.starts_at,
        shift.ends_at,
        shift.created_at,
    )


def _removed(session: Session, user_id: int, shift_id: int) -> Mine | None:
    entry = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"shift:{shift_id}", AuditEntry.action == REMOVED)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    ).first()
    if entry is None or entry.details["person"] != user_id:
        return None
    campaign = session.get(Campaign, entry.details["campaign"])
    if campaign is None:
        return None
    return Mine(
        shift_id,
        campaign.id,
        campaign.name,
        campaign.zone,
        Channel(entry.details["channel"]),
        datetime.fromisoformat(entry.details["starts_at"]),
        datetime.fromisoformat(entry.details["ends_at"]),
        None,
    )


def _within_a_day(need: ShiftNeed, zone: ZoneInfo) -> bool:
    first, last = need.begins_at.astimezone(zone), need.ends_at.astimezone(zone)
    return first.date() == last.date()
