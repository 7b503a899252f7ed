"""The people of a blast: who is in its universe, who may get it, who has it, and who is barred."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.bar import needs_consent
from app.domain.channel import Channel
from app.domain.touch import TouchState
from app.store.blasts import Blast
from app.store.facts import ADDRESS
from app.store.phase_people import condition_of
from app.store.precincts import POLLING_PLACE
from app.store.universe_sql import Asking, Where, reach, where

_HAS_IT = (
    "EXISTS (SELECT FROM touches b WHERE b.voter_id = t.voter_id "
    "AND b.campaign_id = t.campaign_id AND b.purpose = :blast AND b.purpose <> 'ramp' "
    "AND NOT (b.state = 'expired' AND b.tries = 0){fence})"
)
"""Of target t: has had a touch of the blast. One that ran out before anything was tried, since no
worker ran or the day ended, does not count: as long as the blast runs they get another."""


def still_to_get(
    session: Session, blast: Blast, asking: Asking, *, all_of_them: bool = False
) -> Where:
    """On targets t and voters v: in the universe, as it is now, and without the blast so far;
    planned for a search of the best few, or to count `all_of_them`. Raises BadUniverse."""
    found = where(session, condition_of(session, blast.filter), asking)
    # For a few, one look into the index for each: without OFFSET it becomes a join, which the
    # server may do by going through all touches of the blast for each.
    has_it = _HAS_IT.format(fence="" if all_of_them else " OFFSET 0")
    return Where(f"{found.sql} AND NOT {has_it}", {**found.binds, "blast": blast.purpose})


_MAY_GET = (
    "t.campaign_id = :campaign AND t.place = ANY(:places) AND t.out = '' AND t.no_{channel}s = '' "
    "AND t.arm = 'treated' AND t.voted_at IS NULL AND t.calls + t.texts + t.emails < :total_cap"
)


def count_left(
    session: Session, blast: Blast, asking: Asking, places: Sequence[str], *, total_cap: int
) -> int:
    """How many at these places have not had it and may, whatever delays them now; about a second
    for a million. Raises BadUniverse."""
    return _count_left(session, blast, asking, places, total_cap, 100)


def _count_left(
    session: Session,
    blast: Blast,
    asking: Asking,
    places: Sequence[str],
    total_cap: int,
    percent: float,
) -> int:
    people = still_to_get(session, blast, asking, all_of_them=percent == 100)
    part = "" if percent == 100 else "TABLESAMPLE SYSTEM (:percent) REPEATABLE (1)"
    may = _MAY_GET.format(channel=blast.channel.value)
    may += f" AND {reach(blast.channel, asking.country, _listed, by_hand=blast.by_hand)}"
    return int(
        session.scalar(
            text(
                f"SELECT count(*) FROM targets t {part} JOIN voters v ON v.id = t.voter_id "
                f"WHERE {may} AND {people.sql}"
            ),
            {
                **people.binds,
                **({"percent": percent} if part else {}),
                "campaign": blast.campaign_id,
                "places": list(places),
                "total_cap": total_cap,
            },
        )
        or 0
    )


LOOKED_AT = 4_000
"""Of a larger campaign so many targets are looked at, and the rest is reckoned from them."""
_SIZE = text("SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'targets'::regclass")


def about_left(
    session: Session, blast: Blast, asking: Asking, places: Sequence[str], *, total_cap: int
) -> tuple[int, bool]:
    """As count_left, in some hundredths of a second however many the targets are; and whether all
    were looked at: if not, the number has two digits that count. Raises BadUniverse."""
    size = float(session.scalar(_SIZE) or 0)
    if size <= LOOKED_AT:
        return count_left(session, blast, asking, places, total_cap=total_cap), True
    percent = 100 * LOOKED_AT / size
    found = _count_left(session, blast, asking, places, total_cap, percent)
    about = round(found * 100 / percent)
    return round(about, min(2 - len(str(about)), 0)), False


def _listed(table: str, channel: Channel) -> str:
    return (
        f"EXISTS (SELECT FROM {table} x WHERE x.address = {ADDRESS[channel]} "
        f"AND x.channel = '{channel.value}')"
    )


def count_given(session: Session, blast: Blast, places: Sequence[str]) -> int:
    """How many at these places have had a touch of it; see _HAS_IT."""
    return int(
        session.scalar(
            text(
                "SELECT count(*) FROM touches b "
                "JOIN targets t ON t.campaign_id = b.campaign_id AND t.voter_id = b.voter_id "
                "WHERE b.campaign_id = :campaign AND b.purpose = :blast AND b.purpose <> 'ramp' "
                "AND NOT (b.state = 'expired' AND b.tries = 0) AND t.place = ANY(:places)"
            ),
            {"campaign": blast.campaign_id, "blast": blast.purpose, "places": list(places)},
        )
        or 0
    )


@dataclass(frozen=True)
class Given:
    """What became of a blast's touches."""

    sent: int = 0  # the carrier or relay has it, whatever became of it
    delivered: int = 0
    failed: int = 0  # refused, or not delivered
    under_way: int = 0  # released or being sent
    ended: int = 0  # never went out


_SENT = (TouchState.ACCEPTED, TouchState.DELIVERED, TouchState.UNDELIVERED)
_FAILED = (TouchState.FAILED, TouchState.UNDELIVERED)
_UNDER_WAY = (TouchState.READY, TouchState.CLAIMED, TouchState.ATTEMPTING, TouchState.UNKNOWN)
_ENDED = (TouchState.SKIPPED, TouchState.EXPIRED, TouchState.CANCELED)


def given(session: Session, blast: Blast) -> Given:
    """What became of it so far."""
    rows = session.execute(
        text(
            "SELECT state, count(*) FROM touches WHERE campaign_id = :campaign "
            "AND purpose = :blast AND purpose <> 'ramp' GROUP BY state"
        ),
        {"campaign": blast.campaign_id, "blast": blast.purpose},
    )
    by_state = {TouchState(state): number for state, number in rows}

    def of(states: tuple[TouchState, ...]) -> int:
        return sum(by_state.get(state, 0) for state in states)

    return Given(of(_SENT), of((TouchState.DELIVERED,)), of(_FAILED), of(_UNDER_WAY), of(_ENDED))


@dataclass(frozen=True)
class Likes:
    """So many voters to whom a blast reads alike, or whom the same bars, with one of them."""

    bar: str  # why they do not get it; empty: they do
    place: str
    language: str
    first_name: str
    polling_place: str  # empty where no list says, or nobody asked for it
    precinct: str
    number: int


_WHY = """
CASE WHEN t.voter_id IS NULL THEN 'no target'
     WHEN t.voted_at IS NOT NULL THEN 'has voted'
     WHEN t.arm <> 'treated' THEN 'hold-out'
     WHEN t.out <> '' THEN 'out'
     WHEN {address} IS NULL THEN 'no address'
     WHEN o.address IS NOT NULL THEN 'opted out'
     WHEN d.address IS NOT NULL THEN 'dead address'
     WHEN t.no_{channel}s <> '' THEN 'channel over'
     {needs}
     WHEN t.calls + t.texts + t.emails >= :total_cap THEN 'cap reached'
     ELSE '' END
"""
_LANDLINE = "WHEN v.phone_kind = 'landline' THEN 'landline'"
_NO_CONSENT = "WHEN c.address IS NULL THEN 'no consent'"
_ALIKE = "CASE WHEN octet_length({0}) = char_length({0}) THEN char_length({0})::text ELSE {0} END"
"""Names of the same length in plain letters make the same segments; every other is its own."""


def alike(
    session: Session,
    blast: Blast,
    asking: Asking,
    *,
    total_cap: int,
    by_polling_place: bool,
) -> list[Likes]:
    """Everybody in the universe, in groups to whom it reads alike, in one pass over the voters.

    Without a universe of its own the blast is for the campaign's targets. Raises BadUniverse.
    """
    channel, address = blast.channel, ADDRESS[blast.channel]
    condition = condition_of(session, blast.filter)
    found = where(session, condition, asking)
    consent = needs_consent(channel, asking.country, by_hand=blast.by_hand)
    needs = [*([_LANDLINE] if channel is Channel.TEXT else []), *([_NO_CONSENT] if consent else [])]
    why = _WHY.format(address=address, channel=channel.value, needs=" ".join(needs))
    tables = (
        ("opt_outs", "o"),
        ("dead_addresses", "d"),
        *((("consents", "c"),) if consent else ()),
    )
    joined = " ".join(
        f"LEFT JOIN {table} {name} ON {name}.channel = '{channel.value}' "
        f"AND {name}.address = {address}"
        for table, name in tables
    )
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    rows = session.execute(
        text(
            _GROUPED.format(
                why=why,
                kind="LEFT JOIN" if condition is not None else "JOIN",
                joined=joined,
                universe=found.sql,
                name=_ALIKE.format("v.first_name"),
                precinct="v.precinct, v.state, v.county"
                if by_polling_place
                else "'' AS precinct, '' AS state, '' AS county",
                by_precinct=", v.precinct, v.state, v.county" if by_polling_place else "",
                name_told=_ALIKE.format("first_name"),
                place_told=_ALIKE.format("polling_place"),
                precinct_told=_ALIKE.format("precinct"),
                polling_place=POLLING_PLACE if by_polling_place else "''",
            )
        ),
        {**found.binds, "campaign": blast.campaign_id, "total_cap": total_cap},
    )
    return [Likes(*row) for row in rows]


_GROUPED = """
WITH grouped AS (
    SELECT {why} AS bar, t.place, v.language, max(v.first_name) AS first_name,
           {precinct}, count(*) AS number
    FROM voters v {kind} targets t ON t.campaign_id = :campaign AND t.voter_id = v.id
    {joined} WHERE {universe}
    GROUP BY 1, 2, 3, {name}{by_precinct}
), told AS (
    -- Those who are barred are counted by the reason alone.
    SELECT v.bar, p.*, v.number FROM grouped v CROSS JOIN LATERAL (
        SELECT v.place, v.language, v.first_name, v.precinct, {polling_place} AS polling_place
        WHERE v.bar = '' UNION ALL SELECT '', '', '', '', '' WHERE v.bar <> '') p
)
SELECT bar, place, language, max(first_name) AS first_name, max(polling_place) AS polling_place,
       max(precinct) AS precinct, sum(number)::int AS number
FROM told
GROUP BY bar, place, language, {name_told}, {place_told},
         CASE WHEN polling_place = '' THEN {precinct_told} END
ORDER BY bar, place, language, first_name, polling_place, precinct
"""
