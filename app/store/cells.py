"""Counts a campaign's voters in cells, and reads what else a plan rests on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.hours import Place
from app.domain.purpose import BY_HAND
from app.domain.situation import Cell
from app.domain.value import passes
from app.store.facts import ADDRESS
from app.store.universe_sql import reach

BANDS = (0.25, 0.5, 0.75)
"""Where the chance to vote is cut into bands; within one the mean stands for all."""

# Inside, one row a voter; outside, one a cell. Each list of addresses is joined once, so that a
# list of any length costs a hash join and no look-up a voter. The bands are booleans, of which the
# planner knows that there are two: for a number it would expect a group a voter, and sort them all.
_CELLS = """
SELECT place, may_call, may_text, may_email, {bands}, count(*) AS voters,
       avg(chance) AS chance, sum(calls + texts + emails) AS attempts, {tried}
FROM (
    SELECT t.place, t.calls, t.texts, t.emails,
           t.no_calls = '' AND {call} AS may_call,
           t.no_texts = '' AND {text} AS may_text,
           t.no_emails = '' AND {email} AS may_email,
           coalesce(v.turnout, least(cardinality(v.votes) / 6.0, 1)) AS chance
    FROM targets t JOIN voters v ON v.id = t.voter_id {joins}
    WHERE t.campaign_id = :campaign AND t.out = '' AND t.arm = 'treated' AND t.voted_at IS NULL
) voter
GROUP BY place, may_call, may_text, may_email, {bands}
ORDER BY place, may_call, may_text, may_email, chance, voters
"""


def count_cells(session: Session, campaign_id: int, country: str) -> tuple[Cell, ...]:
    """The campaign's voters who have not voted and are not out, in cells; one pass over them."""
    joins: dict[tuple[str, Channel], str] = {}

    def has(table: str, channel: Channel) -> str:
        alias = joins.setdefault((table, channel), f"j{len(joins)}")
        return f"({alias}.address IS NOT NULL)"

    may = {channel.value: f"({reach(channel, country, has)})" for channel in Channel}
    joined = " ".join(
        f"LEFT JOIN {table} {alias} ON {alias}.channel = '{channel.value}' "
        f"AND {alias}.address = {ADDRESS[channel]}"
        for (table, channel), alias in joins.items()
    )
    bands = ", ".join(f"chance >= {floor}" for floor in BANDS)
    query = _CELLS.format(**may, joins=joined, tried=", ".join(_tried()), bands=bands)
    session.execute(text("SET LOCAL work_mem = '64MB'"))
    rows = session.execute(text(query), {"campaign": campaign_id})
    return tuple(_cell(dict(row._mapping)) for row in rows)


def _tried() -> list[str]:
    """Columns that count voters by the tries they have had on each channel."""
    columns = []
    for channel in Channel:
        last = passes(channel) - 1
        for tries in range(last + 1):
            how = ">=" if tries == last else "="
            columns.append(
                f"count(*) FILTER (WHERE {channel.value}s {how} {tries}) AS {channel.value}_{tries}"
            )
    return columns


def _cell(row: Mapping[str, Any]) -> Cell:
    reached = frozenset(channel for channel in Channel if row[f"may_{channel.value}"])
    return Cell(
        Place.of(row["place"]),
        reached,
        round(float(row["chance"] or 0), 4),
        int(row["voters"]),
        {
            channel: tuple(int(row[f"{channel.value}_{n}"]) for n in range(passes(channel)))
            for channel in Channel
            if channel in reached
        },
        int(row["attempts"]),
    )


def cell_to_json(cell: Cell) -> list[Any]:
    """As it is kept between two counts."""
    tried = {channel.value: list(counts) for channel, counts in cell.tried.items()}
    return [cell.place.key, cell.propensity, cell.voters, tried, cell.attempts]


def cell_from_json(kept: Sequence[Any]) -> Cell:
    """As it was kept."""
    place, propensity, voters, tried, attempts = kept
    by_channel = {Channel(name): tuple(counts) for name, counts in tried.items()}
    return Cell(Place.of(place), frozenset(by_channel), propensity, voters, by_channel, attempts)


def shift_spans(
    session: Session, campaign_id: int, channel: Channel, now: datetime
) -> list[tuple[datetime, datetime, int]]:
    """From when until when each booked shift of a channel lasts, and whose it is, of those not
    over."""
    rows = session.execute(
        text(
            "SELECT starts_at, ends_at, user_id FROM shifts WHERE campaign_id = :campaign "
            "AND channel = :channel AND ends_at > :now ORDER BY starts_at, id"
        ),
        {"campaign": campaign_id, "channel": channel.value, "now": now},
    )
    return [(row.starts_at, row.ends_at, row.user_id) for row in rows]


def beside(session: Session, campaign_id: int, since: datetime) -> list[tuple[Channel, str, int]]:
    """What was released since then beside the plan and is not canceled: channel, purpose ("written"
    for all answers), how many. A text by hand counts once it is tapped."""
    rows = session.execute(
        text(
            "SELECT channel, CASE WHEN purpose LIKE 'written:%' THEN 'written' ELSE purpose END, "
            "count(*) FROM touches WHERE campaign_id = :campaign AND purpose <> 'ramp' "
            "AND released_at >= :since AND due_at < :by_hand AND channel <> 'call' "
            "AND state NOT IN ('skipped', 'expired', 'canceled') GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        {"campaign": campaign_id, "since": since, "by_hand": BY_HAND},
    )
    return [(Channel(channel), purpose, number) for channel, purpose, number in rows]


def released(
    session: Session, campaign_id: int, zone: str, today: date
) -> dict[Channel, tuple[int, int]]:
    """For each channel what was released in all, and today on the campaign's clock."""
    rows = session.execute(
        text(
            "SELECT channel, sum(released) AS whole, coalesce(sum(released) FILTER ("
            "WHERE (hour_at AT TIME ZONE :zone)::date = :today), 0) AS today "
            "FROM plan_hours WHERE campaign_id = :campaign GROUP BY channel"
        ),
        {"campaign": campaign_id, "zone": zone, "today": today},
    )
    return {Channel(row.channel): (max(row.whole, 0), max(row.today, 0)) for row in rows}
