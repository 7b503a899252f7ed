"""Means: a campaign's senders and scripts, read once a transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Script, Sender
from app.store.once import once


def senders_by(session: Session, campaign_id: int, channel: Channel) -> list[Sender]:
    """The senders of a channel, the oldest first."""

    def ask() -> Sequence[Sender]:
        mine = select(Sender).where(Sender.campaign_id == campaign_id)
        return session.scalars(mine.order_by(Sender.id)).all()

    return [one for one in once(session, ("senders", campaign_id), ask) if one.channel is channel]


def able_senders(
    session: Session, campaign_id: int, channel: Channel, now: datetime
) -> list[Sender]:
    """The senders of a channel that are neither stopped nor paused."""
    return [
        one
        for one in senders_by(session, campaign_id, channel)
        if not (one.stopped or rests_by_order(one, now))
    ]


def rests_by_order(sender: Sender, now: datetime) -> bool:
    """Whether an organizer paused the sender, and the pause holds."""
    return sender.paused_until is not None and now < sender.paused_until


def scripts_by(session: Session, campaign_id: int, channel: Channel) -> list[Script]:
    """The newest version of every script of a channel, whatever for and in every language; in the
    order in which they were written."""

    def ask() -> Sequence[Script]:
        # There are as many versions as there were changes; every tick of every worker asks.
        which = (Script.channel, Script.purpose, Script.language)
        mine = select(Script).where(Script.campaign_id == campaign_id).ext(distinct_on(*which))
        rows = session.scalars(mine.order_by(*which, Script.version.desc()))
        return sorted(rows, key=lambda row: row.id)

    return [one for one in once(session, ("scripts", campaign_id), ask) if one.channel is channel]
