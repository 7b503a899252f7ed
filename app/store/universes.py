"""Universes in SQL: who meets the conditions, how many, and as targets of a campaign."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.channel import Channel
from app.domain.layout import withdrawn_statuses
from app.domain.universe import Universe

_CONDITIONS = {
    "parties": "v.party = ANY(:parties)",
    "min_age": ":year - v.birth_year >= :min_age",
    "max_age": ":year - v.birth_year <= :max_age",
    "min_votes": "cardinality(v.votes) >= :min_votes",
    "states": "v.state = ANY(:states)",
}


ON_FILE = "NOT v.status = ANY(:withdrawn)"
"""Voters of whom a newer file says that they are to be left alone are in no universe."""


def _binds(universe: Universe, year: int) -> dict[str, Any]:
    return {**universe.to_json(), "year": year, "withdrawn": sorted(withdrawn_statuses())}


def where(universe: Universe) -> str:
    """The SQL condition on voters v; its binds are `universe.to_json()` and the year."""
    asked = [_CONDITIONS[name] for name in universe.to_json()]
    return " AND ".join([ON_FILE, *asked])


@dataclass(frozen=True)
class UniverseCount:
    """How many voters, and how many each channel may reach."""

    voters: int
    callable: int
    textable: int  # a phone with a consent to texts
    mailable: int


def count_universe(session: Session, universe: Universe, year: int) -> UniverseCount:
    """Counts a universe; `year` is polling day's."""
    row = session.execute(
        text(
            "SELECT count(*), count(v.phone), "
            "count(*) FILTER (WHERE EXISTS (SELECT FROM consents c WHERE c.address = v.phone "
            "AND c.channel = 'text')), count(v.email) "
            f"FROM voters v WHERE {where(universe)}"
        ),
        _binds(universe, year),
    ).one()
    return UniverseCount(*row)


def count_reach(session: Session, campaign_id: int) -> dict[Channel, int]:
    """How many targets of a campaign each channel has an address and, for texts, a consent for."""
    row = session.execute(
        text(
            "SELECT count(v.phone) AS call, count(*) FILTER (WHERE EXISTS ("
            "SELECT FROM consents c WHERE c.address = v.phone AND c.channel = 'text')) AS text, "
            "count(v.email) AS email FROM targets t JOIN voters v ON v.id = t.voter_id "
            "WHERE t.campaign_id = :campaign AND t.out = '' AND t.arm = 'treated'"
        ),
        {"campaign": campaign_id},
    ).one()
    return {Channel(name): count for name, count in row._mapping.items()}


def add_targets(session: Session, campaign_id: int, universe: Universe, polling_day: date) -> int:
    """Makes every voter of the universe a target, in one statement; returns how many are new.

    Those who vote now and then gain most from a contact, so the value falls off on both sides of
    the middle of the votes on file; equal values keep the file's order.
    """
    done = session.execute(
        text(
            "INSERT INTO targets (campaign_id, voter_id, household_id, place, value, voted_at) "
            "SELECT :campaign, v.id, coalesce(v.household_id, v.id), "
            "v.state || ':' || v.zones, 1.0 / (1 + abs(cardinality(v.votes) - 3)), "
            "(SELECT recorded_at FROM ballots b "
            " WHERE b.voter_id = v.id AND b.polling_day = :day) "
            f"FROM voters v WHERE {where(universe)} ORDER BY v.id ON CONFLICT DO NOTHING"
        ),
        {
            **_binds(universe, polling_day.year),
            "campaign": campaign_id,
            "day": polling_day,
        },
    )
    return int(getattr(done, "rowcount", 0))
