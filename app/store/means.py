"""Means: a campaign's senders and scripts, read once a transaction."""

from collections.abc import Sequence

from sqlalchemy import select
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


def able_senders(session: Session, campaign_id: int, channel: Channel) -> list[Sender]:
    """The senders of a channel that are not stopped."""
    return [one for one in senders_by(session, campaign_id, channel) if not one.stopped]


def scripts_by(session: Session, campaign_id: int, channel: Channel) -> list[Script]:
    """Every script of a channel, whatever for, the oldest version first."""

    def ask() -> Sequence[Script]:
        mine = select(Script).where(Script.campaign_id == campaign_id)
        return session.scalars(mine.order_by(Script.version)).all()

    return [one for one in once(session, ("scripts", campaign_id), ask) if one.channel is channel]
