"""Puts what was counted in place of what had been."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session


class Counts(NamedTuple):
    """A table of counts, and its column of when."""

    table: str
    when: str


HOURS, DAYS = Counts("report_hours", "hour_at"), Counts("report_days", "day_on")

_MERGE = """
WITH {before} new AS MATERIALIZED ({rows}), gone AS (
    DELETE FROM {table} t
     WHERE t.campaign_id = :campaign AND t.{when} = ANY(:whens) AND t.part = ANY(:parts)
       AND NOT EXISTS (SELECT FROM new n WHERE n.{when} = t.{when} AND n.part = t.part
                          AND n.key = t.key AND n.channel = t.channel AND n.outcome = t.outcome))
INSERT INTO {table} AS t (campaign_id, {when}, part, key, channel, outcome, number, cost)
SELECT :campaign, {when}, part, key, channel, outcome, number, cost FROM new
ON CONFLICT (campaign_id, {when}, part, key, channel, outcome)
DO UPDATE SET number = excluded.number, cost = excluded.cost
WHERE (t.number, t.cost) IS DISTINCT FROM (excluded.number, excluded.cost)
"""
"""Puts the rows that were found in place of those that there are: only what differs is written, so
that counting the same again leaves no dead rows."""


def merge(
    session: Session,
    into: Counts,
    rows: str,
    binds: Mapping[str, object],
    *,
    whens: Sequence[object],
    parts: Sequence[str],
    before: str = "",
) -> None:
    """Makes these rows (a SELECT; `before` it, other parts of its WITH) all that there are of these
    hours or days and parts."""
    statement = _MERGE.format(table=into.table, when=into.when, rows=rows, before=before)
    session.execute(text(statement), {**binds, "whens": list(whens), "parts": list(parts)})
