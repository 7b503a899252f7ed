"""A sender's rate, shared by all workers: room is taken first and the rest given back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Sender


@dataclass(frozen=True)
class Room:
    """Messages that a sender may send within the next second."""

    sender_id: int
    address: str
    per_second: float  # segments or mails
    messages: int


def is_due(session: Session, campaign_id: int, channel: Channel, now: datetime) -> bool:
    """Whether any touch of the channel is ready and due."""
    return bool(
        session.scalar(
            text(
                "SELECT EXISTS (SELECT FROM touches WHERE campaign_id = :campaign "
                "AND channel = :channel AND state = 'ready' AND due_at <= :now)"
            ),
            {"campaign": campaign_id, "channel": channel.value, "now": now},
        )
    )


def take_room(session: Session, sender_id: int, most: int, wall: datetime) -> Room | None:
    """Takes room for up to `most` messages of one segment; None when there is none now.

    `next_free_at` is the machine time at which all that was taken will have passed at the
    sender's rate; it may lie up to a second ahead, so that a batch is worth its round trip.
    """
    sender = session.scalars(select(Sender).where(Sender.id == sender_id).with_for_update()).one()
    free_at = max(sender.next_free_at or wall, wall)
    ahead = (free_at - wall).total_seconds()
    if ahead >= 1:
        return None
    messages = min(max(int(sender.per_second * (1 - ahead)), 1), most)
    sender.next_free_at = free_at + timedelta(seconds=messages / sender.per_second)
    return Room(sender_id, sender.address, sender.per_second, messages)


def settle_room(session: Session, room: Room, segments: int) -> None:
    """Gives back the room that was not used, or takes what longer texts used besides."""
    if segments == room.messages:
        return
    session.execute(
        text(
            "UPDATE senders SET next_free_at = next_free_at + make_interval(secs => :more) "
            "WHERE id = :id"
        ),
        {"id": room.sender_id, "more": (segments - room.messages) / room.per_second},
    )
