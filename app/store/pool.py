"""The pool: targets that may be released, the release itself, and what is given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.store.campaigns import PlanHour
from app.store.facts import ADDRESS
from app.store.touches import Touch

_CANDIDATES = """
SELECT t.voter_id, t.household_id, {address} AS address, t.value, v.first_name, v.language,
       v.precinct, t.place
FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_{channel}s = '' AND t.arm = 'treated'
  AND t.voted_at IS NULL AND t.place = ANY(:places)
  AND (t.next_{channel}_at IS NULL OR t.next_{channel}_at <= :now)
  AND t.calls + t.texts + t.emails < :total_cap
  AND {address} IS NOT NULL
  AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = :channel)
  AND NOT EXISTS (SELECT FROM dead_addresses d
                  WHERE d.address = {address} AND d.channel = :channel)
  AND NOT EXISTS (SELECT FROM touches q WHERE q.campaign_id = t.campaign_id
                  AND q.{same} = t.{same} AND q.channel = :channel
                  AND q.state IN ('ready', 'claimed', 'attempting', 'unknown'))
  {consent}
ORDER BY t.{channel}s, t.value DESC, t.voter_id
LIMIT :limit
FOR UPDATE OF t SKIP LOCKED
"""

_CONSENT = "AND EXISTS (SELECT FROM consents c WHERE c.address = v.phone AND c.channel = 'text')"


@dataclass(frozen=True)
class Candidate:
    """A target that no set-based rule forbids; `bar()` has the last word."""

    voter_id: int
    household_id: int
    address: str
    value: float
    first_name: str
    language: str
    precinct: str
    place: str


def candidates(
    session: Session,
    campaign_id: int,
    channel: Channel,
    *,
    places: Sequence[str],
    now: datetime,
    total_cap: int,
    limit: int,
) -> list[Candidate]:
    """The best `limit` targets at open places, locked until the transaction ends.

    Those tried less often come first, then those of higher value.
    """
    query = _CANDIDATES.format(
        address=ADDRESS[channel],
        channel=channel.value,
        same="household_id" if channel is Channel.CALL else "voter_id",
        consent=_CONSENT if channel is Channel.TEXT else "",
    )
    rows = session.execute(
        text(query),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "places": list(places),
            "now": now,
            "total_cap": total_cap,
            "limit": limit,
        },
    )
    return [Candidate(*row) for row in rows]


@dataclass(frozen=True)
class Release:
    """A touch to be released."""

    candidate: Candidate
    due_at: datetime
    expires_at: datetime
    held: Decimal


def release(
    session: Session,
    campaign_id: int,
    channel: Channel,
    releases: Sequence[Release],
    now: datetime,
    purpose: str = "ramp",
) -> list[tuple[int, Decimal]]:
    """Inserts the touches; one open already is left alone. Returns (id, held) of the new."""
    if not releases:
        return []
    rows = [
        {
            "campaign_id": campaign_id,
            "voter_id": item.candidate.voter_id,
            "household_id": item.candidate.household_id,
            "channel": channel,
            "purpose": purpose,
            "state": TouchState.READY,
            "address": item.candidate.address,
            "value": item.candidate.value,
            "due_at": item.due_at,
            "expires_at": item.expires_at,
            "held": item.held,
            "released_at": now,
        }
        for item in releases
    ]
    added = session.execute(
        pg_insert(Touch).on_conflict_do_nothing().returning(Touch.id, Touch.held), rows
    )
    return [(row.id, row.held) for row in added]


def plan_of(
    session: Session, campaign_id: int, channel: Channel
) -> dict[datetime, tuple[int, int]]:
    """Hour → (planned, released) of a channel; the rows stay locked until the transaction ends."""
    rows = session.execute(
        text(
            "SELECT hour_at, planned, released FROM plan_hours "
            "WHERE campaign_id = :campaign AND channel = :channel ORDER BY hour_at FOR UPDATE"
        ),
        {"campaign": campaign_id, "channel": channel.value},
    )
    return {hour: (planned, released) for hour, planned, released in rows}


def count_released(
    session: Session, campaign_id: int, channel: Channel, hour: datetime, number: int
) -> None:
    """Adds `number` (below zero: given back) to what was released in the hour."""
    session.execute(
        text(
            "INSERT INTO plan_hours (campaign_id, channel, hour_at, planned, released) "
            "VALUES (:campaign, :channel, :hour, 0, :number) "
            "ON CONFLICT (campaign_id, channel, hour_at) "
            "DO UPDATE SET released = plan_hours.released + excluded.released"
        ),
        {"campaign": campaign_id, "channel": channel.value, "hour": hour, "number": number},
    )


def write_plan(
    session: Session, campaign_id: int, channel: Channel, hours: dict[datetime, int], now: datetime
) -> None:
    """Replaces the plan from the current hour on; the past and what was released stay."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    session.execute(
        text(
            "UPDATE plan_hours SET planned = 0 "
            "WHERE campaign_id = :campaign AND channel = :channel AND hour_at >= :hour"
        ),
        {"campaign": campaign_id, "channel": channel.value, "hour": hour},
    )
    rows = [
        {"campaign_id": campaign_id, "channel": channel, "hour_at": at, "planned": planned}
        for at, planned in hours.items()
        if at >= hour
    ]
    if rows:
        added = pg_insert(PlanHour)
        session.execute(
            added.on_conflict_do_update(
                index_elements=["campaign_id", "channel", "hour_at"],
                set_={"planned": added.excluded.planned},
            ),
            rows,
        )


def hold_money(session: Session, campaign_id: int, amount: Decimal, limit: Decimal) -> bool:
    """Reserves `amount` if spent and reserved together then stay within `limit`."""
    done = session.execute(
        text(
            "UPDATE campaigns SET reserved = reserved + :amount "
            "WHERE id = :campaign AND spent + reserved + :amount <= :limit RETURNING id"
        ),
        {"campaign": campaign_id, "amount": amount, "limit": limit},
    )
    return done.first() is not None


def settle_money(
    session: Session, campaign_id: int, *, freed: Decimal, spent: Decimal = Decimal(0)
) -> None:
    """Frees what was reserved and books what was spent."""
    if freed or spent:
        session.execute(
            text(
                "UPDATE campaigns SET reserved = reserved - :freed, spent = spent + :spent "
                "WHERE id = :campaign"
            ),
            {"campaign": campaign_id, "freed": freed, "spent": spent},
        )


_END = """
WITH ended AS (
    UPDATE touches SET state = :state, reason = :reason, settled_at = :now, held = 0,
           lease_until = NULL
    FROM (SELECT id, held AS was_held FROM touches
          WHERE {which} AND state IN ('ready', 'claimed')
          FOR UPDATE {skip}) found
    WHERE touches.id = found.id
    RETURNING touches.campaign_id, touches.channel, touches.purpose, found.was_held
), back AS (
    INSERT INTO plan_hours (campaign_id, channel, hour_at, planned, released)
    SELECT campaign_id, channel, date_trunc('hour', CAST(:now AS timestamptz), 'UTC'), 0,
           -count(*)
    FROM ended WHERE purpose = 'ramp' GROUP BY campaign_id, channel
    ON CONFLICT (campaign_id, channel, hour_at)
    DO UPDATE SET released = plan_hours.released + excluded.released
), freed AS (
    UPDATE campaigns SET reserved = reserved - sums.held
    FROM (SELECT campaign_id, sum(was_held) AS held FROM ended GROUP BY campaign_id) sums
    WHERE campaigns.id = sums.campaign_id AND sums.held <> 0
)
SELECT count(*) FROM ended
"""

WHICH = {
    "ids": "id = ANY(:ids)",
    "voters": "voter_id = ANY(:voters) AND campaign_id = ANY(:campaigns)",
    "address": "address = :address AND channel = ANY(:channels)",
    "expired": "expires_at <= :now",
}


def end_pending(
    session: Session,
    which: str,
    *,
    state: TouchState,
    reason: str,
    now: datetime,
    patient: bool = True,
    **binds: object,
) -> int:
    """Ends touches of which nothing has gone out: gives their place in the plan and their money
    back. `which` is a key of WHICH; `patient` waits for rows that another transaction holds.
    Returns how many ended.
    """
    query = _END.format(which=WHICH[which], skip="" if patient else "SKIP LOCKED")
    done = session.execute(
        text(query), {"state": state.value, "reason": reason, "now": now, **binds}
    )
    return int(done.scalar_one())
