"""Means: a campaign's senders and scripts, read once a transaction."""

import json
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Sender
from app.store.dearest import DEAREST
from app.store.once import know, once
from app.store.sql import sql


class Sends(NamedTuple):
    """A sender as releases need it."""

    id: int
    channel: Channel
    stopped: str
    paused_until: datetime | None
    health: float
    price: Decimal  # of a mail or segment; of a segment what was charged at most, if that is more
    per_second: float
    per_minute: int | None
    per_hour: int | None
    per_day: int | None


_SENDERS = f"""
(SELECT json_agg(json_build_array(id, channel, stopped, paused_until, health,
     CAST(CASE WHEN channel = 'text' THEN greatest(price, ({DEAREST})) ELSE price END AS text),
     per_second, per_minute, per_hour, per_day) ORDER BY id)::text
 FROM senders WHERE campaign_id = :campaign)
"""


def senders_by(session: Session, campaign_id: int, channel: Channel) -> list[Sends]:
    """The senders of a channel, the oldest first. Whoever asks needs the scripts next: they come
    along."""

    def ask() -> list[Sends]:
        query = sql(f"SELECT {_SENDERS}, {SCRIPTS}")
        senders, scripts = session.execute(query, {"campaign": campaign_id}).one()
        know_scripts(session, campaign_id, scripts)
        return _sends(senders)

    return [one for one in once(session, ("senders", campaign_id), ask) if one.channel is channel]


@lru_cache(maxsize=256)
def _sends(told: str | None) -> list[Sends]:
    rows = (Sends(*row) for row in json.loads(told or "[]"))
    return [
        one._replace(
            channel=Channel(one.channel),
            price=Decimal(one.price),
            paused_until=one.paused_until and datetime.fromisoformat(str(one.paused_until)),
        )
        for one in rows
    ]


def able_senders(
    session: Session, campaign_id: int, channel: Channel, now: datetime
) -> list[Sends]:
    """The senders of a channel that are neither stopped nor paused."""
    return [
        one
        for one in senders_by(session, campaign_id, channel)
        if not (one.stopped or rests_by_order(one, now))
    ]


def rests_by_order(sender: Sender | Sends | Row[Any], now: datetime) -> bool:
    """Whether an organizer paused the sender, and the pause holds."""
    return sender.paused_until is not None and now < sender.paused_until


class Written(NamedTuple):
    """The newest version of one script."""

    id: int
    channel: Channel
    purpose: str
    language: str
    version: int
    subject: str
    body: str
    survey: Any  # as it is stored; see domain.survey
    created_at: datetime | None


# There are as many versions as there were changes; every tick of every worker asks, and every call.
SCRIPTS = """
(SELECT json_agg(json_build_array(id, channel, purpose, language, version, subject, body, survey,
                                  created_at) ORDER BY id)::text
 FROM (SELECT DISTINCT ON (channel, purpose, language) * FROM scripts
       WHERE campaign_id = :campaign ORDER BY channel, purpose, language, version DESC) newest)
"""
"""In SQL, the newest version of each script of a campaign; see `know_scripts`."""


def scripts_by(session: Session, campaign_id: int, channel: Channel) -> list[Written]:
    """The newest version of every script of a channel, whatever for and in every language; in the
    order in which they were written."""

    def ask() -> list[Written]:
        session.flush()
        return _written(session.scalar(sql(f"SELECT {SCRIPTS}"), {"campaign": campaign_id}))

    return [one for one in once(session, ("scripts", campaign_id), ask) if one.channel is channel]


def know_scripts(session: Session, campaign_id: int, told: str | None) -> None:
    """Has `scripts_by` give what `SCRIPTS` told in another query of the transaction."""
    know(session, ("scripts", campaign_id), _written(told))


@lru_cache(maxsize=256)
def _written(told: str | None) -> list[Written]:
    """Made once for as long as nobody writes anything."""
    rows = json.loads(told or "[]")
    return [
        Written(*row)._replace(
            channel=Channel(row[1]), created_at=row[-1] and datetime.fromisoformat(row[-1])
        )
        for row in rows
    ]
