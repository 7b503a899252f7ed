"""Senders' rates, shared by all workers: room is taken first and the rest given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.sender import AHEAD_SECONDS, Rates, Standing, day_of
from app.domain.sender_health import share_of
from app.store.campaigns import Sender
from app.store.means import Sends, rests_by_order
from app.store.sql import sql


@dataclass(frozen=True)
class Room:
    """What a sender may send within the next second."""

    sender_id: int
    address: str
    segments: int  # taken; or mails
    left_of_day: int  # before they were taken
    price: Decimal  # of each
    taken_at: datetime  # machine time
    share: float
    slowed: bool  # whether it had been told to slow down and nothing has gone out since


@dataclass(frozen=True)
class Ready:
    """A sender that may send now."""

    sender_id: int
    campaign_id: int
    share: float
    credit: float  # whoever has most goes first
    dearest: Decimal  # of the prices of its campaign's senders
    held: Decimal  # the money held for the touch that is due next
    due: int  # so many are, counted up to what was asked for


def senders_of(session: Session, campaign_id: int) -> Sequence[Sender]:
    """The senders of a campaign: those of texts first, then by age."""
    mine = select(Sender).where(Sender.campaign_id == campaign_id)
    return session.scalars(mine.order_by(Sender.channel.desc(), Sender.id)).all()


def rates_of(sender: Sender | Sends | Row[Any]) -> Rates:
    """The limits of a sender as they are stored."""
    return Rates(sender.per_second, sender.per_minute, sender.per_hour, sender.per_day)


def standing_of(
    sender: Sender | Row[Any], share: float = 1.0, ahead: float = AHEAD_SECONDS
) -> Standing:
    """How a sender stands, by what is stored; `share` of its pace, by its health. So many seconds
    `ahead` may be taken at once."""
    return Standing(
        rates_of(sender),
        share,
        sender.next_free_at,
        sender.slow_until,
        sender.day_on,
        sender.day_used,
        ahead,
    )


_DUE = sql(
    """
SELECT s.id, s.campaign_id, s.health, s.price, s.per_second, s.per_minute, s.per_hour, s.per_day,
       s.next_free_at, s.slow_until, s.day_on, s.day_used, next.held, next.due
FROM senders s JOIN campaigns c ON c.id = s.campaign_id
LEFT JOIN LATERAL (
    SELECT count(*) AS due, (array_agg(near.held))[1] AS held FROM (
        SELECT q.held FROM touches q
        WHERE q.campaign_id = s.campaign_id AND q.channel = :channel AND q.state = 'ready'
          AND q.due_at <= :now AND (q.sender_id IS NULL OR q.sender_id = s.id)
        ORDER BY q.due_at LIMIT :most) near) next ON true
WHERE s.channel = :channel AND s.stopped = ''
  -- Pauses end by themselves.
  AND (s.paused_until IS NULL OR s.paused_until <= :now)
  AND coalesce(CAST(c.paused_channels ->> s.channel AS timestamptz) <= :now, true)
  AND (c.state = 'running' OR c.state = 'paused' AND c.paused_until <= :now)
ORDER BY s.id
"""
)


def ready_senders(
    session: Session,
    channel: Channel,
    *,
    now: datetime,
    wall: datetime,
    most: int,
    ahead: float = AHEAD_SECONDS,
) -> list[Ready]:
    """The senders of running campaigns that have something due and room for it, whoever is owed
    most first; in one query, since every worker asks it all the time. What is due is counted up to
    `most`.

    A stopped or paused sender is none. What a look without a lock says is checked when room is
    taken.
    """
    binds = {"channel": channel.value, "now": now, "most": most}
    senders = session.execute(_DUE, binds).all()
    best: dict[int, float] = {}
    dearest: dict[int, Decimal] = {}
    for one in senders:
        best[one.campaign_id] = max(best.get(one.campaign_id, 0.0), one.health)
        dearest[one.campaign_id] = max(dearest.get(one.campaign_id, Decimal(0)), one.price)
    found = []
    for one in senders:
        if not one.due:
            continue
        standing = standing_of(one, share_of(one.health, best[one.campaign_id]), ahead)
        if standing.room(wall):
            credit, price = standing.credit(wall), dearest[one.campaign_id]
            ready = Ready(one.id, one.campaign_id, standing.share, credit, price, one.held, one.due)
            found.append(ready)
    return sorted(found, key=lambda ready: (-ready.credit, ready.sender_id))


def take_room(
    session: Session,
    sender_id: int,
    most: int,
    wall: datetime,
    share: float = 1.0,
    now: datetime | None = None,
    ahead: float = AHEAD_SECONDS,
) -> Room | None:
    """Takes room for up to `most` segments or mails; None when there is none now, or when an
    organizer has the sender paused at the campaign's `now`.

    `next_free_at` is the machine time at which all that was taken will have passed at the sender's
    pace; it may lie up to `ahead` seconds ahead, so that a batch is worth its round trip.
    """
    sender = _locked(session, sender_id)
    standing = standing_of(sender, share, ahead)
    held = sender.stopped or (now is not None and rests_by_order(sender, now))
    segments = 0 if held else min(standing.room(wall), most)
    if segments <= 0:
        return None
    _keep(session, sender_id, standing.take(segments, wall))
    left = standing.left_of_day(wall)
    return Room(
        sender_id,
        sender.address,
        segments,
        left,
        sender.price,
        wall,
        share,
        sender.slow_downs > 0,
    )


def settle_room(session: Session, room: Room, used: int) -> None:
    """Gives back the room that was not used, or takes what a longer text used besides."""
    if used == room.segments:
        return
    sender = _locked(session, room.sender_id)
    settled = standing_of(sender, room.share).settle(room.segments, used, room.taken_at)
    _keep(session, room.sender_id, settled)


def count_in(session: Session, sender_id: int, amount: int, wall: datetime) -> None:
    """Counts what goes out whether there is room or not: what comes after it waits so much longer.

    Alerts do so. To wait for their turn could take for ever at a sender with much to do.
    """
    sender = _locked(session, sender_id)
    _keep(session, sender_id, standing_of(sender).take(amount, wall))


_LOCK = sql(
    """
SELECT address, price, per_second, per_minute, per_hour, per_day, next_free_at, slow_until,
       slow_downs, day_on, day_used, stopped, paused_until
FROM senders WHERE id = :id FOR UPDATE
"""
)
_KEEP = sql(
    "UPDATE senders SET next_free_at = :free, day_on = :day, day_used = :used WHERE id = :id"
)


def _locked(session: Session, sender_id: int) -> Row[Any]:
    """A sender as it stands now."""
    return session.execute(_LOCK, {"id": sender_id}).one()


def _keep(session: Session, sender_id: int, standing: Standing) -> None:
    session.execute(
        _KEEP,
        {
            "id": sender_id,
            "free": standing.next_free_at,
            "day": standing.day_on,
            "used": standing.day_used,
        },
    )


def stop(session: Session, sender_id: int, why: str) -> None:
    """Stops a sender; the reason of one that is stopped already stands."""
    session.execute(
        sql("UPDATE senders SET stopped = :why WHERE id = :id AND stopped = ''"),
        {"id": sender_id, "why": why[:200]},
    )


def another_sender(session: Session, attempt_id: UUID, codes: Sequence[int]) -> bool:
    """Whether some sender that is not stopped has not sent away the attempt's touch with one of
    these codes; the attempt's own sender has, now."""
    return bool(
        session.scalar(
            sql(
                "SELECT EXISTS (SELECT FROM attempts a JOIN senders s "
                "ON s.campaign_id = a.campaign_id AND s.channel = a.channel "
                # An answer goes out from one number or not at all.
                "JOIN touches q ON q.id = a.touch_id AND q.sender_id IS NULL "
                "WHERE a.id = :id AND s.stopped = '' AND s.id <> a.sender_id "
                "AND NOT EXISTS (SELECT FROM attempts b WHERE b.touch_id = a.touch_id "
                "AND b.sender_id = s.id AND b.error_code = ANY(:codes)))"
            ),
            {"id": attempt_id, "codes": list(codes)},
        )
    )


def give_day_back(
    session: Session, sender_id: int, handed_at: datetime, attempts: Sequence[UUID]
) -> None:
    """Takes what never reached the carrier off the day's count of its sender.

    Else a carrier that cannot be reached for an hour would use a day up.
    """
    session.execute(
        sql(
            "UPDATE senders SET day_used = greatest(day_used - coalesce(("
            "SELECT sum(segments) FROM attempts WHERE id = ANY(:ids)), 0), 0) "
            "WHERE id = :id AND per_day IS NOT NULL AND day_on = :day"
        ),
        {"id": sender_id, "ids": list(attempts), "day": day_of(handed_at)},
    )


@dataclass(frozen=True)
class Pause:
    """Where a sender stands with its slow-downs."""

    slow_downs: int
    slow_until: datetime | None


def pause_for_update(session: Session, sender_id: int) -> Pause | None:
    """The slow-downs of a sender, locked; None when there is no such sender any more."""
    row = session.execute(
        sql("SELECT slow_downs, slow_until FROM senders WHERE id = :id FOR UPDATE"),
        {"id": sender_id},
    ).first()
    return Pause(row.slow_downs, row.slow_until) if row else None


def write_pause(session: Session, sender_id: int, pause: Pause) -> None:
    """Stores how long a sender rests."""
    session.execute(
        sql("UPDATE senders SET slow_downs = :downs, slow_until = :until WHERE id = :id"),
        {"id": sender_id, "downs": pause.slow_downs, "until": pause.slow_until},
    )


def end_slow_downs(session: Session, sender_id: int, since: datetime) -> None:
    """What went out after a rest ends the row of slow-downs; without one nothing is locked."""
    session.execute(
        sql(
            "UPDATE senders SET slow_downs = 0, slow_until = NULL WHERE id = :id "
            "AND slow_downs > 0 AND (slow_until IS NULL OR slow_until <= :since)"
        ),
        {"id": sender_id, "since": since},
    )
