"""The plan in force, hour by hour: what is planned, what the ramp wanted, what was released."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.store.sql import sql


def hour_of(now: datetime) -> datetime:
    """The start of the hour, in UTC: on a local clock the hour that happens twice is one."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def plan_of(
    session: Session, campaign_id: int, channel: Channel
) -> dict[datetime, tuple[int, int]]:
    """Hour → (planned, released) of a channel since the plan in force was made, by whose reckoning
    all that was missed before is planned anew; the rows stay locked until the transaction ends."""
    rows = session.execute(
        sql(
            "SELECT hour_at, planned, released FROM plan_hours "
            "WHERE campaign_id = :campaign AND channel = :channel AND hour_at >= coalesce("
            "(SELECT counted_from FROM plan_states WHERE campaign_id = :campaign), '-infinity') "
            "ORDER BY hour_at FOR UPDATE"
        ),
        {"campaign": campaign_id, "channel": channel.value},
    )
    return {hour: (planned, released) for hour, planned, released in rows}


def planned_hours(session: Session, campaign_id: int, channel: Channel) -> dict[datetime, int]:
    """Hour → planned, of all hours past and to come that have any."""
    rows = session.execute(
        sql(
            "SELECT hour_at, planned FROM plan_hours WHERE campaign_id = :campaign "
            "AND channel = :channel AND planned > 0 ORDER BY hour_at"
        ),
        {"campaign": campaign_id, "channel": channel.value},
    )
    return {row.hour_at: row.planned for row in rows}


def count_released(
    session: Session, campaign_id: int, channel: Channel, hour: datetime, number: int
) -> None:
    """Adds `number` (below zero: given back) to what was released in the hour."""
    session.execute(
        sql(
            "INSERT INTO plan_hours (campaign_id, channel, hour_at, planned, released) "
            "VALUES (:campaign, :channel, :hour, 0, :number) "
            "ON CONFLICT (campaign_id, channel, hour_at) "
            "DO UPDATE SET released = plan_hours.released + excluded.released"
        ),
        {"campaign": campaign_id, "channel": channel.value, "hour": hour, "number": number},
    )


_WRITE = """
INSERT INTO plan_hours (campaign_id, channel, hour_at, planned, wanted)
SELECT :campaign, :channel, new.* FROM unnest(
    CAST(:hours AS timestamptz[]), CAST(:planned AS integer[]), CAST(:wanted AS integer[])) AS new
ON CONFLICT (campaign_id, channel, hour_at) DO UPDATE SET
    planned = excluded.planned + CASE WHEN plan_hours.hour_at = :hour
                                      THEN greatest(plan_hours.released, 0) ELSE 0 END,
    wanted = excluded.wanted + CASE WHEN plan_hours.hour_at = :hour
                                    THEN greatest(plan_hours.released, 0) ELSE 0 END
"""


def write_plan(
    session: Session,
    campaign_id: int,
    channel: Channel,
    hours: Mapping[datetime, int],
    now: datetime,
    wanted: Mapping[datetime, int] | None = None,
) -> None:
    """Replaces the plan from `now` on; the past and what was released stay.

    In the hour that has begun, what was released of it counts as planned.
    """
    hour, wishes = hour_of(now), wanted or {}
    # Locked in the order in which the pacer locks them.
    known = session.scalars(
        sql(
            "SELECT hour_at FROM plan_hours WHERE campaign_id = :campaign "
            "AND channel = :channel AND hour_at >= :hour ORDER BY hour_at FOR UPDATE"
        ),
        {"campaign": campaign_id, "channel": channel.value, "hour": hour},
    )
    every = sorted({*known, *(at for at in {*hours, *wishes} if at >= hour)})
    session.execute(
        sql(_WRITE),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "hour": hour,
            "hours": every,
            "planned": [hours.get(at, 0) for at in every],
            "wanted": [wishes.get(at, 0) for at in every],
        },
    )
