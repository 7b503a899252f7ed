"""People's wishes and the state of addresses: opt-outs, opt-ins, dead addresses."""

from datetime import datetime

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.store.messages import DeadAddress, OptOut
from app.store.pool import end_pending


def opt_out(
    session: Session, address: str, channel: Channel, *, source: str, words: str, now: datetime
) -> bool:
    """Records the wish and cancels what is pending to the address on the channel.

    Returns whether the wish is new. The caller's transaction carries both or neither.
    """
    added = session.execute(
        insert(OptOut)
        .values(
            address=address,
            channel=channel.value,
            source=source,
            words=words[:200],
            opted_out_at=now,
        )
        .on_conflict_do_nothing()
        .returning(OptOut.address)
    ).first()
    cancel_to(session, address, channel, "opted out", now)
    return added is not None


def opt_in(session: Session, address: str, channel: Channel) -> None:
    """Takes an opt-out back, at the person's own word."""
    session.execute(
        delete(OptOut).where(OptOut.address == address, OptOut.channel == channel.value)
    )


def bury(session: Session, address: str, channel: Channel, reason: str, now: datetime) -> None:
    """Marks an address as dead on a channel and cancels what is pending to it."""
    session.execute(
        insert(DeadAddress)
        .values(address=address, channel=channel.value, reason=reason[:200], found_at=now)
        .on_conflict_do_nothing()
    )
    cancel_to(session, address, channel, "dead address", now)


def cancel_to(session: Session, address: str, channel: Channel, reason: str, now: datetime) -> int:
    """Cancels what is pending to an address on a channel; returns how many."""
    return end_pending(
        session,
        "address",
        address=address,
        channels=[channel.value],
        state=TouchState.CANCELED,
        reason=reason,
        now=now,
    )


def confirm_once(session: Session, address: str, channel: Channel, now: datetime) -> bool:
    """Whether this opt-out is still to be confirmed; true only the first time."""
    done = session.execute(
        text(
            "UPDATE opt_outs SET confirmed_at = :now WHERE address = :address "
            "AND channel = :channel AND confirmed_at IS NULL RETURNING address"
        ),
        {"address": address, "channel": channel.value, "now": now},
    )
    return done.first() is not None
