"""People's wishes and the state of addresses: opt-outs, opt-ins, dead addresses."""

from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.store.pool import end_pending
from app.store.reach_marks import show
from app.store.sql import sql

MOST_SHARED = 100
"""Voters of one address who are looked at."""


def opt_out(
    session: Session, address: str, channel: Channel, *, source: str, words: str, now: datetime
) -> bool:
    """Records the wish and cancels what is pending to the address on the channel.

    Returns whether the wish is new. The caller's transaction carries both or neither.
    """
    added = session.scalar(
        sql(
            "INSERT INTO opt_outs (address, channel, source, words, opted_out_at) "
            "VALUES (:address, :channel, :source, :words, :now) "
            "ON CONFLICT DO NOTHING RETURNING address"
        ),
        {
            "address": address,
            "channel": channel.value,
            "source": source,
            "words": words[:200],
            "now": now,
        },
    )
    cancel_to(session, address, channel, "opted out", now)
    return added is not None


def opt_in(session: Session, address: str, channel: Channel) -> None:
    """Takes an opt-out back, at the person's own word."""
    session.execute(
        sql("DELETE FROM opt_outs WHERE address = :address AND channel = :channel"),
        {"address": address, "channel": channel.value},
    )
    at = "email" if channel is Channel.EMAIL else "phone"
    theirs = sql(f"SELECT id FROM voters WHERE {at} = :address LIMIT :most")
    show(session, session.scalars(theirs, {"address": address, "most": MOST_SHARED}).all())


def bury(session: Session, address: str, channel: Channel, reason: str, now: datetime) -> None:
    """Marks an address as dead on a channel and cancels what is pending to it."""
    session.execute(
        sql(
            "INSERT INTO dead_addresses (address, channel, reason, found_at) "
            "VALUES (:address, :channel, :reason, :now) ON CONFLICT DO NOTHING"
        ),
        {"address": address, "channel": channel.value, "reason": reason[:200], "now": now},
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
        sql(
            "UPDATE opt_outs SET confirmed_at = :now WHERE address = :address "
            "AND channel = :channel AND confirmed_at IS NULL RETURNING address"
        ),
        {"address": address, "channel": channel.value, "now": now},
    )
    return done.first() is not None


_WISHED = """
CREATE TEMP TABLE wished ON COMMIT DROP AS
SELECT address, channel, min(row_number) AS row_number,
       (array_agg(note ORDER BY row_number))[1] AS note
FROM (
    SELECT row_number, note, unnest(phones) AS address, channel
    FROM arriving CROSS JOIN LATERAL unnest(phone_channels) AS channel
    UNION ALL
    SELECT row_number, note, unnest(emails), 'email' FROM arriving
) AS each_one GROUP BY address, channel
"""

_ADD_WISHED = """
WITH added AS (
    INSERT INTO opt_outs (address, channel, source, words, opted_out_at)
    SELECT address, channel, 'list', note, :at FROM wished ORDER BY address, channel
    ON CONFLICT DO NOTHING RETURNING address, channel
)
SELECT count(DISTINCT row_number) FROM added JOIN wished USING (address, channel)
"""

_LOCK_WISHED = """
SELECT count(*) FROM (
    SELECT FROM targets WHERE (campaign_id, voter_id) IN (
        SELECT campaign_id, voter_id FROM touches JOIN wished USING (address, channel)
        WHERE touches.state IN ('ready', 'claimed'))
    ORDER BY campaign_id, voter_id FOR UPDATE
) AS locked
"""


def opt_out_listed(connection: Connection, at: datetime) -> tuple[int, int]:
    """Records the wishes in `arriving` and cancels what is pending to their addresses.

    Returns how many rows brought a wish that is new, and how many touches were canceled.
    """
    connection.execute(text(_WISHED))
    connection.execute(text("ANALYZE wished"))
    # Targets first, by id, then wishes, then touches: the order of whoever records a call.
    connection.execute(text(_LOCK_WISHED))
    new = connection.execute(text(_ADD_WISHED), {"at": at}).scalar_one()
    with Session(connection, join_transaction_mode="rollback_only") as session:
        canceled = end_pending(
            session, "wished", state=TouchState.CANCELED, reason="opted out", now=at
        )
    return int(new), canceled
