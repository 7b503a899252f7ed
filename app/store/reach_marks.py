"""Who can be reached by each channel, as marks on targets: what the pacer's indexes leave out.

A voter without an email, without a consent to texts, or who opted out would be walked past in
every search of the pool, and of ten million voters these may be nine. The marks only spare that
walk: a search asks the tables all the same, so a mark that is wrongly set costs time. One that is
wrongly taken away hides a voter until the next look, so whatever gives an address or a consent sets
it at once (`show`), or has all looked at again (`look_again`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.campaigns import Campaign
from app.store.facts import ADDRESS
from app.store.sql import sql
from app.store.universe_sql import reach

BATCH = 10_000
OFTEN = timedelta(minutes=30)
"""Machine time after which all are looked at once more, whatever the reason."""


def due(session: Session, wall: datetime) -> list[int]:
    """Campaigns whose targets are to be looked at; those in the middle of it among them."""
    fresh = Campaign.reach_marked_at.is_not(None) & (Campaign.reach_marked_at > wall - OFTEN)
    open_ = Campaign.state != "closed"
    return list(session.scalars(select(Campaign.id).where(open_, ~fresh).order_by(Campaign.id)))


@dataclass(frozen=True)
class Begun:
    """A campaign whose targets are being looked at, and the last voter who was."""

    country: str
    to: int


def hold(session: Session, campaign_id: int, wall: datetime) -> Begun | None:
    """Where to go on; nobody else does until the transaction ends. None when another is at it, or
    all is done. The campaign's row stays free: the pacer books its money there all the time."""
    key = {"key": f"reach:{campaign_id}"}
    mine = "SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"
    if not session.scalar(sql(mine), key) or campaign_id not in due(session, wall):
        return None
    columns = select(Campaign.country, Campaign.reach_marked_to)
    return Begun(*session.execute(columns.where(Campaign.id == campaign_id)).one())


def note(
    session: Session, campaign_id: int, begun: Begun, to: int, done_at: datetime | None
) -> None:
    """Keeps how far it came; `done_at` in machine time when all were looked at. Nothing if all are
    to be looked at anew since it begun: a list came in meanwhile."""
    mine = update(Campaign).where(Campaign.id == campaign_id, Campaign.reach_marked_to == begun.to)
    values = {"reach_marked_to": to} | ({"reach_marked_at": done_at} if done_at else {})
    session.execute(mine.values(values))


_LAST = """
SELECT max(voter_id) FROM (
    SELECT voter_id FROM targets WHERE campaign_id = :campaign AND voter_id > :after
    ORDER BY voter_id LIMIT :batch) next
"""


def last_of_batch(session: Session, campaign_id: int, after: int, batch: int) -> int | None:
    """The last voter of the next batch; None when there is none left."""
    binds = {"campaign": campaign_id, "after": after, "batch": batch}
    found: int | None = session.scalar(sql(_LAST), binds)
    return found


def mark(session: Session, campaign_id: int, after: int, last: int, country: str) -> int:
    """Sets the marks of the voters after one and up to another; how many targets changed."""
    marks = ", ".join(f"{said} AS {c.value}" for c, said in marks_of(country).items())
    sets = ", ".join(f"can_{c.value} = found.{c.value}" for c in Channel)
    differs = " OR ".join(f"t.can_{c.value} <> found.{c.value}" for c in Channel)
    done = session.execute(
        sql(
            f"UPDATE targets t SET {sets} FROM ("
            f"SELECT t.voter_id, {marks} FROM targets t JOIN voters v ON v.id = t.voter_id "
            "WHERE t.campaign_id = :campaign AND t.voter_id > :after AND t.voter_id <= :last "
            "OFFSET 0) found "
            "WHERE t.campaign_id = :campaign AND t.voter_id = found.voter_id "
            f"AND ({differs})"
        ),
        {"campaign": campaign_id, "after": after, "last": last},
    )
    return int(getattr(done, "rowcount", 0))


def marks_of(country: str) -> dict[Channel, str]:
    """The SQL of each mark, on voters v."""
    return {channel: f"({reach(channel, country, _stands_in)})" for channel in Channel}


def _stands_in(table: str, channel: Channel) -> str:
    return (
        f"EXISTS (SELECT FROM {table} x WHERE x.address = {ADDRESS[channel]} "
        f"AND x.channel = '{channel.value}')"
    )


_ALL = "can_call = true, can_text = true, can_email = true"
_HIDDEN = "NOT (can_call AND can_text AND can_email)"


def show(session: Session | Connection, voters: Sequence[int]) -> None:
    """Lets these voters be found on every channel: something about their addresses changed."""
    session.execute(
        sql(
            f"UPDATE targets SET {_ALL} FROM ("
            "SELECT campaign_id, voter_id FROM targets "
            f"WHERE voter_id = ANY(:voters) AND {_HIDDEN} "
            "ORDER BY campaign_id, voter_id FOR UPDATE) hidden "
            "WHERE targets.campaign_id = hidden.campaign_id AND targets.voter_id = hidden.voter_id"
        ),
        {"voters": list(voters)},
    )


def look_again(session: Session | Connection) -> None:
    """Has the targets of all campaigns looked at once more: a list came in.

    Each time from another number below all voters, so that whoever is at it notices.
    """
    session.execute(
        update(Campaign)
        .where(Campaign.state != "closed")
        .values(reach_marked_at=None, reach_marked_to=-func.txid_current())
    )
