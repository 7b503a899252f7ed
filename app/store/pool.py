"""The pool: targets that may be released, the release itself, and what is given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.store.facts import ADDRESS
from app.store.pool_search import Search
from app.store.precincts import POLLING_PLACE

_CANDIDATES = """
SELECT t.voter_id, t.household_id, {address} AS address, t.value, v.first_name, v.language,
       v.precinct, t.place, {polling_place} AS polling_place
FROM targets t JOIN voters v ON v.id = t.voter_id
WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_{channel}s = '' AND t.arm = 'treated'
  AND t.voted_at IS NULL AND t.place = ANY(:places)
  AND t.calls + t.texts + t.emails < :total_cap
  AND (t.last_attempt_at IS NULL OR t.last_attempt_at <= :since OR (
       SELECT count(*) < :daily_cap FROM attempts a
       WHERE a.voter_id = t.voter_id AND a.campaign_id = t.campaign_id
         AND a.attempted_at > :since AND a.state <> 'absent'))
  AND {address} IS NOT NULL AND t.voter_id <> ALL(:passed)
  AND NOT EXISTS (SELECT FROM opt_outs o WHERE o.address = {address} AND o.channel = :channel)
  AND NOT EXISTS (SELECT FROM dead_addresses d
                  WHERE d.address = {address} AND d.channel = :channel)
  AND NOT EXISTS (SELECT FROM touches q WHERE q.campaign_id = t.campaign_id
                  AND q.{same} = t.{same} AND q.channel = :channel
                  AND q.state IN ('ready', 'claimed', 'attempting', 'unknown'))
  {consent} {narrower}
ORDER BY {order}
LIMIT :limit
FOR UPDATE OF t SKIP LOCKED
"""

_CONSENT = """
AND v.phone_kind <> 'landline'
AND EXISTS (SELECT FROM consents c WHERE c.address = v.phone AND c.channel = 'text')
"""


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
    polling_place: str = ""  # with its address, where a list of precincts says


def candidates(
    session: Session,
    campaign_id: int,
    channel: Channel,
    search: Search,
    *,
    now: datetime,
    daily_cap: int,
    total_cap: int,
    limit: int,
    passed: Sequence[int] = (),
) -> list[Candidate]:
    """The best `limit` targets of a search, locked until the transaction ends, but for those of
    `passed`."""
    query = _CANDIDATES.format(
        address=ADDRESS[channel],
        channel=channel.value,
        same="household_id" if channel is Channel.CALL else "voter_id",
        consent=_CONSENT if channel is Channel.TEXT else "",
        # A text is priced by its length; the others ask for the place when they go out.
        polling_place=POLLING_PLACE if channel is Channel.TEXT else "''",
        narrower=search.narrower.replace("{channel}", channel.value),
        order=search.order.format(channel=channel.value),
    )
    rows = session.execute(
        text(query),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            **search.binds,
            "now": now,
            "since": now - timedelta(hours=24),
            "daily_cap": daily_cap,
            "total_cap": total_cap,
            "passed": list(passed),
            # Members of one household come together; all but the first are passed over below.
            "limit": limit * 2 if channel is Channel.CALL else limit,
        },
    )
    found = [Candidate(*row) for row in rows]
    if channel is not Channel.CALL:
        return found
    return list({item.household_id: item for item in reversed(found)}.values())[::-1][:limit]


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
    found = [item.candidate for item in releases]
    added = session.execute(
        text(_RELEASE),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "purpose": purpose,
            "now": now,
            "voters": [item.voter_id for item in found],
            "households": [item.household_id for item in found],
            "addresses": [item.address for item in found],
            "values": [item.value for item in found],
            "due": [item.due_at for item in releases],
            "expires": [item.expires_at for item in releases],
            "held": [item.held for item in releases],
        },
    )
    return [(row.id, row.held) for row in added]


_RELEASE = """
INSERT INTO touches (campaign_id, channel, purpose, state, released_at, voter_id, household_id,
                     address, value, due_at, expires_at, held)
SELECT :campaign, :channel, :purpose, 'ready', :now, new.*
FROM unnest(CAST(:voters AS bigint[]), CAST(:households AS bigint[]), CAST(:addresses AS text[]),
            CAST(:values AS float8[]), CAST(:due AS timestamptz[]),
            CAST(:expires AS timestamptz[]), CAST(:held AS numeric[])) AS new
ON CONFLICT DO NOTHING
RETURNING id, held
"""


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


def money_left(session: Session, campaign_id: int, limit: Decimal) -> Decimal:
    """What of `limit` is neither spent nor reserved."""
    left = session.execute(
        text("SELECT :limit - spent - reserved FROM campaigns WHERE id = :campaign"),
        {"campaign": campaign_id, "limit": limit},
    )
    return Decimal(left.scalar_one())


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
    "striking": "voter_id IN (SELECT voter_id FROM striking) AND campaign_id = ANY(:campaigns)",
    "wished": "(address, channel) IN (SELECT address, channel FROM wished)",
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
