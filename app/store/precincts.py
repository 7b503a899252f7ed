"""Precincts: where a voter votes and until when."""

from datetime import datetime, time
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Instant

PLACES_LOCK = 6_912_377_210
"""The advisory lock of the places of targets: shared by who writes them, exclusive for who changes
the precincts that they depend on."""


class Precinct(Base):
    """One precinct with its polling place, as the organizer's list says."""

    __tablename__ = "precincts"

    state: Mapped[str] = mapped_column(primary_key=True)
    county: Mapped[str] = mapped_column(primary_key=True)  # empty where the codes are the state's
    code: Mapped[str] = mapped_column(primary_key=True)  # as the voter file writes it
    name: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")  # the polling place
    address: Mapped[str] = mapped_column(server_default="")
    opens: Mapped[time | None]  # on the voter's clock; empty: as the campaign says
    closes: Mapped[time | None]
    changed_at: Mapped[Instant]


_OF = """
FROM precincts p
WHERE p.code = {voter}.precinct AND p.state IN ({voter}.state, '')
  AND p.county IN ({voter}.county, replace({voter}.county, ' County', ''), '')
ORDER BY p.county DESC, p.state DESC LIMIT 1
"""
"""The precinct of a voter. The county is stored without the word, which some voter files have; an
empty one fits all of the state."""

POLLING_PLACE = f"""
coalesce((
    SELECT concat_ws(', ', nullif(p.place, ''), nullif(p.address, ''))
    {_OF.format(voter="v")}), '')
"""
"""In SQL, the name and address of the place where voter v votes; empty if no list says."""


class PlaceSql(NamedTuple):
    """How a statement comes by the place of a voter, as `Place.key` writes it."""

    join: str  # after the voters in FROM; empty where no precinct has hours of its own
    key: str


def place_sql(connection: Connection, voter: str) -> PlaceSql:
    """The place of the voters called `voter` in a statement: state, zones, and the hours of their
    precinct if the organizer's list gives any."""
    # Who writes places and who changes the hours of precincts do not miss each other's rows.
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": PLACES_LOCK})
    key = f"{voter}.state || ':' || {voter}.zones"
    has_hours = text(
        "SELECT EXISTS (SELECT FROM precincts WHERE opens IS NOT NULL OR closes IS NOT NULL)"
    )
    if not connection.scalar(has_hours):
        return PlaceSql("", key)
    # A lateral join is remembered for each precinct, where a subquery would run for each voter.
    join = f"""
        LEFT JOIN LATERAL (
            SELECT to_char(p.opens, 'HH24MI') AS opens, to_char(p.closes, 'HH24MI') AS closes
            {_OF.format(voter=voter)}
        ) AS polls ON TRUE
    """
    hours = "'@' || coalesce(polls.opens, '') || '-' || coalesce(polls.closes, '')"
    none = "coalesce(polls.opens, polls.closes) IS NULL"
    return PlaceSql(join, f"{key} || CASE WHEN {none} THEN '' ELSE {hours} END")


_UPSERT = """
WITH stored AS (
    INSERT INTO precincts AS p (state, county, code, name, place, address, opens, closes,
                                changed_at)
    SELECT state, county, code, name, place, address, opens, closes, :at
    FROM arriving ORDER BY state, county, code
    ON CONFLICT (state, county, code) DO UPDATE SET
        name = coalesce(nullif(excluded.name, ''), p.name),
        place = excluded.place,
        -- A new place without its address must not stand with the old one's.
        address = CASE WHEN excluded.address = '' AND excluded.place = p.place
                       THEN p.address ELSE excluded.address END,
        opens = coalesce(excluded.opens, p.opens),
        closes = coalesce(excluded.closes, p.closes),
        changed_at = excluded.changed_at
    WHERE p.place <> excluded.place
       OR excluded.name NOT IN ('', p.name) OR excluded.address NOT IN ('', p.address)
       OR excluded.opens <> p.opens OR excluded.closes <> p.closes
       OR p.opens IS NULL AND excluded.opens IS NOT NULL
       OR p.closes IS NULL AND excluded.closes IS NOT NULL
    RETURNING xmax = 0 AS new
)
SELECT count(*) FILTER (WHERE new), count(*) FILTER (WHERE NOT new) FROM stored
"""


def upsert(connection: Connection, at: datetime) -> tuple[int, int]:
    """Bring `arriving`, each precinct once, in; how many are new and how many changed.

    Names, addresses and hours that the list does not give stay as they are.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PLACES_LOCK})
    new, changed = connection.execute(text(_UPSERT), {"at": at}).one()
    return new, changed


def follow(connection: Connection) -> int:
    """Targets take over the hours of precincts in `arriving`, after `upsert`; how many moved."""
    place = place_sql(connection, "v")
    if not place.join:
        return 0
    # Targets are locked in the order in which everybody locks them.
    return connection.execute(
        text(
            f"""
            WITH moved AS MATERIALIZED (
                SELECT t.campaign_id, t.voter_id, {place.key} AS place
                FROM targets t JOIN voters v ON v.id = t.voter_id {place.join}
                WHERE v.precinct IN (SELECT code FROM arriving) AND t.place <> {place.key}
                ORDER BY t.campaign_id, t.voter_id
                FOR UPDATE OF t
            )
            UPDATE targets t SET place = moved.place FROM moved
            WHERE t.campaign_id = moved.campaign_id AND t.voter_id = moved.voter_id
            """
        )
    ).rowcount
