"""Texts at the close of the polls, as stored: the switch, how fast they can go, how many wait.

The switch and the words serve the other purposes that have words of their own too.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.purpose import IN_LINE
from app.store.campaigns import Script
from app.store.once import forget, once
from app.store.scripts import Draft, Key, add_version, newest
from app.store.sql import sql


def _off(purpose: str) -> str:
    """The purpose of the one row in `scripts` that stands while a campaign wants none of these."""
    return f"{purpose}_off"


def is_off(session: Session, campaign_id: int, purpose: str = IN_LINE) -> bool:
    """Whether an organizer has switched a purpose off."""

    def ask() -> frozenset[str]:
        every = select(Script.purpose).where(
            Script.campaign_id == campaign_id, Script.purpose.endswith(_off(""))
        )
        return frozenset(session.scalars(every))

    return _off(purpose) in once(session, ("off", campaign_id), ask)


def switch(session: Session, campaign_id: int, *, on: bool, purpose: str = IN_LINE) -> None:
    """Switches a purpose on or off; again it changes nothing."""
    forget(session)
    if on:
        where = (Script.campaign_id == campaign_id, Script.purpose == _off(purpose))
        session.execute(delete(Script).where(*where))
    else:
        session.execute(
            sql(
                "INSERT INTO scripts (campaign_id, channel, purpose, language, body) "
                "VALUES (:campaign, 'text', :off, '', '') ON CONFLICT DO NOTHING"
            ),
            {"campaign": campaign_id, "off": _off(purpose)},
        )


def rate(session: Session, campaign_id: int, now: datetime | None = None) -> float | None:
    """Segments a second that the text senders may send together, at the campaign's `now` without
    those that are paused; None when there is no sender."""
    found = session.scalar(
        sql(
            "SELECT sum(CASE WHEN stopped = '' AND coalesce(paused_until <= :now, true) "
            "THEN per_second ELSE 0 END) FROM senders "
            "WHERE campaign_id = :campaign AND channel = 'text'"
        ),
        {"campaign": campaign_id, "now": now},
    )
    return None if found is None else float(found)


def waiting(session: Session, campaign_id: int) -> int:
    """How many are released and have not gone out."""
    return int(
        session.scalar(
            sql(
                "SELECT count(*) FROM touches WHERE campaign_id = :campaign AND channel = 'text' "
                "AND state = 'ready' AND purpose = 'in_line'"
            ),
            {"campaign": campaign_id},
        )
        or 0
    )


def alone(session: Session, campaign_id: int) -> bool:
    """Whether nobody else releases them at this moment; holds until the transaction ends.

    Two workers at once would each find the same voters without such a text.
    """
    key = {"key": f"in_line:{campaign_id}"}
    query = "SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"
    return bool(session.scalar(sql(query), key))


def rounds_of(session: Session, campaign_id: int, since: datetime, now: datetime) -> list[int]:
    """The rounds that have begun since, the latest first."""
    rows = session.scalars(
        sql(
            "SELECT id FROM phases WHERE campaign_id = :campaign AND kind = 'round' "
            "AND starts_at BETWEEN :since AND :now ORDER BY starts_at DESC, id DESC"
        ),
        {"campaign": campaign_id, "since": since, "now": now},
    )
    return list(rows)


def write_words(
    session: Session,
    campaign_id: int,
    language: str,
    body: str,
    purpose: str = IN_LINE,
    *,
    by: int | None = None,
    now: datetime | None = None,
) -> None:
    """Makes `body` a purpose's text in a language, as a new version; one without words puts ours
    back."""
    key = Key(campaign_id, Channel.TEXT, purpose, language)
    latest = newest(session, key)
    if (latest.body if latest is not None else "") == body:
        return
    version = latest.version + 1 if latest is not None else 1
    add_version(session, key, Draft("", body), version, by=by, now=now)
