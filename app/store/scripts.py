"""Scripts as they are stored: a row for each version, and who reads them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Script
from app.store.facts import ADDRESS
from app.store.people import User
from app.store.precincts import POLLING_PLACE
from app.store.sql import sql


@dataclass(frozen=True)
class Key:
    """Which script: its versions count up from 1."""

    campaign_id: int
    channel: Channel
    purpose: str
    language: str


@dataclass(frozen=True)
class Draft:
    """What a version says."""

    subject: str
    body: str
    survey: Any = field(default_factory=list)  # as domain.survey.to_json writes it
    note: str = ""


@dataclass(frozen=True)
class Version:
    """One version, and whose it is."""

    id: int
    version: int
    subject: str
    body: str
    survey: Any
    note: str
    created_at: datetime | None
    by: str  # the name of whoever saved it; empty: it came with the campaign


def _mine(key: Key) -> tuple[Any, ...]:
    return (
        Script.campaign_id == key.campaign_id,
        Script.channel == key.channel,
        Script.purpose == key.purpose,
        Script.language == key.language,
    )


def newest(session: Session, key: Key) -> Script | None:
    """The version that holds; None where nobody wrote any."""
    found = select(Script).where(*_mine(key)).order_by(Script.version.desc()).limit(1)
    return session.scalars(found).first()


def add_version(
    session: Session, key: Key, draft: Draft, version: int, *, by: int | None, now: datetime | None
) -> int | None:
    """Adds a version; its id, or None when somebody else has just added one of this number."""
    added = session.execute(
        insert(Script)
        .values(
            campaign_id=key.campaign_id,
            channel=key.channel,
            purpose=key.purpose,
            language=key.language,
            version=version,
            subject=draft.subject,
            body=draft.body,
            survey=draft.survey,
            note=draft.note,
            created_by=by,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Script.id)
    )
    return added.scalar()


def versions(session: Session, key: Key, limit: int) -> list[Version]:
    """The versions, the newest first."""
    rows = session.execute(
        select(Script, User.name)
        .outerjoin(User, User.id == Script.created_by)
        .where(*_mine(key))
        .order_by(Script.version.desc())
        .limit(limit)
    )
    return [_version(row, name) for row, name in rows]


def version_of(session: Session, campaign_id: int, script_id: int) -> tuple[Key, Version] | None:
    """One version of a campaign and the script that it is of; None if there is none."""
    row = session.execute(
        select(Script, User.name)
        .outerjoin(User, User.id == Script.created_by)
        .where(Script.id == script_id, Script.campaign_id == campaign_id)
    ).first()
    if row is None:
        return None
    script = row[0]
    key = Key(campaign_id, script.channel, script.purpose, script.language)
    return key, _version(script, row[1])


def _version(row: Script, name: str | None) -> Version:
    return Version(
        *(row.id, row.version, row.subject, row.body, row.survey or [], row.note),
        created_at=row.created_at,
        by=name or "",
    )


@dataclass(frozen=True)
class Read:
    """A voter of the campaign, as far as words depend on them."""

    first_name: str
    language: str
    place: str  # as targets store it
    precinct: str
    polling_place: str  # with its address; empty where no list says
    reached: bool  # has an address on the channel and is not out


SLICES, SLICE = 3, 200
"""So many stretches of the voters, each of so many, stand for all of them."""

_SAMPLE = """
WITH ends AS (
    SELECT (SELECT min(voter_id) FROM targets WHERE campaign_id = :campaign) AS first,
           (SELECT max(voter_id) FROM targets WHERE campaign_id = :campaign) AS last
), begins AS (
    SELECT n, first + (last - first + 1) * n / :slices AS voter,
           first + (last - first + 1) * (n + 1) / :slices AS until
    FROM ends CROSS JOIN generate_series(0, :slices - 1) n
)
SELECT v.first_name, v.language, few.place, v.precinct, {polling_place},
       {address} IS NOT NULL AND few.open {mobile}
FROM begins CROSS JOIN LATERAL (
    SELECT t.voter_id, t.place, t.out = '' AND t.no_{channel}s = '' AS open FROM targets t
    WHERE t.campaign_id = :campaign AND t.voter_id >= begins.voter AND t.voter_id < begins.until
    ORDER BY t.voter_id LIMIT :slice
) few JOIN voters v ON v.id = few.voter_id
"""


def sample(session: Session, campaign_id: int, channel: Channel) -> list[Read]:
    """Some of the campaign's voters, all of them where there are few: read by the primary key, as
    quickly for a million as for a hundred."""
    query = _SAMPLE.format(
        polling_place=POLLING_PLACE,
        address=ADDRESS[channel],
        channel=channel.value,
        mobile="AND v.phone_kind <> 'landline'" if channel is Channel.TEXT else "",
    )
    rows = session.execute(sql(query), {"campaign": campaign_id, "slices": SLICES, "slice": SLICE})
    return [Read(*row) for row in rows]
