"""The pool: targets that may be released, the release itself, and what is given back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.store.facts import ADDRESS, Known
from app.store.once import once
from app.store.pool_search import EVERY_24H, Search
from app.store.precincts import POLLING_PLACE
from app.store.sql import sql

_CANDIDATES = """
SELECT t.voter_id, t.household_id, {address} AS address, t.value, v.first_name, v.language,
       v.precinct, t.place, {polling_place} AS polling_place,
       t.voted_at IS NOT NULL, t.arm = 'holdout', t.out, t.no_{channel}s, o.address IS NOT NULL,
       d.address IS NOT NULL OR :channel = 'text' AND v.phone_kind = 'landline',
       c.address IS NOT NULL, {every}, {same_channel}, t.calls + t.texts + t.emails,
       t.next_{channel}_at
FROM targets t JOIN voters v ON v.id = t.voter_id
LEFT JOIN opt_outs o ON o.address = {address} AND o.channel = :channel
LEFT JOIN dead_addresses d ON d.address = {address} AND d.channel = :channel
LEFT JOIN consents c ON c.address = {address} AND c.channel = :channel
WHERE t.campaign_id = :campaign AND t.out = '' AND t.no_{channel}s = '' AND t.arm = 'treated'
  AND t.voted_at IS NULL AND t.place = ANY(:places)
  AND t.calls + t.texts + t.emails < :total_cap AND {every} < :daily_cap
  AND {address} IS NOT NULL AND t.voter_id <> ALL(:passed)
  AND o.address IS NULL AND d.address IS NULL
  -- OFFSET keeps it from becoming a join, which is quadratic while the growth of the table is not
  -- yet analyzed.
  AND NOT EXISTS (SELECT FROM touches q WHERE q.campaign_id = t.campaign_id
                  AND q.{same} = t.{same} AND q.channel = '{channel}'
                  AND q.state IN ('ready', 'claimed', 'attempting', 'unknown') OFFSET 0)
  {consent} {mobile} {narrower}
ORDER BY {order}
LIMIT :limit
{lock}
"""
_SAME_24H = EVERY_24H.replace("AND a.state", "AND a.channel = :channel AND a.state")
_POLLING_PLACE = (
    f"CASE WHEN (SELECT EXISTS (SELECT FROM precincts)) THEN {POLLING_PLACE} ELSE '' END"
)
_LOCK = "FOR UPDATE OF t SKIP LOCKED"
READS_BY_INDEX = "reads by index"
"""Under which is noted that this transaction does."""
BY_INDEX = "set_config('enable_seqscan', 'off', true)"
"""What has it do so from the next statement on."""


@dataclass(slots=True)
class Candidate:
    """A target that no set-based rule forbids; `bar()` has the last word.

    Not frozen, for tens of thousands are made in a second and freezing triples what each takes.
    """

    voter_id: int
    household_id: int
    address: str
    value: float
    first_name: str
    language: str
    precinct: str
    place: str
    polling_place: str = ""  # with its address, where a list of precincts says


_OF_CANDIDATE = len(fields(Candidate))


def candidates(
    session: Session,
    campaign_id: int,
    channel: Channel,
    search: Search,
    *,
    now: datetime,
    daily_cap: int,
    total_cap: int,
    needs_consent: bool,
    limit: int,
    passed: Sequence[int] = (),
    lock: bool = True,
) -> list[tuple[Candidate, Known]]:
    """The best `limit` targets of a search but for those of `passed`, each with what the bar asks
    of it; locked until the transaction ends, unless `lock` is False."""
    query = _CANDIDATES.format(
        address=ADDRESS[channel],
        channel=channel.value,
        same="household_id" if channel is Channel.CALL else "voter_id",
        consent="AND c.address IS NOT NULL" if needs_consent else "",
        mobile="AND v.phone_kind <> 'landline'" if channel is Channel.TEXT else "",
        # A text is priced by its length; the others ask for the place when they go out.
        polling_place=_POLLING_PLACE if channel is Channel.TEXT else "''",
        every=EVERY_24H,
        same_channel=_SAME_24H,
        narrower=search.narrower(channel),
        order=search.order(channel),
        lock=_LOCK if lock else "",
    )
    # Tables that have just begun to grow look empty to the planner; then it would read them whole
    # for every target.
    once(session, READS_BY_INDEX, lambda: session.execute(sql(f"SELECT {BY_INDEX}")))
    rows = session.execute(
        sql(query),
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
    found = [(Candidate(*row[:_OF_CANDIDATE]), row[_OF_CANDIDATE:]) for row in rows]
    if channel is not Channel.CALL:
        return found
    return list({item.household_id: (item, known) for item, known in reversed(found)}.values())[
        ::-1
    ][:limit]


@dataclass(slots=True)
class Release:
    """A touch to be released. Not frozen, as a candidate is not."""

    candidate: Candidate
    due_at: datetime
    expires_at: datetime
    held: Decimal


@dataclass(frozen=True)
class Added:
    """What was inserted: how many touches, and the money that they hold."""

    number: int = 0
    held: Decimal = Decimal(0)


def release(
    session: Session,
    campaign_id: int,
    channel: Channel,
    releases: Sequence[Release],
    now: datetime,
    purpose: str = "ramp",
) -> Added:
    """Inserts the touches in their order; one open already is left alone."""
    if not releases:
        return Added()
    found = [item.candidate for item in releases]
    # Many touches share few terms: instants and money are dear to hand over, numbers are not.
    terms: dict[tuple[datetime, datetime, Decimal], int] = {}
    term_of = [
        terms.setdefault((item.due_at, item.expires_at, item.held), len(terms) + 1)
        for item in releases
    ]
    number, held = session.execute(
        sql(_RELEASE),
        {
            "campaign": campaign_id,
            "channel": channel.value,
            "purpose": purpose,
            "now": now,
            "voters": _array(item.voter_id for item in found),
            "households": _array(item.household_id for item in found),
            "addresses": [item.address for item in found],
            "values": _array(item.value for item in found),
            "terms": _array(term_of),
            "due": [due for due, _, _ in terms],
            "expires": [expires for _, expires, _ in terms],
            "held": [held for _, _, held in terms],
        },
    ).one()
    return Added(number, held)


def _array(numbers: Iterable[float]) -> str:
    """An array as the server writes it: several times quicker than a parameter for each element."""
    return f"{{{','.join(map(str, numbers))}}}"


_RELEASE = """
WITH added AS (
    INSERT INTO touches (campaign_id, channel, purpose, state, released_at, voter_id,
                         household_id, address, value, due_at, expires_at, held)
    SELECT :campaign, :channel, :purpose, 'ready', :now, voter_id, household_id, address, value,
           (CAST(:due AS timestamptz[]))[term], (CAST(:expires AS timestamptz[]))[term],
           (CAST(:held AS numeric[]))[term]
    FROM unnest(CAST(:voters AS bigint[]), CAST(:households AS bigint[]),
                CAST(:addresses AS text[]), CAST(:values AS float8[]), CAST(:terms AS int[]))
         AS new(voter_id, household_id, address, value, term)
    ON CONFLICT DO NOTHING
    RETURNING held
)
SELECT count(*), coalesce(sum(held), 0) FROM added
"""


def lift_rests(
    session: Session, campaign_id: int, channel: Channel, voters: Sequence[int], now: datetime
) -> None:
    """Ends the rest of these voters on the channel, so that sending does not wait for it either."""
    session.execute(
        sql(
            f"UPDATE targets SET next_{channel.value}_at = :now WHERE campaign_id = :campaign "
            f"AND voter_id = ANY(:voters) AND next_{channel.value}_at > :now"
        ),
        {"campaign": campaign_id, "voters": list(voters), "now": now},
    )


def hold_money(session: Session, campaign_id: int, amount: Decimal, limit: Decimal) -> bool:
    """Reserves `amount` if spent and reserved together then stay within `limit`, and within the
    budget as it is at this moment: `limit` may be reckoned from one that was lowered since."""
    done = session.execute(
        sql(
            "UPDATE campaigns SET reserved = reserved + :amount "
            "WHERE id = :campaign AND spent + reserved + :amount <= least(:limit, budget) "
            "RETURNING id"
        ),
        {"campaign": campaign_id, "amount": amount, "limit": limit},
    )
    return done.first() is not None


def money_left(
    session: Session, campaign_id: int, limit: Decimal, *, lock: bool = False
) -> Decimal:
    """What of `limit` is neither spent nor reserved; with `lock` nobody else takes of it until
    the transaction ends."""
    query = "SELECT least(:limit, budget) - spent - reserved FROM campaigns WHERE id = :campaign"
    left = session.execute(
        sql(f"{query} FOR NO KEY UPDATE" if lock else query),
        {"campaign": campaign_id, "limit": limit},
    )
    return Decimal(left.scalar_one())


def settle_money(
    session: Session, campaign_id: int, *, freed: Decimal, spent: Decimal = Decimal(0)
) -> None:
    """Frees what was reserved and books what was spent."""
    if freed or spent:
        session.execute(
            sql(
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
    # Whoever has voted and asks something is answered all the same.
    "voters": "voter_id = ANY(:voters) AND campaign_id = ANY(:campaigns) "
    "AND purpose NOT LIKE 'written:%'",
    "address": "address = :address AND channel = ANY(:channels)",
    "striking": "voter_id IN (SELECT voter_id FROM striking) AND campaign_id = ANY(:campaigns) "
    "AND purpose NOT LIKE 'written:%'",
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
        sql(query), {"state": state.value, "reason": reason, "now": now, **binds}
    )
    return int(done.scalar_one())
